//! Personal data: revealing it, finding a person, linking earlier records, the read log.

use chrono::Duration;
use linli_entity::{
    contact_task,
    enums::{ReadPurpose, RequestState},
    ids::{ContactTaskId, PersonId, PlaceId, RequestId},
    person, read_log, service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use serde_json::json;

use super::{
    edit::{Edit, Stamp, lock},
    follow::tracked,
};
use crate::{
    identity::service::{Look, looks},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, text,
        throttle::Limit,
    },
    requests::{clock::Tick, rules},
};

/// Look-ups by phone of one member of staff.
const LOOKUPS: Limit = Limit { hits: 60, window: Duration::hours(1) };
/// Tries of one person to claim earlier records.
const LINKS: Limit = Limit { hits: 10, window: Duration::hours(24) };

/// Name, phone and address of a request, revealed with a reason.
#[derive(Clone, Debug)]
pub struct Revealed {
    /// Whose request.
    pub request: RequestId,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
}

/// Reveals name, phone and address to who needs them for the work. The resident can see that, and
/// why.
pub async fn reveal(
    app: &App,
    actor: &Actor,
    id: RequestId,
    reason: String,
) -> Result<Committed<Revealed>> {
    text::check("reason", &reason, text::LINE)?;
    let account = actor.signed_in()?.account;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    let permit = tx.authorize(Action::PersonalDataReveal, &rules::target(&row))?;
    let person_id = row.requester_id.ok_or(Error::NotFound)?;
    let person =
        person::Entity::find_by_id(person_id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let look = Look {
        request: Some(id),
        reason: Some(reason),
        ..Look::new(person_id, account, row.community_id, ReadPurpose::Reveal)
    };
    tx.keep::<read_log::Entity>(looks(app, vec![look])?).await?;
    let event = Event::new(permit, "PERSONAL_DATA_REVEALED", "service_request", id)
        .community(row.community_id)
        .beneficiary(Some(person_id))
        .row_held();
    let revealed =
        Revealed { request: id, name: person.name, phone: person.phone, address: row.address };
    tx.commit(vec![event], revealed).await
}

/// Persons of an exact phone number, for staff who enter a request; at most 20. Counted and logged.
pub async fn person_lookup(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    phone: &str,
) -> Result<Committed<Vec<person::Model>>> {
    let phone = text::phone("phone", phone)?;
    let account = actor.signed_in()?.account;
    app.throttle(&format!("lookup:{account}"), LOOKUPS).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::PersonLookup, &Target::community(community))?;
    let found = person::Entity::find()
        .filter(person::Column::Phone.eq(phone))
        .filter(person::Column::MergedInto.is_null())
        .order_by_asc(person::Column::CreatedAt)
        .limit(20)
        .all(tx.conn())
        .await?;
    let look = |p: &person::Model| Look::new(p.id, account, community, ReadPurpose::Lookup);
    tx.keep::<read_log::Entity>(looks(app, found.iter().map(look))?).await?;
    let event = Event::new(permit, "PERSON_LOOKED_UP", "account", account)
        .community(community)
        .data(json!({ "found": found.len() }));
    tx.commit(vec![event], found).await
}

/// Writes down that a member of staff opens the content of requests, before it is answered. The
/// requester's and the current owner's own reading is not written: the ownership is the log.
pub async fn record_reads(app: &App, actor: &Actor, rows: &[service_request::Model]) -> Result<()> {
    let Actor::User(user) = actor else { return Ok(()) };
    let entries: Vec<Look> = rows
        .iter()
        .filter(|row| {
            let owner = rules::target(row).owner;
            owner != Some(user.account) && row.requester_id != Some(user.person)
        })
        .filter_map(|row| {
            let (subject, purpose) = (row.requester_id?, ReadPurpose::Content);
            Some(Look {
                request: Some(row.id),
                ..Look::new(subject, user.account, row.community_id, purpose)
            })
        })
        .collect();
    app.keep::<read_log::Entity>(looks(app, entries)?).await?;
    Ok(())
}

/// Links the records that staff entered for this phone before its holder registered. The phone
/// alone is not enough (numbers change hands): the number of one of the earlier requests is the
/// further fact.
pub async fn person_link(
    app: &App,
    actor: &Actor,
    request_number: &str,
    tracking_code: &str,
) -> Result<Committed<PersonId>> {
    let user = actor.signed_in()?;
    app.throttle(&format!("link:{}", user.account), LINKS).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
    let wrong = || Error::from(Rejected::at(Code::UnknownReference, "requestNumber"));
    let me = person::Entity::find_by_id(user.person)
        .one(tx.conn())
        .await?
        .filter(|p| p.phone_verified)
        .ok_or_else(wrong)?;
    let request = tracked(tx.conn(), request_number, tracking_code).await?.ok_or_else(wrong)?;
    let earlier = request.requester_id.ok_or_else(wrong)?;
    // The requests before the person, as everybody does who reads or changes one of them.
    let _: Vec<RequestId> = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::Id)
        .filter(service_request::Column::RequesterId.eq(earlier))
        .order_by_asc(service_request::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx.conn())
        .await?;
    let earlier = person::Entity::find_by_id(earlier)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .filter(|p| {
            p.id != me.id && p.phone == me.phone && p.merged_into.is_none() && !p.phone_verified
        })
        .ok_or_else(wrong)?;
    let has_account = linli_entity::account::Entity::find()
        .filter(linli_entity::account::Column::PersonId.eq(earlier.id))
        .one(tx.conn())
        .await?;
    if has_account.is_some() {
        return Err(wrong());
    }
    service_request::Entity::update_many()
        .col_expr(service_request::Column::RequesterId, Expr::value(me.id))
        .filter(service_request::Column::RequesterId.eq(earlier.id))
        .exec(tx.conn())
        .await?;
    person::Entity::update_many()
        .col_expr(person::Column::MergedInto, Expr::value(me.id))
        .filter(person::Column::Id.eq(earlier.id))
        .exec(tx.conn())
        .await?;
    let event = Event::new(permit, "PERSON_LINKED", "account", user.account)
        .beneficiary(Some(me.id))
        .data(json!({ "earlier": earlier.id.to_string() }));
    tx.commit(vec![event], me.id).await
}

/// Marks a call or visit that was owed to a resident about a request as done.
pub async fn contact_task_done(
    app: &App,
    actor: &Actor,
    id: ContactTaskId,
) -> Result<Committed<contact_task::Model>> {
    let tx = app.begin(actor).await?;
    let task = contact_task::Entity::find_by_id(id).one(tx.conn()).await?;
    // The request first, as every step does.
    let request = task.and_then(|t| t.request_id).ok_or(Error::NotFound)?;
    let request = lock(&tx, request).await?;
    let mut row = contact_task::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::ContactTaskDo, &rules::target(&request))?;
    let mut edit = Edit::on(tx, request, permit, Action::ContactTaskDo).await?;
    let owed = row.done_at.is_none();
    if owed {
        let tx = &edit.tx;
        row.done_at = Some(tx.now());
        row.done_by = actor.account();
        contact_task::Entity::update_many()
            .col_expr(contact_task::Column::DoneAt, Expr::value(row.done_at))
            .col_expr(contact_task::Column::DoneBy, Expr::value(row.done_by))
            .filter(contact_task::Column::Id.eq(id))
            .exec(tx.conn())
            .await?;
    }
    if owed && edit.row.state == RequestState::Resolved {
        edit.tick(Tick::ResultTold);
    }
    edit.commit_as(Stamp::Append, "CONTACT_TASK_DONE", json!({}), |_| row).await
}
