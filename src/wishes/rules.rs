//! What becomes of a wish and of its claims. Pure.

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::{
    enums::{ClaimState, Confirmation, OfferState, WishState},
    event, help_item,
    json::Localised,
    wish, wish_claim, wish_offer,
};

use crate::kernel::{Code, Error, Rejected, Result, text};

/// Most units of one wish.
pub const QUANTITY: i32 = 1000;
/// Most that what is wished for may be worth, in yuan. Cash and loans are no wishes.
pub const VALUE_YUAN: i32 = 500;
/// Most who are asked one after the other.
pub const ASKED: usize = 20;
/// Wishes of one person that are open at the same time.
pub const OPEN_WISHES: u64 = 50;
/// How long somebody has a claim before it goes back by itself.
const LEASE: Duration = Duration::days(14);
/// How long they have at least after the wisher said no.
const AGAIN: Duration = Duration::days(7);
/// How long somebody has at least who takes a claim over.
const HANDED_OVER: Duration = Duration::days(3);
/// How long others can claim first what somebody had and did not do.
const OTHERS_FIRST: Duration = Duration::days(3);
/// Claims of one account in an hour.
pub const CLAIMS_PER_HOUR: u64 = 60;
/// How long the wisher has to answer.
const ANSWER: Duration = Duration::days(7);
/// After how long it is looked again whether a wisher has been called or visited.
const UNTOLD: Duration = Duration::days(1);
/// How long a wish without a day stays open.
const OPEN_DAYS: u64 = 90;

/// What can be done with a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "WishAction")]
pub enum Step {
    /// Change what is wished for.
    Change,
    /// Submit it to the community.
    Submit,
    /// Take it back.
    Withdraw,
    /// Clear it, or clear it anew.
    Verify,
    /// Decline it.
    Decline,
    /// Open it to everybody who may claim.
    Publish,
    /// Offer it to somebody, and then to the next.
    Offer,
    /// Call the offers off.
    StopOffers,
    /// Claim some of it.
    Claim,
    /// Take it back from everybody who may claim; who has some of it keeps it.
    Unpublish,
}

/// What can be done with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "WishClaimAction")]
pub enum ClaimStep {
    /// Renew the lease, once.
    Renew,
    /// Give it back.
    Release,
    /// Hand it over to somebody else.
    HandOver,
    /// Say that it is done.
    Deliver,
    /// Look at how to reach the wisher.
    RevealContact,
    /// As the wisher: say that it is done.
    Confirm,
    /// As the wisher: say that it is not.
    Refuse,
}

/// Whether a step is possible with a wish now; who may do it is another question.
pub fn possible(step: Step, row: &wish::Model, now: DateTime<Utc>) -> bool {
    use WishState::{Claimed, Delivered, Draft, Offered, Published, Submitted, Verified};
    let untouched = row.claimed == 0;
    match step {
        Step::Change => matches!(row.state, Draft | Submitted),
        Step::Submit => row.state == Draft,
        // What is delivered waits for an answer, which comes first.
        Step::Withdraw => {
            matches!(row.state, Draft | Submitted | Verified | Published | Offered | Claimed)
                && row.delivered == row.closed
        }
        // A card that says too much is corrected whatever has been claimed.
        Step::Verify => {
            matches!(row.state, Submitted | Verified | Published | Offered | Claimed | Delivered)
        }
        // Also what should not have been published.
        Step::Decline => {
            row.state == Submitted
                || untouched && matches!(row.state, Verified | Published | Offered)
        }
        Step::Publish => row.state == Verified && row.may_publish && !is_expired(row, now),
        Step::Offer => row.state == Verified && !is_expired(row, now),
        Step::StopOffers => row.state == Offered && !is_expired(row, now),
        Step::Claim => row.state == Published && !is_expired(row, now),
        Step::Unpublish => {
            row.open_to_all
                && matches!(row.state, Published | Claimed | Delivered)
                && !is_expired(row, now)
        }
    }
}

