//! Delegations: who acts for whom, in what, until when. Why, and how they are related, is not asked.

use sea_orm::entity::prelude::*;

use crate::{enums::DelegationState, ids::{DelegationId, PersonId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DelegationId,
    /// For whom.
    pub principal_id: PersonId,
    /// Whom it was given to, as the principal typed it, normalised: nobody looks up whose it is. Only
    /// until it is answered or ended.
    #[sea_orm(column_type = "Text", nullable)]
    pub delegate_phone: Option<String>,
    /// Who accepted it.
    pub delegate_id: Option<PersonId>,
    /// Whether it covers wishes.
    pub wishes: bool,
    /// Whether it covers registrations for activities.
    pub registrations: bool,
    /// State as stored: see `DelegationState::Expired`.
    pub state: DelegationState,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// When it was accepted or declined.
    pub answered_at: Option<DateTimeUtc>,
    /// When it was declined or ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
