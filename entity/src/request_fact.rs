//! One fact row per request, for the statistics.

use sea_orm::entity::prelude::*;

use crate::{enums::{IntakeChannel, Outcome, RequestState}, ids::{AccountId, MatterId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "request_fact")]
pub struct Model {
    /// Request id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: RequestId,
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
    /// Owner id.
    pub owner_id: Option<AccountId>,
    /// State.
    pub state: RequestState,
    /// Outcome.
    pub outcome: Option<Outcome>,
    /// Why it is not in the base set.
    #[sea_orm(column_type = "Text", nullable)]
    pub exclusion: Option<String>,
    /// Imported.
    pub imported: bool,
    /// Submitted at.
    pub submitted_at: DateTimeUtc,
    /// Local day, days since 1970-01-01.
    pub submitted_day: i32,
    /// Submitted day utc.
    pub submitted_day_utc: i32,
    /// Accepted at.
    pub accepted_at: Option<DateTimeUtc>,
    /// First response at.
    pub first_response_at: Option<DateTimeUtc>,
    /// Wall-clock seconds to the first response.
    pub response_s: Option<i64>,
    /// Response due at.
    pub response_due_at: Option<DateTimeUtc>,
    /// Due at.
    pub due_at: Option<DateTimeUtc>,
    /// Original due at.
    pub original_due_at: Option<DateTimeUtc>,
    /// First resolved at.
    pub first_resolved_at: Option<DateTimeUtc>,
    /// Last result not followed by a reopening.
    pub resolved_at: Option<DateTimeUtc>,
    /// Its day number in official time.
    pub resolved_day: Option<i32>,
    /// Its day number in UTC.
    pub resolved_day_utc: Option<i32>,
    /// Transfers.
    pub transfers: i32,
    /// Supplements.
    pub supplements: i32,
    /// Working seconds to the result, pauses left out.
    pub work_s: Option<i64>,
    /// Wall-clock seconds to the result.
    pub wall_s: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
