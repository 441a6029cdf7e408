//! Who is asked: one after the other, each for a time.

use chrono::Duration;
use linli_entity::{
    enums::{OfferState, PlaceKind},
    ids::{OfferId, PlaceId, TeamId, VolunteerId, WishId},
    json::FreePart,
    wish, wish_offer,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
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
            events.push(open(&edit.tx, (&edit.row, edit.holder), &mut row, &edit.via)?);
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
    for whom in &input.to {
        check_whom(tx, row, edit.holder, *whom).await?;
    }
    Ok(input.to.clone())
}

/// Whether somebody can be asked: a team or a branch of the community, or a volunteer who can do it.
async fn check_whom(
    tx: &Tx<'_>,
    row: &wish::Model,
    wisher: linli_entity::ids::PersonId,
    whom: Whom,
) -> Result<()> {
    let community = row.community_id;
    let fits = match whom {
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
                    && v.state == linli_entity::enums::VolunteerState::Active
                    && v.person_id != wisher
                    && volunteers::rules::fits(v, &row.skills.0, &[])
            })
        }
    };
    if fits {
        return Ok(());
    }
    Err(Rejected::at(Code::UnknownReference, "to").into())
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

/// It is somebody's turn. An offer never outlives the wish.
pub(super) fn open(
    tx: &Tx<'_>,
    about: (&wish::Model, linli_entity::ids::PersonId),
    row: &mut wish_offer::Model,
    (action, target): &(Action, Target),
) -> Result<Event> {
    let until = tx.now() + Duration::minutes(i64::from(row.minutes));
    row.state = OfferState::Open;
    row.opened_at = Some(tx.now());
    row.until_at = Some(about.0.expires_at.map_or(until, |end| end.min(until)));
    let permit = tx.authorize(*action, target)?;
    let facts = json!({ "offer": row.id.to_string(), "notAfter": row.until_at });
    Ok(event(tx, permit, "WISH_OFFERED", about, facts))
}

/// The state of a wish after something about it has changed; of one that is not public the next is asked for
/// what nobody has. Offers that were answered are written already.
pub(super) async fn settle(
    tx: &Tx<'_>,
    wish: &mut wish::Model,
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    use wish_offer::Column as C;
    let was_offered = wish.state == linli_entity::enums::WishState::Offered;
    let mut events = Vec::new();
    let mut asking = false;
    if !wish.open_to_all && rules::left(wish) > 0 && !rules::is_expired(wish, tx.now()) {
        let next = wish_offer::Entity::find()
            .filter(C::WishId.eq(wish.id))
            .filter(C::ClaimId.is_null())
            .filter(C::State.is_in([OfferState::Open, OfferState::Waiting]))
            .order_by_asc(C::Position)
            .one(tx.conn())
            .await?;
        asking = next.is_some();
        if let Some(before) = next.filter(|n| n.state == OfferState::Waiting) {
            let holder = via.1.requester.unwrap_or(wish.person_id);
            let mut row = before.clone();
            events.push(open(tx, (wish, holder), &mut row, via)?);
            row.version += 1;
            tx.update_last(&before, &row);
        }
    }
    rules::settle(wish, asking, tx.now());
    if wish.ended_at.is_some() {
        end_offers(tx, wish.id);
    } else if was_offered && wish.state == linli_entity::enums::WishState::Verified {
        let permit = tx.authorize(via.0, &via.1)?;
        let about = (&*wish, via.1.requester.unwrap_or(wish.person_id));
        events.push(event(tx, permit, "WISH_OFFERS_EXHAUSTED", about, json!({})));
    }
    Ok(events)
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
