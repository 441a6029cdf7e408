//! Shifts of volunteers in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{enums::ShiftState, volunteer_shift, volunteer_sign_up};
use tokio::sync::OnceCell;

use super::{SignUpLoader, Team, load_team, names};
use crate::{
    api::{self, Ctx, Translation, connection, payload},
    communities::gql::{Place, load},
    kernel::{Action, Locale, Result, Target, policy},
    volunteers::rules::{self, ShiftStep},
};

/// A shift that volunteers sign up for.
#[derive(Clone)]
pub struct Shift {
    row: Arc<volunteer_shift::Model>,
    /// Who is signed up. Looked up once.
    signed_up: Arc<OnceCell<Vec<volunteer_sign_up::Model>>>,
}

impl From<volunteer_shift::Model> for Shift {
    fn from(row: volunteer_shift::Model) -> Self {
        Self { row: Arc::new(row), signed_up: Arc::default() }
    }
}

/// Somebody who is signed up for a shift.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct ShiftVolunteer {
    /// Opaque id of the volunteer.
    pub volunteer_id: ID,
    /// Name: first character and a mask; in full for themselves.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Shift {
    async fn signed_up_now(&self, ctx: &Context<'_>) -> Result<&Vec<volunteer_sign_up::Model>> {
        let load = async || Ok(ctx.load::<SignUpLoader, _>(self.row.id).await?.unwrap_or_default());
        self.signed_up.get_or_try_init(load).await
    }

    async fn has_reader(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(reader) = ctx.actor().person() else { return Ok(false) };
        Ok(self.signed_up_now(ctx).await?.iter().any(|row| row.person_id == reader))
    }
}

/// A shift that volunteers sign up for. Who comes is shown to those who run the community, and to
/// whoever is signed up.
#[Object(serial)]
impl Shift {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// Whose shift it is, if a team's.
    async fn team(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Team>> {
        let Some(team) = self.row.team_id else { return Ok(None) };
        Ok(Some(load_team(ctx, team).await?))
    }

    /// What is done, in the reader's language, else in the source language.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.row.titles)
    }

    /// The same in every language that it has.
    async fn titles(&self) -> Vec<Translation> {
        api::translations(&self.row.titles)
    }

    /// Where.
    async fn place(&self) -> &str {
        &self.row.place
    }

    /// First instant.
    async fn from(&self) -> DateTime<Utc> {
        self.row.from_at
    }

    /// First instant after it.
    async fn until(&self) -> DateTime<Utc> {
        self.row.until_at
    }

    /// How many are needed.
    async fn needed(&self) -> i32 {
        self.row.needed
    }

    /// How many are signed up; never more than are needed.
    async fn taken(&self) -> i32 {
        self.row.taken
    }

    /// State.
    async fn state(&self) -> ShiftState {
        self.row.state
    }

    /// Shared by shifts that were planned together, week by week.
    async fn series_id(&self) -> ID {
        self.row.series_id.to_string().into()
    }

    /// Whether the reader is signed up.
    async fn signed_up(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(self.has_reader(ctx).await?)
    }

    /// Who comes, in the order in which they signed up; at most 200. For those who run the community
    /// and whoever is signed up; null to others.
    #[graphql(complexity = "20 * child_complexity")]
    async fn volunteers(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ShiftVolunteer>>> {
        let target = Target::community(self.row.community_id);
        let manages = policy::allowed(ctx.actor(), Action::ShiftManage, &target);
        if !manages && !self.has_reader(ctx).await? {
            return Ok(None);
        }
        let rows = self.signed_up_now(ctx).await?;
        let names = names(ctx, rows.iter().map(|row| row.person_id)).await?;
        let shown = rows.iter().zip(names).map(|(row, name)| ShiftVolunteer {
            volunteer_id: row.volunteer_id.to_string().into(),
            name,
            since: row.signed_at,
        });
        Ok(Some(shown.collect()))
    }

    /// Version, for changes; who signs up or off makes none.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ShiftStep>> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let target = Target::community(self.row.community_id);
        let own = Target { requester: actor.person(), ..target };
        let signed_up = self.has_reader(ctx).await?;
        let full = self.row.taken >= self.row.needed;
        let steps = [
            (ShiftStep::SignUp, Action::ShiftSignUp, target),
            (ShiftStep::SignOff, Action::VolunteerOwn, own),
            (ShiftStep::CheckIn, Action::VolunteerOwn, own),
            (ShiftStep::Cancel, Action::ShiftManage, target),
        ];
        let open = steps.into_iter().filter(|(step, action, target)| {
            rules::shift_possible(*step, &self.row, signed_up, now)
                && !(full && *step == ShiftStep::SignUp)
                && policy::allowed(actor, *action, target)
        });
        Ok(open.map(|(step, ..)| step).collect())
    }
}

connection!(ShiftConnection, ShiftEdge, Shift, "shifts of volunteers");

payload! {
    /// Answer of a step with a shift of volunteers.
    ShiftPayload {
        /// The shift.
        shift: Shift
    }
    /// Answer of planning shifts of volunteers.
    ShiftsPayload {
        /// The shifts, in order of time; at most 26.
        shifts: Vec<Shift>
    }
}
