//! Which matters a delegation covers.

use sea_orm::entity::prelude::*;

use crate::ids::{DelegationId, MatterId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation_matter")]
pub struct Model {
    /// Delegation id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub delegation_id: DelegationId,
    /// Matter id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub matter_id: MatterId,
}

impl ActiveModelBehavior for ActiveModel {}
