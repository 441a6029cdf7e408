//! One fact row per result given, for the statistics.

use sea_orm::entity::prelude::*;

use crate::{enums::{IntakeChannel, Outcome}, ids::{MatterId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "closure_fact")]
pub struct Model {
    /// Request id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: RequestId,
    /// Closure no.
    #[sea_orm(primary_key, auto_increment = false)]
    pub closure_no: i32,
    /// Community id.
    pub community_id: PlaceId,
    /// Department id.
    pub department_id: PlaceId,
    /// Matter id.
    pub matter_id: MatterId,
    /// Intake channel.
    pub intake_channel: IntakeChannel,
    /// Block id.
    pub block_id: Option<PlaceId>,
    /// Outcome.
    pub outcome: Outcome,
    /// Imported.
    pub imported: bool,
    /// Resolved at.
    pub resolved_at: DateTimeUtc,
    /// Resolved day.
    pub resolved_day: i32,
    /// Resolved day utc.
    pub resolved_day_utc: i32,
    /// End of the window in which it can be reopened.
    pub window_until: Option<DateTimeUtc>,
    /// The resident's word; null where there is none.
    pub solved: Option<bool>,
    /// Reopened at.
    pub reopened_at: Option<DateTimeUtc>,
    /// 5 is best.
    pub rating: Option<i32>,
    /// Rating until.
    pub rating_until: DateTimeUtc,
    /// When the request was closed on this result: from then on it can be rated.
    pub closed_at: Option<DateTimeUtc>,
    /// Corrective due at.
    pub corrective_due_at: Option<DateTimeUtc>,
    /// Corrective done at.
    pub corrective_done_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
