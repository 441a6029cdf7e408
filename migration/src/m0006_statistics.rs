//! Facts that the statistics count: one row a request and one a closure, narrow, written in the
//! transaction that changes the request; and the monthly releases that others than the
//! responsible unit see.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE request_fact (
  request_id :uuid PRIMARY KEY REFERENCES service_request (id),
  community_id :uuid NOT NULL,
  department_id :uuid NOT NULL,
  matter_id :uuid NOT NULL,
  intake_channel :text NOT NULL,
  block_id :uuid,
  owner_id :uuid,
  state :text NOT NULL,
  outcome :text,
  exclusion :text,
  imported boolean NOT NULL,
  submitted_at :ts NOT NULL,
  submitted_day integer NOT NULL,
  submitted_day_utc integer NOT NULL,
  accepted_at :ts,
  first_response_at :ts,
  response_s bigint,
  response_due_at :ts,
  due_at :ts,
  original_due_at :ts,
  first_resolved_at :ts,
  resolved_at :ts,
  transfers integer NOT NULL,
  supplements integer NOT NULL,
  work_s bigint,
  wall_s bigint
);
CREATE INDEX request_fact_by_time ON request_fact (community_id, submitted_at);
CREATE INDEX request_fact_by_resolution ON request_fact (community_id, resolved_at);
CREATE INDEX request_fact_open ON request_fact (community_id, owner_id) WHERE resolved_at IS NULL AND exclusion IS NULL;
CREATE TABLE closure_fact (
  request_id :uuid NOT NULL REFERENCES service_request (id),
  closure_no integer NOT NULL,
  community_id :uuid NOT NULL,
  department_id :uuid NOT NULL,
  matter_id :uuid NOT NULL,
  intake_channel :text NOT NULL,
  block_id :uuid,
  outcome :text NOT NULL,
  imported boolean NOT NULL,
  resolved_at :ts NOT NULL,
  resolved_day integer NOT NULL,
  resolved_day_utc integer NOT NULL,
  window_until :ts,
  solved boolean,
  reopened_at :ts,
  rating integer,
  rating_until :ts NOT NULL,
  corrective_due_at :ts,
  corrective_done_at :ts,
  PRIMARY KEY (request_id, closure_no)
);
CREATE INDEX closure_fact_by_time ON closure_fact (community_id, resolved_at);
CREATE TABLE statistics_release (
  release_key :text PRIMARY KEY,
  month integer NOT NULL,
  as_of :ts NOT NULL,
  body :json NOT NULL
)
"
);
