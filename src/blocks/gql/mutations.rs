//! Mutations of blocks, offices and agencies.

use async_graphql::{Context, Object};

use super::{
    agency::Agency,
    inputs::{
        AgencyTermsSetInput, BlockChangeInput, OfficeStandInCancelInput, OfficeStandInSetInput,
        OfficeTermBeginInput, OfficeTermEndInput,
    },
    objects::Block,
    office::OfficeTerm,
};
use crate::{
    api::{Ctx, payload},
    blocks::service,
};

payload! {
    /// Answer of changing a block.
    BlockPayload {
        /// The block.
        block: Block
    }
    /// Answer of a change of a term of office, or of who stands in.
    OfficeTermPayload {
        /// The term.
        term: OfficeTerm
    }
    /// Answer of recording what is agreed with an agency.
    AgencyPayload {
        /// The agency.
        agency: Agency
    }
}

/// Mutations of blocks, offices and agencies.
#[derive(Default)]
pub struct BlockMutation;

#[Object]
impl BlockMutation {
    /// Says where a block lies, which addresses belong to it, and where and when its people can be met. For
    /// managers of the community.
    async fn block_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: BlockChangeInput,
    ) -> async_graphql::Result<BlockPayload> {
        let done = async {
            let (which, change) = input.check()?;
            service::change(ctx.app(), ctx.actor(), which, change).await
        }
        .await;
        BlockPayload::new(ctx, done, Block::from)
    }

    /// Begins a term of office: who has it holds its role from the first day on. Offices of a block are
    /// given by managers of its community and of the subdistrict, that of general lead by subdistrict
    /// managers and administrators; nobody gives one to themselves. `OFFICE_TAKEN` if a block has a lead
    /// already, a subdistrict a general lead, or a block three deputies.
    async fn office_term_begin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, which office, and when.")] input: OfficeTermBeginInput,
    ) -> async_graphql::Result<OfficeTermPayload> {
        let done = async { service::begin(ctx.app(), ctx.actor(), input.check()?).await }.await;
        OfficeTermPayload::new(ctx, done, Into::into)
    }

    /// Ends a term of office, and with it the role and standing in for it: at once, or on a day ahead, which
    /// can be moved until it comes. For whom beginning a term is.
    async fn office_term_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: OfficeTermEndInput,
    ) -> async_graphql::Result<OfficeTermPayload> {
        let which = input.check()?;
        let how = (input.until, input.because);
        let done = service::end(ctx.app(), ctx.actor(), which, how).await;
        OfficeTermPayload::new(ctx, done, Into::into)
    }

    /// Lets somebody stand in for whoever has an office: they hold the same role as long as it lasts. For
    /// the same people; nobody lets themselves stand in. `OFFICE_TAKEN` if somebody stands in at that time
    /// already.
    async fn office_stand_in_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, for whom, and when.")] input: OfficeStandInSetInput,
    ) -> async_graphql::Result<OfficeTermPayload> {
        let done = async {
            let (which, new) = input.check()?;
            service::stand_in_set(ctx.app(), ctx.actor(), which, new).await
        }
        .await;
        OfficeTermPayload::new(ctx, done, Into::into)
    }

    /// Ends standing in at once. For whom beginning a term is.
    async fn office_stand_in_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: OfficeStandInCancelInput,
    ) -> async_graphql::Result<OfficeTermPayload> {
        let which = input.check()?;
        let done = service::stand_in_cancel(ctx.app(), ctx.actor(), which).await;
        OfficeTermPayload::new(ctx, done, Into::into)
    }

    /// Records what is agreed with an agency: what it is called in for, and its time limits, for tasks from
    /// now on. For subdistrict managers and administrators.
    async fn agency_terms_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what.")] input: AgencyTermsSetInput,
    ) -> async_graphql::Result<AgencyPayload> {
        let done = async {
            let (which, change) = input.check()?;
            service::terms_set(ctx.app(), ctx.actor(), which, change).await
        }
        .await;
        AgencyPayload::new(ctx, done, Agency::from)
    }
}
