//! Those of a party beside who registered.

use sea_orm::entity::prelude::*;

use crate::{enums::AgeBand, ids::RegistrationId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "registration_member")]
pub struct Model {
    /// Registration id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub registration_id: RegistrationId,
    /// Position, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// As given; null after erasure.
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    /// Age band.
    pub age_band: AgeBand,
}

impl ActiveModelBehavior for ActiveModel {}
