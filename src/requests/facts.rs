//! The fact rows that statistics count, derived from a request. Pure.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use linli_entity::{
    closure_fact,
    enums::{IntakeChannel, Outcome, RatingLevel, RequestState},
    ids::PlaceId,
    request_fact, service_request,
};

use super::{clock::Clock, rules};

/// Days since 1970-01-01, in a zone.
pub fn day_number(at: DateTime<Utc>, zone: FixedOffset) -> i32 {
    let days = at.with_timezone(&zone).date_naive() - NaiveDate::default();
    i32::try_from(days.num_days()).unwrap_or(i32::MAX)
}

const UTC: Option<FixedOffset> = FixedOffset::east_opt(0);

fn day_number_utc(at: DateTime<Utc>) -> i32 {
    UTC.map_or(0, |zone| day_number(at, zone))
}

/// Why a request is not in the base set, if it is not.
fn exclusion(row: &service_request::Model) -> Option<String> {
    let reason = match row.state {
        RequestState::Declined => "DECLINED",
        RequestState::Merged => "MERGED",
        RequestState::Withdrawn if row.accepted_at.is_none() => "WITHDRAWN_BEFORE_ACCEPTANCE",
        RequestState::Withdrawn => "WITHDRAWN",
        _ => return None,
    };
    Some(reason.to_owned())
}

/// The fact row of a request.
pub fn of(
    row: &service_request::Model,
    department: PlaceId,
    clock: &Clock,
    zone: FixedOffset,
) -> request_fact::Model {
    let first_resolved_at =
        clock.rests.first().map(|(resolved, _)| *resolved).or(clock.resolved_at);
    request_fact::Model {
        request_id: row.id,
        community_id: row.community_id,
        department_id: department,
        matter_id: row.matter_id,
        intake_channel: row.intake_channel,
        block_id: row.block_id,
        owner_id: row.owner_id,
        state: row.state,
        outcome: row.outcome,
        exclusion: exclusion(row),
        imported: row.intake_channel == IntakeChannel::Import,
        submitted_at: row.submitted_at,
        submitted_day: day_number(row.submitted_at, zone),
        submitted_day_utc: day_number_utc(row.submitted_at),
        accepted_at: row.accepted_at,
        first_response_at: row.first_response_at,
        response_s: row.first_response_at.map(|t| (t - row.submitted_at).num_seconds()),
        response_due_at: row.response_due_at,
        due_at: row.due_at,
        original_due_at: row.original_due_at,
        first_resolved_at,
        resolved_at: row.resolved_at,
        resolved_day: row.resolved_at.map(|t| day_number(t, zone)),
        resolved_day_utc: row.resolved_at.map(day_number_utc),
        transfers: row.transfers,
        supplements: row.supplements,
        work_s: row.handled_work_s,
        wall_s: row.resolved_at.map(|t| (t - row.submitted_at).num_seconds()),
    }
}

/// The fact row of the result that was just given.
pub fn closure(
    fact: &request_fact::Model,
    number: i32,
    outcome: Outcome,
    resolved_at: DateTime<Utc>,
    window_until: Option<DateTime<Utc>>,
    zone: FixedOffset,
) -> closure_fact::Model {
    closure_fact::Model {
        request_id: fact.request_id,
        closure_no: number,
        community_id: fact.community_id,
        department_id: fact.department_id,
        matter_id: fact.matter_id,
        intake_channel: fact.intake_channel,
        block_id: fact.block_id,
        outcome,
        imported: fact.imported,
        resolved_at,
        resolved_day: day_number(resolved_at, zone),
        resolved_day_utc: day_number_utc(resolved_at),
        window_until,
        solved: None,
        reopened_at: None,
        rating: None,
        rating_until: resolved_at + rules::SILENCE + rules::RATE_WITHIN,
        closed_at: None,
        corrective_due_at: None,
        corrective_done_at: None,
    }
}

/// The level as a number; 5 is best.
pub fn points(level: RatingLevel) -> i32 {
    match level {
        RatingLevel::VerySatisfied => 5,
        RatingLevel::Satisfied => 4,
        RatingLevel::BasicallySatisfied => 3,
        RatingLevel::Dissatisfied => 2,
        RatingLevel::VeryDissatisfied => 1,
    }
}
