//! Volunteers' time in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{HoursSource, HoursState},
    ids::HoursId,
    volunteer_hours,
};
use tokio::sync::OnceCell;

use super::{CorrectionLoader, LeaderLoader, Shift, Team, load_shift, load_team, name};
use crate::{
    api::{Ctx, connection, payload},
    communities::gql::{Place, load},
    kernel::{Action, Result, policy},
    volunteers::{
        queries::{self, VolunteerNumbers},
        rules::hours::{self, HoursStep},
    },
};

/// A record of a volunteer's time. It is never changed: what was wrong is corrected by another record.
/// For the volunteer, those who run the community, and who leads the team of it.
#[derive(Clone)]
pub struct VolunteerHours {
    row: volunteer_hours::Model,
    /// What corrects it. Looked up once.
    corrected_by: Arc<OnceCell<Option<HoursId>>>,
}

impl From<volunteer_hours::Model> for VolunteerHours {
    fn from(row: volunteer_hours::Model) -> Self {
        Self { row, corrected_by: Arc::default() }
    }
}

impl VolunteerHours {
    async fn correction(&self, ctx: &Context<'_>) -> Result<Option<HoursId>> {
        let load = async || ctx.load::<CorrectionLoader, _>(self.row.id).await;
        self.corrected_by.get_or_try_init(load).await.copied()
    }
}

/// A record of a volunteer's time. It is never changed: what was wrong is corrected by another record.
/// For the volunteer, those who run the community, and who leads the team of it.
#[Object(serial)]
impl VolunteerHours {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// Name of the volunteer: first character and a mask; in full for themselves.
    async fn name(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(name(ctx, self.row.person_id).await?)
    }

    /// How it came about.
    async fn source(&self) -> HoursSource {
        self.row.source
    }

    /// State.
    async fn state(&self) -> HoursState {
        self.row.state
    }

    /// First instant; null for a correction that takes time back.
    async fn from(&self) -> Option<DateTime<Utc>> {
        self.row.from_at
    }

    /// First instant after it; null while checked in, if nobody checked out, and for a correction that
    /// takes time back.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.row.until_at
    }

    /// With which team.
    async fn team(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Team>> {
        let Some(team) = self.row.team_id else { return Ok(None) };
        Ok(Some(load_team(ctx, team).await?))
    }

    /// In which shift.
    async fn shift(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Shift>> {
        let Some(shift) = self.row.shift_id else { return Ok(None) };
        Ok(Some(load_shift(ctx, shift).await?))
    }

    /// Id of the claim of a wish that it was for; not kept of a claim for a party branch.
    async fn claim_id(&self) -> Option<ID> {
        self.row.claim_id.map(|id| id.to_string().into())
    }

    /// Id of the record that it stands for.
    async fn corrects(&self) -> Option<ID> {
        self.row.corrects_id.map(|id| id.to_string().into())
    }

    /// Id of the record that stands for it: it counts no more.
    async fn corrected_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ID>> {
        Ok(self.correction(ctx).await?.map(|id| id.to_string().into()))
    }

    /// Why it was corrected or refused.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.row.decided_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<HoursStep>> {
        let leader = match self.row.team_id {
            Some(team) => ctx.load::<LeaderLoader, _>(team).await?,
            None => None,
        };
        let target = queries::hours_target(&self.row, leader);
        let corrected = self.correction(ctx).await?.is_some();
        let steps = [
            (HoursStep::CheckOut, Action::VolunteerOwn),
            (HoursStep::Decide, Action::HoursDecide),
            (HoursStep::Correct, Action::HoursCorrect),
        ];
        let open = steps.into_iter().filter(|(step, action)| {
            hours::possible(*step, &self.row, corrected)
                && policy::allowed(ctx.actor(), *action, &target)
        });
        Ok(open.map(|(step, _)| step).collect())
    }
}

connection!(VolunteerHoursConnection, VolunteerHoursEdge, VolunteerHours, "records of time");

payload! {
    /// Answer of a step with a record of time.
    VolunteerHoursPayload {
        /// The record.
        hours: VolunteerHours
    }
}

/// A number of volunteers that explains itself.
#[derive(Clone, SimpleObject)]
pub struct VolunteerCount {
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// How many.
    pub count: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

impl VolunteerCount {
    fn new(metric: &str, count: i64, as_of: DateTime<Utc>) -> Self {
        Self { metric_id: metric.to_owned(), definition_version: 1, count, as_of }
    }

    /// Minutes that count.
    pub fn minutes(count: i64, as_of: DateTime<Utc>) -> Self {
        Self::new("volunteer.hours", count, as_of)
    }
}

/// Numbers of the volunteers of a community in a month or a year, of everybody together.
#[derive(Clone, SimpleObject)]
pub struct VolunteerStatistics {
    /// Minutes that count: of one person time that was recorded twice counts once, and at most 8 hours
    /// in a day. A correction counts on the day on which the work was.
    pub minutes: VolunteerCount,
    /// People with at least one minute that counts.
    pub active: VolunteerCount,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether the period goes on after `asOf`.
    pub incomplete: bool,
}

impl From<VolunteerNumbers> for VolunteerStatistics {
    fn from(counted: VolunteerNumbers) -> Self {
        let as_of = counted.as_of;
        Self {
            minutes: VolunteerCount::minutes(counted.minutes, as_of),
            active: VolunteerCount::new("volunteer.active", counted.people, as_of),
            as_of,
            incomplete: counted.incomplete,
        }
    }
}
