//! Activities, their themes, sessions and partners.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    activity, activity_session,
    enums::{ActivityKind, ActivityState},
    exempt_week,
    ids::{ActivityId, ThemeId},
    partner_organisation, theme,
};
use tokio::sync::OnceCell;

use crate::{
    activities::{
        queries::{self, Seats},
        rules,
    },
    api::{self, Ctx, Translation, connection, loader},
    communities::gql::{Place, load},
    kernel::{Error, Locale, Result},
};

loader! {
    /// Sessions of activities.
    SessionsLoader(ActivityId => Vec<activity_session::Model>) = queries::sessions_of
}
loader! {
    /// Seats of activities.
    SeatsLoader(ActivityId => Seats) = queries::seats_of
}
loader! {
    /// Partner organisations of activities.
    PartnersLoader(ActivityId => Vec<partner_organisation::Model>) = queries::partners_of
}
loader! {
    /// Themes.
    ThemeLoader(ThemeId => theme::Model) = queries::themes_by_id
}

/// The theme of a month: one for each community and month.
#[derive(Clone)]
pub struct Theme(pub theme::Model);

/// The theme of a month: one for each community and month.
#[Object(serial)]
impl Theme {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Month, 1 to 12.
    async fn month(&self) -> i32 {
        self.0.month
    }

    /// Title in the reader's language, else in the source language.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.titles)
    }

    /// Title in every language that it has.
    async fn titles(&self) -> Vec<Translation> {
        api::translations(&self.0.titles)
    }

    /// Description, like the title; empty if there is none.
    async fn description(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.descriptions)
    }

    /// Description in every language that it has.
    async fn descriptions(&self) -> Vec<Translation> {
        api::translations(&self.0.descriptions)
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// An organisation that takes part in activities (共建单位).
#[derive(Clone)]
pub struct PartnerOrganisation(pub partner_organisation::Model);

/// An organisation that takes part in activities (共建单位).
#[Object(serial)]
impl PartnerOrganisation {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.0.names)
    }

    /// Whether it is in use.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// When and where an activity takes place.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct ActivitySession {
    /// Opaque id.
    pub id: ID,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
    /// Where, in words.
    pub place: Option<String>,
    /// The room that it holds.
    pub venue_id: Option<ID>,
    /// People who came without a registration.
    pub walk_ins: i32,
}

impl From<activity_session::Model> for ActivitySession {
    fn from(row: activity_session::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            from: row.from_at,
            until: row.until_at,
            place: row.place,
            venue_id: row.venue_id.map(|v| v.to_string().into()),
            walk_ins: row.walk_ins,
        }
    }
}

/// A week in which no activity is owed.
#[derive(Clone, SimpleObject)]
pub struct ExemptWeek {
    /// ISO year.
    pub iso_year: i32,
    /// ISO week, 1 to 53.
    pub iso_week: i32,
    /// Why.
    pub reason: String,
    /// When it was declared: before the week began.
    pub declared_at: DateTime<Utc>,
}

impl From<exempt_week::Model> for ExemptWeek {
    fn from(row: exempt_week::Model) -> Self {
        Self {
            iso_year: row.iso_year,
            iso_week: row.iso_week,
            reason: row.reason,
            declared_at: row.declared_at,
        }
    }
}

/// An activity of a community.
#[derive(Clone)]
pub struct Activity {
    row: Arc<activity::Model>,
    /// Loaded once, whichever fields ask for it.
    seats: Arc<OnceCell<Seats>>,
}

/// The activity of an id, if the reader sees it.
pub async fn load_activity(ctx: &Context<'_>, id: ActivityId) -> Result<Activity> {
    queries::activity(ctx.app(), ctx.actor(), id).await.map(Activity::new)
}

impl Activity {
    /// As it is stored.
    pub fn new(row: activity::Model) -> Self {
        Self { row: Arc::new(row), seats: Arc::default() }
    }

