//! What residents do with their wishes, and staff for them.

use chrono::NaiveDate;
use linli_entity::{
    enums::{ClaimState, WishCategory, WishState},
    help_item,
    ids::{DelegationId, HelpItemId, PersonId, PlaceId, WishId},
    json::{Localised, Skills},
    person, wish, wish_claim,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType},
};
use serde_json::json;

use super::{Edit, dispatch, event};
use crate::{
    communities,
    delegations::queries::{Covers, principal, principal_in_tx},
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, policy, text,
    },
    requests::service::{Beneficiary, beneficiary_in_tx},
    wishes::rules::{self, Step},
};

/// What may be done with a wish, as who wishes says.
#[derive(Clone, Copy, Debug)]
pub struct Consents {
    /// Whether its card may be public; if not said, that of a free wish may, that of an order not.
    pub may_publish: Option<bool>,
    /// Whether who claims it may know name, phone and address.
    pub share_contact: bool,
    /// Whether a minor is involved.
    pub minor_involved: bool,
    /// Whether the guardian consents.
    pub guardian_consents: bool,
}

/// A new order or wish.
#[derive(Clone, Debug)]
pub struct NewWish {
    /// The community.
    pub community: PlaceId,
    /// For whom, if not for oneself.
    pub beneficiary: Option<Beneficiary>,
    /// By which delegation, if for its principal.
    pub delegation: Option<DelegationId>,
    /// What of the menu; none for a free wish.
    pub item: Option<HelpItemId>,
    /// What it is about; of an order, that of the item.
    pub category: Option<WishCategory>,
    /// In the wisher's words.
    pub need: String,
    /// Where.
    pub address: Option<String>,
    /// How many units.
    pub quantity: i32,
    /// By which day.
    pub wished_by: Option<NaiveDate>,
    /// What may be done with it.
    pub consents: Consents,
    /// Whether it is submitted at once.
    pub submit: bool,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

fn check_texts(need: Option<&str>, address: Option<&str>) -> Result<()> {
    if let Some(need) = need {
        text::check("need", need, text::BODY)?;
    }
    text::check_optional("address", address, text::LINE)
}

/// What a delegate may not say for whom they act for: who may know how to reach them, and that a guardian
/// consents. They say it themselves, before the wish is cleared.
fn check_consents(input: &NewWish) -> Result<()> {
    let said = [
        ("shareContact", input.consents.share_contact),
        ("guardianConsents", input.consents.guardian_consents),
    ];
    let refused = said.into_iter().find(|(_, yes)| *yes && input.delegation.is_some());
    refused.map_or(Ok(()), |(path, _)| Err(Rejected::at(Code::NotByDelegate, path).into()))
}

/// Makes an order or a wish, for oneself or by staff for somebody, who has every right to it.
pub async fn make(app: &App, actor: &Actor, input: NewWish) -> Result<Committed<wish::Model>> {
    actor.signed_in()?;
    check_texts(Some(&input.need), input.address.as_deref())?;
    check_consents(&input)?;
    rules::check_quantity(input.quantity)?;
    let today = app.day(app.clock.now());
    rules::check_day(input.wished_by, today)?;
    let principal = match input.delegation {
        Some(id) => Some(principal(app, actor, id, Covers::Wishes).await?),
        None => None,
    };
    may(actor, &input, principal)?;
    let number = number(app, input.community).await?;
    let tx = app.begin(actor).await?;
    let id = WishId(tx.new_id());
    if let Some(replay) = tx.once("wishMake", input.once.as_ref(), id.0).await? {
        let row = wish::Entity::find_by_id(WishId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    let principal = match input.delegation {
        Some(id) => Some(principal_in_tx(&tx, id, Covers::Wishes).await?),
        None => None,
    };
    let permit = may(actor, &input, principal)?;
    let item = match input.item {
        None => None,
        Some(item) => Some(on_menu(&tx, input.community, item).await?),
    };
    let person = match (principal, &input.beneficiary) {
        (Some(principal), _) => principal,
        (None, Some(who)) => beneficiary_in_tx(&tx, who).await?,
        (None, None) => actor.signed_in()?.person,
    };
    within_limits(&tx, person, item.as_ref()).await?;
    let row = row(&tx, input, (id, number, person), item)?;
    tx.insert_last(wish::ActiveModel::from(row.clone()));
    let event = event(&tx, permit, "WISH_MADE", (&row, person), json!({ "state": row.state }))
        .delegation(row.delegation_id);
    tx.commit(vec![event], row).await
}

/// For whom it is made, and whether the actor may.
fn may(actor: &Actor, input: &NewWish, principal: Option<PersonId>) -> Result<Permit> {
    let community = Target::community(input.community);
    match (principal, &input.beneficiary) {
        (Some(_), _) => {
            let target = Target { requester: principal, delegation: input.delegation, ..community };
            policy::authorize(actor, Action::WishMakeAsDelegate, &target)
        }
        (None, Some(_)) => policy::authorize(actor, Action::WishMakeFor, &community),
        (None, None) => policy::authorize(actor, Action::WishMake, &Target::NONE),
    }
}

/// A number, before its transaction: numbers may have gaps, wishes may not wait.
async fn number(app: &App, community: PlaceId) -> Result<String> {
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, "communityId"));
    let place = match communities::queries::place(app, app.db.reader(), community).await {
        Err(Error::NotFound) => return Err(unknown()),
        found => found?,
    };
    if place.community_id != Some(place.id) || !place.active {
        return Err(unknown());
    }
    let year = chrono::Datelike::year(&app.day(app.clock.now()));
    let serial = app.next_number(community, year).await?;
    Ok(format!("{}-W{year}-{serial:06}", place.code))
}

async fn on_menu(tx: &Tx<'_>, community: PlaceId, id: HelpItemId) -> Result<help_item::Model> {
    help_item::Entity::find_by_id(id)
        .filter(help_item::Column::CommunityId.eq(community))
        .filter(help_item::Column::Active.eq(true))
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "itemId").into())
}

