//! Who stands in for whoever has a term of office. They hold the same role as long as it lasts.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, StandInId, TermId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "office_stand_in")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StandInId,
    /// The term.
    pub term_id: TermId,
    /// Who stands in.
    pub account_id: AccountId,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// Since when it does not hold, although it is not over.
    pub cancelled_at: Option<DateTimeUtc>,
    /// Recorded at.
    pub recorded_at: DateTimeUtc,
    /// Recorded by.
    pub recorded_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}
