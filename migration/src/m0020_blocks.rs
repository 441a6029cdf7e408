//! Blocks: where they lie, which addresses belong to them, who answers for them and since when; and what
//! is agreed with agencies.
//!
//! Whoever has a term of an office, or stands in, holds its role by it: `role_held` is made anew with these
//! rows, and with the instant from which a role counts.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
CREATE TABLE block (
  place_id :uuid PRIMARY KEY REFERENCES place (id),
  community_id :uuid NOT NULL REFERENCES place (id),
  station_id :uuid REFERENCES place (id),
  hours :json,
  address_note :text,
  area :json,
  west integer,
  south integer,
  east integer,
  north integer,
  version integer NOT NULL,
  CONSTRAINT block_box CHECK ((area IS NULL AND west IS NULL AND south IS NULL AND east IS NULL AND north IS NULL)
    OR (area IS NOT NULL AND west IS NOT NULL AND south IS NOT NULL AND east IS NOT NULL AND north IS NOT NULL
      AND west <= east AND south <= north))
);
CREATE INDEX block_by_community ON block (community_id, west);
CREATE TABLE block_address (
  id :uuid PRIMARY KEY,
  block_id :uuid NOT NULL REFERENCES block (place_id),
  community_id :uuid NOT NULL REFERENCES place (id),
  street :text NOT NULL,
  street_key :text NOT NULL,
  from_number integer CHECK (from_number BETWEEN 1 AND 99999),
  until_number integer CHECK (until_number BETWEEN 1 AND 99999),
  parity :text NOT NULL CHECK (parity IN ('ALL', 'ODD', 'EVEN')),
  position integer NOT NULL,
  CONSTRAINT block_address_range CHECK (from_number IS NULL OR until_number IS NULL OR until_number >= from_number)
);
CREATE UNIQUE INDEX block_address_list ON block_address (block_id, position);
CREATE INDEX block_address_by_community ON block_address (community_id);
CREATE TABLE office_term (
  id :uuid PRIMARY KEY,
  community_id :uuid REFERENCES place (id),
  place_id :uuid NOT NULL REFERENCES place (id),
  role :text NOT NULL CHECK (role IN ('BLOCK_LEAD', 'DEPUTY_BLOCK_LEAD', 'GENERAL_LEAD')),
  account_id :uuid NOT NULL REFERENCES account (id),
  from_at :ts NOT NULL,
  until_at :ts,
  ended_because :text CHECK (ended_because IN ('TERM_OVER', 'MOVED', 'RESIGNED', 'MISTAKE')),
  recorded_at :ts NOT NULL,
  recorded_by :uuid REFERENCES account (id),
  version integer NOT NULL,
  CONSTRAINT office_term_span CHECK (until_at IS NULL OR until_at >= from_at),
  CONSTRAINT office_term_end CHECK ((until_at IS NULL) = (ended_because IS NULL)),
  CONSTRAINT office_term_tenant CHECK ((role = 'GENERAL_LEAD') = (community_id IS NULL))
);
CREATE UNIQUE INDEX office_term_one ON office_term (place_id, role) WHERE until_at IS NULL AND role <> 'DEPUTY_BLOCK_LEAD';
CREATE UNIQUE INDEX office_term_once ON office_term (place_id, role, account_id) WHERE until_at IS NULL;
CREATE INDEX office_term_list ON office_term (place_id, from_at, id);
CREATE INDEX office_term_of ON office_term (account_id);
CREATE TABLE office_stand_in (
  id :uuid PRIMARY KEY,
  term_id :uuid NOT NULL REFERENCES office_term (id),
  account_id :uuid NOT NULL REFERENCES account (id),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  cancelled_at :ts,
  recorded_at :ts NOT NULL,
  recorded_by :uuid REFERENCES account (id),
  CONSTRAINT office_stand_in_span CHECK (until_at > from_at)
);
CREATE INDEX office_stand_in_list ON office_stand_in (term_id, from_at);
CREATE INDEX office_stand_in_of ON office_stand_in (account_id);
CREATE TABLE agency_terms (
  place_id :uuid PRIMARY KEY REFERENCES place (id),
  duties :json,
  sign_minutes integer NOT NULL CHECK (sign_minutes BETWEEN 5 AND 10080),
  contact_minutes integer NOT NULL CHECK (contact_minutes BETWEEN 5 AND 43200),
  finish_days integer NOT NULL CHECK (finish_days BETWEEN 1 AND 90),
  urgent_finish_minutes integer NOT NULL CHECK (urgent_finish_minutes BETWEEN 5 AND 43200),
  changed_at :ts NOT NULL,
  version integer NOT NULL
);
DROP VIEW role_held;
CREATE VIEW role_held AS
SELECT t.account_id AS account_id, t.role AS role, t.place_id AS scope_id, t.from_at AS valid_from, t.until_at AS valid_until
FROM office_term t
UNION ALL SELECT s.account_id, t.role, t.place_id, s.from_at,
  CASE WHEN t.until_at < s.until_at THEN t.until_at ELSE s.until_at END
