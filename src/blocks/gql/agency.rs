//! An agency.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use linli_entity::{ids::PlaceId, place};

use crate::{
    api::{self, Ctx, Translation, connection, loader},
    blocks::{queries, rules::agencies::Terms},
    kernel::{Locale, Result},
};

loader! {
    /// What is agreed with agencies.
    TermsLoader(PlaceId => Terms) = queries::agencies
}

/// 联动单位: called in for what a block cannot solve alone.
#[derive(Clone)]
pub struct Agency(Arc<place::Model>);

impl From<place::Model> for Agency {
    fn from(row: place::Model) -> Self {
        Self(Arc::new(row))
    }
}

impl Agency {
    async fn terms(&self, ctx: &Context<'_>) -> Result<Terms> {
        Ok(ctx.load::<TermsLoader, _>(self.0.id).await?.unwrap_or_default())
    }
}

/// 联动单位: called in for what a block cannot solve alone.
#[Object(serial)]
impl Agency {
    /// Opaque id: that of the place.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Code, unique in the subdistrict.
    async fn code(&self) -> &str {
        &self.0.code
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

    /// What it is called in for, in the reader's language, else in the source language.
    async fn duties(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> async_graphql::Result<Option<String>> {
        let duties = self.terms(ctx).await?.duties;
        Ok(duties.map(|duties| ctx.languages(language).pick(&duties).to_owned()))
    }

    /// Minutes in which it signs for a task, day and night; 60 where nothing else was agreed.
    async fn sign_minutes(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.terms(ctx).await?.sign_minutes)
    }

    /// Minutes in which it contacts the parties, day and night; 1440 where nothing else was agreed.
    async fn contact_minutes(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.terms(ctx).await?.contact_minutes)
    }

    /// Working days in which it is done; 3 where nothing else was agreed.
    async fn finish_days(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.terms(ctx).await?.finish_days)
    }

    /// Minutes in which an emergency is done, day and night; 1440 where nothing else was agreed.
    async fn urgent_finish_minutes(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.terms(ctx).await?.urgent_finish_minutes)
    }

    /// Version, for changes of what is agreed; 0 while nothing was.
    async fn version(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.terms(ctx).await?.version)
    }
}

connection!(AgencyConnection, AgencyEdge, Agency, "agencies");
