//! The place: one tree of subdistricts, communities, blocks, stations, departments, agencies and
//! branches.
//!
//! Cycles are impossible by construction: every node stores its depth and its parent's, the pair
//! is a foreign key, and a check demands depth = parent's depth + 1.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE place (
  id :uuid PRIMARY KEY,
  kind :text NOT NULL CHECK (kind IN ('SUBDISTRICT', 'COMMUNITY', 'BLOCK', 'SERVICE_STATION', 'DEPARTMENT', 'AGENCY', 'PARTY_BRANCH')),
  code :text NOT NULL,
  parent_id :uuid,
  parent_depth integer,
  depth integer NOT NULL,
  community_id :uuid,
  names :json NOT NULL,
  address :text,
  auto_assign boolean NOT NULL,
  active boolean NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT place_depth_key UNIQUE (id, depth),
  CONSTRAINT place_parent FOREIGN KEY (parent_id, parent_depth) REFERENCES place (id, depth),
  CONSTRAINT place_no_cycle CHECK ((parent_id IS NULL AND parent_depth IS NULL AND depth = 0 AND kind = 'SUBDISTRICT')
    OR (parent_id IS NOT NULL AND parent_depth IS NOT NULL AND depth = parent_depth + 1 AND kind <> 'SUBDISTRICT')),
  CONSTRAINT place_tenant CHECK ((kind IN ('SUBDISTRICT', 'DEPARTMENT', 'AGENCY') AND community_id IS NULL)
    OR (kind = 'COMMUNITY' AND community_id = id)
    OR (kind IN ('BLOCK', 'SERVICE_STATION', 'PARTY_BRANCH') AND community_id IS NOT NULL))
);
CREATE UNIQUE INDEX place_code ON place (kind, parent_id, code);
CREATE UNIQUE INDEX place_top_code ON place (kind, code) WHERE kind IN ('SUBDISTRICT', 'COMMUNITY');
CREATE INDEX place_by_community ON place (community_id, kind, code);
CREATE TABLE role_grant (
  id :uuid PRIMARY KEY,
  account_id :uuid NOT NULL REFERENCES account (id),
  role :text NOT NULL,
  scope_id :uuid REFERENCES place (id),
  granted_by :uuid,
  granted_at :ts NOT NULL,
  valid_until :ts,
  revoked_at :ts
);
CREATE UNIQUE INDEX role_grant_once ON role_grant (account_id, role, scope_id) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX role_grant_once_system ON role_grant (account_id, role) WHERE scope_id IS NULL AND revoked_at IS NULL;
CREATE INDEX role_grant_by_scope ON role_grant (scope_id, role);
CREATE TABLE staff_leave (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  account_id :uuid NOT NULL REFERENCES account (id),
  stand_in_id :uuid REFERENCES account (id),
  from_day :day NOT NULL,
  until_day :day NOT NULL,
  cancelled_at :ts,
  CONSTRAINT staff_leave_days CHECK (until_day >= from_day),
  CONSTRAINT staff_leave_not_self CHECK (stand_in_id IS NULL OR stand_in_id <> account_id)
);
CREATE INDEX staff_leave_by_account ON staff_leave (community_id, account_id, until_day);
CREATE TABLE duty (
  community_id :uuid NOT NULL REFERENCES place (id),
  day :day NOT NULL,
  account_id :uuid NOT NULL REFERENCES account (id),
  PRIMARY KEY (community_id, day, account_id)
);
CREATE TABLE calendar_version (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('LIMITS', 'OPENING')),
  version integer NOT NULL,
  effective_from :day NOT NULL,
  rules :json NOT NULL,
  reason :text,
  published_by :uuid,
  published_at :ts NOT NULL,
  CONSTRAINT calendar_version_once UNIQUE (community_id, kind, version)
)
"
);