/// Nobody has more wishes open than one may, nor orders something more often. The row of the person is held
/// meanwhile, so that two orders at the same moment are counted one after the other.
async fn within_limits(
    tx: &Tx<'_>,
    person: PersonId,
    item: Option<&help_item::Model>,
) -> Result<()> {
    use wish::Column as C;
    let holder = identity::queries::holder(tx.conn(), person).await?;
    person::Entity::find_by_id(holder).lock(LockType::NoKeyUpdate).one(tx.conn()).await?;
    let theirs = || wish::Entity::find().filter(identity::queries::theirs(C::PersonId, holder));
    let open = theirs().filter(C::EndedAt.is_null()).count(tx.conn()).await?;
    if open >= rules::OPEN_WISHES {
        return Err(Rejected::new(Code::TooManyWishes).with("max", rules::OPEN_WISHES).into());
    }
    let Some(item) = item else { return Ok(()) };
    let ordered = theirs()
        .filter(C::ItemId.eq(item.id))
        .filter(C::State.is_not_in([WishState::Declined, WishState::Withdrawn]))
        .filter(C::CreatedAt.gt(rules::counted_since(item, tx.now())))
        .count(tx.conn())
        .await?;
    if ordered >= u64::try_from(item.most_orders).unwrap_or(0) {
        let refused = Rejected::at(Code::TooManyWishes, "itemId");
        return Err(refused.with("max", item.most_orders).into());
    }
    Ok(())
}

fn row(
    tx: &Tx<'_>,
    input: NewWish,
    (id, number, person): (WishId, String, PersonId),
    item: Option<help_item::Model>,
) -> Result<wish::Model> {
    let consents = input.consents;
    let for_somebody = input.beneficiary.is_some() || input.delegation.is_some();
    let category = item.as_ref().map(|i| i.category).or(input.category);
    Ok(wish::Model {
        id,
        community_id: input.community,
        number,
        person_id: person,
        entered_by: tx.actor().account().filter(|_| for_somebody),
        delegation_id: input.delegation,
        item_id: input.item,
        category: category.ok_or_else(|| Rejected::at(Code::Required, "category"))?,
        need: Some(input.need),
        address: input.address,
        quantity: input.quantity,
        wished_by: input.wished_by,
        may_publish: consents.may_publish.unwrap_or(item.is_none()),
        share_contact: consents.share_contact,
        minor_involved: consents.minor_involved,
        guardian_consents: consents.guardian_consents,
        card: Localised::default(),
        hand_over: None,
        value_yuan: None,
        block_id: None,
        age_band: None,
        skills: item.map_or_else(|| Skills(Vec::new()), |i| i.skills),
        state: if input.submit { WishState::Submitted } else { WishState::Draft },
        open_to_all: false,
        claimed: 0,
        delivered: 0,
        closed: 0,
        confirmed: 0,
        reason: None,
        created_at: tx.now(),
        submitted_at: input.submit.then(|| tx.now()),
        verified_at: None,
        published_at: None,
        first_claimed_at: None,
        first_confirmed_at: None,
        fulfilled_at: None,
        ended_at: None,
        expires_at: None,
        version: 1,
    })
}

/// A change of a wish that has not been cleared; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// In the wisher's words.
    pub need: Option<String>,
    /// Where.
    pub address: Option<String>,
    /// How many units.
    pub quantity: Option<i32>,
    /// By which day.
    pub wished_by: Option<NaiveDate>,
    /// Whether its card may be public.
    pub may_publish: Option<bool>,
    /// Whether who claims it may know name, phone and address.
    pub share_contact: Option<bool>,
    /// Whether a minor is involved.
    pub minor_involved: Option<bool>,
    /// Whether the guardian consents.
    pub guardian_consents: Option<bool>,
}

