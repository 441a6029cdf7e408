//! Claims: atomic, for so many units, for a time.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{ClaimState, Role},
    ids::{ClaimId, OfferId, PlaceId, TeamId, WishId},
    wish, wish_claim,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{ClaimEdit, event, lock};
use crate::{
    kernel::{
        Action, Actor, App, Code, Committed, Error, Once, Rejected, Result, Tx,
        actor::{Grant, User},
        crypto, policy, text,
    },
    volunteers,
    wishes::{
        queries,
        rules::{self, ClaimStep, Step},
    },
};

/// Characters of the code at the door: read aloud, and good for nothing else.
const DOOR_CODE: usize = 4;

/// A claim to be made.
#[derive(Clone, Debug)]
pub struct NewClaim {
    /// Of which wish.
    pub wish: WishId,
    /// How many units; everything that is left if not said.
    pub units: Option<i32>,
    /// For a team that one belongs to.
    pub team: Option<TeamId>,
    /// For a party branch that one belongs to.
    pub branch: Option<PlaceId>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Claims some of a wish that is open to all. Who comes second gets `CONFLICT`, and how much is left.
pub async fn claim(
    app: &App,
    actor: &Actor,
    input: NewClaim,
) -> Result<Committed<wish_claim::Model>> {
    let user = actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let id = ClaimId(tx.new_id());
    if let Some(replay) = tx.once("wishClaim", input.once.as_ref(), id.0).await? {
        let row = wish_claim::Entity::find_by_id(ClaimId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    let (before, holder) = lock(&tx, input.wish).await?;
    let target = queries::target(&before, holder);
    if !queries::was_public(&before) && !policy::allowed(actor, Action::WishRead, &target) {
        return Err(Error::NotFound);
    }
    let permit = super::permit(&tx, Action::WishClaim, &target)?;
    check_group(&tx, user, &before, (input.team, input.branch)).await?;
    // Of who may claim as a member of a branch only, a claim of their own would tell that they are one.
    let branch = input.branch.or_else(|| only_as_member(user, &before, input.team));
    rules::check_step(Step::Claim, &before, tx.now())?;
    let units = rules::units(&before, input.units)?;
    within_limits(&tx, user).await?;
    let had = had_until(&tx, user, &before).await?;
    rules::check_again(had, tx.now())?;
    let row = wish_claim::Model {
        renewed: had.is_some(),
        ..new_claim(&tx, user, (id, &before, units), (input.team, branch, None))
    };
    let mut wish = before.clone();
    take(&tx, &mut wish, units);
    rules::settle(&mut wish, false, tx.now());
    tx.update_last(&before, &wish);
    tx.insert_last(wish_claim::ActiveModel::from(row.clone()));
    let facts = json!({ "claim": id.to_string(), "claimer": row.account_id.to_string(),
        "units": units, "state": wish.state });
    let event = event(&tx, permit, "WISH_CLAIMED", (&wish, holder), facts);
    tx.commit(vec![event], row).await
}

/// Nobody claims everything before others have looked.
async fn within_limits(tx: &Tx<'_>, user: &User) -> Result<()> {
    let lately = wish_claim::Entity::find()
        .filter(wish_claim::Column::AccountId.eq(user.account))
        .filter(wish_claim::Column::ClaimedAt.gt(tx.now() - Duration::hours(1)))
        .count(tx.conn())
        .await?;
    if lately >= rules::CLAIMS_PER_HOUR {
        return Err(Error::RateLimited { retry_after: 3600 });
    }
    Ok(())
}

/// Until when somebody had some of a wish that they gave back, handed over or did not do in time; none if they
/// never did.
pub(super) async fn had_until(
    tx: &Tx<'_>,
    user: &User,
    wish: &wish::Model,
) -> Result<Option<DateTime<Utc>>> {
    use wish_claim::Column as C;
    let last = wish_claim::Entity::find()
        .filter(C::WishId.eq(wish.id))
        .filter(C::AccountId.eq(user.account))
        .filter(C::State.is_in([ClaimState::Released, ClaimState::Lapsed, ClaimState::HandedOver]))
        .order_by_desc(C::EndedAt)
        .one(tx.conn())
        .await?;
    Ok(last.and_then(|claim| claim.ended_at))
}

/// Counts units that somebody takes over.
pub(super) fn take(tx: &Tx<'_>, wish: &mut wish::Model, units: i32) {
    rules::count(wish, units, None, Some(ClaimState::Held));
    wish.first_claimed_at = wish.first_claimed_at.or(Some(tx.now()));
    wish.version += 1;
}

/// Whether somebody belongs to the group for which they claim.
async fn check_group(
    tx: &Tx<'_>,
    user: &User,
    wish: &wish::Model,
    (team, branch): (Option<TeamId>, Option<PlaceId>),
) -> Result<()> {
    let unknown = |path| Err(Rejected::at(Code::UnknownReference, path).into());
    if team.is_some() && branch.is_some() {
        let wanted = "a team or a branch, not both";
        return Err(Rejected::at(Code::InvalidValue, "branchId").with("wanted", wanted).into());
    }
    if let Some(team) = team {
        let teams = volunteers::queries::teams_of(tx.conn(), user.person).await?;
        if !teams.iter().any(|t| t.id == team && t.community_id == wish.community_id) {
            return unknown("teamId");
        }
    }
    if let Some(branch) = branch
        && !of_branch(user, branch, wish.community_id)
    {
        return unknown("branchId");
    }
    Ok(())
}

/// Whether somebody belongs to a branch, or is its secretary, in a community.
pub(super) fn of_branch(user: &User, branch: PlaceId, community: PlaceId) -> bool {
    user.grants.iter().any(|g| {
        matches!(g.role, Role::PartyMember | Role::BranchSecretary)
            && g.scope == Some(branch)
            && g.communities.contains(&community)
    })
}

/// The branch for which somebody claims who is no volunteer of the community.
fn only_as_member(user: &User, wish: &wish::Model, team: Option<TeamId>) -> Option<PlaceId> {
    let here = |g: &&Grant| g.communities.contains(&wish.community_id);
    let mut grants = user.grants.iter().filter(here);
    if team.is_some() || grants.clone().any(|g| g.role == Role::Volunteer) {
        return None;
    }
    grants.find(|g| g.role == Role::PartyMember)?.scope
}

/// The row of a claim that begins now.
pub(super) fn new_claim(
    tx: &Tx<'_>,
    user: &User,
    (id, wish, units): (ClaimId, &wish::Model, i32),
    (team, branch, offer): (Option<TeamId>, Option<PlaceId>, Option<OfferId>),
) -> wish_claim::Model {
    wish_claim::Model {
        id,
        community_id: wish.community_id,
        wish_id: wish.id,
        account_id: user.account,
        person_id: user.person,
        team_id: team,
        branch_id: branch,
        offer_id: offer,
        from_id: None,
        units,
        state: ClaimState::Held,
        door_code: crypto::code(&tx.app().ids, DOOR_CODE),
        claimed_at: tx.now(),
        due_at: Some(rules::lease(tx.now())),
        lease_until: rules::lease(tx.now()),
        renewed: false,
        delivered_at: None,
        evidence: None,
        refusals: 0,
        reason: None,
        thanks: None,
        answered_by: None,
        ended_at: None,
        version: 1,
    }
}

/// Renews a lease, once.
pub async fn renew(
    app: &App,
    actor: &Actor,
    (id, version): (ClaimId, i32),
) -> Result<Committed<wish_claim::Model>> {
    let claim = (id, Some(version));
    let mut edit =
        ClaimEdit::open(app, actor, claim, ClaimStep::Renew, Action::WishClaimKeep).await?;
    edit.row.lease_until = rules::renewed(edit.row.lease_until);
    edit.row.due_at = Some(edit.row.lease_until);
    edit.row.renewed = true;
    edit.commit("WISH_CLAIM_RENEWED", json!({})).await
}

/// Gives a claim back; this costs nothing.
pub async fn release(
    app: &App,
    actor: &Actor,
    (id, version): (ClaimId, i32),
    reason: Option<String>,
) -> Result<Committed<wish_claim::Model>> {
    text::check_optional("reason", reason.as_deref(), text::LINE)?;
    let claim = (id, Some(version));
    let mut edit =
        ClaimEdit::open(app, actor, claim, ClaimStep::Release, Action::WishClaimKeep).await?;
    edit.row.reason = reason;
    edit.end(ClaimState::Released);
    edit.commit("WISH_CLAIM_RELEASED", json!({})).await
}

/// Says that what was claimed is done. It counts when the wisher says so too.
pub async fn deliver(
    app: &App,
    actor: &Actor,
    (id, version): (ClaimId, i32),
    evidence: Option<String>,
) -> Result<Committed<wish_claim::Model>> {
    text::check_optional("evidence", evidence.as_deref(), text::BODY)?;
    let claim = (id, Some(version));
    let mut edit =
        ClaimEdit::open(app, actor, claim, ClaimStep::Deliver, Action::WishClaimKeep).await?;
    let now = edit.tx.now();
    edit.row.state = ClaimState::Delivered;
    edit.row.delivered_at = Some(now);
    edit.row.due_at = Some(rules::answer_by(now));
    edit.row.evidence = evidence;
    edit.commit("WISH_DELIVERED", json!({})).await
}

impl ClaimEdit<'_> {
    /// The claim ends here.
    pub(super) fn end(&mut self, state: ClaimState) {
        self.row.state = state;
        self.row.due_at = None;
        self.row.ended_at = Some(self.tx.now());
    }
}
