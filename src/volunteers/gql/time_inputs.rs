//! Inputs of volunteers' time: records, certificates, shifts.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::ids::{HoursId, PlaceId, ShiftId};

use crate::{
    api::{self, LocalisedInput, optional_id},
    kernel::{Code, Once, Rejected, Result, text},
    reservations::rules::Span,
    volunteers::service::{Correction, Entry, NewCertificate, NewShift, Work},
};

fn work(team: Option<&ID>, shift: Option<&ID>, claim: Option<&ID>) -> Result<Work> {
    Ok(Work {
        team: optional_id("input.teamId", team)?,
        shift: optional_id("input.shiftId", shift)?,
        claim: optional_id("input.claimId", claim)?,
    })
}

/// That one is there.
#[derive(InputObject)]
pub struct HoursCheckInInput {
    /// The community.
    pub community_id: ID,
    /// With which team, if with one: one that one belongs to.
    pub team_id: Option<ID>,
    /// For which shift, if for one: one that one is signed up for, from an hour before it begins until
    /// it ends.
    pub shift_id: Option<ID>,
    /// For which claim of a wish, if for one: one's own that lasts.
    pub claim_id: Option<ID>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl HoursCheckInInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(PlaceId, Work, Option<Once>)> {
        let once = api::once(self.idempotency_key.as_ref(), self)?;
        let community = api::id("input.communityId", &self.community_id)?;
        let (team, shift) = (self.team_id.as_ref(), self.shift_id.as_ref());
        Ok((community, work(team, shift, self.claim_id.as_ref())?, once))
    }
}

/// That one leaves.
#[derive(InputObject)]
pub struct HoursCheckOutInput {
    /// The record.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// Time that is gone by.
#[derive(InputObject)]
pub struct HoursEnterInput {
    /// The community.
    pub community_id: ID,
    /// First instant, at most 90 days ago.
    pub from: DateTime<Utc>,
    /// First instant after it, not in the future; 1 minute to 12 hours later.
    pub until: DateTime<Utc>,
    /// With which team, if with one: one that one belongs to, or did then.
    pub team_id: Option<ID>,
    /// In which shift, if in one: one that one was signed up for.
    pub shift_id: Option<ID>,
    /// For which claim of a wish, if for one: one's own.
    pub claim_id: Option<ID>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl HoursEnterInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<Entry> {
        Ok(Entry {
            community: api::id("input.communityId", &self.community_id)?,
            work: work(self.team_id.as_ref(), self.shift_id.as_ref(), self.claim_id.as_ref())?,
            span: Span { from: self.from, until: self.until },
            once: api::once(self.idempotency_key.as_ref(), self)?,
        })
    }
}

/// A decision about time that somebody entered.
#[derive(InputObject)]
pub struct HoursDecideInput {
    /// The record.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Whether it counts.
    pub approve: bool,
    /// Why: at most 200 characters. The volunteer sees it.
    pub reason: Option<String>,
}

/// A correction of a record.
#[derive(InputObject)]
pub struct HoursCorrectInput {
    /// The record that is wrong.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// First instant in truth, within a year of what is corrected; if neither is given, the time is
    /// taken back.
    pub from: Option<DateTime<Utc>>,
    /// First instant after it in truth, not in the future; 1 minute to 12 hours later.
    pub until: Option<DateTime<Utc>>,
    /// Why: at most 200 characters. The volunteer sees it.
    pub reason: String,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl HoursCorrectInput {
    /// Checks and translates.
    pub fn check(self) -> Result<Correction> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let corrects: HoursId = api::id("input.id", &self.id)?;
        let span = match (self.from, self.until) {
            (None, None) => None,
            (Some(from), Some(until)) => Some(Span { from, until }),
            (Some(_), None) => return Err(Rejected::at(Code::Required, "until").into()),
            (None, Some(_)) => return Err(Rejected::at(Code::Required, "from").into()),
        };
        let expected_version = self.expected_version;
        Ok(Correction { corrects, expected_version, span, reason: self.reason, once })
    }
}

/// What is to be certified.
#[derive(InputObject)]
pub struct VolunteerCertificateIssueInput {
    /// The community.
    pub community_id: ID,
    /// First day.
    pub from: NaiveDate,
    /// Last day, at most today.
    pub until: NaiveDate,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl VolunteerCertificateIssueInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<NewCertificate> {
        Ok(NewCertificate {
            community: api::id("input.communityId", &self.community_id)?,
            from: self.from,
            until: self.until,
            once: api::once(self.idempotency_key.as_ref(), self)?,
        })
    }
}

/// A new shift, or one a week.
#[derive(InputObject)]
pub struct ShiftCreateInput {
    /// The community.
    pub community_id: ID,
    /// Whose shift it is, if a team's.
    pub team_id: Option<ID>,
    /// What is done: at most 200 characters each.
    pub titles: LocalisedInput,
    /// Where: at most 200 characters.
    pub place: String,
    /// First instant, to come and at most 400 days ahead.
    pub from: DateTime<Utc>,
    /// First instant after it, at most 12 hours later.
    pub until: DateTime<Utc>,
    /// How many are needed: 1 to 200.
    pub needed: i32,
    /// If it is repeated week by week, the last day on which one may lie; at most 26 shifts.
    pub repeat_until: Option<NaiveDate>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl ShiftCreateInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewShift> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewShift {
            community: api::id("input.communityId", &self.community_id)?,
            team: optional_id("input.teamId", self.team_id.as_ref())?,
            titles: self.titles.check("titles", text::LINE)?,
            place: self.place,
            span: Span { from: self.from, until: self.until },
            needed: self.needed,
            repeat_until: self.repeat_until,
            once,
        })
    }
}

/// A shift to cancel.
#[derive(InputObject)]
pub struct ShiftCancelInput {
    /// The shift.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// Which shift one signs up for.
#[derive(InputObject)]
pub struct ShiftSignUpInput {
    /// The shift.
    pub shift_id: ID,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl ShiftSignUpInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(ShiftId, Option<Once>)> {
        let once = api::once(self.idempotency_key.as_ref(), self)?;
        Ok((api::id("input.shiftId", &self.shift_id)?, once))
    }
}

/// Which shift one signs off from.
#[derive(InputObject)]
pub struct ShiftSignOffInput {
    /// The shift.
    pub shift_id: ID,
}
