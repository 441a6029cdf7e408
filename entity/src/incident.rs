//! Incidents of blocks.

use sea_orm::entity::prelude::*;

use crate::{enums::{Danger, IncidentKind, IncidentLevel, IncidentOutcome, IncidentState}, ids::{AccountId, IncidentId, PlaceId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncidentId,
    /// Community id.
    pub community_id: PlaceId,
    /// Number, as people say it.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// The block, once it is known.
    pub block_id: Option<PlaceId>,
    /// Kind.
    pub kind: IncidentKind,
    /// Whether somebody is in danger.
    pub danger: Danger,
    /// Where, in words.
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    /// Longitude in micro-degrees (WGS 84).
    pub lon_e6: Option<i32>,
    /// Latitude in micro-degrees (WGS 84).
    pub lat_e6: Option<i32>,
    /// State.
    pub state: IncidentState,
    /// How far up it is.
    pub level: IncidentLevel,
    /// Where it began.
    pub first_level: IncidentLevel,
    /// Who handles it.
    pub handler_id: Option<AccountId>,
    /// When it came in.
    pub received_at: DateTimeUtc,
    /// When it is late next.
    pub due_at: Option<DateTimeUtc>,
    /// First response of a human.
    pub responded_at: Option<DateTimeUtc>,
    /// When it first went up.
    pub escalated_at: Option<DateTimeUtc>,
    /// When agencies were first called in.
    pub joint_at: Option<DateTimeUtc>,
    /// The result that stands.
    pub resolved_at: Option<DateTimeUtc>,
    /// When who reported it was answered.
    pub answered_at: Option<DateTimeUtc>,
    /// When it ended.
    pub closed_at: Option<DateTimeUtc>,
    /// When it first ended.
    pub first_closed_at: Option<DateTimeUtc>,
    /// How often it was reopened.
    pub reopened: i32,
    /// Why it was reopened last.
    #[sea_orm(column_type = "Text", nullable)]
    pub reopen_reason: Option<String>,
    /// Why it was taken up last, where somebody did that.
    #[sea_orm(column_type = "Text", nullable)]
    pub escalation: Option<String>,
    /// Outcome.
    pub outcome: Option<IncidentOutcome>,
    /// What who reported it was answered.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// What staff cleared for everybody.
    #[sea_orm(column_type = "JsonBinary")]
    pub card: Localised,
    /// Since when everybody may see the card.
    pub published_at: Option<DateTimeUtc>,
    /// The incident that it is the same as.
    pub merged_into: Option<IncidentId>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
