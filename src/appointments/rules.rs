//! What can be booked, who is there for it, and what may become of an appointment. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::{
    appointment, appointment_plan,
    enums::{AppointmentKind, AppointmentState, RequestState, ServiceMode},
    ids::AccountId,
    staff_leave,
};

use crate::{
    calendar::{rules::YearMissing, time::Calendar},
    kernel::{Code, Error, Rejected, Result},
    reservations::rules::{Held, Span},
};

/// Days of slots that are shown at once.
pub const DAYS_AT_ONCE: i64 = 31;
/// Who has not come by then can be given up.
pub const GRACE: Duration = Duration::minutes(15);
/// Nobody is reminded of what is nearer than this when it is booked.
const TOO_NEAR: Duration = Duration::hours(2);
/// The time of reminders, after midnight.
const REMIND_AT: Duration = Duration::hours(9);

/// A step that somebody takes with an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "AppointmentAction")]
pub enum Step {
    /// Move it to another time.
    Move,
    /// Cancel it.
    Cancel,
    /// Say that the resident is there, or the visitor at their home.
    Arrive,
    /// Say that it is done.
    Complete,
    /// Say that nobody came.
    MarkNoShow,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 5] =
        [Self::Move, Self::Cancel, Self::Arrive, Self::Complete, Self::MarkNoShow];

    /// Whether it is for the resident to take, or for staff in their place.
    pub fn is_residents(self) -> bool {
        matches!(self, Self::Move | Self::Cancel)
    }

    /// Whether the state allows the step. Somebody who was given up may still come.
    pub fn fits(self, state: AppointmentState) -> bool {
        use AppointmentState::{Arrived, Booked, NoShow};
        match self {
            Self::Move | Self::Cancel | Self::MarkNoShow => state == Booked,
            Self::Arrive => matches!(state, Booked | NoShow),
            Self::Complete => state == Arrived,
        }
    }

    /// Refuses a step that the appointment as it is does not allow to anybody.
    pub fn check(
        self,
        (row, request): (&appointment::Model, RequestState),
        now: DateTime<Utc>,
        zone: FixedOffset,
    ) -> Result<()> {
        if self == Self::Move {
            check_request(request)?;
        }
        if !self.fits(row.state) {
            return Err(Rejected::new(Code::IllegalTransition)
                .with("state", row.state.code())
                .into());
        }
        let not_before = match self {
            Self::Move | Self::Cancel if now >= row.from_at => {
                return Err(Code::WindowClosed.into());
            }
            Self::Move | Self::Cancel | Self::Complete => return Ok(()),
            Self::Arrive => midnight(zone, day(zone, row.from_at)),
            Self::MarkNoShow => row.from_at + GRACE,
        };
        if now < not_before {
            let from = not_before.with_timezone(&zone).format("%Y-%m-%d %H:%M");
            return Err(Rejected::new(Code::TooEarly).with("from", from).into());
        }
        Ok(())
    }
}

/// Refuses appointments for what has ended. A result may have to be fetched.
pub fn check_request(state: RequestState) -> Result<()> {
    if state.is_open() || state == RequestState::Resolved {
        return Ok(());
    }
    Err(Rejected::new(Code::IllegalTransition).with("state", state.code()).into())
}

/// Whether a matter that is served in these modes is served by an appointment of this kind.
pub fn served(kind: AppointmentKind, modes: &[ServiceMode]) -> bool {
    let any = |wanted: &[ServiceMode]| wanted.iter().any(|mode| modes.contains(mode));
    match kind {
        AppointmentKind::Window => any(&[ServiceMode::Window, ServiceMode::Appointment]),
        AppointmentKind::HomeVisit => any(&[ServiceMode::HomeVisit]),
    }
}

