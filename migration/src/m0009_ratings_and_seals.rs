//! Batches of ratings that are closed once and for all, how a rating was given, and the seals of the
//! audit trail.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
ALTER TABLE rating ADD COLUMN via :text NOT NULL DEFAULT 'ONLINE' CHECK (via IN ('ONLINE', 'WINDOW', 'PHONE'));
ALTER TABLE rating ADD COLUMN batched_at :ts;
CREATE INDEX rating_unbatched ON rating (rated_owner_id, at, id) WHERE batched_at IS NULL;
CREATE INDEX rating_batched ON rating (rated_owner_id, batched_at) WHERE batched_at IS NOT NULL;
CREATE INDEX corrective_action_by_handler ON corrective_action (handler_id, due_at, id) WHERE handler_id IS NOT NULL;
CREATE TABLE audit_seal (
  chain :uuid NOT NULL,
  number integer NOT NULL,
  first_at :ts NOT NULL,
  first_id :uuid NOT NULL,
  last_at :ts NOT NULL,
  last_id :uuid NOT NULL,
  events integer NOT NULL CHECK (events > 0),
  previous :blob NOT NULL,
  hash :blob NOT NULL,
  sealed_at :ts NOT NULL,
  CONSTRAINT audit_seal_once PRIMARY KEY (chain, number)
)
"
);