/// Refuses a step that is not possible, and says why.
pub fn check_step(step: Step, row: &wish::Model, now: DateTime<Utc>) -> Result<()> {
    if possible(step, row, now) {
        return Ok(());
    }
    if step == Step::Claim && left(row) == 0 && row.state != WishState::Withdrawn {
        // Everybody who is second is told the same, however far the winner has got.
        return Err(Rejected::new(Code::Conflict).with("left", 0).into());
    }
    let open = matches!(row.state, WishState::Verified | WishState::Published | WishState::Offered);
    if open && is_expired(row, now) {
        return Err(Code::WindowClosed.into());
    }
    if step == Step::Publish && row.state == WishState::Verified {
        return Err(Rejected::new(Code::NotPublic).into());
    }
    Err(wrong_state(row.state.code()))
}

/// Whether a step is possible with a claim now.
pub fn claim_possible(step: ClaimStep, row: &wish_claim::Model, now: DateTime<Utc>) -> bool {
    let held = row.state == ClaimState::Held && row.due_at.is_some_and(|due| now < due);
    match step {
        ClaimStep::Renew => held && !row.renewed,
        ClaimStep::Release | ClaimStep::HandOver | ClaimStep::Deliver => held,
        ClaimStep::RevealContact => held || row.state == ClaimState::Delivered,
        ClaimStep::Confirm | ClaimStep::Refuse => row.state == ClaimState::Delivered,
    }
}

/// Refuses a step that is not possible with a claim.
pub fn check_claim(step: ClaimStep, row: &wish_claim::Model, now: DateTime<Utc>) -> Result<()> {
    if claim_possible(step, row, now) {
        return Ok(());
    }
    // The lease is over, and the worker has not come by yet.
    if row.state == ClaimState::Held && row.due_at.is_some_and(|due| now >= due) {
        return Err(Code::WindowClosed.into());
    }
    if step == ClaimStep::Renew && row.state == ClaimState::Held && row.renewed {
        return Err(Code::AlreadyRenewed.into());
    }
    Err(wrong_state(row.state.code()))
}

fn wrong_state(state: impl std::fmt::Display) -> Error {
    Rejected::new(Code::IllegalTransition).with("state", state).into()
}

/// Units that nobody has.
pub fn left(row: &wish::Model) -> i32 {
    row.quantity - row.claimed
}

/// Whether nobody claims it any more.
pub fn is_expired(row: &wish::Model, now: DateTime<Utc>) -> bool {
    row.expires_at.is_some_and(|at| at <= now)
}

/// How many units somebody gets who wants so many; everything that is left if they do not say.
pub fn units(row: &wish::Model, wanted: Option<i32>) -> Result<i32> {
    let left = left(row);
    let wanted = wanted.unwrap_or(left.max(1));
    if !(1..=row.quantity).contains(&wanted) {
        let whole = format!("1 to {}", row.quantity);
        return Err(Rejected::at(Code::InvalidValue, "units").with("wanted", whole).into());
    }
    if wanted > left {
        return Err(Rejected::at(Code::Conflict, "units").with("left", left).into());
    }
    Ok(wanted)
}

/// The state that follows from who has how much; `asking` says whether an offer is open or waits. For a
/// wish that is under way, and has been cleared.
pub fn settle(row: &mut wish::Model, asking: bool, now: DateTime<Utc>) {
    let all = row.quantity;
    row.state = if row.closed == all {
        WishState::Fulfilled
    } else if is_expired(row, now) && row.claimed == row.closed {
        WishState::Expired
    } else if row.delivered == all {
        WishState::Delivered
    } else if row.claimed == all {
        WishState::Claimed
    } else if row.open_to_all {
        WishState::Published
    } else if asking {
        WishState::Offered
    } else {
        WishState::Verified
    };
    if matches!(row.state, WishState::Fulfilled | WishState::Expired) {
        row.ended_at = Some(now);
    }
    if row.state == WishState::Fulfilled && row.confirmed == all {
        row.fulfilled_at = Some(now);
    }
}

