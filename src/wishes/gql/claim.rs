//! Claims in the schema.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::ClaimState,
    ids::{ClaimId, PersonId, PlaceId, TeamId, WishId},
    volunteer_team, wish_claim,
};

use super::{WishCard, card::load_card};
use crate::{
    api::{Ctx, connection, loader, payload},
    communities::gql::load,
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Action, App, Error, Result, Target, policy},
    volunteers,
    wishes::{
        queries::{self, Wisher},
        rules::{self, ClaimStep},
        service::{Accepted, Contact},
    },
};

loader! {
    /// Teams, for their names.
    TeamLoader(TeamId => volunteer_team::Model) = teams
}

loader! {
    /// Who wishes, of claims that the reader may see.
    WisherLoader(WishId => Wisher) = queries::wishers
}

async fn teams(
    app: &App,
    ids: &[TeamId],
) -> Result<std::collections::HashMap<TeamId, volunteer_team::Model>> {
    volunteers::queries::teams_in(app.db.reader(), ids).await
}

/// The name of a team or a branch in the reader's language.
pub(super) async fn group_name(
    ctx: &Context<'_>,
    team: Option<TeamId>,
    branch: Option<PlaceId>,
) -> Result<Option<String>> {
    if let Some(team) = team {
        let found = ctx.load::<TeamLoader, _>(team).await?;
        return Ok(found.map(|t| ctx.languages(None).pick(&t.names).to_owned()));
    }
    match branch {
        Some(id) => Ok(Some(ctx.languages(None).pick(&load(ctx, id).await?.0.names).to_owned())),
        None => Ok(None),
    }
}

/// A claim (认领/接单): somebody, or a group, has taken over some units of a wish.
#[derive(Clone)]
pub struct WishClaim {
    row: wish_claim::Model,
    claimer: RecordHolder,
    /// Who wishes, as far as it is known already.
    wisher: Option<PersonId>,
}

/// A claim that the reader may see.
pub async fn load_claim(ctx: &Context<'_>, id: ClaimId) -> Result<WishClaim> {
    queries::claim(ctx.app(), ctx.actor(), id).await.map(Into::into)
}

impl From<wish_claim::Model> for WishClaim {
    fn from(row: wish_claim::Model) -> Self {
        Self { claimer: RecordHolder::new(row.person_id), row, wisher: None }
    }
}

impl WishClaim {
    /// A claim of the wish of `wisher`.
    pub(super) fn new(row: wish_claim::Model, wisher: PersonId) -> Self {
        Self { wisher: Some(wisher), ..Self::from(row) }
    }

    fn is_readers(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().account() == Some(self.row.account_id)
    }

    async fn wisher(&self, ctx: &Context<'_>) -> Result<Wisher> {
        ctx.load::<WisherLoader, _>(self.row.wish_id).await?.ok_or(Error::NotFound)
    }

    async fn target(&self, ctx: &Context<'_>) -> Result<Target> {
        let wisher = match self.wisher {
            Some(known) => known,
            None => self.wisher(ctx).await?.person,
        };
        Ok(Target {
            requester: Some(wisher),
            owner: Some(self.row.account_id),
            ..Target::community(self.row.community_id)
        })
    }
}

/// A claim (认领/接单): somebody, or a group, has taken over some units of a wish.
#[Object(serial)]
impl WishClaim {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The wish, as everybody may see it.
    async fn card(&self, ctx: &Context<'_>) -> async_graphql::Result<WishCard> {
        Ok(load_card(ctx, self.row.wish_id).await?)
    }

    /// Opaque id of the wish.
    async fn wish_id(&self) -> ID {
        self.row.wish_id.to_string().into()
    }

