//! What is answered to an offer, and handing a claim over, which is an offer too.

use chrono::Duration;
use linli_entity::{
    enums::{ClaimState, OfferState},
    ids::{ClaimId, OfferId, PersonId, PlaceId, TeamId},
    wish, wish_claim, wish_offer,
};
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::json;

use super::{
    ClaimEdit,
    claims::{had_until, new_claim, of_branch, take},
    dispatch::{self, Whom, new_offer},
    event, lock, of_claim, stale,
};
use crate::{
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        actor::User, text, throttle::Limit,
    },
    volunteers,
    wishes::{
        queries::{self, Asked},
        rules::{self, ClaimStep},
    },
};

/// Claims offered to somebody else by one account: each sends messages, by phone it also looks for somebody.
const HAND_OVERS: Limit = Limit { hits: 10, window: Duration::hours(24) };

/// An offer that waits for an answer, with its wish locked, before somebody who was asked.
struct Answer<'a> {
    tx: Tx<'a>,
    user: &'a User,
    wish: wish::Model,
    offer: wish_offer::Model,
    holder: PersonId,
    permit: Permit,
    via: (Action, Target),
}

impl<'a> Answer<'a> {
    async fn open(
        app: &'a App,
        actor: &'a Actor,
        (id, expected_version): (OfferId, i32),
        action: Action,
    ) -> Result<Self> {
        let user = actor.signed_in()?;
        let tx = app.begin(actor).await?;
        let find = || wish_offer::Entity::find_by_id(id);
        let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
        let (wish, holder) = lock(&tx, found.wish_id).await?;
        let offer = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
        let asked = queries::asked(tx.conn(), user, &offer).await?.ok_or(Error::NotFound)?;
        // Who was asked, or speaks for the group that was, has the offer; any member accepts for it.
        let speaks = asked != Asked::Member || action == Action::WishOfferAccept;
        let owner = speaks.then_some(user.account);
        let via = (action, Target { owner, ..queries::target(&wish, holder) });
        let permit = super::permit(&tx, via.0, &via.1)?;
        if offer.version != expected_version {
            return Err(stale(offer.version));
        }
        rules::check_offer(&offer, tx.now())?;
        Ok(Self { tx, user, wish, offer, holder, permit, via })
    }

    /// Writes the answer at once: the next is looked for among those that wait.
    async fn write(&mut self, state: OfferState, reason: Option<String>) -> Result<()> {
        let offer = &mut self.offer;
        offer.state = state;
        offer.until_at = None;
        offer.answered_at = Some(self.tx.now());
        offer.answered_by = Some(self.user.account);
        offer.reason = reason;
        offer.version += 1;
        let row = wish_offer::ActiveModel::from(offer.clone()).reset_all();
        wish_offer::Entity::update(row).exec(self.tx.conn()).await?;
        Ok(())
    }
}

/// An accepted offer, and the claim that came of it.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The offer.
    pub offer: wish_offer::Model,
    /// The claim.
    pub claim: wish_claim::Model,
}

/// Accepts an offer, for oneself or for the group that was asked; of so many units, or of all that are left.
pub async fn accept(
    app: &App,
    actor: &Actor,
    offer: (OfferId, i32),
    units: Option<i32>,
) -> Result<Committed<Accepted>> {
    let mut answer = Answer::open(app, actor, offer, Action::WishOfferAccept).await?;
    // What is handed over was claimed in time.
    if answer.offer.claim_id.is_none() && rules::is_expired(&answer.wish, answer.tx.now()) {
        return Err(Code::WindowClosed.into());
    }
    answer.write(OfferState::Accepted, None).await?;
    match answer.offer.claim_id {
        Some(claim) => take_over(answer, claim).await,
        None => take_on(answer, units).await,
    }
}

