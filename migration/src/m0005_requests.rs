//! Service requests: the request, its ownership ledger, words, clocks' projections, ratings.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE number_counter (
  community_id :uuid NOT NULL REFERENCES place (id),
  year integer NOT NULL,
  next integer NOT NULL,
  PRIMARY KEY (community_id, year)
);
CREATE TABLE service_request (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  number :text NOT NULL,
  tracking_hash :blob,
  matter_id :uuid NOT NULL,
  matter_version_id :uuid NOT NULL,
  confidentiality :text NOT NULL,
  requester_id :uuid REFERENCES person (id),
  entered_by :uuid REFERENCES account (id),
  intake_channel :text NOT NULL CHECK (intake_channel IN ('ONLINE', 'WINDOW', 'PHONE', 'HOTLINE', 'IMPORT')),
  service_mode :text NOT NULL CHECK (service_mode IN ('WINDOW', 'APPOINTMENT', 'HOME_VISIT', 'ERRAND')),
  state :text NOT NULL CHECK (state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT', 'RESOLVED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'MERGED')),
  outcome :text CHECK (outcome IN ('FULFILLED', 'PARTLY', 'REFUSED', 'REFERRED', 'UNREACHABLE', 'IMPORTED')),
  confirmation :text CHECK (confirmation IN ('CONFIRMED', 'UNCONFIRMED')),
  confirmed_via :text CHECK (confirmed_via IN ('ONLINE', 'WINDOW', 'PHONE')),
  title :text,
  description :text,
  address :text,
  lat double precision,
  long double precision,
  answers :json,
  block_id :uuid REFERENCES place (id),
  owner_id :uuid REFERENCES account (id),
  merged_into :uuid REFERENCES service_request (id),
  legacy_source :text,
  legacy_id :text,
  submitted_at :ts NOT NULL,
  accepted_at :ts,
  first_response_at :ts,
  resolved_at :ts,
  closed_at :ts,
  response_due_at :ts,
  due_at :ts,
  original_due_at :ts,
  legal_due_at :ts,
  queue_at :ts NOT NULL,
  wake_at :ts,
  reopen_until :ts,
  handled_work_s bigint,
  clock :json NOT NULL,
  calendar_version integer NOT NULL,
  overdue boolean NOT NULL,
  supplements integer NOT NULL,
  stage_supplements integer NOT NULL,
  transfers integer NOT NULL,
  returns integer NOT NULL,
  reopens integer NOT NULL,
  closures integer NOT NULL,
  appealed boolean NOT NULL,
  version integer NOT NULL,
  CONSTRAINT service_request_tenant UNIQUE (community_id, id),
  CONSTRAINT service_request_number UNIQUE (number),
  CONSTRAINT service_request_matter FOREIGN KEY (community_id, matter_id) REFERENCES matter (community_id, id),
  CONSTRAINT service_request_matter_version FOREIGN KEY (community_id, matter_version_id) REFERENCES matter_version (community_id, id),
  CONSTRAINT service_request_owner CHECK ((state IN ('ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT') AND (owner_id IS NOT NULL OR intake_channel = 'IMPORT'))
    OR (state IN ('SUBMITTED', 'DECLINED') AND owner_id IS NULL)
    OR state IN ('RESOLVED', 'CLOSED', 'WITHDRAWN', 'MERGED')),
  CONSTRAINT service_request_result CHECK ((state IN ('RESOLVED', 'CLOSED')) = (outcome IS NOT NULL)),
  CONSTRAINT service_request_merged CHECK ((state = 'MERGED') = (merged_into IS NOT NULL))
);
CREATE INDEX service_request_queue ON service_request (community_id, queue_at, id)
  WHERE state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT');
CREATE INDEX service_request_by_time ON service_request (community_id, submitted_at, id);
CREATE INDEX service_request_by_requester ON service_request (requester_id, submitted_at, id);
CREATE INDEX service_request_by_owner ON service_request (owner_id, queue_at, id)
  WHERE state IN ('ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT');
