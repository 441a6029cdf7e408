//! What lists of requests fetch together.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use linli_entity::{
    contact_attempt, extension, external_reference,
    ids::{DelegationId, MatterId, PersonId, RequestId},
    internal_note, public_note, rating, request_ownership,
};

use crate::{
    api::{Call, RequestLoader, loader},
    delegations,
    kernel::{Actor, App, Error, Result},
    requests::queries::{self, Content, EventRow, EventsKey, RequestDetails, RequestRow},
};

/// Contents of requests: loading one is reading somebody's text, and is written down.
pub struct ContentLoader {
    app: Arc<App>,
    actor: Actor,
}

impl RequestLoader for ContentLoader {
    fn of(app: &Arc<App>, call: &Call) -> Self {
        Self { app: app.clone(), actor: call.actor.clone() }
    }
}

impl Loader<RequestId> for ContentLoader {
    type Value = Content;
    type Error = Error;

    async fn load(&self, keys: &[RequestId]) -> Result<HashMap<RequestId, Content>> {
        queries::contents(&self.app, &self.actor, keys).await
    }
}

/// Requests that the reader may see.
pub struct VisibleLoader {
    app: Arc<App>,
    actor: Actor,
}

impl RequestLoader for VisibleLoader {
    fn of(app: &Arc<App>, call: &Call) -> Self {
        Self { app: app.clone(), actor: call.actor.clone() }
    }
}

impl Loader<RequestId> for VisibleLoader {
    type Value = RequestRow;
    type Error = Error;

    async fn load(&self, keys: &[RequestId]) -> Result<HashMap<RequestId, RequestRow>> {
        queries::by_ids(&self.app, &self.actor, keys).await
    }
}

/// By which delegation the reader acts for a person in a matter.
pub struct ActingLoader {
    app: Arc<App>,
    actor: Actor,
}

impl RequestLoader for ActingLoader {
    fn of(app: &Arc<App>, call: &Call) -> Self {
        Self { app: app.clone(), actor: call.actor.clone() }
    }
}

impl Loader<(PersonId, MatterId)> for ActingLoader {
    type Value = DelegationId;
    type Error = Error;

    async fn load(
        &self,
        keys: &[(PersonId, MatterId)],
    ) -> Result<HashMap<(PersonId, MatterId), DelegationId>> {
        delegations::queries::acting(&self.app, &self.actor, keys).await
    }
}

loader! {
    /// Details of requests.
    DetailsLoader(RequestId => RequestDetails) = queries::details
}
loader! {
    /// Newest events of requests.
    EventsLoader(EventsKey => Vec<EventRow>) = queries::events
}
loader! {
    /// Public notes of requests.
    PublicNotesLoader(RequestId => Vec<public_note::Model>) = queries::public_notes
}

loader! {
    /// Ratings of requests.
    RatingsLoader(RequestId => Vec<rating::Model>) = crate::ratings::queries::of_requests
}
loader! {
    /// Internal notes of requests.
    InternalNotesLoader(RequestId => Vec<internal_note::Model>) = queries::internal_notes
}
loader! {
    /// Attempts to reach residents.
    AttemptsLoader(RequestId => Vec<contact_attempt::Model>) = queries::attempts
}
loader! {
    /// Owners of requests.
    OwnershipLoader(RequestId => Vec<request_ownership::Model>) = queries::ownership
}
loader! {
    /// Extensions of requests.
    ExtensionsLoader(RequestId => Vec<extension::Model>) = queries::extensions
}
loader! {
    /// Numbers of other systems.
    ExternalReferencesLoader(RequestId => Vec<external_reference::Model>) =
        queries::external_references
}
