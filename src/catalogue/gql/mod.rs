//! The catalogue in the schema.

mod inputs;
mod parts;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{Confidentiality, DecidedBy, IntakeChannel, LimitUnit, MatterKind, ServiceMode},
    ids::{MatterId, MatterVersionId},
    matter_version,
};

use inputs::{
    MatterChangeInput, MatterCreateInput, MatterFilterInput, MatterPublishInput,
    MatterSetActiveInput,
};
pub use parts::{MatterMaterial, MatterQuestion, QuestionChoice};

use super::{
    queries::{self, Current, MatterFilter},
    service::{self, MatterChange, NewMatter},
};
use crate::{
    api::{self, Ctx, connection, loader, optional_id, payload},
    communities::gql::{Place, load},
    kernel::{Error, Locale, Result, page::Cursor},
};

loader! {
    /// Matters with their current versions.
    MatterLoader(MatterId => Arc<Current>) = queries::currents_by_id
}
loader! {
    /// Versions of requests.
    MatterVersionLoader(MatterVersionId => Arc<matter_version::Model>) = queries::versions_by_id
}
loader! {
    /// All versions of matters.
    VersionsLoader(MatterId => Vec<Arc<matter_version::Model>>) = queries::versions
}

/// 事项: something that residents can request.
#[derive(Clone)]
pub struct Matter(pub Arc<Current>);

/// The matter of an id: as the process remembers it, or through the loader of the request.
pub async fn load_matter(ctx: &Context<'_>, id: MatterId) -> Result<Matter> {
    if let Some(known) = queries::remembered(ctx.app(), id) {
        return Ok(Matter(known));
    }
    ctx.load::<MatterLoader, _>(id).await?.map(Matter).ok_or(Error::NotFound)
}

/// The version of an id: as the process remembers it, or through the loader of the request.
pub async fn load_version(ctx: &Context<'_>, id: MatterVersionId) -> Result<MatterVersion> {
    if let Some(known) = queries::remembered_version(ctx.app(), id) {
        return Ok(MatterVersion(known));
    }
    ctx.load::<MatterVersionLoader, _>(id).await?.map(MatterVersion).ok_or(Error::NotFound)
}

/// 事项: something that residents can request.
#[Object(serial)]
impl Matter {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.matter.id.to_string().into()
    }

    /// Code, unique in the community.
    async fn code(&self) -> &str {
        &self.0.matter.code
    }

    /// Kind; pure enquiries are reported apart.
    async fn kind(&self) -> MatterKind {
        self.0.matter.kind
    }

    /// Who beside the requester may see its requests.
    async fn confidentiality(&self) -> Confidentiality {
        self.0.matter.confidentiality
    }

    /// Whether it can be requested now.
    async fn active(&self) -> bool {
        self.0.matter.active
    }

    /// Version of the matter itself, for changes.
    async fn version(&self) -> i32 {
        self.0.matter.version
    }

    /// The community that offers it.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.matter.community_id).await?)
    }

    /// The department that it belongs to.
    async fn department(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.matter.department_id).await?)
    }

    /// Title in the reader's language, of the current version.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.version.titles)
    }

    /// The version that new requests get.
    async fn current(&self) -> MatterVersion {
        MatterVersion(Arc::new(self.0.version.clone()))
    }

    /// Versions, newest first; at most 50.
    #[graphql(complexity = "queries::VERSIONS * child_complexity")]
    async fn versions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<MatterVersion>> {
        let rows = ctx.load::<VersionsLoader, _>(self.0.matter.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(MatterVersion).collect())
    }
}

connection!(MatterConnection, MatterEdge, Matter, "matters");

/// One version of a matter. It never changes; a running request keeps the one it started with.
#[derive(Clone)]
pub struct MatterVersion(pub Arc<matter_version::Model>);

