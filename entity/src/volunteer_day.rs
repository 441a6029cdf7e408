//! Minutes that count of one person in one community on one local day, made from their records.

use sea_orm::entity::prelude::*;

use crate::ids::{PersonId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_day")]
pub struct Model {
    /// Community id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: PlaceId,
    /// Person id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The local day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Minutes.
    pub minutes: i32,
}

impl ActiveModelBehavior for ActiveModel {}
