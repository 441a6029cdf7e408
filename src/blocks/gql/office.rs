//! Terms of office, and who stands in.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{Role, TermEnd},
    ids::{PlaceId, TermId},
    office_stand_in, office_term,
};

use crate::{
    api::{self, Ctx, connection, loader},
    blocks::{
        queries::{self, Office},
        rules::offices,
    },
    communities::gql::{Place, load, load_staff},
    identity::gql::Staff,
    kernel::{
        Result,
        page::{Cursor, PageArgs},
    },
};

loader! {
    /// Who answers for places now.
    OfficesLoader(PlaceId => Vec<Office>) = queries::offices
}
loader! {
    /// Who stands in, stood in or will.
    StandInsLoader(TermId => Vec<office_stand_in::Model>) = queries::stand_ins
}

/// A term of office: who answers for a block, or for all blocks of a subdistrict, and since when.
#[derive(Clone)]
pub struct OfficeTerm {
    row: office_term::Model,
    /// The same with who stands in now and with names, where that was read together.
    now: Option<Office>,
}

impl From<Office> for OfficeTerm {
    fn from(office: Office) -> Self {
        Self { row: office.term.clone(), now: Some(office) }
    }
}

impl From<office_term::Model> for OfficeTerm {
    fn from(row: office_term::Model) -> Self {
        Self { row, now: None }
    }
}

impl OfficeTerm {
    async fn all(&self, ctx: &Context<'_>) -> Result<Vec<office_stand_in::Model>> {
        let all = ctx.load::<StandInsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(all.into_iter().map(|row| self.within(row)).collect())
    }

    /// Nobody stands in for longer than the term lasts.
    fn within(&self, mut row: office_stand_in::Model) -> office_stand_in::Model {
        if let Some(end) = self.row.until_at {
            row.until_at = row.until_at.min(end).max(row.from_at);
        }
        row
    }

    /// Why it ended, and who stood in, is not for everybody.
    async fn managed(&self, ctx: &Context<'_>) -> Result<bool> {
        let Place(place) = load(ctx, self.row.place_id).await?;
        Ok(queries::may_read_terms(ctx.actor(), &place))
    }
}

/// A term of office: who answers for a block, or for all blocks of a subdistrict, and since when.
#[Object(serial)]
impl OfficeTerm {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The office: BLOCK_LEAD, DEPUTY_BLOCK_LEAD or GENERAL_LEAD.
    async fn role(&self) -> Role {
        self.row.role
    }

    /// The block or subdistrict.
    async fn place(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.place_id).await?)
    }

    /// Who has it. Where everybody sees who answers for a place now, null while their account is locked and
    /// somebody stands in.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        let account = self.row.account_id;
        match &self.now {
            Some(office) => Ok(office.holder.as_deref().map(|n| Staff::new(account, Some(n)))),
            None => Ok(Some(load_staff(ctx, account).await?)),
        }
    }

    /// First day.
    async fn from(&self, ctx: &Context<'_>) -> NaiveDate {
        ctx.app().day(self.row.from_at)
    }

    /// First day after it; null while no end is in sight.
    async fn until(&self, ctx: &Context<'_>) -> Option<NaiveDate> {
        self.row.until_at.map(|until| ctx.app().day(until))
    }

    /// Why it ended, or will; null for those who do not manage it.
    async fn ended_because(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<TermEnd>> {
        let shown = self.row.ended_because.is_some() && self.managed(ctx).await?;
        Ok(self.row.ended_because.filter(|_| shown))
    }

    /// Whether it gives its role now.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        offices::in_force(&self.row, ctx.app().clock.now())
    }

    /// Who stands in now, and holds the same role.
    async fn stand_in(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<OfficeStandIn>> {
        if let Some(known) = &self.now {
            let (row, name) = known.stand_in.clone().unzip();
            return Ok(row.map(|row| OfficeStandIn { row: self.within(row), name }));
        }
        let now = ctx.app().clock.now();
        if !offices::in_force(&self.row, now) {
            return Ok(None);
        }
        let all = self.all(ctx).await?;
        Ok(all.into_iter().find(|s| offices::stands_in(s, now)).map(Into::into))
    }

    /// Who stood in, stands in or will, in the order of their beginning: the last 100. Null for those who do
    /// not manage it.
    #[graphql(complexity = "10 * child_complexity")]
    async fn stand_ins(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<OfficeStandIn>>> {
        if !self.managed(ctx).await? {
            return Ok(None);
        }
        Ok(Some(self.all(ctx).await?.into_iter().map(Into::into).collect()))
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(OfficeTermConnection, OfficeTermEdge, OfficeTerm, "terms of office");

/// A page of the terms of a place, for those who manage them.
pub(super) async fn terms(
    ctx: &Context<'_>,
    place: PlaceId,
    page: PageArgs,
) -> Result<OfficeTermConnection> {
    let (app, actor) = (ctx.app(), ctx.actor());
    let total = if api::wants_total(ctx) {
        api::total(queries::terms_count(app, actor, place).await?)
    } else {
        0
    };
    let rows = queries::terms_of(app, actor, place, page).await?;
    let cursor = |row: &office_term::Model| Cursor { at: row.from_at, id: row.id.0 };
    Ok(OfficeTermConnection::new(rows, cursor, total, Into::into))
}

/// That somebody stands in for whoever has an office.
#[derive(Clone)]
pub struct OfficeStandIn {
    row: office_stand_in::Model,
    /// The name of whoever stands in, where that was read with it.
    name: Option<String>,
}

impl From<office_stand_in::Model> for OfficeStandIn {
    fn from(row: office_stand_in::Model) -> Self {
        Self { row, name: None }
    }
}

/// That somebody stands in for whoever has an office.
#[Object(serial)]
impl OfficeStandIn {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Who.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        match &self.name {
            Some(name) => Ok(Staff::new(self.row.account_id, Some(name))),
            None => Ok(load_staff(ctx, self.row.account_id).await?),
        }
    }

    /// First day.
    async fn from(&self, ctx: &Context<'_>) -> NaiveDate {
        ctx.app().day(self.row.from_at)
    }

    /// First day after it.
    async fn until(&self, ctx: &Context<'_>) -> NaiveDate {
        ctx.app().day(self.row.until_at)
    }

    /// Since when it does not hold, where it was cancelled before its end.
    async fn cancelled_at(&self) -> Option<DateTime<Utc>> {
        self.row.cancelled_at
    }
}
