//! Whose calendar it is: links to one's own, and communities with a programme.

use std::sync::Arc;

use linli_entity::{
    account, calendar_feed,
    enums::{AccountState, PlaceKind},
    ids::{PersonId, PlaceId},
    place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    communities,
    kernel::{Actor, App, Error, Result, crypto},
};

/// One's own link that is in use.
pub async fn own(app: &App, actor: &Actor) -> Result<Option<calendar_feed::Model>> {
    Ok(calendar_feed::Entity::find()
        .filter(calendar_feed::Column::PersonId.eq(actor.signed_in()?.person))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(app.db.reader())
        .await?)
}

/// Whose calendar a token opens, as long as they may sign in.
pub async fn person(app: &App, token: &str) -> Result<PersonId> {
    let hash = crypto::sha256(token.as_bytes());
    let feed = calendar_feed::Entity::find()
        .filter(calendar_feed::Column::TokenHash.eq(hash))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(app.db.reader())
        .await?
        .ok_or(Error::NotFound)?;
    account::Entity::find()
        .filter(account::Column::PersonId.eq(feed.person_id))
        .filter(account::Column::State.eq(AccountState::Active))
        .one(app.db.reader())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(feed.person_id)
}

/// Whether a place has a programme and a map that everybody can fetch: a community, as long as it is in use.
fn has_programme(place: &place::Model) -> bool {
    place.active && place.kind == PlaceKind::Community
}

/// A community with a programme.
pub async fn community(app: &App, id: PlaceId) -> Result<Option<Arc<place::Model>>> {
    let found = communities::queries::places_by_id(app, &[id]).await?.remove(&id);
    Ok(found.filter(|place| has_programme(place)))
}

/// The same by its code.
pub async fn community_by_code(app: &App, code: &str) -> Result<Option<place::Model>> {
    Ok(communities::queries::community_by_code(app, code).await?.filter(has_programme))
}
