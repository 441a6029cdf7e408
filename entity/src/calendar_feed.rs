//! Links under which people fetch their own calendar: one in use for each person.

use sea_orm::entity::prelude::*;

use crate::ids::{CalendarFeedId, PersonId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarFeedId,
    /// Whose calendar it is.
    pub person_id: PersonId,
    /// SHA-256 of the token in the link.
    pub token_hash: Vec<u8>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
