//! How to reach a wisher: who has claimed the wish learns it, and staff with a reason. Every look is written
//! down before it is answered, and the wisher can read that.

use chrono::Duration;
use linli_entity::{
    enums::ReadPurpose,
    ids::{ClaimId, WishId},
    person, read_log, wish,
};
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

use super::{ClaimEdit, event, lock, permit, seen};
use crate::{
    identity::service::{Look, looks},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Result, Tx, text,
        throttle::Limit,
    },
    wishes::rules::ClaimStep,
};

/// Looks at how to reach wishers by one account.
const REVEALS: Limit = Limit { hits: 60, window: Duration::hours(1) };

/// How to reach who wishes, and what for.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Of which wish.
    pub wish: WishId,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// The wish, in their words.
    pub need: Option<String>,
}

/// To who has claimed it, as long as the claim lasts.
pub async fn claim_contact_reveal(
    app: &App,
    actor: &Actor,
    id: ClaimId,
) -> Result<Committed<Contact>> {
    let account = actor.signed_in()?.account;
    app.throttle(&format!("wish-contact:{account}"), REVEALS).await?;
    let (step, action) = (ClaimStep::RevealContact, Action::WishClaimContact);
    let edit = ClaimEdit::open(app, actor, (id, None), step, action).await?;
    if !edit.wish.share_contact {
        return Err(Code::ContactNotShared.into());
    }
    let ClaimEdit { tx, wish, row, holder, permit, .. } = edit;
    let look = Look {
        branch: row.branch_id,
        ..Look::new(holder, account, wish.community_id, ReadPurpose::WishContact)
    };
    let facts = json!({ "claim": id.to_string(), "claimer": account.to_string() });
    let (contact, event) = reveal(&tx, wish, permit, (look, facts)).await?;
    tx.commit(vec![event], contact).await
}

/// To staff of the community, with a reason.
pub async fn contact_reveal(
    app: &App,
    actor: &Actor,
    id: WishId,
    reason: String,
) -> Result<Committed<Contact>> {
    text::check("reason", &reason, text::LINE)?;
    let account = actor.signed_in()?.account;
    app.throttle(&format!("wish-contact:{account}"), REVEALS).await?;
    let tx = app.begin(actor).await?;
    let (row, holder) = lock(&tx, id).await?;
    let target = seen(&tx, &row, holder, Action::WishContactReveal).await?;
    let permit = permit(&tx, Action::WishContactReveal, &target)?;
    let look = Look {
        reason: Some(reason),
        ..Look::new(holder, account, row.community_id, ReadPurpose::Reveal)
    };
    let (contact, event) = reveal(&tx, row, permit, (look, json!({}))).await?;
    tx.commit(vec![event], contact).await
}

async fn reveal(
    tx: &Tx<'_>,
    row: wish::Model,
    permit: Permit,
    (look, facts): (Look, Json),
) -> Result<(Contact, Event)> {
    let holder = look.subject;
    let who = person::Entity::find_by_id(holder).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let look = Look { wish: Some(row.id), ..look };
    tx.keep::<read_log::Entity>(looks(tx.app(), [look])?).await?;
    let event = event(tx, permit, "WISH_CONTACT_REVEALED", (&row, holder), facts);
    let contact = Contact {
        wish: row.id,
        name: who.name,
        phone: who.phone,
        address: row.address,
        need: row.need,
    };
    Ok((contact, event))
}
