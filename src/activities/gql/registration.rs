//! Parties, check-ins, numbers of the queue, and what people thought.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    activity, activity_feedback, activity_registration, activity_ticket, check_in,
    enums::{AgeBand, RegistrationEnd, RegistrationState, TicketState},
    ids::{ActivityId, RegistrationId},
    registration_member,
};

use super::{
    history::{ActivityRegistrationEvent, HistoryLoader},
    objects::Activity,
};
use crate::{
    activities::{queries, service::CheckInDone},
    api::{Ctx, UserError, connection, loader},
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Action, Error, Target, policy, text},
};

loader! {
    /// Activities, for registrations.
    ActivityLoader(ActivityId => activity::Model) = queries::activities_by_id
}
loader! {
    /// Members of parties.
    MembersLoader(RegistrationId => Vec<registration_member::Model>) = queries::members_of
}
loader! {
    /// Check-ins of parties.
    CheckInsLoader(RegistrationId => Vec<check_in::Model>) = queries::check_ins_of
}
loader! {
    /// Places in line.
    PositionLoader(RegistrationId => i64) = queries::positions_of
}

/// A party: all of it has seats, or none. Seats that become free go to the first party in line, in
/// the same moment, or are offered to it where the activity has `offerMinutes`; if it does not fit it
/// waits, and so does everybody behind it.
#[derive(Clone)]
pub struct ActivityRegistration {
    row: activity_registration::Model,
    holder: RecordHolder,
    /// Whether the reader has just made it.
    made: bool,
    /// Whether the reader acts for who registered.
    delegated: bool,
}

impl ActivityRegistration {
    /// As whoever has just registered the party: staff print the code for the resident.
    pub fn made(row: activity_registration::Model) -> Self {
        Self { made: true, ..row.into() }
    }

    /// As whoever acts for who registered.
    pub fn delegated(row: activity_registration::Model) -> Self {
        Self { delegated: true, ..row.into() }
    }
}

impl From<activity_registration::Model> for ActivityRegistration {
    fn from(row: activity_registration::Model) -> Self {
        Self { holder: RecordHolder::new(row.person_id), row, made: false, delegated: false }
    }
}

/// A party: all of it has seats, or none. Seats that become free go to the first party in line, in
/// the same moment; if it does not fit it waits, and so does everybody behind it.
#[Object(serial)]
impl ActivityRegistration {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The activity.
    async fn activity(&self, ctx: &Context<'_>) -> async_graphql::Result<Activity> {
        let found = ctx.load::<ActivityLoader, _>(self.row.activity_id).await?;
        Ok(found.map(Activity::new).ok_or(Error::NotFound)?)
    }

