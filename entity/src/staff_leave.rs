//! Leaves of staff and their stand-ins.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, LeaveId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_leave")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LeaveId,
    /// Community id.
    pub community_id: PlaceId,
    /// Account id.
    pub account_id: AccountId,
    /// Stand in id.
    pub stand_in_id: Option<AccountId>,
    /// First day away.
    pub from_day: Date,
    /// Last day away.
    pub until_day: Date,
    /// Cancelled at.
    pub cancelled_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
