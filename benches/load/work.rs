//! What is measured: the requests of each kind of work.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use clap::ValueEnum;
use linli_entity::ids::{AccountId, MatterId, PersonId, PlaceId};
use serde_json::{Value, json};

use crate::data;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// One request by id with community, matter, owner and its last five events.
    ById,
    /// The first 50 open requests of a community by due date, with matter, requester and owner.
    Queue,
    /// Everything that is counted of one community over 90 days, with the trend by day.
    Dashboard,
    /// Submitting for a resident at the window.
    Submit,
    /// A manager assigns, the specialist resolves.
    AssignResolve,
    /// Booking an appointment at the window for a resident's request.
    Book,
    /// A volunteer claims a unit of a wish that is open to all.
    Claim,
    /// The latest 50 incidents of a community, with block, its lead, and the tasks of agencies.
    Incidents,
    /// `{ __typename }`.
    Typename,
}

impl Work {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::ById,
        Self::Queue,
        Self::Dashboard,
        Self::Submit,
        Self::AssignResolve,
        Self::Book,
        Self::Claim,
        Self::Incidents,
        Self::Typename,
    ];

    /// As the table and the reference scripts call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ById => "by_id",
            Self::Queue => "queue",
            Self::Dashboard => "dashboard",
            Self::Submit => "submit",
            Self::AssignResolve => "assign_resolve",
            Self::Book => "book",
            Self::Claim => "claim",
            Self::Incidents => "incidents",
            Self::Typename => "typename",
        }
    }

    /// Share of the reference's requests per second at 16 connections that is asked for.
    pub fn target(self) -> f64 {
        match self {
            Self::ById => 0.40,
            Self::Queue | Self::Incidents => 0.38,
            Self::Dashboard => 0.75,
            Self::Submit => 0.60,
            Self::AssignResolve => 0.65,
            Self::Book | Self::Claim => 0.50,
            Self::Typename => 0.45,
        }
    }

    /// Columns of the wanted document.
    fn document(self) -> &'static str {
        match self {
            Self::ById => {
                "query One($id: ID!) { serviceRequest(id: $id) { id number state title dueAt version \
                 community { name } matter { code title } owner { name } \
                 events(last: 5) { seq kind at } } }"
            }
            Self::Queue => {
                "query Queue($c: ID!) { serviceRequests(first: 50, filter: { communityId: $c, open: true }) \
                 { nodes { id number state title dueAt matter { code title } requester { name } \
                 owner { name } } pageInfo { hasNextPage endCursor } } }"
            }
            Self::Dashboard => {
                "query Dashboard($c: ID!, $from: NaiveDate!, $to: NaiveDate!) { \
                 requestStatistics(input: { placeId: $c, from: $from, to: $to }) { asOf total { received \
                 base done open resolved clearance exclusions { reason count } outcomes { outcome count } \
                 rates { metric numerator denominator percent } times { metric count p50Seconds p90Seconds } } \
                 trend(step: DAY) { start received resolved } } }"
            }
            Self::Submit => {
                "mutation Submit($input: ServiceRequestSubmitInput!) { serviceRequestSubmit(input: $input) \
                 { submitted { trackingCode serviceRequest { id number version } } errors { code message } } }"
            }
            Self::AssignResolve => "",
            Self::Book => {
                "mutation Book($input: AppointmentBookInput!) { appointmentBook(input: $input) \
                 { appointment { id state start end version } errors { code message } } }"
            }
            Self::Claim => {
                "mutation Claim($input: WishClaimInput!) { wishClaim(input: $input) \
                 { claim { id state units dueAt version } errors { code message } } }"
            }
            Self::Incidents => {
                "query Incidents($c: ID!) { incidents(communityId: $c, first: 50) { nodes { id number state \
                 kind dueAt availableActions block { name lead { staff { name } } } tasks { state \
                 agency { name } } } pageInfo { hasNextPage endCursor } } }"
            }
            Self::Typename => "{ __typename }",
        }
    }
}

const ASSIGN: &str = "mutation Assign($input: ServiceRequestAssignInput!) { serviceRequestAssign(input: $input) \
                      { serviceRequest { id state version } errors { code message } } }";
const RESOLVE: &str = "mutation Resolve($input: ServiceRequestResolveInput!) { serviceRequestResolve(input: $input) \
                       { serviceRequest { id state version } errors { code message } } }";

/// Who works in a community.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Access token of a specialist.
    pub specialist: String,
    /// The account behind it.
    pub specialist_id: AccountId,
    /// Access token of the manager.
    pub manager: String,
    /// Residents.
    pub residents: Vec<PersonId>,
    /// A matter that anybody may ask for.
    pub matter: MatterId,
    /// The service station.
    pub station: PlaceId,
}

/// How far the pools are used up.
#[derive(Debug, Default)]
pub struct Used {
    /// Requests that have been assigned.
    pub assigned: AtomicU64,
    /// Requests that have got an appointment.
    pub booked: AtomicU64,
    /// Units that have been claimed.
    pub claimed: AtomicU64,
}

