//! What every slice stands on: events (which are the audit trail), outbox, idempotency, throttles,
//! signing keys.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE event (
  id :uuid PRIMARY KEY,
  community_id :uuid,
  aggregate :text NOT NULL,
  aggregate_id :uuid NOT NULL,
  seq integer NOT NULL,
  kind :text NOT NULL,
  actor_kind :text NOT NULL,
  actor_id :uuid,
  beneficiary_id :uuid,
  at :ts NOT NULL,
  data :json NOT NULL,
  CONSTRAINT event_seq UNIQUE (aggregate_id, seq)
);
CREATE INDEX event_by_time ON event (at, id);
CREATE TABLE outbox (
  event_id :uuid PRIMARY KEY REFERENCES event (id),
  aggregate_id :uuid NOT NULL,
  seq integer NOT NULL,
  kind :text NOT NULL,
  state :text NOT NULL CHECK (state IN ('READY', 'DONE', 'DEAD')),
  available_at :ts NOT NULL,
  lease_until :ts,
  fence integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  last_error :text
);
CREATE INDEX outbox_ready ON outbox (available_at) WHERE state = 'READY';
CREATE INDEX outbox_in_order ON outbox (aggregate_id, seq) WHERE state = 'READY';
CREATE TABLE idempotency (
  actor_key :text NOT NULL,
  operation :text NOT NULL,
  idempotency_key :text NOT NULL,
  input_hash :blob NOT NULL,
  object_id :uuid,
  created_at :ts NOT NULL,
  CONSTRAINT idempotency_once PRIMARY KEY (actor_key, operation, idempotency_key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE TABLE throttle (
  bucket :text PRIMARY KEY,
  window_until :ts NOT NULL,
  hits integer NOT NULL
);
CREATE INDEX throttle_by_age ON throttle (window_until);
CREATE TABLE signing_key (
  kid :text PRIMARY KEY,
  public_jwk :json NOT NULL,
  sealed_private :blob NOT NULL,
  created_at :ts NOT NULL,
  signs_from :ts NOT NULL,
  retired_at :ts
)
"
);
