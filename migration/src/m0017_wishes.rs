//! Orders and micro-wishes: the help menu, wishes, who claims how much of one, who is asked.
//!
//! The row of a wish is its one lock: whoever changes anything about it holds that row first, and what is
//! claimed can never be more than there is.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE help_item (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  category :text NOT NULL,
  names :json NOT NULL,
  descriptions :json NOT NULL,
  audience :text NOT NULL CHECK (audience IN ('EVERYONE', 'ELDERLY', 'HOUSEBOUND', 'FAMILIES')),
  skills :json NOT NULL,
  most_orders integer NOT NULL CHECK (most_orders BETWEEN 1 AND 100),
  per_days integer NOT NULL CHECK (per_days BETWEEN 1 AND 366),
  active boolean NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT help_item_tenant UNIQUE (community_id, id)
);
CREATE INDEX help_item_list ON help_item (community_id, created_at, id);
CREATE TABLE wish (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  number :text NOT NULL,
  person_id :uuid NOT NULL REFERENCES person (id),
  entered_by :uuid REFERENCES account (id),
  delegation_id :uuid,
  item_id :uuid,
  category :text NOT NULL CHECK (category IN ('DAILY_NEEDS', 'COMPANY', 'LEARNING', 'HOUSEHOLD', 'CARE', 'TRANSPORT', 'CELEBRATION', 'ADVICE', 'OTHER')),
  need :text,
  address :text,
  quantity integer NOT NULL,
  wished_by :day,
  may_publish boolean NOT NULL,
  share_contact boolean NOT NULL,
  minor_involved boolean NOT NULL,
  guardian_consents boolean NOT NULL,
  card :json NOT NULL,
  hand_over :text CHECK (hand_over IN ('STATION', 'TWO_ADULTS', 'DOOR_CODE')),
  value_yuan integer,
  block_id :uuid REFERENCES place (id),
  age_band :text CHECK (age_band IN ('TODDLER', 'CHILD', 'YOUTH', 'ADULT', 'SENIOR')),
  skills :json NOT NULL,
  state :text NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'VERIFIED', 'PUBLISHED', 'OFFERED', 'CLAIMED', 'DELIVERED', 'FULFILLED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')),
  open_to_all boolean NOT NULL,
  claimed integer NOT NULL,
  delivered integer NOT NULL,
  closed integer NOT NULL,
  confirmed integer NOT NULL,
  reason :text,
  created_at :ts NOT NULL,
  submitted_at :ts,
  verified_at :ts,
  published_at :ts,
  first_claimed_at :ts,
  first_confirmed_at :ts,
  fulfilled_at :ts,
  ended_at :ts,
  expires_at :ts,
  version integer NOT NULL,
  CONSTRAINT wish_tenant UNIQUE (community_id, id),
  CONSTRAINT wish_number UNIQUE (number),
  CONSTRAINT wish_item FOREIGN KEY (community_id, item_id) REFERENCES help_item (community_id, id),
  CONSTRAINT wish_quantity CHECK (quantity BETWEEN 1 AND 1000),
  CONSTRAINT wish_value CHECK (value_yuan BETWEEN 0 AND 500),
  CONSTRAINT wish_units CHECK (0 <= confirmed AND confirmed <= closed AND closed <= delivered AND delivered <= claimed AND claimed <= quantity),
  CONSTRAINT wish_card_hides CHECK (block_id IS NULL OR age_band IS NULL),
  CONSTRAINT wish_guardian CHECK (NOT minor_involved OR guardian_consents OR state IN ('DRAFT', 'SUBMITTED', 'DECLINED', 'WITHDRAWN')),
  CONSTRAINT wish_cleared CHECK (state IN ('DRAFT', 'SUBMITTED', 'DECLINED', 'WITHDRAWN') OR (verified_at IS NOT NULL AND hand_over IS NOT NULL)),
  CONSTRAINT wish_end CHECK ((ended_at IS NOT NULL) = (state IN ('FULFILLED', 'DECLINED', 'WITHDRAWN', 'EXPIRED'))),
  CONSTRAINT wish_all_claimed CHECK (state <> 'CLAIMED' OR claimed = quantity),
  CONSTRAINT wish_all_delivered CHECK (state <> 'DELIVERED' OR delivered = quantity),
  CONSTRAINT wish_all_closed CHECK (state <> 'FULFILLED' OR closed = quantity),
  CONSTRAINT wish_none_open CHECK (ended_at IS NULL OR claimed = closed),
  CONSTRAINT wish_public CHECK (state <> 'PUBLISHED' OR (may_publish AND open_to_all AND published_at IS NOT NULL))
);
CREATE INDEX wish_list ON wish (community_id, state, submitted_at, id);
CREATE INDEX wish_cards ON wish (community_id, published_at, id) WHERE state = 'PUBLISHED';
CREATE INDEX wish_by_person ON wish (person_id, created_at, id);
CREATE INDEX wish_by_item ON wish (item_id, person_id) WHERE item_id IS NOT NULL;
CREATE INDEX wish_expiry ON wish (expires_at) WHERE expires_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX wish_facts ON wish (community_id, published_at, id) WHERE published_at IS NOT NULL;
CREATE TABLE wish_claim (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  wish_id :uuid NOT NULL,
  account_id :uuid NOT NULL REFERENCES account (id),
  person_id :uuid NOT NULL REFERENCES person (id),
  team_id :uuid,
  branch_id :uuid REFERENCES place (id),
  offer_id :uuid,
  from_id :uuid REFERENCES wish_claim (id),
  units integer NOT NULL,
  state :text NOT NULL CHECK (state IN ('HELD', 'DELIVERED', 'CONFIRMED', 'UNCONFIRMED', 'RELEASED', 'LAPSED', 'HANDED_OVER', 'WITHDRAWN')),
  door_code :text NOT NULL,
  claimed_at :ts NOT NULL,
  due_at :ts,
  lease_until :ts NOT NULL,
  renewed boolean NOT NULL,
  delivered_at :ts,
  evidence :text,
  refusals integer NOT NULL,
  reason :text,
  thanks :text,
  answered_by :uuid REFERENCES account (id),
  ended_at :ts,
  version integer NOT NULL,
  CONSTRAINT wish_claim_wish FOREIGN KEY (community_id, wish_id) REFERENCES wish (community_id, id),
  CONSTRAINT wish_claim_team FOREIGN KEY (community_id, team_id) REFERENCES volunteer_team (community_id, id),
  CONSTRAINT wish_claim_group CHECK (team_id IS NULL OR branch_id IS NULL),
  CONSTRAINT wish_claim_units CHECK (units BETWEEN 1 AND 1000),
  CONSTRAINT wish_claim_due CHECK ((due_at IS NOT NULL) = (state IN ('HELD', 'DELIVERED'))),
  CONSTRAINT wish_claim_end CHECK ((due_at IS NULL) = (ended_at IS NOT NULL)),
  CONSTRAINT wish_claim_word CHECK (delivered_at IS NOT NULL OR state NOT IN ('DELIVERED', 'CONFIRMED', 'UNCONFIRMED'))
);
CREATE UNIQUE INDEX wish_claim_one ON wish_claim (wish_id, account_id) WHERE due_at IS NOT NULL;
CREATE INDEX wish_claim_of ON wish_claim (wish_id, claimed_at, id);
CREATE INDEX wish_claim_by_account ON wish_claim (account_id, claimed_at, id);
CREATE INDEX wish_claim_timers ON wish_claim (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX wish_claim_team_done ON wish_claim (team_id, ended_at) WHERE team_id IS NOT NULL;
CREATE INDEX wish_claim_branch_done ON wish_claim (branch_id, ended_at) WHERE branch_id IS NOT NULL;
CREATE TABLE wish_offer (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL,
  wish_id :uuid NOT NULL,
  position integer NOT NULL,
  team_id :uuid,
  branch_id :uuid REFERENCES place (id),
  volunteer_id :uuid,
  claim_id :uuid REFERENCES wish_claim (id),
  minutes integer NOT NULL CHECK (minutes BETWEEN 30 AND 10080),
  state :text NOT NULL CHECK (state IN ('WAITING', 'OPEN', 'ACCEPTED', 'DECLINED', 'TIMED_OUT', 'CANCELLED')),
  made_at :ts NOT NULL,
  opened_at :ts,
  until_at :ts,
  answered_at :ts,
  answered_by :uuid REFERENCES account (id),
  reason :text,
  version integer NOT NULL,
  CONSTRAINT wish_offer_wish FOREIGN KEY (community_id, wish_id) REFERENCES wish (community_id, id),
  CONSTRAINT wish_offer_team FOREIGN KEY (community_id, team_id) REFERENCES volunteer_team (community_id, id),
  CONSTRAINT wish_offer_volunteer FOREIGN KEY (community_id, volunteer_id) REFERENCES volunteer (community_id, id),
  CONSTRAINT wish_offer_position UNIQUE (wish_id, position),
  CONSTRAINT wish_offer_whom CHECK ((CASE WHEN team_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN branch_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN volunteer_id IS NULL THEN 0 ELSE 1 END) = 1),
  CONSTRAINT wish_offer_open CHECK ((state = 'OPEN') = (until_at IS NOT NULL)),
  CONSTRAINT wish_offer_answer CHECK ((answered_at IS NULL) = (state IN ('WAITING', 'OPEN')))
);
CREATE UNIQUE INDEX wish_offer_one ON wish_offer (wish_id) WHERE state = 'OPEN' AND claim_id IS NULL;
CREATE UNIQUE INDEX wish_offer_one_hand_over ON wish_offer (claim_id) WHERE state = 'OPEN' AND claim_id IS NOT NULL;
CREATE INDEX wish_offer_timers ON wish_offer (until_at) WHERE until_at IS NOT NULL;
CREATE INDEX wish_offer_facts ON wish_offer (community_id, opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX wish_offer_by_team ON wish_offer (team_id, opened_at, id) WHERE team_id IS NOT NULL;
CREATE INDEX wish_offer_by_branch ON wish_offer (branch_id, opened_at, id) WHERE branch_id IS NOT NULL;
CREATE INDEX wish_offer_by_volunteer ON wish_offer (volunteer_id, opened_at, id) WHERE volunteer_id IS NOT NULL;
ALTER TABLE inbox_message ADD COLUMN wish_id :uuid;
ALTER TABLE read_log ADD COLUMN wish_id :uuid;
ALTER TABLE read_log ADD COLUMN branch_id :uuid
"
);
