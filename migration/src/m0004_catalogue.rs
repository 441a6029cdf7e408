//! The catalogue: matters and their immutable versions.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE matter (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  code :text NOT NULL,
  department_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('SERVICE', 'ENQUIRY')),
  confidentiality :text NOT NULL CHECK (confidentiality IN ('NONE', 'MEDIATION', 'PARTY')),
  active boolean NOT NULL,
  current_version integer NOT NULL,
  search_key :text NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT matter_tenant UNIQUE (community_id, id),
  CONSTRAINT matter_code UNIQUE (community_id, code)
);
CREATE TABLE matter_version (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  matter_id :uuid NOT NULL,
  number integer NOT NULL,
  titles :json NOT NULL,
  descriptions :json NOT NULL,
  channels :json NOT NULL,
  service_modes :json NOT NULL,
  decided_by :text NOT NULL CHECK (decided_by IN ('COMMUNITY', 'DEPARTMENT')),
  promised_days integer,
  legal_days integer,
  legal_unit :text NOT NULL CHECK (legal_unit IN ('WORKING_DAY', 'CALENDAR_DAY')),
  response_minutes integer NOT NULL,
  visits_promised integer NOT NULL,
  materials :json NOT NULL,
  questions :json NOT NULL,
  published_by :uuid,
  published_at :ts NOT NULL,
  CONSTRAINT matter_version_tenant UNIQUE (community_id, id),
  CONSTRAINT matter_version_number UNIQUE (matter_id, number),
  CONSTRAINT matter_version_matter FOREIGN KEY (community_id, matter_id) REFERENCES matter (community_id, id),
  CONSTRAINT matter_version_limits CHECK ((promised_days IS NULL OR promised_days BETWEEN 1 AND 3650)
    AND (legal_days IS NULL OR legal_days BETWEEN 1 AND 3650)
    AND response_minutes BETWEEN 1 AND 144000 AND visits_promised BETWEEN 0 AND 100)
)
"
);