/// What a claim is made of that comes from an offer.
fn claim_of(answer: &Answer<'_>, units: i32) -> wish_claim::Model {
    let id = ClaimId(answer.tx.new_id());
    let offer = &answer.offer;
    let group = (offer.team_id, offer.branch_id, Some(offer.id));
    new_claim(&answer.tx, answer.user, (id, &answer.wish, units), group)
}

async fn take_on(answer: Answer<'_>, units: Option<i32>) -> Result<Committed<Accepted>> {
    let units = rules::units(&answer.wish, units)?;
    // The community asks whom it wants to ask; but nobody has it longer by having had it before.
    let had = had_until(&answer.tx, answer.user, &answer.wish).await?;
    let claim = wish_claim::Model { renewed: had.is_some(), ..claim_of(&answer, units) };
    let Answer { tx, wish: before, offer, holder, permit, via, .. } = answer;
    let mut wish = before.clone();
    take(&tx, &mut wish, units);
    let more = dispatch::settle(&tx, &mut wish, &via).await?;
    tx.update_last(&before, &wish);
    tx.insert_last(wish_claim::ActiveModel::from(claim.clone()));
    let event = accepted(&tx, permit, (&wish, holder), (&offer, &claim));
    let events = std::iter::once(event).chain(more).collect();
    tx.commit(events, Accepted { offer, claim }).await
}

/// The claim goes from who had it to who accepted it; nothing about the wish changes.
async fn take_over(answer: Answer<'_>, from: ClaimId) -> Result<Committed<Accepted>> {
    let found = wish_claim::Entity::find_by_id(from).one(answer.tx.conn()).await?;
    let before = found.ok_or(Error::NotFound)?;
    rules::check_claim(ClaimStep::HandOver, &before, answer.tx.now())?;
    if before.account_id == answer.user.account {
        return Err(Code::AlreadyClaimed.into());
    }
    let (due_at, lease_until) = rules::taken_over(&before, answer.tx.now());
    let claim = wish_claim::Model {
        from_id: Some(from),
        due_at,
        lease_until,
        renewed: before.renewed,
        ..claim_of(&answer, before.units)
    };
    let Answer { tx, wish, offer, holder, permit, .. } = answer;
    let mut ended = before.clone();
    ended.state = ClaimState::HandedOver;
    ended.due_at = None;
    ended.ended_at = Some(tx.now());
    ended.version += 1;
    tx.update_last(&before, &ended);
    tx.insert_last(wish_claim::ActiveModel::from(claim.clone()));
    let event = accepted(&tx, permit, (&wish, holder), (&offer, &claim));
    tx.commit(vec![event], Accepted { offer, claim }).await
}

fn accepted(
    tx: &Tx<'_>,
    permit: Permit,
    about: (&wish::Model, PersonId),
    (offer, claim): (&wish_offer::Model, &wish_claim::Model),
) -> Event {
    let kind = if offer.claim_id.is_some() { "WISH_HANDED_OVER" } else { "WISH_CLAIMED" };
    let facts = json!({ "offer": offer.id.to_string(), "claim": claim.id.to_string(),
        "claimer": claim.account_id.to_string(), "from": claim.from_id.map(|f| f.to_string()),
        "units": claim.units, "state": about.0.state });
    event(tx, permit, kind, about, facts)
}

/// Declines an offer; this costs nothing. For a group, who speaks for it does.
pub async fn decline(
    app: &App,
    actor: &Actor,
    offer: (OfferId, i32),
    reason: Option<String>,
) -> Result<Committed<wish_offer::Model>> {
    text::check_optional("reason", reason.as_deref(), text::LINE)?;
    let mut answer = Answer::open(app, actor, offer, Action::WishOfferDecline).await?;
    answer.write(OfferState::Declined, reason).await?;
    let Answer { tx, wish: before, offer, holder, permit, via, .. } = answer;
    let mut wish = before.clone();
    let more = if offer.claim_id.is_none() {
        wish.version += 1;
        dispatch::settle(&tx, &mut wish, &via).await?
    } else {
        Vec::new()
    };
    tx.update_last(&before, &wish);
    let facts = json!({ "offer": offer.id.to_string() });
    let event = event(&tx, permit, "WISH_OFFER_DECLINED", (&wish, holder), facts);
    tx.commit(std::iter::once(event).chain(more).collect(), offer).await
}