/// Whether all of what has ended was confirmed by the wisher; none while it has not.
pub fn confirmation(row: &wish::Model) -> Option<Confirmation> {
    let confirmed = row.confirmed == row.quantity;
    (row.state == WishState::Fulfilled).then_some(if confirmed {
        Confirmation::Confirmed
    } else {
        Confirmation::Unconfirmed
    })
}

/// Moves units of a claim from one standing to another.
pub fn count(row: &mut wish::Model, units: i32, from: Option<ClaimState>, to: Option<ClaimState>) {
    let weigh = |state: Option<ClaimState>| match state {
        None => [0, 0, 0, 0],
        Some(ClaimState::Held) => [1, 0, 0, 0],
        Some(ClaimState::Delivered) => [1, 1, 0, 0],
        Some(ClaimState::Unconfirmed) => [1, 1, 1, 0],
        Some(ClaimState::Confirmed) => [1, 1, 1, 1],
        Some(
            ClaimState::Released
            | ClaimState::Lapsed
            | ClaimState::HandedOver
            | ClaimState::Withdrawn,
        ) => [0, 0, 0, 0],
    };
    let (before, after) = (weigh(from), weigh(to));
    let counts = [&mut row.claimed, &mut row.delivered, &mut row.closed, &mut row.confirmed];
    for (index, count) in counts.into_iter().enumerate() {
        *count += units * (after[index] - before[index]);
    }
}

/// The end of a lease that begins now.
pub fn lease(now: DateTime<Utc>) -> DateTime<Utc> {
    now + LEASE
}

/// The end of a lease that is renewed: as long again.
pub fn renewed(due: DateTime<Utc>) -> DateTime<Utc> {
    due + LEASE
}

/// Until when the wisher has to answer what is delivered now.
pub fn answer_by(now: DateTime<Utc>) -> DateTime<Utc> {
    now + ANSWER
}

/// When to look again whether the wisher has been told what was delivered.
pub fn told_by(now: DateTime<Utc>) -> DateTime<Utc> {
    now + UNTOLD
}

/// Whether an event is the delivery for whose answer a claim waits; an earlier one was refused.
pub fn is_delivery(event: &event::Model, claim: &wish_claim::Model) -> bool {
    event.kind == "WISH_DELIVERED"
        && event.data["claim"].as_str() == Some(claim.id.to_string().as_str())
        && claim.state == ClaimState::Delivered
        && claim.delivered_at.is_some_and(|at| at <= event.at)
}

/// Until when somebody has a claim to whom the wisher said no: to the end of the lease, and for some days at
/// least.
pub fn again(row: &wish_claim::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    row.lease_until.max(now + AGAIN)
}

/// Refuses somebody who had it until lately and did not do it: others come first.
pub fn check_again(had_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    if had_until.is_some_and(|until| now < until + OTHERS_FIRST) {
        return Err(Code::ClaimedBefore.into());
    }
    Ok(())
}

/// Until when somebody has a claim who takes it over: handing over makes no lease longer, but leaves some days,
/// once.
pub fn taken_over(
    row: &wish_claim::Model,
    now: DateTime<Utc>,
) -> (Option<DateTime<Utc>>, DateTime<Utc>) {
    if row.from_id.is_some() {
        return (row.due_at, row.lease_until);
    }
    let until = row.lease_until.max(now + HANDED_OVER);
    (Some(until), until)
}

/// From when on nobody claims a wish: the end of the day by which it is wished, or 90 days from now.
pub fn expires(
    wished_by: Option<NaiveDate>,
    now: DateTime<Utc>,
    zone: FixedOffset,
) -> DateTime<Utc> {
    let day = wished_by.map_or_else(
        || now.with_timezone(&zone).date_naive() + Days::new(OPEN_DAYS),
        |day| day + Days::new(1),
    );
    midnight(day, zone)
}