fn day(zone: FixedOffset, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The first instant of a local day.
fn midnight(zone: FixedOffset, date: NaiveDate) -> DateTime<Utc> {
    // A fixed offset has exactly one instant for every local time.
    zone.from_local_datetime(&date.and_time(NaiveTime::MIN)).single().unwrap_or_default().to_utc()
}

/// A local day as a span.
pub fn whole_day(zone: FixedOffset, date: NaiveDate) -> Span {
    let from = midnight(zone, date);
    Span { from, until: from + Duration::days(1) }
}

/// The first and the last of the days wanted on which something can be booked now; none if that is on
/// none of them.
pub fn bookable(
    plan: &appointment_plan::Model,
    zone: FixedOffset,
    now: DateTime<Utc>,
    (from, until): (NaiveDate, NaiveDate),
) -> Option<(NaiveDate, NaiveDate)> {
    let first = day(zone, now + Duration::minutes(i64::from(plan.lead_minutes)));
    let last = day(zone, now) + Days::new(u64::try_from(plan.horizon_days).unwrap_or(0));
    let (from, until) = (from.max(first), until.min(last));
    (plan.active && from <= until).then_some((from, until))
}

/// The whole slots of some days that can be booked now: from the begin of every piece of the opening
/// hours as many as fit into it, none before the lead time, none beyond the horizon.
pub fn slots(
    plan: &appointment_plan::Model,
    (calendar, zone): (&Calendar, FixedOffset),
    now: DateTime<Utc>,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<Span>, YearMissing> {
    let Some((from, until)) = bookable(plan, zone, now, days) else { return Ok(Vec::new()) };
    let earliest = now + Duration::minutes(i64::from(plan.lead_minutes));
    let length = Duration::minutes(i64::from(plan.slot_minutes.max(1)));
    let mut found = Vec::new();
    for date in from.iter_days().take_while(|d| *d <= until) {
        let start = midnight(zone, date);
        for (opens, closes) in calendar.day(date)?.hours {
            let mut at = start + Duration::minutes(i64::from(opens.0));
            let closes = start + Duration::minutes(i64::from(closes.0));
            while at + length <= closes {
                // What has begun is never offered, whatever the lead time.
                if at >= earliest && at > now {
                    found.push(Span { from: at, until: at + length });
                }
                at += length;
            }
        }
    }
    Ok(found)
}

/// The slot that begins at an instant, if it can be booked now.
pub fn slot_at(
    plan: &appointment_plan::Model,
    (calendar, zone): (&Calendar, FixedOffset),
    now: DateTime<Utc>,
    start: DateTime<Utc>,
) -> Result<Option<Span>, YearMissing> {
    let date = day(zone, start);
    let slots = slots(plan, (calendar, zone), now, (date, date))?;
    Ok(slots.into_iter().find(|slot| slot.from == start))
}

/// The time of a person that a slot takes: a visit with the way there and back.
pub fn with_way(plan: &appointment_plan::Model, slot: Span) -> Span {
    slot.with_buffer(Duration::minutes(i64::from(plan.buffer_minutes)))
}

/// Who of a community can receive residents.
#[derive(Clone, Debug, Default)]
pub struct Team {
    /// Everybody who handles requests of this kind.
    pub members: BTreeSet<AccountId>,
    /// Who is on duty, by day; a day without anybody has no roster, and everybody is there.
    pub duties: BTreeMap<NaiveDate, BTreeSet<AccountId>>,
    /// One more, whom no roster knows: the owner of the request.
    pub beside: Option<AccountId>,
    /// Leaves.
    pub leaves: Vec<staff_leave::Model>,
}

impl Team {
    /// Who is there on a day, in the order of their ids.
    pub fn on(&self, date: NaiveDate) -> Vec<AccountId> {
        let roster = self.duties.get(&date);
        let away = |account: AccountId| {
            self.leaves
                .iter()
                .any(|l| l.account_id == account && l.from_day <= date && date <= l.until_day)
        };
        self.members
            .iter()
            .copied()
            .filter(|a| roster.is_none_or(|r| r.contains(a)))
            .chain(self.beside)
            .filter(|a| !away(*a))
            .collect()
    }

    /// Everybody, whatever the day.
    pub fn everybody(&self) -> Vec<AccountId> {
        self.members.iter().copied().chain(self.beside).collect()
    }
}

/// Whether nothing of somebody's time is held in a span.
pub fn is_free(held: &Held, account: AccountId, span: Span) -> bool {
    held.free_lanes(account.0, 1, span).next().is_some()
}

/// How many more can book a slot: as many as windows are free, where it needs one, and people for
/// the whole time that it takes.
pub fn free(
    plan: &appointment_plan::Model,
    slot: Span,
    present: &[AccountId],
    (windows, staff): (&Held, &Held),
) -> usize {
    let needed = with_way(plan, slot);
    let people = present.iter().filter(|a| is_free(staff, **a, needed)).count();
    let Some(lanes) = plan.windows else { return people };
    let open = windows.free_lanes(plan.station_id.0, lanes, slot).count();
    people.min(open)
}

/// Whom to ask first: the owner of the request, then whoever has the least to do on that day.
pub fn in_order(
    mut candidates: Vec<AccountId>,
    owner: Option<AccountId>,
    held_that_day: &Held,
) -> Vec<AccountId> {
    candidates.sort_by_key(|a| (Some(*a) != owner, held_that_day.count(a.0), *a));
    candidates
}

/// When to remind: at 9:00 on the day before; at once where that is over; not at all of what is
/// nearer than two hours.
pub fn remind_at(
    start: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: FixedOffset,
) -> Option<DateTime<Utc>> {
    let eve = day(zone, start) - Days::new(1);
    let nine = midnight(zone, eve) + REMIND_AT;
    if nine >= now {
        return Some(nine);
    }
    (start - now >= TOO_NEAR).then_some(now)
}

/// Whole minutes after the begin; none for whoever is early.
pub fn late_minutes(start: DateTime<Utc>, now: DateTime<Utc>) -> i32 {
    i32::try_from((now - start).num_minutes().max(0)).unwrap_or(i32::MAX)
}

/// What of a plan a manager says.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// Length of a slot.
    pub slot_minutes: i32,
    /// Windows of the station; none for visits.
    pub windows: Option<i32>,
    /// The way to a visit.
    pub buffer_minutes: i32,
    /// Lead time.
    pub lead_minutes: i32,
    /// Days ahead.
    pub horizon_days: i32,
    /// Whether it is offered.
    pub active: bool,
}

/// Refuses numbers that make no plan.
pub fn check_offer(kind: AppointmentKind, offer: &Offer) -> Result<()> {
    let refuse = |path: &str, wanted: &str| -> Error {
        Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into()
    };
    if !(5..=240).contains(&offer.slot_minutes) {
        return Err(refuse("slotMinutes", "5 to 240"));
    }
    match (kind, offer.windows) {
        (AppointmentKind::Window, Some(1..=50)) | (AppointmentKind::HomeVisit, None) => {}
        (AppointmentKind::Window, _) => return Err(refuse("capacity", "1 to 50")),
        (AppointmentKind::HomeVisit, Some(_)) => {
            return Err(refuse("capacity", "none: everybody who is free can go"));
        }
    }
    match (kind, offer.buffer_minutes) {
        (AppointmentKind::Window, 0) | (AppointmentKind::HomeVisit, 0..=240) => {}
        (AppointmentKind::Window, _) => return Err(refuse("bufferMinutes", "0 at the window")),
        (AppointmentKind::HomeVisit, _) => return Err(refuse("bufferMinutes", "0 to 240")),
    }
    if !(0..=43_200).contains(&offer.lead_minutes) {
        return Err(refuse("leadMinutes", "0 to 43200"));
    }
    if !(1..=180).contains(&offer.horizon_days) {
        return Err(refuse("horizonDays", "1 to 180"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use linli_entity::ids::{AppointmentPlanId, PlaceId};
    use uuid::Uuid;

    use super::*;
    use crate::calendar::rules::{LocalDay, Minute, Rules, Season};

    fn beijing() -> FixedOffset {
        FixedOffset::east_opt(8 * 3600).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        beijing().from_local_datetime(&local).unwrap().to_utc()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn plan(slot_minutes: i32) -> appointment_plan::Model {
        appointment_plan::Model {
            id: AppointmentPlanId(Uuid::nil()),
            community_id: PlaceId(Uuid::nil()),
            station_id: PlaceId(Uuid::from_u128(9)),
            kind: AppointmentKind::Window,
            slot_minutes,
            windows: Some(2),
            buffer_minutes: 0,
            lead_minutes: 60,
            horizon_days: 30,
            active: true,
            created_at: at("2025-01-01 10:00"),
            version: 1,
        }
    }

    /// By local day, the first begin, the last end and how many slots there are.
    fn by_day(slots: &[Span]) -> Vec<(String, String, String, usize)> {
        let mut days: BTreeMap<NaiveDate, Vec<Span>> = BTreeMap::new();
        for slot in slots {
            days.entry(day(beijing(), slot.from)).or_default().push(*slot);
        }
        let time = |at: DateTime<Utc>| at.with_timezone(&beijing()).format("%H:%M").to_string();
        days.into_iter()
            .map(|(date, slots)| {
                let last = slots.last().unwrap().until;
                (date.format("%m-%d").to_string(), time(slots[0].from), time(last), slots.len())
            })
            .collect()
    }

    /// Labour Day 2026 is off from Friday 1 to Tuesday 5 May, summer hours begin on 1 May, and Saturday
    /// the 9th is worked to make up for it.
    #[test]
    fn a_week_over_a_change_of_hours_a_holiday_and_a_make_up_saturday() {
        let calendar = Calendar::new(beijing(), Vec::new());
        let days = (date("2026-04-30"), date("2026-05-10"));
        let slots = slots(&plan(45), (&calendar, beijing()), at("2026-04-20 10:00"), days).unwrap();
        let expected = [
            // Winter: 10:00–14:00 holds five of 45 minutes, and so does 15:30–19:30.
            ("04-30", "10:00", "19:15", 10),
            // Summer: the afternoon begins at 16:00.
            ("05-06", "10:00", "19:45", 10),
            ("05-07", "10:00", "19:45", 10),
            ("05-08", "10:00", "19:45", 10),
            ("05-09", "10:00", "19:45", 10),
        ]
        .map(|(d, f, u, n)| (d.to_owned(), f.to_owned(), u.to_owned(), n));
        assert_eq!(by_day(&slots), expected);
    }

    #[test]
    fn a_saturday_has_slots_where_the_station_is_open() {
        let mut rules = Rules::standard();
        let saturday = date("2025-06-14");
        rules.days.insert(saturday, LocalDay::Working("便民日".to_owned()));
        let shut = Calendar::new(beijing(), vec![(date("2025-06-01"), 1, rules.clone())]);
        let days = (date("2025-06-14"), date("2025-06-22"));
        let now = at("2025-06-10 09:00");
        let found = slots(&plan(60), (&shut, beijing()), now, days).unwrap();
        let found = by_day(&found);
        assert_eq!(found[0], ("06-14".into(), "10:00".into(), "20:00".into(), 8));
        assert!(!found.iter().any(|d| d.0 == "06-15" || d.0 == "06-21"), "{found:?}");
        let mut open = rules;
        let morning = vec![(Minute(600), Minute(750))];
        let week = |s: &Season| {
            let mut week = s.week.clone();
            week[5].clone_from(&morning);
            Season { from: s.from.clone(), week }
        };
        open.seasons = open.seasons.iter().map(week).collect();
        let open = Calendar::new(beijing(), vec![(date("2025-06-01"), 1, open)]);
        let found = slots(&plan(60), (&open, beijing()), now, days).unwrap();
        // 10:00–12:30 holds two whole hours.
        assert!(by_day(&found).contains(&("06-21".into(), "10:00".into(), "12:00".into(), 2)));
    }

    #[test]
    fn nothing_is_offered_too_soon_too_far_or_from_a_plan_that_rests() {
        let calendar = Calendar::new(beijing(), Vec::new());
        let with = (&calendar, beijing());
        let now = at("2025-06-03 10:10");
        let today = (date("2025-06-03"), date("2025-06-03"));
        let found = slots(&plan(30), with, now, today).unwrap();
        assert_eq!(found[0].from, at("2025-06-03 11:30"), "an hour ahead, at a whole slot");
        let far = (date("2025-07-03"), date("2025-07-05"));
        assert_eq!(by_day(&slots(&plan(30), with, now, far).unwrap()).len(), 1, "30 days ahead");
        let rests = appointment_plan::Model { active: false, ..plan(30) };
        assert_eq!(slots(&rests, with, now, today).unwrap(), []);
        let spontaneous = appointment_plan::Model { lead_minutes: 0, ..plan(30) };
        let found = slots(&spontaneous, with, at("2025-06-03 11:00"), today).unwrap();
        assert_eq!(found[0].from, at("2025-06-03 11:30"), "what begins now has begun");
        assert!(slot_at(&plan(30), with, now, at("2025-06-03 12:00")).unwrap().is_some());
        assert!(slot_at(&plan(30), with, now, at("2025-06-03 12:10")).unwrap().is_none());
        assert!(slot_at(&plan(30), with, now, at("2025-06-03 14:30")).unwrap().is_none(), "noon");
        let next_year = (date("2025-12-20"), date("2027-01-02"));
        let far = appointment_plan::Model { horizon_days: 180, ..plan(30) };
        let missing = slots(&far, with, at("2026-12-20 10:00"), next_year);
        assert_eq!(missing, Err(YearMissing(2027)), "reported, not guessed");
    }

    #[test]
    fn a_slot_is_as_free_as_its_windows_and_its_people() {
        let (a, b, c) = (1, 2, 3);
        let account = |n: u128| AccountId(Uuid::from_u128(n));
        let slot = Span { from: at("2025-06-03 11:00"), until: at("2025-06-03 11:30") };
        let next = Span { from: slot.until, until: slot.until + Duration::minutes(30) };
        let present = [account(a), account(b), account(c)];
        let none = Held::default();
        assert_eq!(free(&plan(30), slot, &present, (&none, &none)), 2, "two windows");
        assert_eq!(free(&plan(30), slot, &present[..1], (&none, &none)), 1, "one person");
        let window: Held = [(Uuid::from_u128(9), 2, slot)].into_iter().collect();
        assert_eq!(free(&plan(30), slot, &present, (&window, &none)), 1);
        let staff: Held = [(Uuid::from_u128(a), 1, next)].into_iter().collect();
        let visit = appointment_plan::Model {
            kind: AppointmentKind::HomeVisit,
            windows: None,
            buffer_minutes: 20,
            ..plan(30)
        };
        assert_eq!(free(&plan(30), slot, &present[..1], (&none, &staff)), 1, "it only touches");
        assert_eq!(free(&visit, slot, &present, (&none, &staff)), 2, "no time for the way back");
    }

    #[test]
    fn who_is_there_comes_from_roster_and_leaves() {
        let account = |n: u128| AccountId(Uuid::from_u128(n));
        let leave = staff_leave::Model {
            id: linli_entity::ids::LeaveId(Uuid::nil()),
            community_id: PlaceId(Uuid::nil()),
            account_id: account(2),
            stand_in_id: None,
            from_day: date("2025-06-03"),
            until_day: date("2025-06-04"),
            cancelled_at: None,
        };
        let team = Team {
            members: [1, 2, 3].map(account).into(),
            duties: [(date("2025-06-04"), [1, 2, 7].map(account).into())].into(),
            beside: None,
            leaves: vec![leave],
        };
        assert_eq!(team.on(date("2025-06-03")), [account(1), account(3)], "no roster: everybody");
        assert_eq!(team.on(date("2025-06-04")), [account(1)], "7 is no specialist any more");
        let led = Team { beside: Some(account(9)), ..team };
        assert_eq!(
            led.on(date("2025-06-04")),
            [account(1), account(9)],
            "the owner is no specialist"
        );
        let day = whole_day(beijing(), date("2025-06-03"));
        let held: Held = [(account(1).0, 1, day)].into_iter().collect();
        let order = in_order([1, 2, 3].map(account).to_vec(), Some(account(3)), &held);
        assert_eq!(order, [account(3), account(2), account(1)], "the owner, then the least loaded");
    }

    #[test]
    fn a_reminder_comes_on_the_eve_at_nine_or_at_once_or_never() {
        let start = at("2025-06-05 16:00");
        let when = |now: &str| remind_at(start, at(now), beijing());
        assert_eq!(when("2025-06-03 12:00"), Some(at("2025-06-04 09:00")));
        assert_eq!(when("2025-06-04 09:00"), Some(at("2025-06-04 09:00")));
        assert_eq!(when("2025-06-04 20:00"), Some(at("2025-06-04 20:00")));
        assert_eq!(when("2025-06-05 14:00"), Some(at("2025-06-05 14:00")));
        assert_eq!(when("2025-06-05 14:01"), None);
    }

    #[test]
    fn lateness_is_counted_and_being_early_is_not() {
        assert_eq!(late_minutes(at("2025-06-05 16:00"), at("2025-06-05 16:07")), 7);
        assert_eq!(late_minutes(at("2025-06-05 16:00"), at("2025-06-05 15:40")), 0);
    }
}
