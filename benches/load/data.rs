//! Where the generated rows are: ids follow from numbers, so that neither the client nor the
//! reference scripts have to look them up.

use linli_entity::ids::{AccountId, PersonId, PlaceId, RequestId, WishId};
use uuid::Uuid;

/// Communities with requests.
pub const COMMUNITIES: u64 = 50;
/// Further communities, whose requests wait to be assigned and resolved, or for an appointment, and whose
/// wishes wait to be claimed: they would make the queues of the others longer than any office's.
pub const POOLS: u64 = 10;
/// Requests that wait in them to be assigned, numbered behind the others.
pub const POOL: u64 = 150_000;
/// Requests that wait in them for an appointment, numbered behind those.
pub const BOOKINGS: u64 = 200_000;
/// Length of a slot in the pools: every minute of the windows is needed there.
pub const SLOT_MINUTES: i32 = 10;
/// Days ahead that can be booked in the pools.
pub const HORIZON_DAYS: i32 = 180;
/// Wishes of a pool that are open to all: the server's, and as many for the reference.
pub const WISHES: u64 = 1000;
/// Volunteers of a pool who claim at a time, each with an account of their own.
pub const SHIFT: u64 = 50;
/// Shifts of a pool: so many that nobody claims more in an hour than the server allows, the reference's
/// claims in their names included.
pub const SHIFTS: u64 = 10;
/// Volunteers of a pool.
pub const VOLUNTEERS: u64 = SHIFTS * SHIFT;
/// Claims that can be made: every volunteer claims a unit of every wish once.
pub const CLAIMS: u64 = POOLS * WISHES * VOLUNTEERS;
/// Incidents of a community, about: what a lively one has in two years.
pub const INCIDENTS: u64 = 2000;
/// Residents of a community for each of the demo's.
pub const NEIGHBOURS: u64 = 50;

const REQUESTS: u128 = 0x018f_0000_0000_7000_8000_0000_0000_0000;
const PLACES: u128 = 0x018f_0000_0000_7000_8001_0000_0000_0000;
const WISHED: u128 = 0x018f_0000_0000_7000_8002_0000_0000_0000;
const VOLUNTEERING: u128 = 0x018f_0000_0000_7000_8003_0000_0000_0000;

/// The id of request `n`.
pub fn request(n: u64) -> RequestId {
    RequestId(Uuid::from_u128(REQUESTS | u128::from(n)))
}

/// The community that request `n` of `requests` belongs to; those behind are of the pools.
pub fn community_of(n: u64, requests: u64) -> u64 {
    if n < requests { n % COMMUNITIES } else { COMMUNITIES + n % POOLS }
}

/// The id of community `c`.
pub fn community(c: u64) -> PlaceId {
    PlaceId(Uuid::from_u128(PLACES | u128::from(c)))
}

/// The id of wish `n`; it belongs to the pool `n % POOLS`.
pub fn wish(n: u64) -> WishId {
    WishId(Uuid::from_u128(WISHED | u128::from(n)))
}

/// The id of volunteer `n`, as a person and as an account; they serve in the pool `n % POOLS`.
pub fn volunteer(n: u64) -> (PersonId, AccountId) {
    let id = Uuid::from_u128(VOLUNTEERING | u128::from(n));
    (PersonId(id), AccountId(id))
}

/// The phone of volunteer `n`.
pub fn volunteer_phone(n: u64) -> String {
    format!("+86160{n:08}")
}

/// Wish and volunteer of the claim `n`: no pair comes twice, and those that follow each other are of
/// other wishes and other people. After two turns, in which each of them claims twenty times, another shift
/// comes. The reference takes its pairs from the wishes behind.
pub fn claim(n: u64) -> (u64, u64) {
    let (pool, nth) = (n % POOLS, n / POOLS);
    let (wish, turn) = (nth % (WISHES / 2), nth / (WISHES / 2));
    let (shift, round) = (turn / 2 % SHIFTS, turn / (2 * SHIFTS) * 2 + turn % 2);
    (wish * POOLS + pool, ((wish + round) % SHIFT + shift * SHIFT) * POOLS + pool)
}

/// The id of the copy of a row for `salt`: other bits behind the time, the same for the same salt.
pub fn copy(id: Uuid, salt: u64) -> Uuid {
    let mut mixed = salt.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let variant = 0x3fff_ffff_ffff_ffff;
    Uuid::from_u128(id.as_u128() ^ u128::from((mixed ^ (mixed >> 31)) & variant))
}

/// The id of the neighbour `n` of somebody in the copy `c` of the demo's community; the first is
/// the copy of themselves.
pub fn resident(id: PersonId, c: u64, n: u64) -> PersonId {
    PersonId(copy(id.0, c + n * 1000))
}

/// The phone of a neighbour.
pub fn neighbour_phone(original: &str, c: u64, n: u64) -> String {
    format!("+8615{c:02}{n:03}{}", tail(original))
}

fn tail(phone: &str) -> &str {
    &phone[phone.len().saturating_sub(4)..]
}

/// The phone of somebody in the copy `c` of the demo's community.
pub fn phone(original: &str, c: u64) -> String {
    format!("+8614{c:02}000{}", tail(original))
}
