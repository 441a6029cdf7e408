//! Terms of office: who answers for a block or for all blocks of a subdistrict, and since when. A term
//! gives its role as long as it lasts.

use sea_orm::entity::prelude::*;

use crate::{enums::{Role, TermEnd}, ids::{AccountId, PlaceId, TermId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "office_term")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TermId,
    /// Community id of a block; null for a subdistrict.
    pub community_id: Option<PlaceId>,
    /// The block or subdistrict.
    pub place_id: PlaceId,
    /// Block lead, deputy or general lead.
    pub role: Role,
    /// Who has it.
    pub account_id: AccountId,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it; null while no end is in sight.
    pub until_at: Option<DateTimeUtc>,
    /// Why it ended, or will.
    pub ended_because: Option<TermEnd>,
    /// Recorded at.
    pub recorded_at: DateTimeUtc,
    /// Recorded by.
    pub recorded_by: Option<AccountId>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
