-- A request at the window for a known resident: the request, its fact, its event and its outbox row.
\set c random(0, :communities - 1)
\set n random(1, :neighbours - 1)
BEGIN;
SELECT gen_random_uuid() AS id, p.id AS person, a.id AS account, m.id AS matter, v.id AS version, m.department_id AS department, c.id AS community
FROM place c
JOIN person p ON p.phone = '+8615' || lpad((:c)::text, 2, '0') || lpad((:n)::text, 3, '0') || '0201'
JOIN account a ON a.phone = '+8614' || lpad((:c)::text, 2, '0') || '0000101'
JOIN matter m ON m.community_id = c.id AND m.code = 'CA-06'
JOIN matter_version v ON v.matter_id = m.id AND v.number = m.current_version
WHERE c.id = ('018f0000-0000-7000-8001-' || lpad(to_hex(:c::bigint), 12, '0'))::uuid \gset
INSERT INTO service_request (id, community_id, number, tracking_hash, matter_id, matter_version_id, confidentiality,
  requester_id, entered_by, intake_channel, service_mode, state, title, description, submitted_at, response_due_at,
  queue_at, wake_at, clock, calendar_version, overdue, supplements, stage_supplements, transfers, returns, reopens,
  closures, appealed, version)
VALUES (:id::uuid, :community::uuid, 'P-' || :id::text, sha256(:id::text::bytea), :matter::uuid, :version::uuid, 'NONE', :person::uuid, :account::uuid,
  'WINDOW', 'WINDOW', 'SUBMITTED', '楼道灯坏了,请派人来看看', '三单元二楼的灯不亮已经一周了,老人上下楼不方便。',
  now(), now() + interval '4 hours', now() + interval '5 days', now() + interval '4 hours',
  '{"rests": [], "pauses": [], "submitted_at": "2026-01-01T00:00:00Z"}', 1, FALSE, 0, 0, 0, 0, 0, 0, FALSE, 1);
INSERT INTO request_fact (request_id, community_id, department_id, matter_id, intake_channel, state, imported,
  submitted_at, submitted_day, submitted_day_utc, response_due_at, transfers, supplements)
VALUES (:id::uuid, :community::uuid, :department::uuid, :matter::uuid, 'WINDOW', 'SUBMITTED', FALSE, now(), 20000, 20000,
  now() + interval '4 hours', 0, 0);
WITH e AS (
  INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, actor_id, beneficiary_id, at, data)
  VALUES (gen_random_uuid(), :community::uuid, 'service_request', :id::uuid, 1, 'REQUEST_SUBMITTED', 'USER', :account::uuid, :person::uuid,
    now(), '{"state": "SUBMITTED", "version": 1}')
  RETURNING id, aggregate_id, seq, kind, at)
INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at)
SELECT id, aggregate_id, seq, kind, 'READY', at FROM e;
COMMIT;