FROM office_stand_in s JOIN office_term t ON t.id = s.term_id WHERE s.cancelled_at IS NULL
UNION ALL SELECT g.account_id, g.role, g.scope_id, NULL, g.valid_until
FROM role_grant g WHERE g.revoked_at IS NULL
UNION ALL SELECT a.id, 'VOLUNTEER', v.community_id, NULL, NULL
FROM account a JOIN volunteer v ON v.person_id = a.person_id WHERE v.state = 'ACTIVE'
UNION ALL SELECT a.id, 'PARTY_MEMBER', m.branch_id, NULL, NULL
FROM account a JOIN party_membership m ON m.person_id = a.person_id WHERE m.until_day IS NULL
UNION ALL SELECT a.id, 'PARTY_MEMBER', m.branch_id, NULL, NULL
FROM account a JOIN person p ON p.merged_into = a.person_id
JOIN party_membership m ON m.person_id = p.id WHERE m.until_day IS NULL
";

/// Whether whoever has a new or longer term has another office there at the time, or so many others have this one
/// as can, at a moment of its span. They are most at its beginning, or as another one begins; the word in between
/// says which of two instants is later.
macro_rules! office_full {
    ($later:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM office_term o
              WHERE o.place_id = NEW.place_id AND o.account_id = NEW.account_id AND o.id <> NEW.id
                AND (o.until_at IS NULL OR o.until_at > NEW.from_at AND o.until_at > o.from_at)
                AND (NEW.until_at IS NULL OR o.from_at < NEW.until_at))
             OR EXISTS (SELECT 1 FROM office_term m
              WHERE m.place_id = NEW.place_id AND m.role = NEW.role AND m.id <> NEW.id
                AND (m.until_at IS NULL OR m.until_at > NEW.from_at)
                AND (NEW.until_at IS NULL OR m.from_at < NEW.until_at)
                AND (SELECT COUNT(*) FROM office_term t
                  WHERE t.place_id = NEW.place_id AND t.role = NEW.role AND t.id <> NEW.id
                    AND t.from_at <= ",
            $later,
            "(m.from_at, NEW.from_at)
                    AND (t.until_at IS NULL OR t.until_at > ",
            $later,
            "(m.from_at, NEW.from_at)))
                  >= CASE WHEN NEW.role = 'DEPUTY_BLOCK_LEAD' THEN 3 ELSE 1 END))"
        )
    };
}