/// The first instant of a local day.
pub fn midnight(day: NaiveDate, zone: FixedOffset) -> DateTime<Utc> {
    let midnight = zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).single();
    midnight.unwrap_or_default().to_utc()
}

/// Refuses a day that is over, or too far ahead to be meant.
pub fn check_day(day: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    let Some(day) = day else { return Ok(()) };
    if day < today || day > today + Days::new(366) {
        let wanted = format!("{today} to {}", today + Days::new(366));
        return Err(Rejected::at(Code::InvalidValue, "wishedBy").with("wanted", wanted).into());
    }
    Ok(())
}

/// Refuses a number of units that no wish has.
pub fn check_quantity(quantity: i32) -> Result<()> {
    if (1..=QUANTITY).contains(&quantity) {
        return Ok(());
    }
    let wanted = format!("1 to {QUANTITY}");
    Err(Rejected::at(Code::InvalidValue, "quantity").with("wanted", wanted).into())
}

/// Refuses a value that is too high.
pub fn check_value(yuan: Option<i32>) -> Result<()> {
    if yuan.is_none_or(|y| (0..=VALUE_YUAN).contains(&y)) {
        return Ok(());
    }
    let wanted = format!("0 to {VALUE_YUAN}");
    Err(Rejected::at(Code::InvalidValue, "valueYuan").with("wanted", wanted).into())
}

/// Refuses limits that no item of the menu has.
pub fn check_item(row: &help_item::Model) -> Result<()> {
    let within = |path: &str, value: i32, most: i32| {
        if (1..=most).contains(&value) {
            return Ok(());
        }
        let wanted = format!("1 to {most}");
        Err(Error::from(Rejected::at(Code::InvalidValue, path).with("wanted", wanted)))
    };
    within("mostOrders", row.most_orders, 100)?;
    within("perDays", row.per_days, 366)
}

/// Since when orders of an item count against its limit.
pub fn counted_since(item: &help_item::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(i64::from(item.per_days))
}

/// Refuses a card from which somebody could tell who wishes: their name, their phone, their address. Letters
/// are compared folded, digits without what stands between them.
pub fn check_card(card: &Localised, secrets: &[&str], address: Option<&str>) -> Result<()> {
    let plain = |t: &str| text::fold(t).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let told = |hidden: &str| {
        let hidden = plain(hidden.trim_start_matches("+86"));
        // One letter is in every text.
        hidden.chars().count() > 1 && card.0.values().any(|t| plain(t).contains(&hidden))
    };
    // Of an address also a part that leads to a door: four letters with a number among them.
    let leads = |address: &str| {
        let letters: Vec<char> = plain(address).chars().collect();
        let parts = letters.windows(4).filter(|w| w.iter().any(char::is_ascii_digit));
        parts.map(String::from_iter).any(|part| card.0.values().any(|t| plain(t).contains(&part)))
    };
    if secrets.iter().any(|s| told(s)) || address.is_some_and(leads) {
        return Err(Rejected::at(Code::CardTellsWho, "card").into());
    }
    Ok(())
}

/// Whether an offer can be answered now.
pub fn check_offer(row: &wish_offer::Model, now: DateTime<Utc>) -> Result<()> {
    if row.state != OfferState::Open {
        return Err(wrong_state(row.state.code()));
    }
    if row.until_at.is_some_and(|until| until <= now) {
        return Err(Code::WindowClosed.into());
    }
    Ok(())
}

/// How long an offer waits: 30 minutes to a week.
pub fn check_minutes(minutes: i32) -> Result<()> {
    if (30..=10_080).contains(&minutes) {
        return Ok(());
    }
    Err(Rejected::at(Code::InvalidValue, "minutes").with("wanted", "30 to 10080").into())
}
