//! Links to calendars.

use linli_entity::{account, calendar_feed, enums::AccountState, ids::PersonId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::kernel::{Actor, App, Error, Result, crypto};

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