impl Change {
    /// Whether it says what may be done with the wish.
    fn consents(&self) -> bool {
        let said = [self.may_publish, self.share_contact, self.guardian_consents];
        // That a minor is involved anybody may notice; that none is, lifts what protects them.
        said.iter().any(Option::is_some) || self.minor_involved == Some(false)
    }
}

/// Changes a wish.
pub async fn change(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
    change: Change,
) -> Result<Committed<wish::Model>> {
    check_texts(change.need.as_deref(), change.address.as_deref())?;
    change.quantity.map_or(Ok(()), rules::check_quantity)?;
    rules::check_day(change.wished_by, app.day(app.clock.now()))?;
    let mut edit = Edit::open(app, actor, wish, Step::Change, Action::WishChange).await?;
    // What may be done with it only who wishes says; what staff entered, staff write down as it was said.
    let by_staff = edit.row.entered_by.is_some()
        && edit.row.delegation_id.is_none()
        && policy::allowed(actor, Action::WishMakeFor, &Target::community(edit.row.community_id));
    if change.consents() && !by_staff {
        super::permit(&edit.tx, Action::WishConsent, &edit.via.1)?;
    }
    let consents = change.consents();
    let row = &mut edit.row;
    row.need = change.need.or(row.need.take());
    row.address = change.address.or(row.address.take());
    row.quantity = change.quantity.unwrap_or(row.quantity);
    row.wished_by = change.wished_by.or(row.wished_by);
    row.may_publish = change.may_publish.unwrap_or(row.may_publish);
    row.share_contact = change.share_contact.unwrap_or(row.share_contact);
    row.minor_involved = change.minor_involved.unwrap_or(row.minor_involved);
    row.guardian_consents = change.guardian_consents.unwrap_or(row.guardian_consents);
    edit.commit("WISH_CHANGED", json!({ "consents": consents })).await
}

/// Submits a draft to the community.
pub async fn submit(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
) -> Result<Committed<wish::Model>> {
    let mut edit = Edit::open(app, actor, wish, Step::Submit, Action::WishChange).await?;
    rules::check_day(edit.row.wished_by, app.day(edit.tx.now()))?;
    edit.row.state = WishState::Submitted;
    edit.row.submitted_at = Some(edit.tx.now());
    edit.commit("WISH_SUBMITTED", json!({ "state": WishState::Submitted })).await
}

/// Takes a wish back, or what of it has not been delivered. Who has claimed some of it is told. Said by the
/// wisher, or recorded by staff.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
    recorded: bool,
) -> Result<Committed<wish::Model>> {
    let action = if recorded { Action::WishRecordWord } else { Action::WishOwnWord };
    let mut edit = Edit::open(app, actor, wish, Step::Withdraw, action).await?;
    let more = claims_end(&mut edit).await?;
    edit.row.state = WishState::Withdrawn;
    edit.row.ended_at = Some(edit.tx.now());
    dispatch::end_offers(&edit.tx, edit.row.id);
    edit.commit_with("WISH_WITHDRAWN", json!({ "recorded": recorded }), more).await
}

/// Ends the claims of a wish that is taken back; says to whom.
async fn claims_end(edit: &mut Edit<'_>) -> Result<Vec<Event>> {
    use wish_claim::Column as C;
    let held = || {
        wish_claim::Entity::find()
            .filter(C::WishId.eq(edit.row.id))
            .filter(C::State.eq(ClaimState::Held))
    };
    let claims = held().all(edit.tx.conn()).await?;
    let now = edit.tx.now();
    edit.tx.change_last(
        &wish_claim::Entity::update_many()
            .col_expr(C::State, Expr::value(ClaimState::Withdrawn.to_value()))
            .col_expr(C::DueAt, Expr::value(Option::<chrono::DateTime<chrono::Utc>>::None))
            .col_expr(C::EndedAt, Expr::value(now))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .filter(C::WishId.eq(edit.row.id))
            .filter(C::State.eq(ClaimState::Held)),
    );
    let (action, target) = edit.via;
    let mut events = Vec::with_capacity(claims.len());
    for claim in &claims {
        rules::count(&mut edit.row, claim.units, Some(claim.state), Some(ClaimState::Withdrawn));
        let permit = edit.tx.authorize(action, &target)?;
        let about = (&edit.row, edit.holder);
        let facts =
            json!({ "claim": claim.id.to_string(), "claimer": claim.account_id.to_string() });
        let event = event(&edit.tx, permit, "WISH_CLAIM_WITHDRAWN", about, facts);
        events.push(event.delegation(target.delegation));
    }
    Ok(events)
}