    /// Who registered, or was registered by staff or a delegate: masked, in full for themselves.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<MaskedPerson> {
        Ok(self.holder.masked(ctx).await?)
    }

    /// State.
    async fn state(&self) -> RegistrationState {
        self.row.state
    }

    /// People of the party.
    async fn people(&self) -> i32 {
        self.row.people
    }

    /// Age band of who registered; null if they do not come themselves.
    async fn age_band(&self) -> Option<AgeBand> {
        self.row.age_band
    }

    /// Who comes with them: names masked for staff and delegates.
    async fn members(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<RegistrationMember>> {
        let rows = ctx.load::<MembersLoader, _>(self.row.id).await?.unwrap_or_default();
        let own = self.holder.is_reader(ctx).await?;
        let shown = |row: registration_member::Model| {
            let name = row.name.unwrap_or_default();
            let name = if own { name } else { text::mask_name(&name) };
            RegistrationMember { name, age_band: row.age_band }
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Checks the party in at the door. For who registered and who acts for them; staff see it when they
    /// register somebody.
    async fn code(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let shown = self.made || self.delegated || self.holder.is_reader(ctx).await?;
        Ok(shown.then_some(self.row.code.as_str()))
    }

    /// Place in line, from 1; null for who does not wait.
    async fn waiting_position(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<i64>> {
        if self.row.state != RegistrationState::Waiting {
            return Ok(None);
        }
        Ok(ctx.load::<PositionLoader, _>(self.row.id).await?)
    }

    /// Whether staff registered the party.
    async fn registered_by_staff(&self) -> bool {
        self.row.registered_by.is_some() && self.row.delegation_id.is_none()
    }

    /// Whether a delegate registered the party for the person.
    async fn registered_by_delegate(&self) -> bool {
        self.row.delegation_id.is_some()
    }

    /// The sessions that it came to.
    async fn check_ins(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CheckIn>> {
        let rows = ctx.load::<CheckInsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(CheckIn::from).collect())
    }

    /// What happened to it, in order. Every act says whether who is registered, a delegate or staff did it.
    async fn events(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<ActivityRegistrationEvent>> {
        let of = Target::community(self.row.community_id);
        let staff = policy::allowed(ctx.actor(), Action::ActivityRegistrationRead, &of);
        let names = staff || self.holder.is_reader(ctx).await?;
        let rows = ctx.load::<HistoryLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(ActivityRegistrationEvent::shown(rows, names))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// Until when it can accept the seats that are offered; null if none are.
    async fn offered_until(&self) -> Option<DateTime<Utc>> {
        self.row.offered_until
    }

    /// When it got its seats out of the line, or was offered them.
    async fn promoted_at(&self) -> Option<DateTime<Utc>> {
        self.row.promoted_at
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }

    /// Who ended it.
    async fn ended_by(&self) -> Option<RegistrationEnd> {
        self.row.ended_by
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(
    ActivityRegistrationConnection,
    ActivityRegistrationEdge,
    ActivityRegistration,
    "registrations"
);

/// Somebody in a party beside who registered.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct RegistrationMember {
    /// Name; masked for staff and delegates.
    pub name: String,
    /// Age band.
    pub age_band: AgeBand,
}

/// That a party came to a session.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct CheckIn {
    /// Opaque id.
    pub id: ID,
    /// The session.
    pub session_id: ID,
    /// The registration.
    pub registration_id: ID,
    /// How many of the party came.
    pub people: i32,
    /// When they came.
    pub scanned_at: DateTime<Utc>,
    /// When the portal was told; later than `scannedAt` for a list that was scanned offline.
    pub received_at: DateTime<Utc>,
}

impl From<check_in::Model> for CheckIn {
    fn from(row: check_in::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            session_id: row.session_id.to_string().into(),
            registration_id: row.registration_id.to_string().into(),
            people: row.people,
            scanned_at: row.scanned_at,
            received_at: row.received_at,
        }
    }
}

/// What became of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ScanOutcome {
    /// The party is checked in now.
    CheckedIn,
    /// It was checked in before; nothing changed.
    Already,
    /// It is not checked in; `error` says why.
    Refused,
}

/// A line of a list that was scanned.
#[derive(Clone, SimpleObject)]
pub struct ScanResult {
    /// What became of it.
    pub outcome: ScanOutcome,
    /// The check-in, new or from before.
    pub check_in: Option<CheckIn>,
    /// Why there is none.
    pub error: Option<UserError>,
}

impl ScanResult {
    /// The outcome in the reader's language.
    pub fn new(ctx: &Context<'_>, done: CheckInDone) -> Self {
        let outcome = match (&done.refused, done.before) {
            (Some(_), _) => ScanOutcome::Refused,
            (None, true) => ScanOutcome::Already,
            (None, false) => ScanOutcome::CheckedIn,
        };
        let locale = ctx.call().languages.first();
        Self {
            outcome,
            check_in: done.check_in.map(CheckIn::from),
            error: done.refused.map(|refused| UserError::new(&refused, locale)),
        }
    }
}

/// A number of the queue of a session. Nobody stands behind it.
#[derive(Clone, SimpleObject)]
pub struct ActivityTicket {
    /// Opaque id.
    pub id: ID,
    /// The session.
    pub session_id: ID,
    /// Number, from 1.
    pub number: i32,
    /// State.
    pub state: TicketState,
    /// When it was given.
    pub issued_at: DateTime<Utc>,
    /// When it was called.
    pub called_at: Option<DateTime<Utc>>,
    /// When it was served.
    pub served_at: Option<DateTime<Utc>>,
    /// Version, for changes.
    pub version: i32,
}

impl From<activity_ticket::Model> for ActivityTicket {
    fn from(row: activity_ticket::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            session_id: row.session_id.to_string().into(),
            number: row.number,
            state: row.state,
            issued_at: row.issued_at,
            called_at: row.called_at,
            served_at: row.served_at,
            version: row.version,
        }
    }
}

/// What somebody thought of an activity; it does not say who, nor when.
#[derive(Clone, SimpleObject)]
pub struct ActivityFeedback {
    /// 1 to 5, 5 is best.
    pub score: i32,
    /// In their words.
    pub text: Option<String>,
}

impl From<activity_feedback::Model> for ActivityFeedback {
    fn from(row: activity_feedback::Model) -> Self {
        Self { score: row.score, text: row.body }
    }
}
