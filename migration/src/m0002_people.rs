//! Persons (who may have no account), accounts, verification codes, sessions, refresh tokens.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE person (
  id :uuid PRIMARY KEY,
  name :text,
  phone :text,
  phone_verified boolean NOT NULL,
  contact_preference :text NOT NULL CHECK (contact_preference IN ('INBOX', 'SMS', 'CALL', 'VISIT')),
  language :text NOT NULL,
  merged_into :uuid REFERENCES person (id),
  created_at :ts NOT NULL,
  version integer NOT NULL
);
CREATE INDEX person_by_phone ON person (phone);
CREATE TABLE account (
  id :uuid PRIMARY KEY,
  person_id :uuid NOT NULL REFERENCES person (id),
  phone :text NOT NULL,
  password_hash :text NOT NULL,
  state :text NOT NULL CHECK (state IN ('ACTIVE', 'LOCKED')),
  staff_name :text,
  created_at :ts NOT NULL,
  password_changed_at :ts NOT NULL,
  CONSTRAINT account_phone UNIQUE (phone),
  CONSTRAINT account_person UNIQUE (person_id)
);
CREATE TABLE verification (
  id :uuid PRIMARY KEY,
  phone :text NOT NULL,
  purpose :text NOT NULL CHECK (purpose IN ('REGISTER', 'RESET_PASSWORD', 'FOLLOW', 'REPORT')),
  subject :uuid,
  language :text NOT NULL,
  sealed_code :blob NOT NULL,
  expires_at :ts NOT NULL,
  attempts integer NOT NULL,
  used_at :ts,
  deliver boolean NOT NULL,
  created_at :ts NOT NULL
);
CREATE INDEX verification_by_age ON verification (expires_at);
CREATE TABLE session (
  id :uuid PRIMARY KEY,
  account_id :uuid NOT NULL REFERENCES account (id),
  device :text,
  created_at :ts NOT NULL,
  last_used_at :ts NOT NULL,
  expires_at :ts NOT NULL,
  revoked_at :ts,
  revoke_reason :text
);
CREATE INDEX session_by_account ON session (account_id, created_at, id);
CREATE TABLE refresh_token (
  token_hash :blob PRIMARY KEY,
  session_id :uuid NOT NULL REFERENCES session (id),
  issued_at :ts NOT NULL,
  expires_at :ts NOT NULL,
  used_at :ts
);
CREATE INDEX refresh_token_by_session ON refresh_token (session_id);
CREATE TABLE inbox_message (
  id :uuid PRIMARY KEY,
  person_id :uuid NOT NULL REFERENCES person (id),
  event_id :uuid NOT NULL,
  kind :text NOT NULL,
  request_id :uuid,
  created_at :ts NOT NULL,
  read_at :ts,
  CONSTRAINT inbox_message_once UNIQUE (person_id, event_id)
);
CREATE INDEX inbox_message_by_person ON inbox_message (person_id, created_at, id);
CREATE TABLE read_log (
  id :uuid PRIMARY KEY,
  subject_id :uuid NOT NULL REFERENCES person (id),
  account_id :uuid NOT NULL REFERENCES account (id),
  community_id :uuid,
  request_id :uuid,
  purpose :text NOT NULL CHECK (purpose IN ('CONTENT', 'REVEAL', 'LOOKUP', 'WISH', 'WISH_CONTACT', 'INCIDENT', 'INCIDENT_CONTACT', 'REGISTRATION', 'VOLUNTEER')),
  reason :text,
  hour :ts NOT NULL,
  at :ts NOT NULL,
  CONSTRAINT read_log_hourly UNIQUE (account_id, subject_id, purpose, hour)
);
CREATE INDEX read_log_by_subject ON read_log (subject_id, at, id)
"
);
