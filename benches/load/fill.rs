//! A large, true-to-life database: the demo's community, which was made through the real services,
//! copied until there are enough requests.

use std::collections::HashMap;

use chrono::Days;
use indicatif::ProgressBar;
use linli::{appointments, kernel::App};
use linli_entity::{
    account, appointment_plan, calendar_version, closure_fact,
    enums::{
        AccountState, AppointmentKind, Confidentiality, ContactPreference, HandOver, PlaceKind,
        RequestState, ResourceKind, VolunteerState, WishCategory, WishState,
    },
    event,
    ids::{AccountId, PersonId, PlaceId, RequestId, VolunteerId},
    json::{Availability, Localised, Skills},
    matter, matter_version, person, place, public_note, request_fact, request_ownership,
    reservation, resource, role_grant, service_request, volunteer, wish,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel,
    Iterable, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::{
    Problem,
    data::{self, BOOKINGS, COMMUNITIES, NEIGHBOURS, POOL, POOLS, VOLUNTEERS, WISHES},
    incidents,
};

/// Requests written at once.
const BATCH: u64 = 500;

/// Fills the database behind `app`.
pub async fn run(app: &App, requests: u64) -> Result<(), Problem> {
    let source = Source::read(app).await?;
    let blocks = incidents::Source::read(app).await?;
    let pooled = source
        .requests
        .iter()
        .position(|r| {
            r.state == RequestState::Submitted && r.requester_id.is_some() && source.at_window(r)
        })
        .ok_or("the demo has no request in its pool")?;
    for c in 0..COMMUNITIES + POOLS {
        source.copy_community(app, c).await?;
        blocks.copy_blocks(app, &source, c).await?;
    }
    for c in 0..COMMUNITIES {
        blocks.copy_incidents(app, &source, c).await?;
    }
    let all = requests + POOL + BOOKINGS;
    let bar = ProgressBar::new(all);
    for first in (0..all).step_by(usize::try_from(BATCH)?) {
        let mut batch = Batch::default();
        for n in first..(first + BATCH).min(all) {
            let template = usize::try_from(n / COMMUNITIES)? % source.requests.len();
            let template = if n < requests { template } else { pooled };
            let c = data::community_of(n, requests);
            source.copy_request(n, c, &source.requests[template], &mut batch);
        }
        batch.write(app).await?;
        bar.inc(BATCH);
    }
    bar.finish_and_clear();
    source.wishes(app).await?;
    app.db.writer().execute_unprepared("ANALYZE").await?;
    Ok(())
}

/// Everything that is copied beside blocks and incidents.
pub struct Source {
    community: place::Model,
    places: Vec<place::Model>,
    persons: Vec<person::Model>,
    accounts: Vec<account::Model>,
    grants: Vec<role_grant::Model>,
    matters: Vec<matter::Model>,
    versions: Vec<matter_version::Model>,
    calendars: Vec<calendar_version::Model>,
    plans: Vec<appointment_plan::Model>,
    resources: Vec<resource::Model>,
    reservations: Vec<reservation::Model>,
    requests: Vec<service_request::Model>,
    facts: HashMap<RequestId, request_fact::Model>,
    closures: HashMap<RequestId, Vec<closure_fact::Model>>,
    owners: HashMap<RequestId, Vec<request_ownership::Model>>,
    notes: HashMap<RequestId, Vec<public_note::Model>>,
    events: HashMap<Uuid, Vec<event::Model>>,
}

impl Source {
    async fn read(app: &App) -> Result<Self, Problem> {
        let db = app.db.reader();
        let community = place::Entity::find()
            .filter(place::Column::Kind.eq(PlaceKind::Community))
            .filter(place::Column::Code.eq("XFL"))
            .one(db)
            .await?
            .ok_or("run `linli demo --no-serve` on this database first")?;
        let here = |column: place::Column| column.eq(community.id);
        let places = place::Entity::find()
            .filter(here(place::Column::CommunityId))
            .order_by_asc(place::Column::Depth)
            .all(db)
            .await?;
        // Those that a specialist may see, and that refer to no other request.
        let requests = service_request::Entity::find()
            .filter(service_request::Column::CommunityId.eq(community.id))
            .filter(service_request::Column::State.ne(RequestState::Merged))
            .filter(service_request::Column::Confidentiality.eq(Confidentiality::None))
            .order_by_asc(service_request::Column::SubmittedAt)
            .all(db)
            .await?;
        let mut events: HashMap<Uuid, Vec<event::Model>> = HashMap::new();
        for row in event::Entity::find()
            .filter(event::Column::Aggregate.eq("service_request"))
            .all(db)
            .await?
        {
            events.entry(row.aggregate_id).or_default().push(row);
        }
        Ok(Self {
            persons: person::Entity::find().all(db).await?,
            accounts: account::Entity::find().all(db).await?,
            grants: role_grant::Entity::find().all(db).await?,
            matters: matter::Entity::find().all(db).await?,
            versions: matter_version::Entity::find().all(db).await?,
            calendars: calendar_version::Entity::find().all(db).await?,
            plans: appointment_plan::Entity::find().all(db).await?,
            resources: resource::Entity::find()
                .filter(resource::Column::Kind.ne(ResourceKind::Room))
                .all(db)
                .await?,
            // Nothing ahead: every slot is free.
            reservations: reservation::Entity::find()
                .filter(reservation::Column::UntilAt.lt(app.clock.now()))
                .all(db)
                .await?,
            facts: by(request_fact::Entity::find().all(db).await?, |f| f.request_id)
                .into_iter()
                .filter_map(|(id, mut rows)| Some((id, rows.pop()?)))
                .collect(),
            closures: by(closure_fact::Entity::find().all(db).await?, |c| c.request_id),
            owners: by(request_ownership::Entity::find().all(db).await?, |o| o.request_id),
            notes: by(public_note::Entity::find().all(db).await?, |n| n.request_id),
            community,
            places,
            requests,
            events,
        })
    }

    /// Whether the matter of a request is served by appointment at the window.
    fn at_window(&self, request: &service_request::Model) -> bool {
        self.versions.iter().any(|v| {
            v.id == request.matter_version_id
                && appointments::rules::served(AppointmentKind::Window, &v.service_modes.0)
        })
    }

    /// The copy of a place: the community's own id is its number, others outside of it stay.
    pub fn place(&self, id: PlaceId, c: u64) -> PlaceId {
        if id == self.community.id {
            data::community(c)
        } else if self.places.iter().any(|p| p.id == id) {
            PlaceId(data::copy(id.0, c))
        } else {
            id
        }
    }

    async fn copy_community(&self, app: &App, c: u64) -> Result<(), Problem> {
        let account = |id: AccountId| AccountId(data::copy(id.0, c));
        let person = |id: PersonId| data::resident(id, c, 0);
        let mut batch = Vec::new();
        for row in &self.places {
            let mut row = row.clone();
            if row.id == self.community.id {
                row.code = format!("B{c:02}");
            }
            row.id = self.place(row.id, c);
            row.parent_id = row.parent_id.map(|p| self.place(p, c));
            row.community_id = row.community_id.map(|p| self.place(p, c));
            row.auto_assign = false;
            batch.push(row);
        }
        // Parents first: they are in the order of their depth.
        insert(app, batch).await?;
        let persons = self.persons.iter().cloned().map(|mut row| {
            row.id = person(row.id);
            row.phone = row.phone.map(|p| data::phone(&p, c));
            row.merged_into = row.merged_into.map(person);
            row
        });
        insert(app, persons.collect()).await?;
        let neighbours = (1..NEIGHBOURS).flat_map(|n| {
            self.persons.iter().cloned().map(move |mut row| {
                row.id = data::resident(row.id, c, n);
                row.phone = row.phone.map(|p| data::neighbour_phone(&p, c, n));
                row.merged_into = None;
                row
            })
        });
        insert(app, neighbours.collect()).await?;
        let accounts = self.accounts.iter().cloned().map(|mut row| {
            row.id = account(row.id);
            row.person_id = person(row.person_id);
            row.phone = data::phone(&row.phone, c);
            row
        });
        insert(app, accounts.collect()).await?;
        let grants = self.grants.iter().cloned().filter_map(|mut row| {
            let scope = row.scope_id?;
            row.id.0 = data::copy(row.id.0, c);
            row.account_id = account(row.account_id);
            row.scope_id = Some(self.place(scope, c));
            row.granted_by = row.granted_by.map(account);
            Some(row)
        });
        insert(app, grants.collect()).await?;
        let matters = self.matters.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = data::community(c);
            row
        });
        insert(app, matters.collect()).await?;
        let versions = self.versions.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.matter_id.0 = data::copy(row.matter_id.0, c);
            row.community_id = data::community(c);
            row.published_by = row.published_by.map(account);
            row
        });
        insert(app, versions.collect()).await?;
        let calendars = self.calendars.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = data::community(c);
            row.published_by = row.published_by.map(account);
            row
        });
        insert(app, calendars.collect()).await?;
        self.copy_plans(app, c).await
    }

    /// What the station offers by appointment, and when its windows and people were taken so far. In
    /// the pools more is offered than anybody could book in a run.
    async fn copy_plans(&self, app: &App, c: u64) -> Result<(), Problem> {
        let plans = self.plans.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = data::community(c);
            row.station_id = self.place(row.station_id, c);
            if c >= COMMUNITIES && row.kind == AppointmentKind::Window {
                row.slot_minutes = data::SLOT_MINUTES;
                row.horizon_days = data::HORIZON_DAYS;
            }
            row
        });
        insert(app, plans.collect()).await?;
        let resources = self.resources.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.subject_id = data::copy(row.subject_id, c);
            row
        });
        insert(app, resources.collect()).await?;
        let copied = |row: &&reservation::Model| {
            self.resources.iter().any(|resource| resource.id == row.resource_id)
        };
        let reservations = self.reservations.iter().filter(copied).cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = data::community(c);
            row.resource_id.0 = data::copy(row.resource_id.0, c);
            row.subject_id = data::copy(row.subject_id, c);
            row
        });
        insert(app, reservations.collect()).await
    }

    /// In the pools: wishes of residents that are open to all, for a thousand each, and the volunteers
    /// who claim them. None of the demo's asks for so much.
    #[expect(clippy::too_many_lines, reason = "one statement a table")]
    async fn wishes(&self, app: &App) -> Result<(), Problem> {
        let now = app.clock.now();
        let of = |n: u64| data::community(COMMUNITIES + n % POOLS);
        let (mut persons, mut accounts, mut volunteers) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..POOLS * VOLUNTEERS {
            let (person_id, id) = data::volunteer(n);
            let phone = data::volunteer_phone(n);
            persons.push(person::Model {
                id: person_id,
                name: Some(format!("志愿者{n}")),
                phone: Some(phone.clone()),
                phone_verified: true,
                contact_preference: ContactPreference::Inbox,
                language: "zh-Hans".to_owned(),
                merged_into: None,
                created_at: now,
                version: 1,
            });
            accounts.push(account::Model {
                id,
                person_id,
                phone,
                password_hash: "none".to_owned(),
                state: AccountState::Active,
                staff_name: None,
                created_at: now,
                password_changed_at: now,
            });
            volunteers.push(volunteer::Model {
                id: VolunteerId(id.0),
                community_id: of(n),
                person_id,
                state: VolunteerState::Active,
                refused_because: None,
                skills: Skills::default(),
                availability: Availability::default(),
                created_at: now,
                accepted_at: Some(now),
                changed_at: now,
                version: 1,
            });
        }
        insert(app, persons).await?;
        insert(app, accounts).await?;
        insert(app, volunteers).await?;
        let resident = self.persons.iter().find(|p| p.phone.as_deref() == Some("+8613800000201"));
        let resident = resident.ok_or("the demo's resident is missing")?.id;
        let wishes = (0..POOLS * WISHES).map(|n| {
            let nth = n / POOLS;
            wish::Model {
                id: data::wish(n),
                community_id: of(n),
                number: format!("B{:02}-W{nth:04}", COMMUNITIES + n % POOLS),
                person_id: data::resident(resident, COMMUNITIES + n % POOLS, nth % NEIGHBOURS),
                entered_by: None,
                delegation_id: None,
                item_id: None,
                category: WishCategory::Learning,
                need: Some("孩子们上学缺书包和文具,希望每人都有一份。".to_owned()),
                address: Some("团结路3号2单元501室".to_owned()),
                quantity: 1000,
                wished_by: None,
                may_publish: true,
                share_contact: true,
                minor_involved: false,
                guardian_consents: false,
                card: Localised::zh("需要书包和文具").and("en", "School bags and stationery"),
                hand_over: Some(HandOver::DoorCode),
                value_yuan: Some(100),
                block_id: None,
                age_band: None,
                skills: Skills::default(),
                state: WishState::Published,
                open_to_all: true,
                claimed: 0,
                delivered: 0,
                closed: 0,
                confirmed: 0,
                reason: None,
                created_at: now,
                submitted_at: Some(now),
                verified_at: Some(now),
                published_at: Some(now),
                first_claimed_at: None,
                first_confirmed_at: None,
                fulfilled_at: None,
                ended_at: None,
                expires_at: Some(now + Days::new(90)),
                version: 3,
            }
        });
        insert(app, wishes.collect()).await
    }

    fn copy_request(&self, n: u64, c: u64, template: &service_request::Model, batch: &mut Batch) {
        let (id, community) = (data::request(n), data::community(c));
        // Rows of one request: apart from those of the places and people.
        let own = |id: Uuid| data::copy(id, n + FIRST_OWN);
        let account = |id: AccountId| AccountId(data::copy(id.0, c));
        let neighbour = n / COMMUNITIES % NEIGHBOURS;
        let person = |id: PersonId| data::resident(id, c, neighbour);
        let mut row = template.clone();
        row.id = id;
        row.community_id = community;
        row.number = format!("B{c:02}-{n:07}");
        row.tracking_hash = None;
        row.matter_id.0 = data::copy(row.matter_id.0, c);
        row.matter_version_id.0 = data::copy(row.matter_version_id.0, c);
        row.requester_id = row.requester_id.map(person);
        row.entered_by = row.entered_by.map(account);
        row.owner_id = row.owner_id.map(account);
        row.block_id = row.block_id.map(|b| self.place(b, c));
        // The worker has nothing to do with copies.
        row.wake_at = None;
        batch.requests.push(row);
        if let Some(mut fact) = self.facts.get(&template.id).cloned() {
            fact.request_id = id;
            fact.community_id = community;
            fact.matter_id.0 = data::copy(fact.matter_id.0, c);
            fact.block_id = fact.block_id.map(|b| self.place(b, c));
            fact.owner_id = fact.owner_id.map(account);
            batch.facts.push(fact);
        }
        for mut closure in self.closures.get(&template.id).cloned().unwrap_or_default() {
            closure.request_id = id;
            closure.community_id = community;
            closure.matter_id.0 = data::copy(closure.matter_id.0, c);
            closure.block_id = closure.block_id.map(|b| self.place(b, c));
            batch.closures.push(closure);
        }
        for mut owner in self.owners.get(&template.id).cloned().unwrap_or_default() {
            owner.id = own(owner.id);
            owner.request_id = id;
            owner.community_id = community;
            owner.owner_id = account(owner.owner_id);
            batch.owners.push(owner);
        }
        for mut note in self.notes.get(&template.id).cloned().unwrap_or_default() {
            note.id.0 = own(note.id.0);
            note.request_id = id;
            note.community_id = community;
            note.author_id = note.author_id.map(account);
            batch.notes.push(note);
        }
        for mut event in self.events.get(&template.id.0).cloned().unwrap_or_default() {
            event.id.0 = own(event.id.0);
            event.aggregate_id = id.0;
            event.community_id = Some(community);
            event.actor_id = event.actor_id.map(account);
            event.beneficiary_id = event.beneficiary_id.map(person);
            batch.events.push(event);
        }
    }
}