    /// Who has it, masked; null for the claim of a party branch, whose members nobody else knows.
    async fn claimer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        if self.row.branch_id.is_some() && !self.is_readers(ctx) {
            return Ok(None);
        }
        Ok(Some(self.claimer.masked(ctx).await?))
    }

    /// The team for which they have it.
    async fn team_id(&self) -> Option<ID> {
        self.row.team_id.map(|id| id.to_string().into())
    }

    /// The party branch for which they have it.
    async fn branch_id(&self) -> Option<ID> {
        self.row.branch_id.map(|id| id.to_string().into())
    }

    /// Name of the team or branch, in the reader's language.
    async fn group_name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(group_name(ctx, self.row.team_id, self.row.branch_id).await?)
    }

    /// How many units.
    async fn units(&self) -> i32 {
        self.row.units
    }

    /// State.
    async fn state(&self) -> ClaimState {
        self.row.state
    }

    /// The code that is said at the door: for who has the claim and who wishes, while it lasts.
    async fn door_code(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        // Who wishes is looked up only for others than who has it.
        let told = self.row.due_at.is_some()
            && (self.is_readers(ctx)
                || ctx.actor().person().is_some()
                    && ctx.actor().person() == self.target(ctx).await?.requester);
        Ok(told.then_some(self.row.door_code.as_str()))
    }

    /// Since when.
    async fn claimed_at(&self) -> DateTime<Utc> {
        self.row.claimed_at
    }

    /// End of the lease; of what is delivered, until when who wishes can answer. Null when it has ended.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// Whether the lease was renewed; it can be, once.
    async fn renewed(&self) -> bool {
        self.row.renewed
    }

    /// When it was done, as who claimed it says.
    async fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.row.delivered_at
    }

    /// What who claimed it says of how it was done.
    async fn evidence(&self) -> Option<&str> {
        self.row.evidence.as_deref()
    }

    /// How often who wishes said that it was not done.
    async fn refusals(&self) -> i32 {
        self.row.refusals
    }

    /// Why it was given back, or why who wishes said no.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Thanks of who wishes.
    async fn thanks(&self) -> Option<&str> {
        self.row.thanks.as_deref()
    }

    /// Whether the answer of who wishes was recorded by staff.
    async fn answer_recorded(&self) -> bool {
        self.row.answered_by.is_some()
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ClaimStep>> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let target = self.target(ctx).await?;
        let target = queries::as_read(ctx.app(), actor, target, Action::WishClaimRead).await?;
        let word = [Action::WishOwnWord, Action::WishRecordWord];
        let steps: [(ClaimStep, &[Action]); 7] = [
            (ClaimStep::Renew, &[Action::WishClaimKeep]),
            (ClaimStep::Release, &[Action::WishClaimKeep]),
            (ClaimStep::HandOver, &[Action::WishClaimKeep]),
            (ClaimStep::Deliver, &[Action::WishClaimKeep]),
            (ClaimStep::RevealContact, &[Action::WishClaimContact]),
            (ClaimStep::Confirm, &word),
            (ClaimStep::Refuse, &word),
        ];
        let can = |(step, actions): &(ClaimStep, &[Action])| {
            rules::claim_possible(*step, &self.row, now)
                && actions.iter().any(|a| policy::allowed(actor, *a, &target))
        };
        let mut can: Vec<_> = steps.into_iter().filter(can).map(|(step, _)| step).collect();
        if can.contains(&ClaimStep::RevealContact) && !self.wisher(ctx).await?.shares_contact {
            can.retain(|step| *step != ClaimStep::RevealContact);
        }
        Ok(can)
    }
}

connection!(WishClaimConnection, WishClaimEdge, WishClaim, "claims of wishes");

/// How to reach who wishes. Every look is written down; who wishes can read that.
#[derive(Clone, SimpleObject)]
pub struct WishContact {
    /// Opaque id of the wish.
    pub wish_id: ID,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// The wish, in the words of who wishes.
    pub need: Option<String>,
}

impl From<Contact> for WishContact {
    fn from(contact: Contact) -> Self {
        Self {
            wish_id: contact.wish.to_string().into(),
            name: contact.name,
            phone: contact.phone,
            address: contact.address,
            need: contact.need,
        }
    }
}

impl From<Accepted> for WishClaim {
    fn from(accepted: Accepted) -> Self {
        accepted.claim.into()
    }
}

payload! {
    /// Answer of a step with a claim.
    WishClaimPayload {
        /// The claim.
        claim: WishClaim
    }
    /// Answer of looking at how to reach who wishes.
    WishContactPayload {
        /// How to reach them.
        contact: WishContact
    }
}
