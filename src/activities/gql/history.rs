//! What happened to a registration, as it is shown.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use linli_entity::{event, ids::RegistrationId};

use crate::{
    activities::queries,
    api::{Ctx, loader},
    identity::gql::{AccountLoader, MaskedPerson, RecordHolder},
};

loader! {
    /// Events of registrations that the reader may see.
    HistoryLoader(RegistrationId => Vec<event::Model>) = queries::history_of
}

/// What can happen to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ActivityRegistrationEventKind {
    /// The party was registered.
    Registered,
    /// It got seats out of the line.
    Promoted,
    /// It was offered seats.
    Offered,
    /// It accepted them.
    OfferAccepted,
    /// It did not in time.
    OfferExpired,
    /// The registration was taken back.
    Cancelled,
}

impl ActivityRegistrationEventKind {
    fn of(code: &str) -> Option<Self> {
        Some(match code {
            "ACTIVITY_REGISTERED" => Self::Registered,
            "ACTIVITY_PROMOTED" => Self::Promoted,
            "ACTIVITY_OFFERED" => Self::Offered,
            "ACTIVITY_OFFER_ACCEPTED" => Self::OfferAccepted,
            "ACTIVITY_OFFER_EXPIRED" => Self::OfferExpired,
            "ACTIVITY_REGISTRATION_CANCELLED" => Self::Cancelled,
            // What somebody thought of it is told without a name.
            _ => return None,
        })
    }

    /// Whether it follows from what somebody else did.
    fn by_itself(self) -> bool {
        matches!(self, Self::Promoted | Self::Offered | Self::OfferExpired)
    }
}

/// In what capacity somebody did something with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RegistrationActedAs {
    /// Who is registered.
    Registrant,
    /// Who acts for them by a delegation.
    Delegate,
    /// Staff of the community.
    Staff,
    /// Nobody: it happened by itself.
    Portal,
}

/// Something that happened to a registration.
#[derive(Clone)]
pub struct ActivityRegistrationEvent {
    row: event::Model,
    kind: ActivityRegistrationEventKind,
    /// Whether the reader may know any delegate.
    names: bool,
}

impl ActivityRegistrationEvent {
    /// The events that are shown, in their order; to whom every delegate is named, and to others only
    /// they themselves.
    pub(super) fn shown(rows: Vec<event::Model>, names: bool) -> Vec<Self> {
        let event = |row: event::Model| {
            let kind = ActivityRegistrationEventKind::of(&row.kind)?;
            Some(Self { row, kind, names })
        };
        rows.into_iter().filter_map(event).collect()
    }

    fn acted(&self) -> RegistrationActedAs {
        if self.row.actor_id.is_none() || self.kind.by_itself() {
            RegistrationActedAs::Portal
        } else if self.row.data["delegation"].is_string() {
            RegistrationActedAs::Delegate
        } else if self.row.beneficiary_id.is_some() {
            RegistrationActedAs::Staff
        } else {
            RegistrationActedAs::Registrant
        }
    }
}

/// Something that happened to a registration.
#[Object(serial)]
impl ActivityRegistrationEvent {
    /// What.
    async fn kind(&self) -> ActivityRegistrationEventKind {
        self.kind
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// In what capacity somebody did it.
    async fn acted_as(&self) -> RegistrationActedAs {
        self.acted()
    }

    /// Which delegate did it, masked: for who is registered, the delegate and staff. Null for others, and
    /// for what nobody did by a delegation.
    async fn delegate(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let known = self.names || ctx.actor().account() == self.row.actor_id;
        let (RegistrationActedAs::Delegate, Some(account)) =
            (self.acted(), self.row.actor_id.filter(|_| known))
        else {
            return Ok(None);
        };
        let Some(found) = ctx.load::<AccountLoader, _>(account).await? else { return Ok(None) };
        Ok(Some(RecordHolder::new(found.person_id).masked(ctx).await?))
    }
}
