//! Whose something is.

use std::sync::Arc;

use async_graphql::Context;
use linli_entity::{ids::PersonId, person};
use tokio::sync::OnceCell;

use super::{MaskedPerson, PersonLoader};
use crate::{
    api::Ctx,
    kernel::{Error, Result},
};

/// Who has a record now: its person, or whom it was linked to. Looked up once.
#[derive(Clone)]
pub struct RecordHolder {
    record: PersonId,
    holder: Arc<OnceCell<person::Model>>,
}

impl RecordHolder {
    /// Of this record.
    pub fn new(record: PersonId) -> Self {
        Self { record, holder: Arc::default() }
    }

    async fn person(&self, ctx: &Context<'_>) -> Result<&person::Model> {
        let load = async || ctx.load::<PersonLoader, _>(self.record).await?.ok_or(Error::NotFound);
        self.holder.get_or_try_init(load).await
    }

    /// Their id.
    pub async fn id(&self, ctx: &Context<'_>) -> Result<PersonId> {
        Ok(self.person(ctx).await?.id)
    }

    /// Whether it is the reader.
    pub async fn is_reader(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.actor().person() == Some(self.id(ctx).await?))
    }

    /// Their name in full, for a reader who may know it.
    pub async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.person(ctx).await?.name.clone())
    }

    /// As the reader may see them.
    pub async fn masked(&self, ctx: &Context<'_>) -> Result<MaskedPerson> {
        let person = self.person(ctx).await?;
        let contact = Some(person.contact_preference);
        Ok(MaskedPerson::new(ctx.actor(), person.id, person.name.as_deref(), contact))
    }
}
