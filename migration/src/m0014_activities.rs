//! Activities: themes, sessions, partners, parties that register, who came, what they thought.
//!
//! The row of `activity_seats` is the one lock of an activity: whoever changes anything about it
//! holds that row first, and what is taken can never be more than there is.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE theme (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  year integer NOT NULL CHECK (year BETWEEN 2000 AND 2200),
  month integer NOT NULL CHECK (month BETWEEN 1 AND 12),
  titles :json NOT NULL,
  descriptions :json NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT theme_tenant UNIQUE (community_id, id),
  CONSTRAINT theme_month UNIQUE (community_id, year, month)
);
CREATE TABLE partner_organisation (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  names :json NOT NULL,
  active boolean NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT partner_organisation_tenant UNIQUE (community_id, id)
);
CREATE TABLE activity (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('PARENT_CHILD', 'SCIENCE', 'CULTURE', 'TRAINING', 'FREE_CLINIC', 'HAIRCUT', 'CLEAN_UP', 'FESTIVAL', 'PARTY_DAY', 'OTHER')),
  theme_id :uuid,
  titles :json NOT NULL,
  descriptions :json NOT NULL,
  state :text NOT NULL CHECK (state IN ('DRAFT', 'PUBLISHED', 'HELD', 'CANCELLED')),
  min_age integer CHECK (min_age BETWEEN 0 AND 120),
  max_age integer CHECK (max_age BETWEEN 0 AND 120),
  offer_minutes integer CHECK (offer_minutes BETWEEN 30 AND 10080),
  registration_opens_at :ts NOT NULL,
  registration_closes_at :ts NOT NULL,
  starts_at :ts NOT NULL,
  ends_at :ts NOT NULL,
  published_at :ts,
  cancel_reason :text,
  attendance integer CHECK (attendance >= 0),
  report :text,
  held_at :ts,
  created_at :ts NOT NULL,
  sequence integer NOT NULL,
  version integer NOT NULL,
  CONSTRAINT activity_tenant UNIQUE (community_id, id),
  CONSTRAINT activity_theme FOREIGN KEY (community_id, theme_id) REFERENCES theme (community_id, id),
  CONSTRAINT activity_ages CHECK (min_age IS NULL OR max_age IS NULL OR min_age <= max_age),
  CONSTRAINT activity_window CHECK (registration_closes_at > registration_opens_at),
  CONSTRAINT activity_span CHECK (ends_at > starts_at),
  CONSTRAINT activity_completion CHECK (state <> 'HELD' OR (report IS NOT NULL AND held_at IS NOT NULL))
);
CREATE INDEX activity_by_start ON activity (community_id, starts_at, id);
CREATE INDEX activity_by_theme ON activity (theme_id);
CREATE TABLE activity_seats (
  activity_id :uuid PRIMARY KEY REFERENCES activity (id),
  capacity integer NOT NULL,
  taken integer NOT NULL,
  peak integer NOT NULL,
  next_seq integer NOT NULL,
  CONSTRAINT activity_seats_capacity CHECK (capacity BETWEEN 1 AND 10000),
  CONSTRAINT activity_seats_taken CHECK (taken >= 0 AND taken <= capacity)
);
CREATE TABLE activity_session (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  activity_id :uuid NOT NULL,
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  place :text,
  venue_id :uuid,
  walk_ins integer NOT NULL,
  next_ticket integer NOT NULL,
  CONSTRAINT activity_session_tenant UNIQUE (community_id, id),
  CONSTRAINT activity_session_activity FOREIGN KEY (community_id, activity_id) REFERENCES activity (community_id, id),
  CONSTRAINT activity_session_span CHECK (until_at > from_at),
  CONSTRAINT activity_session_venue FOREIGN KEY (community_id, venue_id) REFERENCES venue (community_id, id),
  CONSTRAINT activity_session_somewhere CHECK (place IS NOT NULL OR venue_id IS NOT NULL),
  CONSTRAINT activity_session_walk_ins CHECK (walk_ins BETWEEN 0 AND 100000)
);
CREATE INDEX activity_session_of ON activity_session (activity_id, from_at);
CREATE TABLE activity_partner (
  activity_id :uuid NOT NULL,
  partner_id :uuid NOT NULL,
  community_id :uuid NOT NULL,
  CONSTRAINT activity_partner_once PRIMARY KEY (activity_id, partner_id),
  CONSTRAINT activity_partner_activity FOREIGN KEY (community_id, activity_id) REFERENCES activity (community_id, id),
  CONSTRAINT activity_partner_partner FOREIGN KEY (community_id, partner_id) REFERENCES partner_organisation (community_id, id)
);
CREATE TABLE activity_registration (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  activity_id :uuid NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  seq integer NOT NULL,
  people integer NOT NULL CHECK (people BETWEEN 1 AND 20),
  age_band :text CHECK (age_band IN ('TODDLER', 'CHILD', 'YOUTH', 'ADULT', 'SENIOR')),
  state :text NOT NULL CHECK (state IN ('REGISTERED', 'WAITING', 'OFFERED', 'CANCELLED')),
  ended_by :text CHECK (ended_by IN ('PARTY', 'STAFF', 'ACTIVITY', 'TIMEOUT')),
  code :text NOT NULL,
  registered_by :uuid REFERENCES account (id),
  created_at :ts NOT NULL,
  promoted_at :ts,
  offered_until :ts,
  ended_at :ts,
  version integer NOT NULL,
  CONSTRAINT activity_registration_activity FOREIGN KEY (community_id, activity_id) REFERENCES activity (community_id, id),
  CONSTRAINT activity_registration_tenant UNIQUE (community_id, id),
  CONSTRAINT activity_registration_seq UNIQUE (activity_id, seq),
  CONSTRAINT activity_registration_code UNIQUE (activity_id, code),
  CONSTRAINT activity_registration_offer CHECK ((state = 'OFFERED') = (offered_until IS NOT NULL)),
  CONSTRAINT activity_registration_end CHECK ((state = 'CANCELLED') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX activity_registration_active ON activity_registration (activity_id, person_id) WHERE state <> 'CANCELLED';
CREATE INDEX activity_registration_line ON activity_registration (activity_id, state, seq);
CREATE INDEX activity_registration_offers ON activity_registration (offered_until) WHERE state = 'OFFERED';
CREATE INDEX activity_registration_by_time ON activity_registration (activity_id, created_at, id);
CREATE INDEX activity_registration_by_person ON activity_registration (person_id, created_at, id);
CREATE TABLE registration_member (
  registration_id :uuid NOT NULL REFERENCES activity_registration (id),
  position integer NOT NULL,
  name :text,
  age_band :text NOT NULL CHECK (age_band IN ('TODDLER', 'CHILD', 'YOUTH', 'ADULT', 'SENIOR')),
  CONSTRAINT registration_member_position PRIMARY KEY (registration_id, position)
);
CREATE TABLE check_in (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  activity_id :uuid NOT NULL,
  session_id :uuid NOT NULL,
  registration_id :uuid NOT NULL,
  people integer NOT NULL CHECK (people >= 1),
  scanned_at :ts NOT NULL,
  received_at :ts NOT NULL,
  recorded_by :uuid REFERENCES account (id),
  CONSTRAINT check_in_session FOREIGN KEY (community_id, session_id) REFERENCES activity_session (community_id, id),
  CONSTRAINT check_in_registration FOREIGN KEY (community_id, registration_id) REFERENCES activity_registration (community_id, id),
  CONSTRAINT check_in_once UNIQUE (registration_id, session_id),
  CONSTRAINT check_in_order CHECK (received_at >= scanned_at)
);
CREATE INDEX check_in_of ON check_in (activity_id);
CREATE TABLE activity_ticket (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  session_id :uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  state :text NOT NULL CHECK (state IN ('WAITING', 'CALLED', 'SERVED')),
  issued_at :ts NOT NULL,
  called_at :ts,
  served_at :ts,
  version integer NOT NULL,
  CONSTRAINT activity_ticket_session FOREIGN KEY (community_id, session_id) REFERENCES activity_session (community_id, id),
  CONSTRAINT activity_ticket_number UNIQUE (session_id, number),
  CONSTRAINT activity_ticket_times CHECK ((called_at IS NULL) = (state = 'WAITING') AND (served_at IS NOT NULL) = (state = 'SERVED'))
);
CREATE TABLE activity_feedback (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  activity_id :uuid NOT NULL,
  registration_id :uuid NOT NULL,
  score integer NOT NULL CHECK (score BETWEEN 1 AND 5),
  body :text,
  at :ts NOT NULL,
  CONSTRAINT activity_feedback_registration FOREIGN KEY (community_id, registration_id) REFERENCES activity_registration (community_id, id),
  CONSTRAINT activity_feedback_once UNIQUE (registration_id)
);
CREATE INDEX activity_feedback_of ON activity_feedback (activity_id);
CREATE TABLE exempt_week (
  community_id :uuid NOT NULL REFERENCES place (id),
  iso_year integer NOT NULL,
  iso_week integer NOT NULL CHECK (iso_week BETWEEN 1 AND 53),
  reason :text NOT NULL,
  declared_by :uuid REFERENCES account (id),
  declared_at :ts NOT NULL,
  CONSTRAINT exempt_week_once PRIMARY KEY (community_id, iso_year, iso_week)
);
ALTER TABLE inbox_message ADD COLUMN activity_id :uuid;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL
"
);
