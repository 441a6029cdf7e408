//! Who acts for whom, in what, and until when. Ending is one column of one row: whoever acts reads that
//! row under a lock in the transaction that acts.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
CREATE TABLE delegation (
  id :uuid PRIMARY KEY,
  principal_id :uuid NOT NULL REFERENCES person (id),
  delegate_phone :text,
  delegate_id :uuid REFERENCES person (id),
  wishes boolean NOT NULL,
  registrations boolean NOT NULL,
  state :text NOT NULL CHECK (state IN ('GIVEN', 'ACTIVE', 'DECLINED', 'ENDED')),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  created_at :ts NOT NULL,
  answered_at :ts,
  ended_at :ts,
  version integer NOT NULL,
  CONSTRAINT delegation_span CHECK (until_at > from_at),
  CONSTRAINT delegation_phone CHECK ((state = 'GIVEN') = (delegate_phone IS NOT NULL)),
  CONSTRAINT delegation_accepted CHECK (state <> 'ACTIVE' OR delegate_id IS NOT NULL),
  CONSTRAINT delegation_not_to_oneself CHECK (delegate_id IS NULL OR delegate_id <> principal_id),
  CONSTRAINT delegation_ended CHECK ((state IN ('DECLINED', 'ENDED')) = (ended_at IS NOT NULL))
);
CREATE INDEX delegation_by_principal ON delegation (principal_id, created_at, id);
CREATE INDEX delegation_by_delegate ON delegation (delegate_id, created_at, id)
  WHERE delegate_id IS NOT NULL;
CREATE INDEX delegation_waiting ON delegation (delegate_phone, created_at, id)
  WHERE state = 'GIVEN';
CREATE INDEX delegation_active ON delegation (delegate_id, principal_id) WHERE state = 'ACTIVE';
CREATE TABLE delegation_matter (
  delegation_id :uuid NOT NULL REFERENCES delegation (id),
  matter_id :uuid NOT NULL REFERENCES matter (id),
  CONSTRAINT delegation_matter_once PRIMARY KEY (delegation_id, matter_id)
);
ALTER TABLE activity_registration ADD COLUMN delegation_id :uuid;
ALTER TABLE inbox_message ADD COLUMN delegation_id :uuid
";

/// At most a year and a day: each engine counts days in its own words.
const SQLITE: [&str; 1] = ["CREATE TRIGGER delegation_term BEFORE INSERT ON delegation
     WHEN julianday(NEW.until_at) - julianday(NEW.from_at) > 366.00001
     BEGIN SELECT RAISE(ABORT, 'constraint delegation_term'); END"];

const POSTGRES: [&str; 1] = ["ALTER TABLE delegation ADD CONSTRAINT delegation_term
     CHECK (until_at <= from_at + interval '8784 hours')"];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
