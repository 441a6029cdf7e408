//! Rooms and their bookings, and the links under which people fetch their own calendar. What is held
//! of a room is a reservation; a booking says whose it is and what became of it.

use sea_orm_migration::async_trait;

const TABLES: &str = r"
CREATE TABLE venue (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  station_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('THERAPY', 'DANCE', 'SINGING', 'CALLIGRAPHY_PAINTING',
    'HANDICRAFT', 'OTHER')),
  names :json NOT NULL,
  equipment :json NOT NULL,
  audience :text NOT NULL CHECK (audience IN ('ALL', 'ELDERLY', 'CHILDREN', 'YOUNG_PEOPLE',
    'FAMILIES')),
  capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 10000),
  week :json,
  lead_minutes integer NOT NULL CHECK (lead_minutes BETWEEN 0 AND 43200),
  horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 400),
  longest_minutes integer NOT NULL CHECK (longest_minutes BETWEEN 15 AND 1440),
  bookable boolean NOT NULL,
  most_held integer NOT NULL CHECK (most_held BETWEEN 1 AND 100),
  closed_at :ts,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT venue_tenant UNIQUE (community_id, id)
);
CREATE INDEX venue_list ON venue (community_id, created_at, id);
CREATE TABLE venue_booking (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  venue_id :uuid NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  group_name :text,
  people integer NOT NULL CHECK (people BETWEEN 1 AND 10000),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  state :text NOT NULL CHECK (state IN ('BOOKED', 'CANCELLED', 'USED', 'NO_SHOW')),
  series_id :uuid,
  sequence integer NOT NULL CHECK (sequence >= 0),
  created_at :ts NOT NULL,
  changed_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT venue_booking_span CHECK (until_at > from_at),
  CONSTRAINT venue_booking_venue FOREIGN KEY (community_id, venue_id)
    REFERENCES venue (community_id, id)
);
CREATE INDEX venue_booking_list ON venue_booking (venue_id, from_at, id);
CREATE INDEX venue_booking_person ON venue_booking (person_id, from_at, id);
CREATE INDEX venue_booking_series ON venue_booking (series_id) WHERE series_id IS NOT NULL;
CREATE TABLE calendar_feed (
  id :uuid PRIMARY KEY,
  person_id :uuid NOT NULL REFERENCES person (id),
  token_hash :blob NOT NULL,
  created_at :ts NOT NULL,
  revoked_at :ts,
  CONSTRAINT calendar_feed_token UNIQUE (token_hash)
);
CREATE UNIQUE INDEX calendar_feed_one ON calendar_feed (person_id) WHERE revoked_at IS NULL
";

/// One writer at a time: what a trigger reads is true until the end.
const SQLITE: [&str; 2] = [
    "CREATE TRIGGER venue_in_use BEFORE UPDATE OF closed_at ON venue
     WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS (
       SELECT 1 FROM venue_booking b
       WHERE b.venue_id = NEW.id AND b.state = 'BOOKED' AND b.until_at > NEW.closed_at
       UNION ALL SELECT 1 FROM reservation r JOIN resource s ON s.id = r.resource_id
       WHERE s.kind = 'ROOM' AND s.subject_id = NEW.id AND r.purpose = 'SESSION'
         AND r.released_at IS NULL AND r.until_at > NEW.closed_at)
     BEGIN SELECT RAISE(ABORT, 'constraint venue_in_use'); END",
    "CREATE TRIGGER venue_booking_open BEFORE INSERT ON venue_booking
     WHEN NEW.state = 'BOOKED'
       AND NOT EXISTS (SELECT 1 FROM venue v WHERE v.id = NEW.venue_id AND v.closed_at IS NULL)
     BEGIN SELECT RAISE(ABORT, 'constraint venue_booking_open'); END",
];

/// The same under READ COMMITTED: who books a room, or plans a session
/// in it, waits for who closes it, whose row is locked.
const POSTGRES: [&str; 4] = [
    "CREATE FUNCTION linli_venue_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF EXISTS (SELECT 1 FROM venue_booking b
         WHERE b.venue_id = NEW.id AND b.state = 'BOOKED' AND b.until_at > NEW.closed_at)
         OR EXISTS (SELECT 1 FROM reservation r JOIN resource s ON s.id = r.resource_id
           WHERE s.kind = 'ROOM' AND s.subject_id = NEW.id AND r.purpose = 'SESSION'
             AND r.released_at IS NULL AND r.until_at > NEW.closed_at) THEN
         RAISE EXCEPTION 'constraint venue_in_use' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER venue_in_use BEFORE UPDATE OF closed_at ON venue FOR EACH ROW
     WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL)
     EXECUTE FUNCTION linli_venue_in_use()",
    "CREATE FUNCTION linli_venue_booking_open() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM venue v WHERE v.id = NEW.venue_id AND v.closed_at IS NULL FOR KEY SHARE;
       IF NOT FOUND THEN
         RAISE EXCEPTION 'constraint venue_booking_open' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER venue_booking_open BEFORE INSERT ON venue_booking FOR EACH ROW
     WHEN (NEW.state = 'BOOKED') EXECUTE FUNCTION linli_venue_booking_open()",
];

crate::sql_migration!(TABLES, sqlite: &SQLITE, postgres: &POSTGRES);
