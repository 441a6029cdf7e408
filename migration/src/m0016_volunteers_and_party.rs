//! Volunteers and their teams, and who belongs to which party branch.
//!
//! Whoever is a volunteer now or a member of a branch holds that role by it: `role_held` is every
//! role that counts, whether it was granted or follows from such a row.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE volunteer (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  person_id :uuid NOT NULL REFERENCES person (id),
  state :text NOT NULL CHECK (state IN ('APPLIED', 'ACTIVE', 'PAUSED', 'REFUSED', 'LEFT')),
  skills :json NOT NULL,
  availability :json NOT NULL,
  created_at :ts NOT NULL,
  accepted_at :ts,
  changed_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT volunteer_accepted CHECK (state = 'LEFT' OR (state IN ('ACTIVE', 'PAUSED')) = (accepted_at IS NOT NULL)),
  CONSTRAINT volunteer_tenant UNIQUE (community_id, id)
);
CREATE UNIQUE INDEX volunteer_once ON volunteer (person_id, community_id) WHERE state IN ('APPLIED', 'ACTIVE', 'PAUSED');
CREATE INDEX volunteer_by_person ON volunteer (person_id);
CREATE INDEX volunteer_list ON volunteer (community_id, state, created_at, id);
CREATE TABLE volunteer_team (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  names :json NOT NULL,
  leader_id :uuid REFERENCES volunteer (id),
  active boolean NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT volunteer_team_tenant UNIQUE (community_id, id),
  CONSTRAINT volunteer_team_leader FOREIGN KEY (community_id, leader_id) REFERENCES volunteer (community_id, id)
);
CREATE INDEX volunteer_team_list ON volunteer_team (community_id, created_at, id);
CREATE TABLE volunteer_team_member (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  team_id :uuid NOT NULL,
  volunteer_id :uuid NOT NULL,
  since_at :ts NOT NULL,
  until_at :ts,
  CONSTRAINT volunteer_team_member_team FOREIGN KEY (community_id, team_id) REFERENCES volunteer_team (community_id, id),
  CONSTRAINT volunteer_team_member_volunteer FOREIGN KEY (community_id, volunteer_id) REFERENCES volunteer (community_id, id),
  CONSTRAINT volunteer_team_member_span CHECK (until_at IS NULL OR until_at >= since_at)
);
CREATE UNIQUE INDEX volunteer_team_member_once ON volunteer_team_member (team_id, volunteer_id) WHERE until_at IS NULL;
CREATE INDEX volunteer_team_member_list ON volunteer_team_member (team_id, since_at, id);
CREATE INDEX volunteer_team_member_of ON volunteer_team_member (volunteer_id);
CREATE TABLE party_membership (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  branch_id :uuid NOT NULL REFERENCES place (id),
  person_id :uuid NOT NULL REFERENCES person (id),
  since_day :day NOT NULL,
  until_day :day,
  ended_by :text CHECK (ended_by IN ('TRANSFERRED', 'LEFT', 'MISTAKE')),
  from_id :uuid REFERENCES party_membership (id),
  recorded_at :ts NOT NULL,
  recorded_by :uuid REFERENCES account (id),
  version integer NOT NULL,
  CONSTRAINT party_membership_span CHECK (until_day IS NULL OR until_day >= since_day),
  CONSTRAINT party_membership_end CHECK ((until_day IS NULL) = (ended_by IS NULL)),
  CONSTRAINT party_membership_successor UNIQUE (from_id)
);
CREATE UNIQUE INDEX party_membership_one ON party_membership (person_id) WHERE until_day IS NULL;
CREATE INDEX party_membership_of ON party_membership (person_id, recorded_at, id);
CREATE INDEX party_membership_list ON party_membership (branch_id, recorded_at, id);
CREATE VIEW role_held AS
SELECT g.account_id AS account_id, g.role AS role, g.scope_id AS scope_id, g.valid_until AS valid_until
FROM role_grant g WHERE g.revoked_at IS NULL
UNION ALL SELECT a.id, 'VOLUNTEER', v.community_id, NULL
FROM account a JOIN volunteer v ON v.person_id = a.person_id WHERE v.state = 'ACTIVE'
UNION ALL SELECT a.id, 'PARTY_MEMBER', m.branch_id, NULL
FROM account a JOIN party_membership m ON m.person_id = a.person_id WHERE m.until_day IS NULL
UNION ALL SELECT a.id, 'PARTY_MEMBER', m.branch_id, NULL
FROM account a JOIN person p ON p.merged_into = a.person_id
JOIN party_membership m ON m.person_id = p.id WHERE m.until_day IS NULL
"
);
