//! The one thing that every scarce thing is allotted by: a lane of a resource, for a span. Two spans
//! that are held never overlap in one lane, whoever writes.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
CREATE TABLE resource (
  id :uuid PRIMARY KEY,
  kind :text NOT NULL CHECK (kind IN ('WINDOW', 'ROOM', 'STAFF')),
  subject_id :uuid NOT NULL,
  lanes integer NOT NULL CHECK (lanes BETWEEN 1 AND 1000),
  CONSTRAINT resource_subject UNIQUE (kind, subject_id)
);
CREATE TABLE reservation (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  resource_id :uuid NOT NULL REFERENCES resource (id),
  lane integer NOT NULL CHECK (lane >= 1),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  purpose :text NOT NULL CHECK (purpose IN ('APPOINTMENT', 'HOME_VISIT', 'BOOKING', 'SESSION')),
  subject_id :uuid NOT NULL,
  released_at :ts,
  CONSTRAINT reservation_span CHECK (until_at > from_at)
);
CREATE INDEX reservation_held ON reservation (resource_id, until_at) WHERE released_at IS NULL;
CREATE INDEX reservation_subject ON reservation (subject_id) WHERE released_at IS NULL
";

/// One writer at a time: what the trigger reads is true until the end.
const SQLITE: [&str; 2] = [
    "CREATE TRIGGER reservation_no_overlap BEFORE INSERT ON reservation
     WHEN NEW.released_at IS NULL AND EXISTS (SELECT 1 FROM reservation r
       WHERE r.resource_id = NEW.resource_id AND r.lane = NEW.lane AND r.released_at IS NULL
         AND r.until_at > NEW.from_at AND r.from_at < NEW.until_at)
     BEGIN SELECT RAISE(ABORT, 'constraint reservation_no_overlap'); END",
    "CREATE TRIGGER reservation_no_overlap_change
     BEFORE UPDATE OF resource_id, lane, from_at, until_at, released_at ON reservation
     WHEN NEW.released_at IS NULL AND EXISTS (SELECT 1 FROM reservation r
       WHERE r.id <> NEW.id AND r.resource_id = NEW.resource_id AND r.lane = NEW.lane
         AND r.released_at IS NULL
         AND r.until_at > NEW.from_at AND r.from_at < NEW.until_at)
     BEGIN SELECT RAISE(ABORT, 'constraint reservation_no_overlap'); END",
];

const POSTGRES: [&str; 2] = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE reservation ADD CONSTRAINT reservation_no_overlap EXCLUDE USING gist
     (resource_id WITH =, lane WITH =, tstzrange(from_at, until_at) WITH &&)
     WHERE (released_at IS NULL)",
];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
