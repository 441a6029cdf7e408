//! Hours of volunteers, certificates of them, and shifts.
//!
//! A record of hours is never changed but by what ends it (a check-out, a decision); what was wrong is
//! corrected by another row, which names it. `volunteer_day` is made from the records.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
ALTER TABLE volunteer ADD COLUMN refused_because :text CHECK (refused_because IN ('NO_NEED', 'OTHER_COMMUNITY', 'NOT_REACHED', 'OTHER'));
CREATE INDEX volunteer_team_led ON volunteer_team (leader_id) WHERE leader_id IS NOT NULL;
CREATE TABLE volunteer_shift (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  team_id :uuid,
  series_id :uuid NOT NULL,
  titles :json NOT NULL,
  place :text NOT NULL,
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  needed integer NOT NULL,
  taken integer NOT NULL,
  state :text NOT NULL CHECK (state IN ('PLANNED', 'CANCELLED')),
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT volunteer_shift_tenant UNIQUE (community_id, id),
  CONSTRAINT volunteer_shift_team FOREIGN KEY (community_id, team_id) REFERENCES volunteer_team (community_id, id),
  CONSTRAINT volunteer_shift_span CHECK (until_at > from_at),
  CONSTRAINT volunteer_shift_needed CHECK (needed BETWEEN 1 AND 200),
  CONSTRAINT volunteer_shift_taken CHECK (taken >= 0 AND taken <= needed)
);
CREATE INDEX volunteer_shift_list ON volunteer_shift (community_id, from_at, id);
CREATE INDEX volunteer_shift_series ON volunteer_shift (series_id);
CREATE TABLE volunteer_sign_up (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  shift_id :uuid NOT NULL,
  volunteer_id :uuid NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  signed_at :ts NOT NULL,
  ended_at :ts,
  ended_by :text CHECK (ended_by IN ('VOLUNTEER', 'SHIFT')),
  CONSTRAINT volunteer_sign_up_shift FOREIGN KEY (community_id, shift_id) REFERENCES volunteer_shift (community_id, id),
  CONSTRAINT volunteer_sign_up_volunteer FOREIGN KEY (community_id, volunteer_id) REFERENCES volunteer (community_id, id),
  CONSTRAINT volunteer_sign_up_end CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX volunteer_sign_up_once ON volunteer_sign_up (shift_id, volunteer_id) WHERE ended_at IS NULL;
CREATE INDEX volunteer_sign_up_of_shift ON volunteer_sign_up (shift_id, signed_at);
CREATE INDEX volunteer_sign_up_of ON volunteer_sign_up (person_id, from_at, id);
CREATE INDEX volunteer_sign_up_held ON volunteer_sign_up (volunteer_id, from_at) WHERE ended_at IS NULL;
CREATE TABLE volunteer_hours (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  volunteer_id :uuid NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  source :text NOT NULL CHECK (source IN ('CHECK_IN', 'ENTERED', 'CORRECTION')),
  state :text NOT NULL CHECK (state IN ('OPEN', 'PENDING', 'APPROVED', 'REFUSED', 'LAPSED')),
  from_at :ts,
  until_at :ts,
  team_id :uuid,
  claim_id :uuid,
  shift_id :uuid,
  corrects_id :uuid REFERENCES volunteer_hours (id),
  reason :text,
  recorded_at :ts NOT NULL,
  recorded_by :uuid REFERENCES account (id),
  decided_at :ts,
  decided_by :uuid REFERENCES account (id),
  version integer NOT NULL,
  CONSTRAINT volunteer_hours_volunteer FOREIGN KEY (community_id, volunteer_id) REFERENCES volunteer (community_id, id),
  CONSTRAINT volunteer_hours_team FOREIGN KEY (community_id, team_id) REFERENCES volunteer_team (community_id, id),
  CONSTRAINT volunteer_hours_shift FOREIGN KEY (community_id, shift_id) REFERENCES volunteer_shift (community_id, id),
  CONSTRAINT volunteer_hours_span CHECK (until_at IS NULL OR until_at > from_at),
  CONSTRAINT volunteer_hours_begin CHECK (from_at IS NOT NULL OR (source = 'CORRECTION' AND until_at IS NULL)),
  CONSTRAINT volunteer_hours_end CHECK ((until_at IS NULL) = (state IN ('OPEN', 'LAPSED') OR from_at IS NULL)),
  CONSTRAINT volunteer_hours_way CHECK ((source = 'CHECK_IN' AND state IN ('OPEN', 'APPROVED', 'LAPSED')) OR (source = 'ENTERED' AND state IN ('PENDING', 'APPROVED', 'REFUSED')) OR (source = 'CORRECTION' AND state = 'APPROVED')),
  CONSTRAINT volunteer_hours_correction CHECK ((source = 'CORRECTION') = (corrects_id IS NOT NULL)),
  CONSTRAINT volunteer_hours_corrected UNIQUE (corrects_id)
);
CREATE UNIQUE INDEX volunteer_hours_open ON volunteer_hours (person_id) WHERE state = 'OPEN';
CREATE INDEX volunteer_hours_lapse ON volunteer_hours (from_at) WHERE state = 'OPEN';
CREATE INDEX volunteer_hours_list ON volunteer_hours (community_id, state, recorded_at, id);
CREATE INDEX volunteer_hours_own ON volunteer_hours (person_id, recorded_at, id);
CREATE INDEX volunteer_hours_counting ON volunteer_hours (community_id, person_id, from_at);
CREATE INDEX volunteer_hours_by_team ON volunteer_hours (team_id, from_at);
CREATE TABLE volunteer_day (
  community_id :uuid NOT NULL REFERENCES place (id),
  person_id :uuid NOT NULL REFERENCES person (id),
  day :day NOT NULL,
  minutes integer NOT NULL,
  CONSTRAINT volunteer_day_once PRIMARY KEY (community_id, person_id, day),
  CONSTRAINT volunteer_day_cap CHECK (minutes BETWEEN 1 AND 480)
);
CREATE INDEX volunteer_day_list ON volunteer_day (community_id, day);
CREATE TABLE volunteer_certificate (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  person_id :uuid NOT NULL REFERENCES person (id),
  number :text NOT NULL,
  name :text NOT NULL,
  from_day :day NOT NULL,
  until_day :day NOT NULL,
  minutes integer NOT NULL CHECK (minutes >= 1),
  issued_at :ts NOT NULL,
  CONSTRAINT volunteer_certificate_number UNIQUE (number),
  CONSTRAINT volunteer_certificate_span CHECK (until_day >= from_day)
);
CREATE INDEX volunteer_certificate_own ON volunteer_certificate (person_id, issued_at, id)
";

/// What was recorded stays; a name may be erased from a certificate. One volunteer is in one place at
/// a time. (One writer: what a trigger reads is true until the end.)
const SQLITE: [&str; 6] = [
    "CREATE TRIGGER volunteer_hours_kept BEFORE UPDATE ON volunteer_hours
     WHEN NEW.id <> OLD.id OR NEW.community_id <> OLD.community_id
       OR NEW.volunteer_id <> OLD.volunteer_id OR NEW.person_id <> OLD.person_id
       OR NEW.source <> OLD.source OR NEW.from_at IS NOT OLD.from_at
       OR NEW.corrects_id IS NOT OLD.corrects_id
       OR (NEW.until_at IS NOT OLD.until_at AND OLD.state <> 'OPEN')
       OR (NEW.state <> OLD.state AND OLD.state NOT IN ('OPEN', 'PENDING'))
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_hours_kept'); END",
    "CREATE TRIGGER volunteer_hours_not_deleted BEFORE DELETE ON volunteer_hours
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_hours_kept'); END",
    "CREATE TRIGGER volunteer_certificate_kept BEFORE UPDATE ON volunteer_certificate
     WHEN NEW.id <> OLD.id OR NEW.community_id <> OLD.community_id
       OR NEW.person_id <> OLD.person_id OR NEW.number <> OLD.number
       OR NEW.from_day <> OLD.from_day OR NEW.until_day <> OLD.until_day
       OR NEW.minutes <> OLD.minutes OR NEW.issued_at <> OLD.issued_at
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_certificate_kept'); END",
    "CREATE TRIGGER volunteer_certificate_not_deleted BEFORE DELETE ON volunteer_certificate
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_certificate_kept'); END",
    "CREATE TRIGGER volunteer_sign_up_overlap BEFORE INSERT ON volunteer_sign_up
     WHEN NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM volunteer_sign_up s
       WHERE s.volunteer_id = NEW.volunteer_id AND s.ended_at IS NULL
         AND s.shift_id <> NEW.shift_id
         AND s.from_at < NEW.until_at AND s.until_at > NEW.from_at)
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_sign_up_overlap'); END",
    "CREATE TRIGGER volunteer_sign_up_kept
     BEFORE UPDATE OF shift_id, volunteer_id, person_id, from_at, until_at ON volunteer_sign_up
     BEGIN SELECT RAISE(ABORT, 'constraint volunteer_sign_up_kept'); END",
];