/// What every script of a run shares.
#[derive(Debug)]
pub struct World {
    /// Host header.
    pub host: String,
    /// Requests to read.
    pub requests: u64,
    /// By community.
    pub staff: Vec<Staff>,
    /// First and last day of the dashboard's period.
    pub days: (String, String),
    /// Begins of the slots that the stations of the pools offer, in the order in which they are
    /// booked; only where that is measured.
    pub slots: Vec<String>,
    /// Access tokens of the volunteers; only where claims are measured.
    pub volunteers: Vec<String>,
    /// How far the pools are used up.
    pub used: Arc<Used>,
}

/// An endless series of requests of one kind, for one connection.
pub struct Script {
    work: Work,
    world: Arc<World>,
    random: u64,
}

impl Script {
    /// A series; `seed` sets it apart from the others.
    pub fn new(work: Work, world: Arc<World>, seed: u64) -> Self {
        Self { work, world, random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Xorshift: enough to spread reads.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }

    /// The requests of the next round, to be sent one after the other.
    pub fn next(&mut self) -> Vec<Vec<u8>> {
        let document = self.work.document();
        let c = match self.work {
            Work::ById | Work::AssignResolve | Work::Book | Work::Claim | Work::Typename => 0,
            _ => self.below(data::COMMUNITIES),
        };
        let community = data::community(c).to_string();
        match self.work {
            Work::ById => {
                let n = self.below(self.world.requests);
                let id = data::request(n).to_string();
                vec![self.post(
                    &self.staff(data::community_of(n, self.world.requests)).specialist,
                    document,
                    &json!({ "id": id }),
                )]
            }
            Work::Queue => {
                vec![self.post(&self.staff(c).specialist, document, &json!({ "c": community }))]
            }
            Work::Dashboard => {
                let (from, to) = &self.world.days;
                let variables = json!({ "c": community, "from": from, "to": to });
                vec![self.post(&self.staff(c).manager, document, &variables)]
            }
            Work::Submit => {
                let n = self.below(data::NEIGHBOURS);
                let staff = self.staff(c);
                let resident = staff.residents[usize::try_from(n).unwrap_or(0)];
                let input = json!({ "communityId": community, "matterId": staff.matter.to_string(),
                    "channel": "WINDOW", "title": "楼道灯坏了,请派人来看看",
                    "description": "三单元二楼的灯不亮已经一周了,老人上下楼不方便。",
                    "beneficiary": { "personId": resident.to_string() } });
                vec![self.post(&staff.specialist, document, &json!({ "input": input }))]
            }
            Work::AssignResolve => {
                let n =
                    self.world.requests + self.world.used.assigned.fetch_add(1, Ordering::Relaxed);
                let (id, staff) = (
                    data::request(n).to_string(),
                    self.staff(data::community_of(n, self.world.requests)),
                );
                let assign = json!({ "input": { "id": id, "expectedVersion": 1,
                    "assigneeId": staff.specialist_id.to_string() } });
                let resolve = json!({ "input": { "id": id, "expectedVersion": 2, "outcome": "FULFILLED",
                    "text": "灯已修好,请看一看。" } });
                vec![
                    self.post(&staff.manager, ASSIGN, &assign),
                    self.post(&staff.specialist, RESOLVE, &resolve),
                ]
            }
            Work::Book => {
                let index = self.world.used.booked.fetch_add(1, Ordering::Relaxed);
                let n = self.world.requests + data::POOL + index;
                let staff = self.staff(data::community_of(n, self.world.requests));
                // Each community has had so many before; when every slot is booked, the next window.
                let slot = usize::try_from(index / data::POOLS).unwrap_or(0);
                let start = &self.world.slots[slot % self.world.slots.len()];
                let input = json!({ "requestId": data::request(n).to_string(),
                    "stationId": staff.station.to_string(), "kind": "WINDOW", "start": start });
                vec![self.post(&staff.specialist, document, &json!({ "input": input }))]
            }
            Work::Claim => {
                let n = self.world.used.claimed.fetch_add(1, Ordering::Relaxed);
                let (wish, volunteer) = data::claim(n);
                let token = &self.world.volunteers[usize::try_from(volunteer).unwrap_or(0)];
                let input = json!({ "wishId": data::wish(wish).to_string(), "units": 1 });
                vec![self.post(token, document, &json!({ "input": input }))]
            }
            Work::Incidents => {
                vec![self.post(&self.staff(c).manager, document, &json!({ "c": community }))]
            }
            Work::Typename => vec![self.post("", document, &json!({}))],
        }
    }

    fn staff(&self, c: u64) -> &Staff {
        &self.world.staff[usize::try_from(c).unwrap_or(0)]
    }

    fn post(&self, token: &str, query: &str, variables: &Value) -> Vec<u8> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let authorization = if token.is_empty() {
            String::new()
        } else {
            format!("authorization: Bearer {token}\r\n")
        };
        format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{authorization}\
             content-length: {}\r\n\r\n{body}",
            self.world.host,
            body.len()
        )
        .into_bytes()
    }
}