/// Salts of the rows of one request begin behind those of places and people.
const FIRST_OWN: u64 = 1 << 32;

fn by<T>(rows: Vec<T>, key: impl Fn(&T) -> RequestId) -> HashMap<RequestId, Vec<T>> {
    let mut groups: HashMap<RequestId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

#[derive(Default)]
struct Batch {
    requests: Vec<service_request::Model>,
    facts: Vec<request_fact::Model>,
    closures: Vec<closure_fact::Model>,
    owners: Vec<request_ownership::Model>,
    notes: Vec<public_note::Model>,
    events: Vec<event::Model>,
}

impl Batch {
    async fn write(self, app: &App) -> Result<(), Problem> {
        insert(app, self.requests).await?;
        insert(app, self.facts).await?;
        insert(app, self.closures).await?;
        insert(app, self.owners).await?;
        insert(app, self.notes).await?;
        insert(app, self.events).await
    }
}

/// Writes rows, as many in a statement as the engine takes parameters.
pub async fn insert<M>(app: &App, rows: Vec<M>) -> Result<(), Problem>
where
    M: sea_orm::ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    M: IntoActiveModel<ActiveOf<M>>,
    ActiveOf<M>: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let parameters = if app.db.backend() == DbBackend::Postgres { 65_000 } else { 32_000 };
    let most = parameters / <M::Entity as EntityTrait>::Column::iter().count();
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let part: Vec<_> = rows.by_ref().take(most).collect();
        M::Entity::insert_many(part).exec_without_returning(app.db.writer()).await?;
    }
    Ok(())
}

type ActiveOf<M> = <<M as sea_orm::ModelTrait>::Entity as EntityTrait>::ActiveModel;
