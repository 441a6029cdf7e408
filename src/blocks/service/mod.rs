//! Writes of blocks, offices and what is agreed with agencies.

mod agencies;
mod blocks;
mod offices;

use std::sync::Arc;

use linli_entity::{enums::PlaceKind, ids::PlaceId, place};
use sea_orm::{EntityTrait, QuerySelect, sea_query::LockType};

use crate::{
    blocks::queries,
    kernel::{Code, Error, Rejected, Result, Tx},
};

pub use agencies::{TermsChange, terms_set};
pub use blocks::{BlockChange, change};
pub use offices::{NewStandIn, NewTerm, begin, end, stand_in_cancel, stand_in_set};

/// A place of a kind, for an actor who is signed in.
async fn of_kind(tx: &Tx<'_>, id: PlaceId, kind: PlaceKind) -> Result<Arc<place::Model>> {
    tx.actor().signed_in()?;
    queries::place_of_kind(tx.app(), tx.conn(), (id, kind)).await
}

/// Two who write about one place do it one after the other. Nobody else waits.
async fn lock(tx: &Tx<'_>, id: PlaceId) -> Result<place::Model> {
    let row = place::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx.conn()).await?;
    row.ok_or(Error::NotFound)
}

fn check_version(current: i32, expected: i32) -> Result<()> {
    if current == expected {
        return Ok(());
    }
    Err(Rejected::new(Code::StaleVersion).with("currentVersion", current).into())
}
