//! Teams of volunteers in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Datelike, Utc};
use linli_entity::volunteer_team;
use tokio::sync::OnceCell;

use super::{
    BelongingLoader, LeaderLoader, MembersLoader, TeamSumLoader, TeamWorkLoader, VolunteerLoader,
    name, names,
};
use crate::{
    api::{self, Ctx, Translation, connection, payload},
    communities::gql::{Place, load},
    kernel::{Action, Locale, Result, Target, policy},
};

/// What can be done with a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TeamAction {
    /// Change it.
    Change,
    /// Say who belongs to it.
    ManageMembers,
    /// Leave it.
    Leave,
}

/// A team of volunteers of a community.
#[derive(Clone)]
pub struct Team {
    row: Arc<volunteer_team::Model>,
    insight: Arc<OnceCell<Insight>>,
}

impl From<volunteer_team::Model> for Team {
    fn from(row: volunteer_team::Model) -> Self {
        Self { row: Arc::new(row), insight: Arc::default() }
    }
}

/// Somebody who belongs to a team.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct TeamMember {
    /// Opaque id of the volunteer.
    pub volunteer_id: ID,
    /// Name: first character and a mask; in full for themselves.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What a team did together.
#[derive(Clone, SimpleObject)]
pub struct TeamTime {
    /// The year.
    pub year: i32,
    /// Minutes that count, of everybody together: the same minute of two people is two. Exact for those
    /// who run the community and who leads the team; rounded down to whole 10 hours for others.
    pub minutes: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// How the reader stands to a team. Looked up once.
struct Insight {
    manages: bool,
    leads: bool,
    belongs: bool,
}

impl Insight {
    fn is_open(&self) -> bool {
        self.manages || self.leads || self.belongs
    }
}

impl Team {
    async fn insight(&self, ctx: &Context<'_>) -> Result<&Insight> {
        self.insight.get_or_try_init(|| self.look(ctx)).await
    }

    async fn look(&self, ctx: &Context<'_>) -> Result<Insight> {
        let actor = ctx.actor();
        let target = Target::community(self.row.community_id);
        let manages = policy::allowed(actor, Action::TeamManage, &target);
        let Some(person) = actor.person() else {
            return Ok(Insight { manages, leads: false, belongs: false });
        };
        let owner = match self.row.leader_id {
            Some(_) => ctx.load::<LeaderLoader, _>(self.row.id).await?,
            None => None,
        };
        let target = Target { owner, ..target };
        let leads = policy::allowed(actor, Action::TeamMembersManage, &target);
        // Who leads it may do whatever who belongs to it may.
        let leads_itself = leads && !manages;
        let key = (self.row.id, person);
        let belongs = !leads_itself && ctx.load::<BelongingLoader, _>(key).await?.is_some();
        Ok(Insight { manages, leads, belongs })
    }
}

/// A team of volunteers of a community. Who belongs to it is shown to its members and to those who run
/// the community.
#[Object(serial)]
impl Team {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.row.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.row.names)
    }

    /// Whether it takes anything over.
    async fn active(&self) -> bool {
        self.row.active
    }

    /// Name of who leads it: first character and a mask. For its members and those who run the
    /// community; null to others, and if nobody does.
    async fn leader_name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let Some(leader) = self.row.leader_id else { return Ok(None) };
        if !self.insight(ctx).await?.is_open() {
            return Ok(None);
        }
        let Some(row) = ctx.load::<VolunteerLoader, _>(leader).await? else { return Ok(None) };
        Ok(Some(name(ctx, row.person_id).await?))
    }

    /// Who belongs to it, in the order in which they came; at most 500. For its members and those who
    /// run the community; null to others.
    #[graphql(complexity = "50 * child_complexity")]
    async fn members(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<TeamMember>>> {
        if !self.insight(ctx).await?.is_open() {
            return Ok(None);
        }
        let members = ctx.load::<MembersLoader, _>(self.row.id).await?.unwrap_or_default();
        let names = names(ctx, members.iter().map(|m| m.person_id)).await?;
        let shown = members.iter().zip(names).map(|(member, name)| TeamMember {
            volunteer_id: member.volunteer_id.to_string().into(),
            name,
            since: member.since_at,
        });
        Ok(Some(shown.collect()))
    }

    /// What was done together in a year, as a sum. Those who run the community and who leads the team see
    /// it always. Everybody else, its members too, when the year is over, where at least ten people had a
    /// part in it, and rounded down to whole 10 hours: nobody's own part can be read off it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, 2000 to 2200.")] year: i32,
    ) -> async_graphql::Result<Option<TeamTime>> {
        let as_of = ctx.app().clock.now();
        let (key, insight) = ((self.row.id, year), self.insight(ctx).await?);
        let minutes = if insight.manages || insight.leads {
            let work = ctx.load::<TeamWorkLoader, _>(key).await?;
            Some(work.unwrap_or_default().minutes)
        } else if year < ctx.app().day(as_of).year() {
            ctx.load::<TeamSumLoader, _>(key).await?
        } else {
            None
        };
        Ok(minutes.map(|minutes| TeamTime { year, minutes, as_of }))
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TeamAction>> {
        let insight = self.insight(ctx).await?;
        let leads_itself = insight.leads && !insight.manages;
        let open = [
            (TeamAction::Change, insight.manages),
            (TeamAction::ManageMembers, insight.leads && self.row.active),
            (TeamAction::Leave, insight.belongs || leads_itself),
        ];
        Ok(open.into_iter().filter(|(_, may)| *may).map(|(action, _)| action).collect())
    }
}

connection!(TeamConnection, TeamEdge, Team, "teams of volunteers");

payload! {
    /// Answer of a step with a team of volunteers.
    TeamPayload {
        /// The team.
        team: Team
    }
}
