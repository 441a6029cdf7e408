//! Certificates of hours, as they were issued.

use sea_orm::entity::prelude::*;

use crate::ids::{CertificateId, PersonId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_certificate")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificateId,
    /// Community id.
    pub community_id: PlaceId,
    /// Person id.
    pub person_id: PersonId,
    /// Number, as people read it.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Name as of issue.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// First day.
    pub from_day: Date,
    /// Last day.
    pub until_day: Date,
    /// Minutes that counted.
    pub minutes: i32,
    /// Issued at.
    pub issued_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
