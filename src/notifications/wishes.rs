//! Telling wishers, who has claimed a wish, and who is asked.

use linli_entity::{
    enums::{ContactPreference, ContactWay, OfferState, Role, VolunteerState},
    event,
    ids::{AccountId, ClaimId, OfferId, PersonId, WishId},
    person, wish, wish_claim, wish_offer,
};
use sea_orm::EntityTrait;

use super::{
    service::{About, owe_wish, write_message},
    sms::Sms,
    texts,
};
use crate::{
    identity,
    kernel::{App, Locale, Result},
    volunteers,
};

/// Of these who wishes is told, unless they did it themselves.
const WISHER: [&str; 15] = [
    "WISH_MADE",
    "WISH_CHANGED",
    "WISH_SUBMITTED",
    "WISH_CLAIM_RELEASED",
    "WISH_CLAIM_LAPSED",
    "WISH_HANDED_OVER",
    "WISH_PUBLISHED",
    "WISH_DECLINED",
    "WISH_CLAIMED",
    "WISH_DELIVERED",
    "WISH_CONFIRMED",
    "WISH_REFUSED",
    "WISH_CLOSED_UNCONFIRMED",
    "WISH_EXPIRED",
    "WISH_WITHDRAWN",
];
/// Of these who has the claim is told, unless they did it themselves.
const CLAIMER: [&str; 5] = [
    "WISH_CONFIRMED",
    "WISH_REFUSED",
    "WISH_CLOSED_UNCONFIRMED",
    "WISH_CLAIM_LAPSED",
    "WISH_CLAIM_WITHDRAWN",
];
/// Of these who wanted to hand a claim over is told.
const HANDS_OVER: [&str; 3] = ["WISH_HANDED_OVER", "WISH_OFFER_DECLINED", "WISH_OFFER_TIMED_OUT"];
/// Of these a wisher who wants to be called or visited is told that way.
const CALLED: [&str; 5] =
    ["WISH_CLAIMED", "WISH_DELIVERED", "WISH_DECLINED", "WISH_EXPIRED", "WISH_CLOSED_UNCONFIRMED"];
const OFFERED: &str = "WISH_OFFERED";
const EXHAUSTED: &str = "WISH_OFFERS_EXHAUSTED";

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    WISHER.contains(&kind)
        || CLAIMER.contains(&kind)
        || HANDS_OVER.contains(&kind)
        || [OFFERED, EXHAUSTED].contains(&kind)
}

/// In the inbox, and by text message whoever does not want the inbox only.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let id = WishId(event.aggregate_id);
    let Some(row) = wish::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    let kind = event.kind.as_str();
    let told = Told { app, sms, event, row: &row };
    if kind == OFFERED {
        return told.asked().await;
    }
    if kind == EXHAUSTED {
        return told.managers().await;
    }
    if WISHER.contains(&kind)
        && let Some(wisher) = event.beneficiary_id
    {
        told.person(wisher, texts::to_wisher(kind)).await?;
    }
    if CLAIMER.contains(&kind) {
        let claimer = event.data["claimer"].as_str().and_then(|id| id.parse::<AccountId>().ok());
        told.accounts(claimer, texts::to_claimer(kind)).await?;
    }
    if HANDS_OVER.contains(&kind) {
        told.who_hands_over().await?;
    }
    Ok(())
}

/// Somebody is to be told of an event of a wish.
struct Told<'a> {
    app: &'a App,
    sms: &'a Sms,
    event: &'a event::Model,
    row: &'a wish::Model,
}

impl Told<'_> {
    /// Whoever has the record by now; `text` says what the text message is about.
    async fn person(&self, record: PersonId, text: &str) -> Result<()> {
        let people = identity::queries::record_holders(self.app, &[record]).await?;
        let Some(person) = people.get(&record) else { return Ok(()) };
        let way = match person.contact_preference {
            ContactPreference::Call => Some(ContactWay::Call),
            ContactPreference::Visit => Some(ContactWay::Visit),
            ContactPreference::Inbox | ContactPreference::Sms => None,
        };
        let way = way.filter(|_| CALLED.contains(&text));
        if let Some(way) = way {
            owe_wish(self.app, self.event, self.row, way).await?;
        }
        let about = About::Wish(self.row.id);
        let new = write_message(self.app, self.event, person.id, about).await?;
        if new && way.is_none() {
            self.text(person, text).await;
        }
        Ok(())
    }

    /// Of several who are told at once, nobody is told again because another one could not be.
    async fn text(&self, person: &person::Model, kind: &str) {
        let Some(phone) = &person.phone else { return };
        if person.contact_preference == ContactPreference::Inbox {
            return;
        }
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        let Some(text) = texts::wish(locale, kind, &self.row.number) else { return };
        if let Err(error) = self.sms.send(phone, &text).await {
            tracing::warn!(event = %self.event.id, %error, "a text failed");
        }
    }

    async fn accounts(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
        text: &str,
    ) -> Result<()> {
        let others: Vec<AccountId> =
            accounts.into_iter().filter(|a| self.event.actor_id != Some(*a)).collect();
        for account in identity::queries::accounts(self.app, &others).await?.into_values() {
            self.person(account.person_id, text).await?;
        }
        Ok(())
    }

    /// Who runs the community, in the inbox.
    async fn managers(&self) -> Result<()> {
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        let roles = [Role::CommunityManager];
        let found = identity::queries::staff_of(conn, now, self.row.community_id, &roles).await?;
        for person in found.into_values() {
            write_message(self.app, self.event, person, About::Wish(self.row.id)).await?;
        }
        Ok(())
    }

    /// Who is asked, while it is their turn: a volunteer, who belongs to a team, or who speaks for a branch.
    async fn asked(&self) -> Result<()> {
        let conn = self.app.db.reader();
        let Some(offer) = self.offer().await? else { return Ok(()) };
        let over = offer.until_at.is_none_or(|until| until <= self.app.clock.now());
        if offer.state != OfferState::Open || over {
            return Ok(());
        }
        if let Some(branch) = offer.branch_id {
            let now = self.app.clock.now();
            let role = Role::BranchSecretary;
            let speakers = identity::queries::holders(conn, now, role, branch).await?;
            return self.accounts(speakers, OFFERED).await;
        }
        let asked = match (offer.team_id, offer.volunteer_id) {
            (Some(team), _) => volunteers::queries::members(conn, team).await?,
            (None, Some(id)) => {
                let found = volunteers::queries::volunteers_in(conn, &[id]).await?.into_values();
                found.filter(|v| v.state == VolunteerState::Active).collect()
            }
            (None, None) => Vec::new(),
        };
        for volunteer in asked {
            self.person(volunteer.person_id, OFFERED).await?;
        }
        Ok(())
    }

    async fn offer(&self) -> Result<Option<wish_offer::Model>> {
        let id = self.event.data["offer"].as_str().and_then(|id| id.parse::<OfferId>().ok());
        let Some(id) = id else { return Ok(None) };
        Ok(wish_offer::Entity::find_by_id(id).one(self.app.db.reader()).await?)
    }

    /// Whose claim was to be handed over; of an offer that hands nothing over, nobody.
    async fn who_hands_over(&self) -> Result<()> {
        let claim: Option<ClaimId> = self.offer().await?.and_then(|o| o.claim_id);
        let Some(claim) = claim else { return Ok(()) };
        let found = wish_claim::Entity::find_by_id(claim).one(self.app.db.reader()).await?;
        self.accounts(found.map(|c| c.account_id), &self.event.kind).await
    }
}
