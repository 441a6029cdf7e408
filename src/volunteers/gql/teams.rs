//! Teams of volunteers in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::volunteer_team;

use super::{LeaderLoader, MembersLoader, TeamWorkLoader, VolunteerLoader, name};
use crate::{
    api::{self, Ctx, Translation, connection, payload},
    communities::gql::{Place, load},
    kernel::{Action, Locale, Result, Target, policy},
    volunteers::queries::Member,
};

/// So many people at least must have done something together before everybody sees how much it was:
/// nobody's own part can be read off it.
const SHOWN_FROM: usize = 5;

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
pub struct Team(Arc<volunteer_team::Model>);

impl From<volunteer_team::Model> for Team {
    fn from(row: volunteer_team::Model) -> Self {
        Self(Arc::new(row))
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
    /// Minutes that count, of everybody together: the same minute of two people is two.
    pub minutes: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// How the reader stands to a team.
struct Insight {
    manages: bool,
    leads: bool,
    belongs: bool,
}

impl Team {
    async fn members_now(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        Ok(ctx.load::<MembersLoader, _>(self.0.id).await?.unwrap_or_default())
    }

    async fn insight(&self, ctx: &Context<'_>) -> Result<Insight> {
        let actor = ctx.actor();
        let target = Target::community(self.0.community_id);
        let manages = policy::allowed(actor, Action::TeamManage, &target);
        let Some(person) = actor.person() else {
            return Ok(Insight { manages, leads: false, belongs: false });
        };
        let owner = match self.0.leader_id {
            Some(_) => ctx.load::<LeaderLoader, _>(self.0.id).await?,
            None => None,
        };
        let leads = policy::allowed(
            actor,
            Action::TeamMembersManage,
            &Target { owner, ..Target::community(self.0.community_id) },
        );
        let belongs = self.members_now(ctx).await?.iter().any(|m| m.person_id == person);
        Ok(Insight { manages, leads, belongs })
    }

    async fn is_open(&self, ctx: &Context<'_>) -> Result<bool> {
        let insight = self.insight(ctx).await?;
        Ok(insight.manages || insight.leads || insight.belongs)
    }
}

/// A team of volunteers of a community. Who belongs to it is shown to its members and to those who run
/// the community.
#[Object(serial)]
impl Team {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.community_id).await?)
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

    /// Whether it takes anything over.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Name of who leads it: first character and a mask. For its members and those who run the
    /// community; null to others, and if nobody does.
    async fn leader_name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let Some(leader) = self.0.leader_id else { return Ok(None) };
        if !self.is_open(ctx).await? {
            return Ok(None);
        }
        let Some(row) = ctx.load::<VolunteerLoader, _>(leader).await? else { return Ok(None) };
        Ok(Some(name(ctx, row.person_id).await?))
    }

    /// Who belongs to it, in the order in which they came; at most 500. For its members and those who
    /// run the community; null to others.
    #[graphql(complexity = "50 * child_complexity")]
    async fn members(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<TeamMember>>> {
        if !self.is_open(ctx).await? {
            return Ok(None);
        }
        let mut shown = Vec::new();
        for member in self.members_now(ctx).await? {
            shown.push(TeamMember {
                volunteer_id: member.volunteer_id.to_string().into(),
                name: name(ctx, member.person_id).await?,
                since: member.since_at,
            });
        }
        Ok(Some(shown))
    }

    /// What was done together in a year, as a sum. Its members and those who run the community always
    /// see it, others where at least five people had a part in it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, 2000 to 2200.")] year: i32,
    ) -> async_graphql::Result<Option<TeamTime>> {
        let as_of = ctx.app().clock.now();
        let work = ctx.load::<TeamWorkLoader, _>((self.0.id, year)).await?.unwrap_or_default();
        if work.people < SHOWN_FROM && !self.is_open(ctx).await? {
            return Ok(None);
        }
        Ok(Some(TeamTime { year, minutes: work.minutes, as_of }))
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TeamAction>> {
        let insight = self.insight(ctx).await?;
        let leads_itself = insight.leads && !insight.manages;
        let open = [
            (TeamAction::Change, insight.manages),
            (TeamAction::ManageMembers, insight.leads && self.0.active),
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