/// The same; a sign-up first locks its volunteer, so that it sees what was committed by then.
const POSTGRES: [&str; 8] = [
    "CREATE FUNCTION linli_kept() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'constraint %_kept', TG_TABLE_NAME USING ERRCODE = 'check_violation';
     END $$",
    "CREATE TRIGGER volunteer_hours_kept BEFORE UPDATE ON volunteer_hours FOR EACH ROW
     WHEN (NEW.id <> OLD.id OR NEW.community_id <> OLD.community_id
       OR NEW.volunteer_id <> OLD.volunteer_id OR NEW.person_id <> OLD.person_id
       OR NEW.source <> OLD.source OR NEW.from_at IS DISTINCT FROM OLD.from_at
       OR NEW.corrects_id IS DISTINCT FROM OLD.corrects_id
       OR (NEW.until_at IS DISTINCT FROM OLD.until_at AND OLD.state <> 'OPEN')
       OR (NEW.state <> OLD.state AND OLD.state NOT IN ('OPEN', 'PENDING')))
     EXECUTE FUNCTION linli_kept()",
    "CREATE TRIGGER volunteer_hours_not_deleted BEFORE DELETE ON volunteer_hours FOR EACH ROW
     EXECUTE FUNCTION linli_kept()",
    "CREATE TRIGGER volunteer_certificate_kept BEFORE UPDATE ON volunteer_certificate FOR EACH ROW
     WHEN (NEW.id <> OLD.id OR NEW.community_id <> OLD.community_id
       OR NEW.person_id <> OLD.person_id OR NEW.number <> OLD.number
       OR NEW.from_day <> OLD.from_day OR NEW.until_day <> OLD.until_day
       OR NEW.minutes <> OLD.minutes OR NEW.issued_at <> OLD.issued_at)
     EXECUTE FUNCTION linli_kept()",
    "CREATE TRIGGER volunteer_certificate_not_deleted BEFORE DELETE ON volunteer_certificate
     FOR EACH ROW EXECUTE FUNCTION linli_kept()",
    "CREATE FUNCTION linli_volunteer_sign_up_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM volunteer v WHERE v.id = NEW.volunteer_id FOR NO KEY UPDATE;
       IF EXISTS (SELECT 1 FROM volunteer_sign_up s
         WHERE s.volunteer_id = NEW.volunteer_id AND s.ended_at IS NULL
           AND s.shift_id <> NEW.shift_id
           AND s.from_at < NEW.until_at AND s.until_at > NEW.from_at) THEN
         RAISE EXCEPTION 'constraint volunteer_sign_up_overlap'
           USING ERRCODE = 'exclusion_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER volunteer_sign_up_overlap BEFORE INSERT ON volunteer_sign_up FOR EACH ROW
     WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION linli_volunteer_sign_up_overlap()",
    "CREATE TRIGGER volunteer_sign_up_kept
     BEFORE UPDATE OF shift_id, volunteer_id, person_id, from_at, until_at ON volunteer_sign_up
     FOR EACH ROW EXECUTE FUNCTION linli_kept()",
];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
