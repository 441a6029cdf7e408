-- A manager assigns a request of the pool, then the specialist resolves it: two transactions, each
-- with a lock, the ownership ledger, the fact, the event and its outbox row.
\set n :pool + :client_id * :stride + :i
\set i :i + 1
\set c :communities + :n % :pools
BEGIN;
SELECT r.id, r.community_id AS community, r.matter_id AS matter, a.id AS specialist, m.id AS manager, r.requester_id AS person
FROM service_request r
JOIN account a ON a.phone = '+8614' || lpad((:c)::text, 2, '0') || '0000101'
JOIN account m ON m.phone = '+8614' || lpad((:c)::text, 2, '0') || '0000110'
WHERE r.id = ('018f0000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid AND r.version = 1
FOR UPDATE OF r \gset
INSERT INTO request_ownership (id, community_id, request_id, owner_id, how, from_at)
VALUES (gen_random_uuid(), :community::uuid, :id::uuid, :specialist::uuid, 'ASSIGNED', now());
UPDATE service_request SET state = 'ACCEPTED', owner_id = :specialist::uuid, accepted_at = now(), due_at = now() + interval '5 days',
  original_due_at = now() + interval '5 days', queue_at = now() + interval '5 days', wake_at = now() + interval '5 days',
  clock = '{"rests": [], "pauses": [], "submitted_at": "2026-01-01T00:00:00Z", "accepted_at": "2026-01-01T00:00:00Z"}', version = 2
WHERE id = :id::uuid;
UPDATE request_fact SET state = 'ACCEPTED', owner_id = :specialist::uuid, accepted_at = now(), due_at = now() + interval '5 days',
  original_due_at = now() + interval '5 days' WHERE request_id = :id::uuid;
WITH e AS (
  INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, actor_id, beneficiary_id, at, data)
  VALUES (gen_random_uuid(), :community::uuid, 'service_request', :id::uuid,
    (SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE aggregate_id = :id::uuid), 'REQUEST_ASSIGNED', 'USER', :manager::uuid, :person::uuid,
    now(), '{"state": "ACCEPTED", "version": 2}')
  RETURNING id, aggregate_id, seq, kind, at)
INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at)
SELECT id, aggregate_id, seq, kind, 'READY', at FROM e;
COMMIT;
BEGIN;
SELECT version FROM service_request WHERE id = :id::uuid AND version = 2 FOR UPDATE \gset
INSERT INTO public_note (id, community_id, request_id, kind, author_kind, author_id, body, at)
VALUES (gen_random_uuid(), :community::uuid, :id::uuid, 'RESULT', 'STAFF', :specialist::uuid, '灯已修好,请看一看。', now());
UPDATE service_request SET state = 'RESOLVED', outcome = 'FULFILLED', first_response_at = now(), resolved_at = now(),
  handled_work_s = 600, wake_at = now() + interval '7 days', closures = 1,
  clock = '{"rests": [], "pauses": [], "submitted_at": "2026-01-01T00:00:00Z", "accepted_at": "2026-01-01T00:00:00Z", "resolved_at": "2026-01-01T00:00:00Z"}', version = 3
WHERE id = :id::uuid;
UPDATE request_fact SET state = 'RESOLVED', outcome = 'FULFILLED', first_response_at = now(), response_s = 600, first_resolved_at = now(),
  resolved_at = now(), work_s = 600, wall_s = 600 WHERE request_id = :id::uuid;
INSERT INTO closure_fact (request_id, closure_no, community_id, department_id, matter_id, intake_channel, outcome, imported,
  resolved_at, resolved_day, resolved_day_utc, window_until, rating_until)
SELECT request_id, 1, community_id, department_id, matter_id, intake_channel, 'FULFILLED', FALSE, now(), 20000, 20000,
  now() + interval '14 days', now() + interval '37 days' FROM request_fact WHERE request_id = :id::uuid;
WITH e AS (
  INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, actor_id, beneficiary_id, at, data)
  VALUES (gen_random_uuid(), :community::uuid, 'service_request', :id::uuid,
    (SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE aggregate_id = :id::uuid), 'REQUEST_RESOLVED', 'USER', :specialist::uuid, :person::uuid,
    now(), '{"state": "RESOLVED", "version": 3}')
  RETURNING id, aggregate_id, seq, kind, at)
INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at)
SELECT id, aggregate_id, seq, kind, 'READY', at FROM e;
COMMIT;
