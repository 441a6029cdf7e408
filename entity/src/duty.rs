//! The duty roster: who is on duty on which day.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duty")]
pub struct Model {
    /// Community id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: PlaceId,
    /// Day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Account id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
