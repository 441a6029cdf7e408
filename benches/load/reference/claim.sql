-- A volunteer claims a unit of a wish that is open to all, in one transaction: the wish is locked and read
-- together with who has it now; then what it counts, the claim, its event and its outbox row, which leave
-- together in one statement, as the server's do. That the volunteer is one of the community is known, as
-- the server knows it: nothing is looked up for that, nor how much they claimed lately or whether they gave
-- this one back before. No pair of wish and volunteer comes twice, and the wishes are those behind the
-- server's. Statements are planned once, as the server's are.
\if :i = 0
SET plan_cache_mode = force_generic_plan;
\endif
\set n :pool + :i * :clients + :client_id
\set i :i + 1
\set c :n % :pools
\set k (:n - :first) / :pools
\set wish (:wishes + :k % :wishes) * :pools + :c
\set volunteer (:k % :wishes + :k / :wishes) % :volunteers * :pools + :c
BEGIN;
SELECT w.id, w.community_id AS community, COALESCE((SELECT p.merged_into FROM person p WHERE p.id = w.person_id), w.person_id) AS holder,
  gen_random_uuid() AS claim, w.number, w.category, w.need, w.address, w.wished_by, w.share_contact, w.card, w.hand_over, w.skills,
  w.delivered, w.closed, w.confirmed, w.created_at, w.submitted_at, w.verified_at, w.published_at, w.expires_at
FROM wish w
WHERE w.id = ('018f0000-0000-7000-8002-' || lpad(to_hex(:wish::bigint), 12, '0'))::uuid
  AND w.state = 'PUBLISHED' AND w.open_to_all AND w.expires_at > now() AND w.claimed < w.quantity
FOR UPDATE OF w \gset
WITH w0 AS (
  UPDATE wish SET claimed = claimed + 1, first_claimed_at = COALESCE(first_claimed_at, now()), version = version + 1 WHERE id = :id::uuid
), w1 AS (
  INSERT INTO wish_claim (id, community_id, wish_id, account_id, person_id, team_id, branch_id, offer_id, from_id, units, state, door_code,
    claimed_at, due_at, lease_until, renewed, delivered_at, evidence, refusals, reason, thanks, answered_by, ended_at, version)
  VALUES (:claim::uuid, :community::uuid, :id::uuid, ('018f0000-0000-7000-8003-' || lpad(to_hex(:volunteer::bigint), 12, '0'))::uuid,
    ('018f0000-0000-7000-8003-' || lpad(to_hex(:volunteer::bigint), 12, '0'))::uuid, NULL, NULL, NULL, NULL, 1, 'HELD', '7K3M',
    now(), now() + interval '14 days', now() + interval '14 days', FALSE, NULL, NULL, 0, NULL, NULL, NULL, NULL, 1)
), e AS (
  INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, actor_id, beneficiary_id, at, data)
  VALUES (gen_random_uuid(), :community::uuid, 'wish', :id::uuid,
    (SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE aggregate_id = :id::uuid), 'WISH_CLAIMED', 'USER',
    ('018f0000-0000-7000-8003-' || lpad(to_hex(:volunteer::bigint), 12, '0'))::uuid, :holder::uuid, now(),
    jsonb_build_object('claim', :claim::text, 'claimer', '018f0000-0000-7000-8003-' || lpad(to_hex(:volunteer::bigint), 12, '0'),
      'units', 1, 'state', 'PUBLISHED'))
  RETURNING id, aggregate_id, seq, kind, at)
INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at)
SELECT id, aggregate_id, seq, kind, 'READY', at FROM e;
COMMIT;
