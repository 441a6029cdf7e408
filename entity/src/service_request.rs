//! Service requests (办件).

use sea_orm::entity::prelude::*;

use crate::{enums::{Confidentiality, Confirmation, ConfirmedVia, IntakeChannel, Outcome, RequestState, ServiceMode}, ids::{AccountId, MatterId, MatterVersionId, PersonId, PlaceId, RequestId}, json::Answers};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_request")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RequestId,
    /// Community id.
    pub community_id: PlaceId,
    /// For people: community code, year, serial.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// SHA-256 of the tracking code; null for imports.
    pub tracking_hash: Option<Vec<u8>>,
    /// Matter id.
    pub matter_id: MatterId,
    /// The version that it started with.
    pub matter_version_id: MatterVersionId,
    /// Of the matter, when it was submitted.
    pub confidentiality: Confidentiality,
    /// Null only for imports without one.
    pub requester_id: Option<PersonId>,
    /// Who entered it, where it is not the requester.
    pub entered_by: Option<AccountId>,
    /// Intake channel.
    pub intake_channel: IntakeChannel,
    /// Service mode.
    pub service_mode: ServiceMode,
    /// State.
    pub state: RequestState,
    /// Outcome.
    pub outcome: Option<Outcome>,
    /// Confirmation.
    pub confirmation: Option<Confirmation>,
    /// Confirmed via.
    pub confirmed_via: Option<ConfirmedVia>,
    /// Title.
    #[sea_orm(column_type = "Text", nullable)]
    pub title: Option<String>,
    /// Description.
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    /// Address.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// Lat.
    pub lat: Option<f64>,
    /// Long.
    pub long: Option<f64>,
    /// Answers.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub answers: Option<Answers>,
    /// Block id.
    pub block_id: Option<PlaceId>,
    /// Projection of the open ownership row.
    pub owner_id: Option<AccountId>,
    /// Merged into.
    pub merged_into: Option<RequestId>,
    /// The system that it was imported from.
    #[sea_orm(column_type = "Text", nullable)]
    pub legacy_source: Option<String>,
    /// Its id there.
    #[sea_orm(column_type = "Text", nullable)]
    pub legacy_id: Option<String>,
    /// Submitted at.
    pub submitted_at: DateTimeUtc,
    /// First acceptance.
    pub accepted_at: Option<DateTimeUtc>,
    /// First message of a human to the resident.
    pub first_response_at: Option<DateTimeUtc>,
    /// Last result.
    pub resolved_at: Option<DateTimeUtc>,
    /// Closed at.
    pub closed_at: Option<DateTimeUtc>,
    /// Response due at.
    pub response_due_at: Option<DateTimeUtc>,
    /// Promised limit with pauses and extensions.
    pub due_at: Option<DateTimeUtc>,
    /// Promised limit without extensions.
    pub original_due_at: Option<DateTimeUtc>,
    /// Legal due at.
    pub legal_due_at: Option<DateTimeUtc>,
    /// Orders the queue: `due_at`, else `legal_due_at`, or an estimate where the calendar lacks the
    /// year.
    pub queue_at: DateTimeUtc,
    /// When the worker must look next.
    pub wake_at: Option<DateTimeUtc>,
    /// Last instant at which a closed request can be reopened.
    pub reopen_until: Option<DateTimeUtc>,
    /// Working seconds from submission to result, pauses left out.
    pub handled_work_s: Option<i64>,
    /// What the clock knows: see `requests::clock` of the main package.
    #[sea_orm(column_type = "JsonBinary")]
    pub clock: Json,
    /// The calendar that the projections were computed with.
    pub calendar_version: i32,
    /// The deadline passed while it was open.
    pub overdue: bool,
    /// Supplement notices in all.
    pub supplements: i32,
    /// Supplement notices in the running stage: one is free, a second needs a manager.
    pub stage_supplements: i32,
    /// Transfers.
    pub transfers: i32,
    /// Returns.
    pub returns: i32,
    /// Reopens.
    pub reopens: i32,
    /// Results given so far.
    pub closures: i32,
    /// Appealed.
    pub appealed: bool,
    /// Who asked for the extension that waits for a decision.
    pub extension_by: Option<AccountId>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