/// One version of a matter. It never changes; a running request keeps the one it started with.
#[Object(serial)]
impl MatterVersion {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Number of the version, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Title in the reader's language.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.titles)
    }

    /// Title in every language that it has.
    async fn titles(&self) -> Vec<api::Translation> {
        api::translations(&self.0.titles)
    }

    /// Description in the reader's language.
    async fn description(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.descriptions)
    }

    /// Channels through which it comes in.
    async fn channels(&self) -> &[IntakeChannel] {
        &self.0.channels.0
    }

    /// Modes in which it is served.
    async fn service_modes(&self) -> &[ServiceMode] {
        &self.0.service_modes.0
    }

    /// Who decides.
    async fn decided_by(&self) -> DecidedBy {
        self.0.decided_by
    }

    /// Promised limit in working days from acceptance of complete materials.
    async fn promised_days(&self) -> Option<i32> {
        self.0.promised_days
    }

    /// Legal limit.
    async fn legal_days(&self) -> Option<i32> {
        self.0.legal_days
    }

    /// Unit of the legal limit.
    async fn legal_unit(&self) -> LimitUnit {
        self.0.legal_unit
    }

    /// Limit of the first human response, in working minutes from submission.
    async fn response_minutes(&self) -> i32 {
        self.0.response_minutes
    }

    /// How often the resident must come: one trip is enough.
    async fn visits_promised(&self) -> i32 {
        self.0.visits_promised
    }

    /// Materials to bring; at most 50.
    async fn materials(&self) -> Vec<MatterMaterial> {
        self.0.materials.0.iter().cloned().map(MatterMaterial).collect()
    }

    /// Questions that a submission must answer, in order; at most 50.
    async fn questions(&self) -> Vec<MatterQuestion> {
        let mut questions = self.0.questions.0.clone();
        questions.sort_by_key(|q| q.position);
        questions.into_iter().map(MatterQuestion).collect()
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

payload! {
    /// Answer of creating, publishing, opening or closing a matter.
    MatterPayload {
        /// The matter.
        matter: Matter
    }
}

/// Queries of the catalogue.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// A matter, or null.
    async fn matter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Matter>> {
        match load_matter(ctx, api::id("id", &id)?).await {
            Ok(matter) => Ok(Some(matter)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The matters of a community, in the order of its catalogue.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn matters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Which; all that can be requested if not given.")] filter: Option<
            MatterFilterInput,
        >,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<MatterConnection> {
        let community = api::id("communityId", &community_id)?;
        let filter = filter.unwrap_or_default();
        let filter = MatterFilter {
            search: filter.search,
            department: optional_id("filter.departmentId", filter.department_id.as_ref())?,
            include_inactive: filter.include_inactive,
        };
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::matters_count(ctx.app(), community, &filter).await?)
        } else {
            0
        };
        let page = queries::matters(ctx.app(), community, &filter, page).await?;
        let cursor = |row: &Arc<Current>| Cursor { at: row.matter.created_at, id: row.matter.id.0 };
        Ok(MatterConnection::new(page, cursor, total, Matter))
    }
}

/// Mutations of the catalogue.
#[derive(Default)]
pub struct CatalogueMutation;

fn shown(current: Current) -> Matter {
    Matter(Arc::new(current))
}

#[Object]
impl CatalogueMutation {
    /// Creates a matter with its first version. For managers.
    async fn matter_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The matter.")] input: MatterCreateInput,
    ) -> async_graphql::Result<MatterPayload> {
        let done = async {
            let input = NewMatter {
                community: api::id("input.communityId", &input.community_id)?,
                code: input.code,
                department: api::id("input.departmentId", &input.department_id)?,
                kind: input.kind,
                confidentiality: input.confidentiality,
                content: input.content.check()?,
            };
            service::create(ctx.app(), ctx.actor(), input).await
        }
        .await;
        MatterPayload::new(ctx, done, shown)
    }

    /// Publishes a new version of a matter; running requests keep theirs. For managers.
    async fn matter_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new version.")] input: MatterPublishInput,
    ) -> async_graphql::Result<MatterPayload> {
        let done = async {
            let id = api::id("input.id", &input.id)?;
            let content = input.content.check()?;
            service::publish(ctx.app(), ctx.actor(), id, input.expected_version, content).await
        }
        .await;
        MatterPayload::new(ctx, done, shown)
    }

    /// Corrects department, kind or confidentiality of a matter. For managers. It is true of
    /// requests to come (everywhere within half a minute): requests that were submitted keep the
    /// confidentiality and the department that they came in under.
    async fn matter_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The correction.")] input: MatterChangeInput,
    ) -> async_graphql::Result<MatterPayload> {
        let done = async {
            let id = api::id("input.id", &input.id)?;
            let change = MatterChange {
                department: optional_id("input.departmentId", input.department_id.as_ref())?,
                kind: input.kind,
                confidentiality: input.confidentiality,
            };
            service::change(ctx.app(), ctx.actor(), id, input.expected_version, change).await
        }
        .await;
        MatterPayload::new(ctx, done, shown)
    }

    /// Opens or closes a matter for new requests. For managers.
    async fn matter_set_active(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The matter.")] input: MatterSetActiveInput,
    ) -> async_graphql::Result<MatterPayload> {
        let id = api::id("input.id", &input.id)?;
        let MatterSetActiveInput { expected_version, active, .. } = input;
        let done = service::set_active(ctx.app(), ctx.actor(), id, expected_version, active).await;
        MatterPayload::new(ctx, done, shown)
    }
}
