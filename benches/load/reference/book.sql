-- An appointment at the window for a request of the pool, in one transaction: with the request, the
-- plan and whatever may be reserved locked, the free specialist with the least to do on that day and a
-- free window are held; then the appointment, its event and its outbox row. The slots are at night,
-- when no station offers any: that the server's are others does not have to be looked up. Nothing is
-- held for a day, so what is held is found between two ends in the index. Statements are planned once:
-- PostgreSQL would plan the fifth anew every time, which takes longer than running it.
\if :i = 0
SET plan_cache_mode = force_generic_plan;
\endif
\set n :pool + :i * :clients + :client_id
\set i :i + 1
\set c :communities + :n % :pools
\set k (:n - :first) / :pools
\set days 1 + :k % :horizon
\set minute :k / :horizon * :slot % 480
BEGIN;
SELECT r.id, r.community_id AS community, r.requester_id AS person, s.id AS station, a.id AS account, gen_random_uuid() AS appointment,
  date_trunc('day', now(), 'Asia/Shanghai') + make_interval(days => :days::int) AS day,
  date_trunc('day', now(), 'Asia/Shanghai') + make_interval(days => :days::int, mins => :minute::int) AS start
FROM service_request r
JOIN matter_version v ON v.id = r.matter_version_id AND v.service_modes ?| ARRAY['WINDOW', 'APPOINTMENT']
JOIN place s ON s.community_id = r.community_id AND s.kind = 'SERVICE_STATION' AND s.code = 'S1' AND s.active
JOIN account a ON a.phone = '+8614' || lpad((:c)::text, 2, '0') || '0000101'
WHERE r.id = ('018f0000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
  AND r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT', 'RESOLVED')
FOR UPDATE OF r \gset
SELECT windows, :start::timestamptz + make_interval(mins => slot_minutes) AS end
FROM appointment_plan WHERE station_id = :station::uuid AND kind = 'WINDOW' AND active FOR SHARE \gset
SELECT 0 AS ahead
WHERE NOT EXISTS (SELECT 1 FROM appointment WHERE request_id = :id::uuid AND state = 'BOOKED' AND NOT passed) \gset
WITH wanted AS (
  SELECT 'STAFF' AS kind, a.id AS subject_id, 1 AS lanes
  FROM account a
  WHERE a.id IN (SELECT g.account_id FROM role_grant g JOIN place p ON p.id = g.scope_id
      WHERE p.community_id = :community::uuid AND g.role = 'SPECIALIST' AND g.revoked_at IS NULL
        AND (g.valid_until IS NULL OR g.valid_until > now()))
    AND a.state = 'ACTIVE' AND a.person_id <> :person::uuid
    AND NOT EXISTS (SELECT 1 FROM staff_leave l WHERE l.community_id = :community::uuid AND l.account_id = a.id
      AND l.cancelled_at IS NULL AND (:day::timestamptz AT TIME ZONE 'Asia/Shanghai')::date BETWEEN l.from_day AND l.until_day)
    AND (EXISTS (SELECT 1 FROM duty d WHERE d.community_id = :community::uuid
        AND d.day = (:day::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AND d.account_id = a.id)
      OR NOT EXISTS (SELECT 1 FROM duty d WHERE d.community_id = :community::uuid
        AND d.day = (:day::timestamptz AT TIME ZONE 'Asia/Shanghai')::date))
  UNION ALL SELECT 'WINDOW', :station::uuid, :windows::int
), locked AS (
  INSERT INTO resource (id, kind, subject_id, lanes)
  SELECT gen_random_uuid(), kind, subject_id, lanes FROM wanted ORDER BY kind, subject_id
  ON CONFLICT (kind, subject_id) DO UPDATE SET lanes = excluded.lanes
  RETURNING id, kind)
SELECT (SELECT id FROM locked WHERE kind = 'WINDOW') AS window, (SELECT array_agg(id) FROM locked WHERE kind = 'STAFF') AS people \gset
SELECT free.id AS time, free.subject_id AS staff, open.lane
FROM (
  SELECT t.id, t.subject_id
  FROM resource t
  LEFT JOIN reservation h ON h.resource_id = t.id AND h.released_at IS NULL
    AND h.until_at > :day::timestamptz AND h.until_at < :day::timestamptz + interval '2 days' AND h.from_at < :day::timestamptz + interval '1 day'
  WHERE t.id = ANY (:people::uuid[])
  GROUP BY t.id
  HAVING count(*) FILTER (WHERE h.until_at > :start::timestamptz AND h.from_at < :end::timestamptz) = 0
  ORDER BY count(h.id), t.subject_id
  LIMIT 1
) free, (
  SELECT min(lane) AS lane
  FROM generate_series(1, :windows::int) lane
  WHERE NOT EXISTS (SELECT 1 FROM reservation h WHERE h.resource_id = :window::uuid AND h.lane = lane.lane AND h.released_at IS NULL
    AND h.until_at > :start::timestamptz AND h.until_at < :end::timestamptz + interval '1 day' AND h.from_at < :end::timestamptz)
) open
WHERE open.lane IS NOT NULL \gset
INSERT INTO reservation (id, community_id, resource_id, lane, from_at, until_at, purpose, subject_id)
VALUES
  (gen_random_uuid(), :community::uuid, :window::uuid, :lane::int, :start::timestamptz, :end::timestamptz, 'APPOINTMENT', :appointment::uuid),
  (gen_random_uuid(), :community::uuid, :time::uuid, 1, :start::timestamptz, :end::timestamptz, 'APPOINTMENT', :appointment::uuid);
INSERT INTO appointment (id, community_id, station_id, request_id, kind, staff_id, from_at, until_at, state, passed, remind_at,
  booked_at, sequence, version)
VALUES (:appointment::uuid, :community::uuid, :station::uuid, :id::uuid, 'WINDOW', :staff::uuid, :start::timestamptz, :end::timestamptz,
  'BOOKED', FALSE, :day::timestamptz - interval '15 hours', now(), 0, 1);
WITH e AS (
  INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, actor_id, beneficiary_id, at, data)
  VALUES (gen_random_uuid(), :community::uuid, 'appointment', :appointment::uuid, 1, 'APPOINTMENT_BOOKED', 'USER', :account::uuid, :person::uuid,
    now(), '{"state": "BOOKED", "sequence": 0, "version": 1}')
  RETURNING id, aggregate_id, seq, kind, at)
INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at)
SELECT id, aggregate_id, seq, kind, 'READY', at FROM e;
COMMIT;
