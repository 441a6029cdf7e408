//! The numbers that other systems know a request by, such as a work order of the city's hotline.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE external_reference (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  system :text NOT NULL,
  number :text NOT NULL,
  due_at :ts,
  added_by :uuid NOT NULL REFERENCES account (id),
  added_at :ts NOT NULL,
  CONSTRAINT external_reference_once UNIQUE (request_id, system, number),
  FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
)
"
);
