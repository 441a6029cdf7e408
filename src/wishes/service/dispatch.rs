//! Who is asked: one after the other, each for a time.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{OfferState, PlaceKind, VolunteerState, WishState},
    ids::{OfferId, PersonId, PlaceId, TeamId, VolunteerId, WishId},
    json::FreePart,
    wish, wish_offer,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{Edit, cancelled, event};
use crate::{
    communities,
    kernel::{Action, Actor, App, Code, Committed, Event, Rejected, Result, Target, Tx},
    volunteers,
    wishes::{
        queries,
        rules::{self, Step},
    },
};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A team: any of its members may accept for it.
    Team(TeamId),
    /// A party branch: any of its members may accept for it.
    Branch(PlaceId),
    /// A volunteer.
    Volunteer(VolunteerId),
}

/// A wish, and who is asked in turn.
#[derive(Clone, Debug)]
pub struct NewOffers {
    /// Which wish, as it was read.
    pub wish: (WishId, i32),
    /// In this order; if nobody is named, the volunteers who can do it, who was asked longest ago first.
    pub to: Vec<Whom>,
    /// When they need time; of those that are not named, who has none then is left out.
    pub when: Vec<FreePart>,
    /// How long each has to answer.
    pub minutes: i32,
}

/// Offers a wish to somebody, and then to the next. It is never public by this.
pub async fn offer(app: &App, actor: &Actor, input: NewOffers) -> Result<Committed<wish::Model>> {
    rules::check_minutes(input.minutes)?;
    let wanted = format!("at most {}", rules::ASKED);
    if input.to.len() > rules::ASKED {
        return Err(Rejected::at(Code::InvalidValue, "to").with("wanted", wanted).into());
    }
    let mut edit = Edit::open(app, actor, input.wish, Step::Offer, Action::WishDispatch).await?;
    let asked = asked(&edit, &input).await?;
    let last = queries::last_position(edit.tx.conn(), edit.row.id).await?;
    let mut events = Vec::new();
    for (index, whom) in (0..).zip(asked) {
        let mut row = new_offer(&edit.tx, &edit.row, whom, (last + 1 + index, input.minutes));
        if index == 0 {
            let about = (&edit.row, edit.holder);
            events.push(open(&edit.tx, about, (&mut row, edit.row.expires_at), &edit.via)?);
        }
        edit.tx.insert_last(wish_offer::ActiveModel::from(row));
    }
    let now = edit.tx.now();
    edit.row.open_to_all = false;
    edit.row.published_at = edit.row.published_at.or(Some(now));
    rules::settle(&mut edit.row, true, now);
    edit.commit_with("WISH_DISPATCHED", json!({}), events).await
}

/// Those who are named, if each can be asked; or everybody who fits, who was asked longest ago first.
async fn asked(edit: &Edit<'_>, input: &NewOffers) -> Result<Vec<Whom>> {
    let (tx, row) = (&edit.tx, &edit.row);
    if input.to.is_empty() {
        let fitting = queries::fitting(tx.conn(), row, edit.holder, &input.when).await?;
        let asked: Vec<Whom> =
            fitting.into_iter().take(rules::ASKED).map(|v| Whom::Volunteer(v.id)).collect();
        if asked.is_empty() {
            return Err(Code::NobodyFits.into());
        }
        return Ok(asked);
    }
    let mut asked: Vec<Whom> = Vec::new();
    for whom in &input.to {
        if !fits(tx, row, *whom).await? || is_wisher(tx, edit.holder, *whom).await? {
            return Err(Rejected::at(Code::UnknownReference, "to").into());
        }
        if !asked.contains(whom) {
            asked.push(*whom);
        }
    }
    Ok(asked)
}

/// Whether somebody can be asked: a team or a branch of the community, or a volunteer who can do it.
async fn fits(tx: &Tx<'_>, row: &wish::Model, whom: Whom) -> Result<bool> {
    let community = row.community_id;
    Ok(match whom {
        Whom::Team(id) => {
            let teams = volunteers::queries::teams_in(tx.conn(), &[id]).await?;
            teams.get(&id).is_some_and(|t| t.active && t.community_id == community)
        }
        Whom::Branch(id) => {
            communities::queries::place(tx.app(), tx.conn(), id).await.is_ok_and(|p| {
                p.kind == PlaceKind::PartyBranch && p.active && p.community_id == Some(community)
            })
        }
        Whom::Volunteer(id) => {
            let found = volunteers::queries::volunteers_in(tx.conn(), &[id]).await?;
            found.get(&id).is_some_and(|v| {
                v.community_id == community
                    && v.state == VolunteerState::Active
                    && volunteers::rules::fits(v, &row.skills.0, &[])
            })
        }
    })
}

/// Whether a volunteer is who wishes: nobody is asked for themselves.
async fn is_wisher(tx: &Tx<'_>, wisher: PersonId, whom: Whom) -> Result<bool> {
    let Whom::Volunteer(id) = whom else { return Ok(false) };
    let found = volunteers::queries::volunteers_in(tx.conn(), &[id]).await?;
    Ok(found.get(&id).is_some_and(|v| v.person_id == wisher))
}

/// Whom an offer asks.
fn whom(row: &wish_offer::Model) -> Option<Whom> {
    row.team_id
        .map(Whom::Team)
        .or(row.branch_id.map(Whom::Branch))
        .or(row.volunteer_id.map(Whom::Volunteer))
}

