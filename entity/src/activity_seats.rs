//! The seats of an activity: its one lock.

use sea_orm::entity::prelude::*;

use crate::ids::ActivityId;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_seats")]
pub struct Model {
    /// Activity id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: ActivityId,
    /// How many people there is room for.
    pub capacity: i32,
    /// People of the parties that are registered.
    pub taken: i32,
    /// The most that were ever taken.
    pub peak: i32,
    /// The next place in line.
    pub next_seq: i32,
}

impl ActiveModelBehavior for ActiveModel {}
