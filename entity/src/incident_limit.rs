//! Limits of a kind of incident in a community.

use sea_orm::entity::prelude::*;

use crate::{enums::{IncidentKind, IncidentLevel}, ids::{IncidentLimitId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_limit")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncidentLimitId,
    /// Community id.
    pub community_id: PlaceId,
    /// Kind.
    pub kind: IncidentKind,
    /// Who is told first.
    pub starts_at: IncidentLevel,
    /// Whether minutes count at night and on days off too.
    pub around_the_clock: bool,
    /// How long the block lead has to respond.
    pub block_minutes: i32,
    /// How long the general lead has.
    pub general_minutes: i32,
    /// How long whoever responded has to resolve it.
    pub handle_minutes: i32,
    /// When it was changed.
    pub changed_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