/// The row of an offer that waits for its turn.
pub(super) fn new_offer(
    tx: &Tx<'_>,
    wish: &wish::Model,
    whom: Whom,
    (position, minutes): (i32, i32),
) -> wish_offer::Model {
    let (team_id, branch_id, volunteer_id) = match whom {
        Whom::Team(id) => (Some(id), None, None),
        Whom::Branch(id) => (None, Some(id), None),
        Whom::Volunteer(id) => (None, None, Some(id)),
    };
    wish_offer::Model {
        id: OfferId(tx.new_id()),
        community_id: wish.community_id,
        wish_id: wish.id,
        position,
        team_id,
        branch_id,
        volunteer_id,
        claim_id: None,
        minutes,
        state: OfferState::Waiting,
        made_at: tx.now(),
        opened_at: None,
        until_at: None,
        answered_at: None,
        answered_by: None,
        reason: None,
        version: 1,
    }
}

/// It is somebody's turn. An offer never outlives what it is about: the time of the wish, or of the claim that
/// is handed over.
pub(super) fn open(
    tx: &Tx<'_>,
    about: (&wish::Model, PersonId),
    (row, end): (&mut wish_offer::Model, Option<DateTime<Utc>>),
    (action, target): &(Action, Target),
) -> Result<Event> {
    let until = tx.now() + Duration::minutes(i64::from(row.minutes));
    row.state = OfferState::Open;
    row.opened_at = Some(tx.now());
    row.until_at = Some(end.map_or(until, |end| end.min(until)));
    let permit = tx.authorize(*action, target)?;
    let facts = json!({ "offer": row.id.to_string(), "notAfter": row.until_at });
    Ok(event(tx, permit, "WISH_OFFERED", about, facts).delegation(target.delegation))
}

/// The state of a wish after something about it has changed; of one that is not public the next is asked for
/// what nobody has. Offers that were answered are written already.
pub(super) async fn settle(
    tx: &Tx<'_>,
    wish: &mut wish::Model,
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    let before = wish.state;
    let mut events = Vec::new();
    let mut asking = false;
    if !wish.open_to_all && rules::left(wish) > 0 && !rules::is_expired(wish, tx.now()) {
        asking = ask_next(tx, wish, via, &mut events).await?;
    }
    rules::settle(wish, asking, tx.now());
    let kind = match wish.state {
        WishState::Expired => "WISH_EXPIRED",
        // Nobody has it and nobody is asked: the community decides anew.
        WishState::Verified if before != WishState::Verified => "WISH_OFFERS_EXHAUSTED",
        _ => "",
    };
    if !kind.is_empty() {
        let permit = tx.authorize(via.0, &via.1)?;
        let about = (&*wish, via.1.requester.unwrap_or(wish.person_id));
        let event = event(tx, permit, kind, about, json!({}));
        events.push(event.delegation(via.1.delegation));
    }
    if wish.ended_at.is_some() {
        end_offers(tx, wish.id);
    }
    Ok(events)
}

/// Asks the next who can still be asked, unless somebody is asked already; says whether somebody is. Who
/// cannot be asked any more is passed over.
async fn ask_next(
    tx: &Tx<'_>,
    wish: &wish::Model,
    via: &(Action, Target),
    events: &mut Vec<Event>,
) -> Result<bool> {
    use wish_offer::Column as C;
    let waiting = wish_offer::Entity::find()
        .filter(C::WishId.eq(wish.id))
        .filter(C::ClaimId.is_null())
        .filter(C::State.is_in([OfferState::Open, OfferState::Waiting]))
        .order_by_asc(C::Position)
        .all(tx.conn())
        .await?;
    for before in waiting {
        if before.state == OfferState::Open {
            return Ok(true);
        }
        let mut row = before.clone();
        row.version += 1;
        let fits = match whom(&before) {
            Some(whom) => fits(tx, wish, whom).await?,
            None => false,
        };
        if fits {
            let about = (wish, via.1.requester.unwrap_or(wish.person_id));
            events.push(open(tx, about, (&mut row, wish.expires_at), via)?);
            tx.update_last(&before, &row);
            return Ok(true);
        }
        row.state = OfferState::Cancelled;
        row.answered_at = Some(tx.now());
        // At once: when nobody is left, what waits is called off together.
        wish_offer::Entity::update(wish_offer::ActiveModel::from(row).reset_all())
            .exec(tx.conn())
            .await?;
    }
    Ok(false)
}

/// Nobody is asked any more.
pub(super) fn end_offers(tx: &Tx<'_>, wish: WishId) {
    tx.change_last(&cancelled(tx).filter(wish_offer::Column::WishId.eq(wish)));
}

/// Calls the offers of a wish off; the community decides anew.
pub async fn offers_stop(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
) -> Result<Committed<wish::Model>> {
    let mut edit = Edit::open(app, actor, wish, Step::StopOffers, Action::WishDispatch).await?;
    let called_off = cancelled(&edit.tx)
        .filter(wish_offer::Column::WishId.eq(edit.row.id))
        .filter(wish_offer::Column::ClaimId.is_null());
    edit.tx.change_last(&called_off);
    let now = edit.tx.now();
    rules::settle(&mut edit.row, false, now);
    edit.commit("WISH_OFFERS_STOPPED", json!({})).await
}
