//! What can be reserved: the windows of a station, a room, the time of a member of staff.

use sea_orm::entity::prelude::*;

use crate::{enums::ResourceKind, ids::ResourceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResourceId,
    /// Kind.
    pub kind: ResourceKind,
    /// The station, the venue or the account.
    pub subject_id: Uuid,
    /// How many can be held at once: the windows of a station; 1 of a room and of a person.
    pub lanes: i32,
}

impl ActiveModelBehavior for ActiveModel {}
