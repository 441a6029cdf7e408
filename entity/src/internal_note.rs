//! What only staff read.

use sea_orm::entity::prelude::*;

use crate::{enums::InternalNoteKind, ids::{AccountId, NoteId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "internal_note")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoteId,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Kind.
    pub kind: InternalNoteKind,
    /// Author id.
    pub author_id: Option<AccountId>,
    /// Body.
    #[sea_orm(column_type = "Text", nullable)]
    pub body: Option<String>,
    /// At.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