CREATE INDEX service_request_wake ON service_request (wake_at) WHERE wake_at IS NOT NULL;
CREATE UNIQUE INDEX service_request_legacy ON service_request (legacy_id, legacy_source, community_id) WHERE legacy_id IS NOT NULL;
CREATE TABLE request_ownership (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  owner_id :uuid NOT NULL REFERENCES account (id),
  how :text NOT NULL CHECK (how IN ('TAKEN', 'ASSIGNED', 'AUTOMATIC', 'TRANSFERRED', 'REOPENED')),
  from_at :ts NOT NULL,
  until_at :ts,
  CONSTRAINT request_ownership_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE UNIQUE INDEX request_ownership_one_open ON request_ownership (request_id) WHERE until_at IS NULL;
CREATE INDEX request_ownership_by_request ON request_ownership (request_id, from_at);
CREATE TABLE public_note (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  kind :text NOT NULL CHECK (kind IN ('NOTE', 'QUESTION', 'ANSWER', 'SUPPLEMENT', 'RESULT', 'DECLINE', 'REOPEN', 'EXTENSION', 'APPEAL', 'STATUTORY')),
  author_kind :text NOT NULL CHECK (author_kind IN ('STAFF', 'RESIDENT', 'SYSTEM')),
  author_id :uuid,
  body :text,
  at :ts NOT NULL,
  CONSTRAINT public_note_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE INDEX public_note_by_request ON public_note (request_id, at, id);
CREATE TABLE internal_note (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  kind :text NOT NULL CHECK (kind IN ('NOTE', 'TRANSFER', 'RETURN', 'HANDOVER', 'EXTENSION', 'SUPPLEMENT', 'CONFIRMATION')),
  author_id :uuid,
  body :text,
  at :ts NOT NULL,
  CONSTRAINT internal_note_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE INDEX internal_note_by_request ON internal_note (request_id, at, id);
CREATE TABLE contact_attempt (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  account_id :uuid NOT NULL REFERENCES account (id),
  way :text NOT NULL CHECK (way IN ('CALL', 'SMS', 'VISIT')),
  reached boolean NOT NULL,
  day :day NOT NULL,
  at :ts NOT NULL,
  CONSTRAINT contact_attempt_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE INDEX contact_attempt_by_request ON contact_attempt (request_id, at, id);
CREATE TABLE contact_task (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid,
  wish_id :uuid,
  incident_id :uuid,
  event_id :uuid NOT NULL,
  way :text NOT NULL CHECK (way IN ('CALL', 'VISIT')),
  created_at :ts NOT NULL,
  done_at :ts,
  done_by :uuid REFERENCES account (id),
  CONSTRAINT contact_task_about CHECK ((CASE WHEN request_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN wish_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN incident_id IS NULL THEN 0 ELSE 1 END) = 1),
  CONSTRAINT contact_task_once UNIQUE (event_id, request_id),
  CONSTRAINT contact_task_wish_once UNIQUE (event_id, wish_id),
  CONSTRAINT contact_task_incident_once UNIQUE (event_id, incident_id, way),
  CONSTRAINT contact_task_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE INDEX contact_task_open ON contact_task (community_id, created_at, id) WHERE done_at IS NULL;
CREATE INDEX contact_task_of_incident ON contact_task (incident_id) WHERE incident_id IS NOT NULL AND done_at IS NULL;
CREATE INDEX contact_task_of_wish ON contact_task (wish_id) WHERE wish_id IS NOT NULL AND done_at IS NULL;
CREATE TABLE extension (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  working_days integer NOT NULL CHECK (working_days BETWEEN 1 AND 60),
  requested_by :uuid NOT NULL REFERENCES account (id),
  requested_at :ts NOT NULL,
  state :text NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REFUSED')),
  decided_by :uuid REFERENCES account (id),
  decided_at :ts,
  reason :text,
  CONSTRAINT extension_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE UNIQUE INDEX extension_one_pending ON extension (request_id) WHERE state = 'PENDING';
CREATE INDEX extension_by_request ON extension (request_id, requested_at, id);
CREATE TABLE rating (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  closure_no integer NOT NULL,
  level :text NOT NULL CHECK (level IN ('VERY_SATISFIED', 'SATISFIED', 'BASICALLY_SATISFIED', 'DISSATISFIED', 'VERY_DISSATISFIED')),
  body :text,
  show_name boolean NOT NULL,
  rated_owner_id :uuid REFERENCES account (id),
  at :ts NOT NULL,
  superseded boolean NOT NULL,
  CONSTRAINT rating_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE UNIQUE INDEX rating_one_valid ON rating (request_id, closure_no) WHERE NOT superseded;
CREATE INDEX rating_by_request ON rating (request_id, at, id);
CREATE TABLE corrective_action (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  request_id :uuid NOT NULL,
  rating_id :uuid NOT NULL REFERENCES rating (id),
  confidentiality :text NOT NULL,
  rated_owner_id :uuid REFERENCES account (id),
  handler_id :uuid REFERENCES account (id),
  state :text NOT NULL CHECK (state IN ('OPEN', 'DONE')),
  due_at :ts NOT NULL,
  called_back boolean NOT NULL,
  measure :text,
  done_at :ts,
  opened_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT corrective_action_once UNIQUE (rating_id),
  CONSTRAINT corrective_action_not_self CHECK (handler_id IS NULL OR rated_owner_id IS NULL OR handler_id <> rated_owner_id),
  CONSTRAINT corrective_action_call_back CHECK (state = 'OPEN' OR (called_back AND done_at IS NOT NULL)),
  CONSTRAINT corrective_action_request FOREIGN KEY (community_id, request_id) REFERENCES service_request (community_id, id)
);
CREATE INDEX corrective_action_open ON corrective_action (community_id, due_at, id)
"
);
