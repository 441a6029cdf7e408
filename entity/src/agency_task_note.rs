//! Notes on a task of an agency, for its parties.

use sea_orm::entity::prelude::*;

use crate::{ids::{AccountId, AgencyTaskId, AgencyTaskNoteId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_task_note")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgencyTaskNoteId,
    /// The task.
    pub task_id: AgencyTaskId,
    /// Who wrote it.
    pub account_id: AccountId,
    /// In their words.
    #[sea_orm(column_type = "Text", nullable)]
    pub words: Option<String>,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
