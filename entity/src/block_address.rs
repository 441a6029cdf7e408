//! Addresses that belong to a block.

use sea_orm::entity::prelude::*;

use crate::{enums::Parity, ids::{BlockAddressId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "block_address")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockAddressId,
    /// The block.
    pub block_id: PlaceId,
    /// Community id.
    pub community_id: PlaceId,
    /// The street, as sent.
    #[sea_orm(column_type = "Text")]
    pub street: String,
    /// The same as it is looked for in addresses.
    #[sea_orm(column_type = "Text")]
    pub street_key: String,
    /// First house number; from the first if null.
    pub from_number: Option<i32>,
    /// Last house number; to the last if null.
    pub until_number: Option<i32>,
    /// Which of the numbers.
    pub parity: Parity,
    /// Where it stands among those of its block.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
