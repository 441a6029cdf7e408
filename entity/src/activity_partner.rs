//! Who takes part in which activity.

use sea_orm::entity::prelude::*;

use crate::ids::{ActivityId, PartnerId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_partner")]
pub struct Model {
    /// Activity id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: ActivityId,
    /// Partner id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partner_id: PartnerId,
    /// Community id.
    pub community_id: PlaceId,
}

impl ActiveModelBehavior for ActiveModel {}