    async fn seats(&self, ctx: &Context<'_>) -> Result<&Seats> {
        let load = async || ctx.load::<SeatsLoader, _>(self.row.id).await?.ok_or(Error::NotFound);
        self.seats.get_or_try_init(load).await
    }
}

/// An activity of a community.
#[Object(serial)]
impl Activity {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// Kind.
    async fn kind(&self) -> ActivityKind {
        self.row.kind
    }

    /// State.
    async fn state(&self) -> ActivityState {
        self.row.state
    }

    /// The theme of the month that it is of.
    async fn theme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Theme>> {
        match self.row.theme_id {
            Some(id) => Ok(ctx.load::<ThemeLoader, _>(id).await?.map(Theme)),
            None => Ok(None),
        }
    }

    /// Title in the reader's language, else in the source language.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.row.titles)
    }

    /// Title in every language that it has.
    async fn titles(&self) -> Vec<Translation> {
        api::translations(&self.row.titles)
    }

    /// Description, like the title; empty if there is none.
    async fn description(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.row.descriptions)
    }

    /// Description in every language that it has.
    async fn descriptions(&self) -> Vec<Translation> {
        api::translations(&self.row.descriptions)
    }

    /// Sessions, in order of time; at least one.
    async fn sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ActivitySession>> {
        let rows = ctx.load::<SessionsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Who takes part.
    async fn partners(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PartnerOrganisation>> {
        let rows = ctx.load::<PartnersLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(PartnerOrganisation).collect())
    }

    /// How many people there is room for.
    async fn capacity(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.seats(ctx).await?.capacity)
    }

    /// Seats that no registered party has. While parties wait, these are not to be had: the line is
    /// strictly first in, first out, and its first party needs more.
    async fn free_seats(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        let seats = self.seats(ctx).await?;
        Ok(seats.capacity - seats.taken)
    }

    /// Parties in line.
    async fn waiting(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        Ok(self.seats(ctx).await?.waiting)
    }

    /// Youngest, in years; who comes with a child of the party may be of any age.
    async fn min_age(&self) -> Option<i32> {
        self.row.min_age
    }

    /// Oldest, in years; who comes with a child of the party may be of any age.
    async fn max_age(&self) -> Option<i32> {
        self.row.max_age
    }

    /// How long the next in line has to accept seats that become free, in minutes; null if they have
    /// them at once.
    async fn offer_minutes(&self) -> Option<i32> {
        self.row.offer_minutes
    }

    /// When registration opens.
    async fn registration_opens_at(&self) -> DateTime<Utc> {
        self.row.registration_opens_at
    }

    /// First instant at which registration is closed, if the activity has not begun before.
    async fn registration_closes_at(&self) -> DateTime<Utc> {
        self.row.registration_closes_at
    }

    /// Whether one can register, or stand in line, now.
    async fn registration_open(&self, ctx: &Context<'_>) -> bool {
        rules::is_open(&self.row, ctx.app().clock.now())
    }

    /// Begin of the first session.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.row.starts_at
    }

    /// End of the last session.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.row.ends_at
    }

    /// Why it was cancelled.
    async fn cancel_reason(&self) -> Option<&str> {
        self.row.cancel_reason.as_deref()
    }

    /// How many came, as counted by staff; null where check-ins tell.
    async fn attendance(&self) -> Option<i32> {
        self.row.attendance
    }

    /// The short report of one that was held.
    async fn report(&self) -> Option<&str> {
        self.row.report.as_deref()
    }

    /// When it was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.row.published_at
    }

    /// When it was reported as held.
    async fn held_at(&self) -> Option<DateTime<Utc>> {
        self.row.held_at
    }

    /// Grows with every change that those registered are told of; 0 as published (iCalendar's
    /// `SEQUENCE`).
    async fn sequence(&self) -> i32 {
        self.row.sequence
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(ActivityConnection, ActivityEdge, Activity, "activities");
