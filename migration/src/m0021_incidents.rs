//! Incidents of blocks, who reported them, and what agencies owe in a joint response.
//!
//! The row of an incident is its one lock: whoever changes anything about it or about a task of an agency
//! holds that row first, so that it is resolved and closed once, whichever of ten agencies ends last.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
CREATE TABLE incident_limit (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL,
  starts_at :text NOT NULL CHECK (starts_at IN ('BLOCK', 'GENERAL')),
  around_the_clock boolean NOT NULL,
  block_minutes integer NOT NULL CHECK (block_minutes BETWEEN 5 AND 14400),
  general_minutes integer NOT NULL CHECK (general_minutes BETWEEN 5 AND 14400),
  handle_minutes integer NOT NULL CHECK (handle_minutes BETWEEN 30 AND 43200),
  changed_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT incident_limit_once UNIQUE (community_id, kind)
);
CREATE TABLE incident (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  number :text NOT NULL,
  block_id :uuid REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('STREET_LIGHT', 'ROAD', 'WATER_OR_DRAIN', 'WASTE', 'NOISE', 'ILLEGAL_PARKING', 'STREET_STALL', 'BUILDING', 'PUBLIC_FACILITY', 'LIFT', 'GREENERY', 'ANIMAL', 'GAS_LEAK', 'FIRE_HAZARD', 'OTHER')),
  danger :text NOT NULL CHECK (danger IN ('NONE', 'LIFE', 'DOMESTIC_VIOLENCE', 'CHILD_AT_RISK')),
  place :text,
  lon_e6 integer,
  lat_e6 integer,
  state :text NOT NULL CHECK (state IN ('RECEIVED', 'HANDLING', 'ESCALATED', 'JOINT_RESPONSE', 'RESOLVED', 'CLOSED')),
  level :text NOT NULL CHECK (level IN ('BLOCK', 'GENERAL', 'SUBDISTRICT')),
  first_level :text NOT NULL CHECK (first_level IN ('BLOCK', 'GENERAL')),
  handler_id :uuid REFERENCES account (id),
  received_at :ts NOT NULL,
  due_at :ts,
  responded_at :ts,
  escalated_at :ts,
  joint_at :ts,
  resolved_at :ts,
  answered_at :ts,
  closed_at :ts,
  first_closed_at :ts,
  reopened integer NOT NULL,
  reopen_reason :text,
  escalation :text,
  outcome :text CHECK (outcome IN ('FIXED', 'PARTLY_FIXED', 'NOT_FIXED', 'NOT_FOUND', 'NOT_OURS', 'ABOUT_A_PERSON', 'MERGED')),
  answer :text,
  card :json NOT NULL,
  published_at :ts,
  merged_into :uuid,
  version integer NOT NULL,
  CONSTRAINT incident_tenant UNIQUE (community_id, id),
  CONSTRAINT incident_number UNIQUE (number),
  CONSTRAINT incident_point CHECK ((lon_e6 IS NULL) = (lat_e6 IS NULL)),
  CONSTRAINT incident_end CHECK ((closed_at IS NOT NULL) = (state = 'CLOSED')),
  CONSTRAINT incident_resolved CHECK ((resolved_at IS NOT NULL) = (state IN ('RESOLVED', 'CLOSED')) AND (outcome IS NOT NULL) = (resolved_at IS NOT NULL)),
  CONSTRAINT incident_answered CHECK (state <> 'CLOSED' OR answered_at IS NOT NULL OR merged_into IS NOT NULL),
  CONSTRAINT incident_merged CHECK ((merged_into IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'MERGED')),
  CONSTRAINT incident_handled CHECK (state NOT IN ('HANDLING', 'JOINT_RESPONSE') OR responded_at IS NOT NULL AND handler_id IS NOT NULL),
  CONSTRAINT incident_over CHECK (state <> 'CLOSED' OR due_at IS NULL),
  CONSTRAINT incident_survivor FOREIGN KEY (community_id, merged_into) REFERENCES incident (community_id, id),
  CONSTRAINT incident_never_public CHECK (published_at IS NULL OR danger = 'NONE' AND (outcome IS NULL OR outcome <> 'ABOUT_A_PERSON'))
);
CREATE INDEX incident_list ON incident (community_id, received_at, id);
CREATE INDEX incident_by_state ON incident (community_id, state, received_at, id);
CREATE INDEX incident_by_block ON incident (community_id, block_id, received_at, id);
CREATE INDEX incident_timers ON incident (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX incident_cards ON incident (community_id, published_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX incident_near ON incident (community_id, kind, received_at) WHERE closed_at IS NULL;
CREATE INDEX incident_duplicates ON incident (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE incident_report (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  incident_id :uuid NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  entered_by :uuid REFERENCES account (id),
  words :text,
  follows boolean NOT NULL,
  anonymous boolean NOT NULL,
  may_contact boolean NOT NULL,
  from_id :uuid REFERENCES incident (id),
  reported_at :ts NOT NULL,
  CONSTRAINT incident_report_of FOREIGN KEY (community_id, incident_id) REFERENCES incident (community_id, id),
  CONSTRAINT incident_report_once UNIQUE (incident_id, person_id)
);
CREATE INDEX incident_report_by_person ON incident_report (person_id, reported_at, id);
CREATE TABLE joint_response (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  incident_id :uuid NOT NULL,
  round integer NOT NULL,
  reason :text NOT NULL CHECK (reason IN ('BEYOND_OUR_POWER', 'JOINT_ENFORCEMENT', 'EMERGENCY')),
  opened_by :uuid REFERENCES account (id),
  opened_at :ts NOT NULL,
  ended_at :ts,
  CONSTRAINT joint_response_of FOREIGN KEY (community_id, incident_id) REFERENCES incident (community_id, id),
  CONSTRAINT joint_response_round UNIQUE (incident_id, round),
  CONSTRAINT joint_response_own UNIQUE (incident_id, id)
);
CREATE UNIQUE INDEX joint_response_one ON joint_response (incident_id) WHERE ended_at IS NULL;
CREATE INDEX joint_response_facts ON joint_response (community_id, opened_at);
CREATE TABLE agency_task (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  incident_id :uuid NOT NULL,
  joint_id :uuid NOT NULL,
  agency_id :uuid NOT NULL REFERENCES place (id),
  from_id :uuid REFERENCES agency_task (id),
  mandatory boolean NOT NULL,
  binding boolean NOT NULL,
  refusals integer NOT NULL,
  brief :text,
  state :text NOT NULL CHECK (state IN ('ASKED', 'SIGNED', 'CONTACTED', 'DONE', 'REFUSED', 'MOVED', 'CALLED_OFF')),
  asked_at :ts NOT NULL,
  sign_due_at :ts NOT NULL,
  contact_due_at :ts NOT NULL,
  finish_due_at :ts NOT NULL,
  due_at :ts,
  signed_at :ts,
  contacted_at :ts,
  ended_at :ts,
  relayed boolean NOT NULL,
  outcome :text CHECK (outcome IN ('FIXED', 'PARTLY_FIXED', 'NOT_FIXED', 'NOT_NEEDED')),
  result :text,
  refused_at :ts,
  refusal :text,
  proposed_id :uuid REFERENCES place (id),
  rating :text CHECK (rating IN ('VERY_SATISFIED', 'SATISFIED', 'BASICALLY_SATISFIED', 'DISSATISFIED', 'VERY_DISSATISFIED')),
  rating_reason :text,
  rated_by :uuid REFERENCES account (id),
  rated_at :ts,
  version integer NOT NULL,
  CONSTRAINT agency_task_of FOREIGN KEY (community_id, incident_id) REFERENCES incident (community_id, id),
  CONSTRAINT agency_task_joint FOREIGN KEY (incident_id, joint_id) REFERENCES joint_response (incident_id, id),
  CONSTRAINT agency_task_successor UNIQUE (from_id),
  CONSTRAINT agency_task_outcome CHECK ((outcome IS NOT NULL) = (state = 'DONE')),
  CONSTRAINT agency_task_end CHECK ((ended_at IS NOT NULL) = (state IN ('DONE', 'MOVED', 'CALLED_OFF'))),
  CONSTRAINT agency_task_refused CHECK ((refused_at IS NOT NULL) = (refusal IS NOT NULL OR state IN ('REFUSED', 'MOVED')) AND (refused_at IS NOT NULL) = (proposed_id IS NOT NULL)),
  CONSTRAINT agency_task_binding CHECK (NOT binding OR state <> 'REFUSED'),
  CONSTRAINT agency_task_signed CHECK (state NOT IN ('SIGNED', 'CONTACTED', 'DONE') OR signed_at IS NOT NULL),
  CONSTRAINT agency_task_contacted CHECK (state NOT IN ('CONTACTED', 'DONE') OR contacted_at IS NOT NULL),
  CONSTRAINT agency_task_rated CHECK ((rating IS NOT NULL) = (rated_at IS NOT NULL) AND (rating IS NULL OR state = 'DONE')),
  CONSTRAINT agency_task_low CHECK (rating IS NULL OR rating NOT IN ('DISSATISFIED', 'VERY_DISSATISFIED') OR rating_reason IS NOT NULL)
);
CREATE UNIQUE INDEX agency_task_one ON agency_task (joint_id, agency_id) WHERE state NOT IN ('MOVED', 'CALLED_OFF');
CREATE INDEX agency_task_by_incident ON agency_task (incident_id, asked_at, id);
CREATE INDEX agency_task_by_agency ON agency_task (agency_id, asked_at, id);
CREATE INDEX agency_task_open ON agency_task (agency_id, asked_at, id) WHERE state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED');
CREATE INDEX agency_task_timers ON agency_task (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX agency_task_facts ON agency_task (community_id, asked_at, id);
CREATE TABLE agency_task_note (
  id :uuid PRIMARY KEY,
  task_id :uuid NOT NULL REFERENCES agency_task (id),
  account_id :uuid NOT NULL REFERENCES account (id),
  words :text,
  at :ts NOT NULL
);
CREATE INDEX agency_task_note_of ON agency_task_note (task_id, at, id);
ALTER TABLE inbox_message ADD COLUMN incident_id :uuid;
ALTER TABLE inbox_message ADD COLUMN agency_task_id :uuid;
ALTER TABLE read_log ADD COLUMN incident_id :uuid
";

/// Nothing new lies in a place that is closed (what had ended there may be taken up again): a community or a block is not closed over its open incidents, nor an
/// agency over its open tasks, and none is reported in a closed one, or moved there, or asked of it. (One writer: what a trigger reads is true until the end.)
const SQLITE: [&str; 4] = [
    "CREATE TRIGGER place_in_use_by_incidents BEFORE UPDATE OF active ON place
     WHEN OLD.active AND NOT NEW.active AND (EXISTS (SELECT 1 FROM incident i
       WHERE i.community_id = NEW.community_id AND NEW.id IN (i.community_id, i.block_id)
         AND i.closed_at IS NULL) OR EXISTS (SELECT 1 FROM agency_task t
       WHERE t.agency_id = NEW.id AND t.state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED')))
     BEGIN SELECT RAISE(ABORT, 'constraint place_in_use'); END",
    "CREATE TRIGGER incident_place_open BEFORE INSERT ON incident
     WHEN NEW.closed_at IS NULL AND EXISTS (SELECT 1 FROM place p
       WHERE p.id IN (NEW.community_id, NEW.block_id) AND NOT p.active)
     BEGIN SELECT RAISE(ABORT, 'constraint incident_place_open'); END",
    "CREATE TRIGGER incident_block_open BEFORE UPDATE OF block_id ON incident
     WHEN NEW.block_id IS NOT OLD.block_id AND EXISTS (SELECT 1 FROM place p
       WHERE p.id = NEW.block_id AND NOT p.active)
     BEGIN SELECT RAISE(ABORT, 'constraint incident_place_open'); END",
    "CREATE TRIGGER agency_task_agency_open BEFORE INSERT ON agency_task
     WHEN NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM place p
       WHERE p.id = NEW.agency_id AND NOT p.active)
     BEGIN SELECT RAISE(ABORT, 'constraint incident_place_open'); END",
];

/// The same under READ COMMITTED: whoever reports something waits for who closes its place, and the other way
/// round.
const POSTGRES: [&str; 7] = [
    "CREATE FUNCTION linli_place_in_use_by_incidents() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF EXISTS (SELECT 1 FROM incident i
         WHERE i.community_id = NEW.community_id AND NEW.id IN (i.community_id, i.block_id)
           AND i.closed_at IS NULL) OR EXISTS (SELECT 1 FROM agency_task t
         WHERE t.agency_id = NEW.id AND t.state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED')) THEN
         RAISE EXCEPTION 'constraint place_in_use' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER place_in_use_by_incidents BEFORE UPDATE OF active ON place FOR EACH ROW
     WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION linli_place_in_use_by_incidents()",
    "CREATE FUNCTION linli_incident_place_open() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF (SELECT COUNT(*) FROM (SELECT 1 FROM place p
           WHERE p.id IN (NEW.community_id, NEW.block_id) AND p.active FOR KEY SHARE) AS open)
         < (CASE WHEN NEW.block_id IS NULL THEN 1 ELSE 2 END) THEN
         RAISE EXCEPTION 'constraint incident_place_open' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER incident_place_open BEFORE INSERT ON incident FOR EACH ROW
     WHEN (NEW.closed_at IS NULL) EXECUTE FUNCTION linli_incident_place_open()",
    "CREATE TRIGGER incident_block_open BEFORE UPDATE OF block_id ON incident FOR EACH ROW
     WHEN (NEW.block_id IS DISTINCT FROM OLD.block_id)
     EXECUTE FUNCTION linli_incident_place_open()",
    "CREATE FUNCTION linli_agency_task_agency_open() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM place p WHERE p.id = NEW.agency_id AND p.active FOR KEY SHARE;
       IF NOT FOUND THEN
         RAISE EXCEPTION 'constraint incident_place_open' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER agency_task_agency_open BEFORE INSERT ON agency_task FOR EACH ROW
     WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION linli_agency_task_agency_open()",
];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