/// To whom a claim is handed over.
#[derive(Clone, Debug)]
pub enum To {
    /// A volunteer of the community, by exact phone number.
    Phone(String),
    /// A team that one belongs to.
    Team(TeamId),
    /// The party branch for which it was claimed, that one belongs to.
    Branch(PlaceId),
}

/// A claim that somebody else is to have.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// Which, as it was read.
    pub claim: (ClaimId, i32),
    /// To whom.
    pub to: To,
    /// How long they have to answer.
    pub minutes: i32,
}

/// Offers a claim to somebody else, and no longer to whom it was offered before. Until they accept, one
/// has it oneself.
pub async fn hand_over(
    app: &App,
    actor: &Actor,
    input: HandOver,
) -> Result<Committed<wish_offer::Model>> {
    rules::check_minutes(input.minutes)?;
    let user = actor.signed_in()?;
    app.throttle(&format!("hand-over:{}", user.account), HAND_OVERS).await?;
    let (id, version) = input.claim;
    let (step, action) = (ClaimStep::HandOver, Action::WishClaimKeep);
    let edit = ClaimEdit::open(app, actor, (id, Some(version)), step, action).await?;
    let whom = whom(&edit, user, &input.to).await?;
    // Who is asked last is asked: at once, because the next takes the place of the one before.
    of_claim(&edit.tx, &edit.row).exec(edit.tx.conn()).await?;
    let last = queries::last_position(edit.tx.conn(), edit.wish.id).await?;
    let mut row = new_offer(&edit.tx, &edit.wish, whom, (last + 1, input.minutes));
    row.claim_id = Some(id);
    let about = (&edit.wish, edit.holder);
    let end = edit.row.due_at;
    let opened = dispatch::open(&edit.tx, about, (&mut row, end), &edit.via)?;
    edit.tx.insert_last(wish_offer::ActiveModel::from(row.clone()));
    // What was read is offered once.
    let claim = wish_claim::Model { version: edit.row.version + 1, ..edit.row.clone() };
    edit.tx.update_last(&edit.before, &claim);
    edit.tx.commit(vec![opened], row).await
}

async fn whom(edit: &ClaimEdit<'_>, user: &User, to: &To) -> Result<Whom> {
    let (conn, community) = (edit.tx.conn(), edit.wish.community_id);
    let unknown = |path| Error::from(Rejected::at(Code::UnknownReference, path));
    match to {
        To::Phone(phone) => {
            let phone = text::phone("to.phone", phone)?;
            let found = volunteers::queries::by_phone(conn, community, &phone).await?;
            let other = |v: &linli_entity::volunteer::Model| {
                v.person_id != user.person && v.person_id != edit.holder
            };
            let found = found.filter(other).ok_or_else(|| unknown("to.phone"))?;
            Ok(Whom::Volunteer(found.id))
        }
        To::Team(id) => {
            let teams = volunteers::queries::teams_of(conn, user.person).await?;
            let own = teams.iter().any(|t| t.id == *id && t.community_id == community);
            own.then_some(Whom::Team(*id)).ok_or_else(|| unknown("to.team"))
        }
        To::Branch(id) if !of_branch(user, *id, community) => Err(unknown("to.branch")),
        // Who has a claim of their own would tell by it that they belong to the branch.
        To::Branch(id) if edit.row.branch_id != Some(*id) => {
            let wanted = "the branch for which it was claimed";
            Err(Rejected::at(Code::InvalidValue, "to.branch").with("wanted", wanted).into())
        }
        To::Branch(id) => Ok(Whom::Branch(*id)),
    }
}
