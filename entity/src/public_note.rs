//! What residents read.

use sea_orm::entity::prelude::*;

use crate::{enums::{AuthorKind, PublicNoteKind}, ids::{AccountId, NoteId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "public_note")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoteId,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Kind.
    pub kind: PublicNoteKind,
    /// Author kind.
    pub author_kind: AuthorKind,
    /// Author id.
    pub author_id: Option<AccountId>,
    /// Body.
    #[sea_orm(column_type = "Text", nullable)]
    pub body: Option<String>,
    /// At.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