/// One block lead and one general lead at a time, three deputies, one stand-in; what was is kept. A term that
/// ends sooner takes room from nobody. (One writer: what a trigger reads is true until the end.)
const SQLITE: [&str; 6] = [
    concat!(
        "CREATE TRIGGER office_term_overlap BEFORE INSERT ON office_term
         WHEN (NEW.until_at IS NULL OR NEW.until_at > NEW.from_at) AND ",
        office_full!("MAX"),
        "
         BEGIN SELECT RAISE(ABORT, 'constraint office_term_overlap'); END"
    ),
    concat!(
        "CREATE TRIGGER office_term_overlap_change BEFORE UPDATE OF until_at ON office_term
         WHEN (NEW.until_at IS NULL OR NEW.until_at > OLD.until_at) AND ",
        office_full!("MAX"),
        "
         BEGIN SELECT RAISE(ABORT, 'constraint office_term_overlap'); END"
    ),
    "CREATE TRIGGER office_term_kept
     BEFORE UPDATE OF place_id, role, account_id, from_at ON office_term
     BEGIN SELECT RAISE(ABORT, 'constraint office_term_kept'); END",
    "CREATE TRIGGER office_term_not_deleted BEFORE DELETE ON office_term
     BEGIN SELECT RAISE(ABORT, 'constraint office_term_kept'); END",
    "CREATE TRIGGER office_stand_in_overlap BEFORE INSERT ON office_stand_in
     WHEN EXISTS (SELECT 1 FROM office_stand_in s
       WHERE s.term_id = NEW.term_id AND s.id <> NEW.id AND s.cancelled_at IS NULL
         AND s.from_at < NEW.until_at AND s.until_at > NEW.from_at)
     BEGIN SELECT RAISE(ABORT, 'constraint office_stand_in_overlap'); END",
    "CREATE TRIGGER office_stand_in_kept
     BEFORE UPDATE OF term_id, account_id, from_at, until_at ON office_stand_in
     BEGIN SELECT RAISE(ABORT, 'constraint office_stand_in_kept'); END",
];

/// The same under READ COMMITTED: each function first locks the row that both sides of a race need (the
/// place of an office, the term of a stand-in), and then sees what was committed by then.
const POSTGRES: [&str; 8] = [
    concat!(
        "CREATE FUNCTION linli_office_term_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           PERFORM 1 FROM place p WHERE p.id = NEW.place_id FOR NO KEY UPDATE;
           IF ", office_full!("GREATEST"), " THEN
             RAISE EXCEPTION 'constraint office_term_overlap' USING ERRCODE = 'exclusion_violation';
           END IF;
           RETURN NEW;
         END $$"
    ),
    "CREATE TRIGGER office_term_overlap BEFORE INSERT ON office_term FOR EACH ROW
     WHEN (NEW.until_at IS NULL OR NEW.until_at > NEW.from_at)
     EXECUTE FUNCTION linli_office_term_overlap()",
    "CREATE TRIGGER office_term_overlap_change BEFORE UPDATE OF until_at ON office_term FOR EACH ROW
     WHEN (NEW.until_at IS NULL OR NEW.until_at > OLD.until_at)
     EXECUTE FUNCTION linli_office_term_overlap()",
    "CREATE TRIGGER office_term_kept
     BEFORE UPDATE OF place_id, role, account_id, from_at ON office_term
     FOR EACH ROW EXECUTE FUNCTION linli_kept()",
    "CREATE TRIGGER office_term_not_deleted BEFORE DELETE ON office_term
     FOR EACH ROW EXECUTE FUNCTION linli_kept()",
    "CREATE FUNCTION linli_office_stand_in_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM office_term t WHERE t.id = NEW.term_id FOR NO KEY UPDATE;
       IF EXISTS (SELECT 1 FROM office_stand_in s
         WHERE s.term_id = NEW.term_id AND s.id <> NEW.id AND s.cancelled_at IS NULL
           AND s.from_at < NEW.until_at AND s.until_at > NEW.from_at) THEN
         RAISE EXCEPTION 'constraint office_stand_in_overlap' USING ERRCODE = 'exclusion_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER office_stand_in_overlap BEFORE INSERT ON office_stand_in FOR EACH ROW
     EXECUTE FUNCTION linli_office_stand_in_overlap()",
    "CREATE TRIGGER office_stand_in_kept
     BEFORE UPDATE OF term_id, account_id, from_at, until_at ON office_stand_in
     FOR EACH ROW EXECUTE FUNCTION linli_kept()",
];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
