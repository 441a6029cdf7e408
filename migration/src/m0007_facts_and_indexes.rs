//! The day of the standing result and the end of each closure, so that every number counts the same
//! rows; and an index behind every query that had none.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
ALTER TABLE request_fact ADD COLUMN resolved_day integer;
ALTER TABLE request_fact ADD COLUMN resolved_day_utc integer;
ALTER TABLE closure_fact ADD COLUMN closed_at :ts;
UPDATE request_fact SET
  resolved_day = (SELECT c.resolved_day FROM closure_fact c WHERE c.request_id = request_fact.request_id AND c.resolved_at = request_fact.resolved_at),
  resolved_day_utc = (SELECT c.resolved_day_utc FROM closure_fact c WHERE c.request_id = request_fact.request_id AND c.resolved_at = request_fact.resolved_at)
WHERE resolved_at IS NOT NULL;
UPDATE closure_fact SET closed_at = (SELECT r.closed_at FROM service_request r
  WHERE r.id = closure_fact.request_id AND r.closures = closure_fact.closure_no AND r.state = 'CLOSED');
CREATE INDEX event_by_community ON event (community_id, at, id);
CREATE INDEX outbox_done ON outbox (available_at) WHERE state = 'DONE';
CREATE INDEX outbox_dead ON outbox (available_at) WHERE state = 'DEAD';
CREATE INDEX refresh_token_by_age ON refresh_token (expires_at);
CREATE INDEX service_request_merged ON service_request (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX service_request_by_due ON service_request (community_id, queue_at, id);
CREATE INDEX rating_by_owner ON rating (rated_owner_id, community_id, at, id)
"
);
