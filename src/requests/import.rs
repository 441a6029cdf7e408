//! Requests from other systems: mapped onto matters and departments, stored with their own times,
//! marked as imported. A batch is one transaction; a row that is there already is skipped.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, Utc};
use linli_entity::{
    closure_fact,
    enums::{
        Confidentiality, ContactPreference, DecidedBy, IntakeChannel, LimitUnit, MatterKind,
        Outcome, PlaceKind, RatingLevel, RequestState, ServiceMode,
    },
    ids::{AccountId, PersonId, PlaceId, RatingId, RequestId},
    json::{Channels, Localised, Materials, Modes, Questions},
    matter, matter_version, person, place, rating, request_fact, service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{
    clock::{self, Clock, Limits, Tick},
    facts,
};
use crate::{
    calendar,
    catalogue::{
        self,
        service::{MatterContent, NewMatter, RESPONSE_MINUTES},
    },
    communities::{self, service::NewPlace},
    kernel::{Action, Actor, App, Error, Event, Result, Target, Tx, text},
};

/// A row as another system has it.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Its id there.
    pub id: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: Option<String>,
    /// What we call the matter: its code or title.
    pub category: String,
    /// What we call the department: its code or name.
    pub agency: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// Where it came in there; kept as IMPORT here, with the code in the event.
    pub channel: Option<String>,
    /// Submission.
    pub created_at: DateTime<Utc>,
    /// Acceptance.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// The end.
    pub closed_at: Option<DateTime<Utc>>,
    /// Name of the requester.
    pub requester: Option<String>,
    /// Name of the member of staff.
    pub assignee: Option<String>,
    /// Rating.
    pub rating: Option<RatingLevel>,
    /// Address.
    pub address: Option<String>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// The system that it comes from.
    pub source: String,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows stored.
    pub imported: usize,
    /// Rows that were there.
    pub known: usize,
    /// Rows refused: index in the batch, and why.
    pub refused: Vec<(usize, String)>,
}

/// Imports into one community. It remembers what categories and agencies map to.
#[derive(Debug)]
pub struct Importer {
    community: place::Model,
    create_missing: bool,
    matters: HashMap<String, (matter::Model, matter_version::Model)>,
    departments: HashMap<String, PlaceId>,
    staff: HashMap<String, AccountId>,
    calendar: i32,
}

/// The department of matters that come without one.
const NO_AGENCY: &str = "IMPORT";

impl Importer {
    /// An importer into a community; reads its matters, departments and staff.
    pub async fn new(app: &App, community: place::Model, create_missing: bool) -> Result<Self> {
        let conn = app.db.reader();
        let mut importer = Self {
            create_missing,
            matters: HashMap::new(),
            departments: HashMap::new(),
            staff: HashMap::new(),
            calendar: calendar::queries::limits(app, conn, community.id).await?.version(),
            community,
        };
        let matters = matter::Entity::find()
            .filter(matter::Column::CommunityId.eq(importer.community.id))
            .all(conn)
            .await?;
        for matter in matters {
            let version = catalogue::queries::version_of(conn, &matter).await?;
            importer.learn_matter(matter, version);
        }
        let departments = place::Entity::find()
            .filter(place::Column::Kind.eq(PlaceKind::Department))
            .filter(place::Column::ParentId.eq(importer.community.parent_id))
            .all(conn)
            .await?;
        for department in &departments {
            importer.learn_department(department);
        }
        for role in
            [linli_entity::enums::Role::Specialist, linli_entity::enums::Role::CommunityManager]
        {
            let ids = crate::identity::queries::holders(
                conn,
                app.clock.now(),
                role,
                importer.community.id,
            )
            .await?;
            for (id, account) in crate::identity::queries::accounts(app, &ids).await? {
                importer.staff.extend(account.staff_name.map(|name| (name, id)));
            }
        }
        Ok(importer)
    }

    fn learn_matter(&mut self, matter: matter::Model, version: matter_version::Model) {
        for title in version.titles.0.values() {
            self.matters.insert(text::fold(title), (matter.clone(), version.clone()));
        }
        self.matters.insert(text::fold(&matter.code), (matter, version));
    }

    fn learn_department(&mut self, department: &place::Model) {
        for name in department.names.0.values() {
            self.departments.insert(text::fold(name), department.id);
        }
        self.departments.insert(text::fold(&department.code), department.id);
    }

    /// Imports a batch in one transaction.
    pub async fn batch(&mut self, app: &App, rows: &[ImportRow]) -> Result<Batch> {
        let actor = Actor::System("import");
        let mut done = Batch::default();
        if rows.is_empty() {
            return Ok(done);
        }
        let numbers = self.numbers(app, rows).await?;
        let tx = app.begin(&actor).await?;
        let mut events = Vec::new();
        let target = Target::community(self.community.id);
        let known = self.known(&tx, rows).await?;
        let mut seen = HashSet::new();
        let mut out = Rows::default();
        for (index, row) in rows.iter().enumerate() {
            let key = (row.source.clone(), row.id.clone());
            if known.contains(&key) || !seen.insert(key) {
                done.known += 1;
                continue;
            }
            if let Err(why) = check(row, tx.now()) {
                done.refused.push((index, why));
                continue;
            }
            match self.resolve(&tx, row, &mut events).await? {
                Err(why) => done.refused.push((index, why)),
                Ok((matter, version, department)) => {
                    let number = &numbers[index];
                    let id =
                        self.build(&tx, row, &matter, &version, department, number, &mut out)?;
                    let permit = tx.authorize(Action::RequestImport, &target)?;
                    let event = Event::new(permit, "REQUEST_IMPORTED", "service_request", id)
                        .community(self.community.id)
                        .data(serde_json::json!({ "closed": row.closed }))
                        .row_held();
                    events.push(event);
                    done.imported += 1;
                }
            }
        }
        if events.is_empty() {
            return Ok(done);
        }
        out.insert(&tx).await?;
        tx.commit(events, ()).await?;
        Ok(done)
    }

    /// A number for every row, by the year of its submission.
    async fn numbers(&self, app: &App, rows: &[ImportRow]) -> Result<Vec<String>> {
        let year = |row: &ImportRow| app.day(row.created_at).year();
        let mut by_year: HashMap<i32, i32> = HashMap::new();
        for row in rows {
            *by_year.entry(year(row)).or_default() += 1;
        }
        let mut next = HashMap::new();
        for (year, count) in by_year {
            next.insert(year, app.reserve_numbers(self.community.id, year, count).await?);
        }
        Ok(rows
            .iter()
            .map(|row| {
                let year = year(row);
                let serial = next.entry(year).or_default();
                *serial += 1;
                format!("{}-{year}-{:06}", self.community.code, *serial - 1)
            })
            .collect())
    }

    /// Which of the rows are there.
    async fn known(&self, tx: &Tx<'_>, rows: &[ImportRow]) -> Result<HashSet<(String, String)>> {
        use service_request::Column;
        let sources: HashSet<&str> = rows.iter().map(|r| r.source.as_str()).collect();
        // The community is compared here: in the statement it would tempt the planner away from the
        // index that begins with the id, into reading every request of the community.
        let found: Vec<(String, String, PlaceId)> = service_request::Entity::find()
            .select_only()
            .column(Column::LegacySource)
            .column(Column::LegacyId)
            .column(Column::CommunityId)
            .filter(Column::LegacySource.is_in(sources))
            .filter(Column::LegacyId.is_in(rows.iter().map(|r| r.id.as_str())))
            .into_tuple()
            .all(tx.conn())
            .await?;
        let ours = found.into_iter().filter(|(_, _, community)| *community == self.community.id);
        Ok(ours.map(|(source, id, _)| (source, id)).collect())
    }

    /// The matter and department of a row, created if they may be.
    async fn resolve(
        &mut self,
        tx: &Tx<'_>,
        row: &ImportRow,
        events: &mut Vec<Event>,
    ) -> Result<std::result::Result<(matter::Model, matter_version::Model, PlaceId), String>> {
        let known = self.matters.get(&text::fold(&row.category)).cloned();
        let agency = match (&row.agency, &known) {
            (Some(agency), _) => agency.clone(),
            (None, Some((matter, version))) => {
                return Ok(Ok((matter.clone(), version.clone(), matter.department_id)));
            }
            (None, None) => NO_AGENCY.to_owned(),
        };
        let department = match self.departments.get(&text::fold(&agency)) {
            Some(id) => *id,
            None if self.create_missing => self.create_department(tx, &agency, events).await?,
            None => {
                return Ok(Err(format!("no department is called `{agency}` (--create-missing)")));
            }
        };
        if let Some((matter, version)) = known {
            return Ok(Ok((matter, version, department)));
        }
        if !self.create_missing {
            return Ok(Err(format!("no matter is called `{}` (--create-missing)", row.category)));
        }
        let (matter, version) = self.create_matter(tx, &row.category, department, events).await?;
        Ok(Ok((matter, version, department)))
    }

    async fn create_department(
        &mut self,
        tx: &Tx<'_>,
        agency: &str,
        events: &mut Vec<Event>,
    ) -> Result<PlaceId> {
        let parent = self.community.parent_id.ok_or(Error::NotFound)?;
        let parent = place::Entity::find_by_id(parent).one(tx.conn()).await?;
        let code: String = agency
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() { '-' } else { c })
            .take(64)
            .collect();
        // Another community's import may have made it meanwhile: departments are the subdistrict's.
        let there = place::Entity::find()
            .filter(place::Column::Kind.eq(PlaceKind::Department))
            .filter(place::Column::ParentId.eq(self.community.parent_id))
            .filter(place::Column::Code.eq(&code))
            .one(tx.conn())
            .await?;
        if let Some(there) = there {
            self.departments.insert(text::fold(agency), there.id);
            return Ok(there.id);
        }
        let permit = tx.authorize(Action::RequestImport, &Target::NONE)?;
        let new = NewPlace {
            kind: PlaceKind::Department,
            code,
            parent: parent.as_ref().map(|p| p.id),
            names: Localised::zh(agency),
            address: None,
        };
        let (row, event) =
            communities::service::create_in_tx(tx, permit, new, parent.as_ref()).await?;
        events.push(event);
        self.departments.insert(text::fold(agency), row.id);
        self.learn_department(&row);
        Ok(row.id)
    }

    async fn create_matter(
        &mut self,
        tx: &Tx<'_>,
        category: &str,
        department: PlaceId,
        events: &mut Vec<Event>,
    ) -> Result<(matter::Model, matter_version::Model)> {
        let permit = tx.authorize(Action::RequestImport, &Target::NONE)?;
        let new = NewMatter {
            community: self.community.id,
            code: category.chars().take(64).collect(),
            department,
            kind: MatterKind::Service,
            confidentiality: Confidentiality::None,
            content: MatterContent {
                titles: Localised::zh(category),
                descriptions: Localised::default(),
                channels: Channels(vec![IntakeChannel::Online, IntakeChannel::Window]),
                service_modes: Modes(vec![ServiceMode::Window]),
                decided_by: DecidedBy::Department,
                promised_days: None,
                legal_days: None,
                legal_unit: LimitUnit::WorkingDay,
                response_minutes: RESPONSE_MINUTES,
                visits_promised: 1,
                materials: Materials::default(),
                questions: Questions::default(),
            },
        };
        let (current, event) = catalogue::service::create_in_tx(tx, permit, new).await?;
        events.push(event);
        self.matters
            .insert(text::fold(category), (current.matter.clone(), current.version.clone()));
        Ok((current.matter, current.version))
    }

    #[expect(
        clippy::too_many_arguments,
        clippy::too_many_lines,
        reason = "one row, field by field"
    )]
    fn build(
        &self,
        tx: &Tx<'_>,
        row: &ImportRow,
        matter: &matter::Model,
        version: &matter_version::Model,
        department: PlaceId,
        number: &str,
        out: &mut Rows,
    ) -> Result<RequestId> {
        let app = tx.app();
        let id = RequestId(app.ids.uuid(row.created_at));
        let mut clock = Clock::start(row.created_at);
        clock.given_due_at = row.due_at;
        // What another system promised is not escalated here.
        clock.response_escalated = true;
        if let Some(accepted) = row.accepted_at {
            clock.apply(Tick::Accepted, accepted);
        }
        let closed_at = row.closed_at.filter(|_| row.closed);
        if let Some(closed) = closed_at {
            clock.apply(Tick::Resolved, closed);
        }
        let requester = row.requester.as_ref().map(|name| out.person(tx, name));
        let owner = row.assignee.as_ref().and_then(|name| self.staff.get(name)).copied();
        let model = service_request::Model {
            id,
            community_id: self.community.id,
            number: number.to_owned(),
            tracking_hash: None,
            matter_id: matter.id,
            matter_version_id: version.id,
            confidentiality: matter.confidentiality,
            requester_id: requester,
            entered_by: None,
            intake_channel: IntakeChannel::Import,
            service_mode: ServiceMode::Window,
            state: if row.closed { RequestState::Closed } else { RequestState::Submitted },
            outcome: row.closed.then_some(Outcome::Imported),
            confirmation: None,
            confirmed_via: None,
            title: Some(row.title.clone()),
            description: row.description.clone(),
            address: row.address.clone(),
            lat: row.position.map(|(lat, _)| lat),
            long: row.position.map(|(_, long)| long),
            answers: None,
            block_id: None,
            owner_id: owner.filter(|_| row.closed),
            merged_into: None,
            legacy_source: Some(row.source.clone()),
            legacy_id: Some(row.id.clone()),
            submitted_at: row.created_at,
            accepted_at: clock.accepted_at,
            first_response_at: None,
            resolved_at: clock.resolved_at,
            closed_at,
            response_due_at: None,
            due_at: row.due_at,
            original_due_at: row.due_at,
            legal_due_at: None,
            queue_at: row.due_at.unwrap_or_else(|| clock::estimate(&clock, Limits::from(version))),
            wake_at: row.due_at.filter(|due| !row.closed && *due >= tx.now()),
            reopen_until: None,
            handled_work_s: None,
            clock: serde_json::to_value(&clock).map_err(Error::internal)?,
            calendar_version: self.calendar,
            overdue: !row.closed && row.due_at.is_some_and(|due| due < tx.now()),
            supplements: 0,
            stage_supplements: 0,
            transfers: 0,
            returns: 0,
            reopens: 0,
            closures: i32::from(row.closed),
            appealed: false,
            extension_by: None,
            version: 1,
        };
        let fact = facts::of(&model, department, &clock, app.zone);
        if let Some(closed) = closed_at {
            let mut closure = facts::closure(&fact, 1, Outcome::Imported, closed, None, app.zone);
            closure.rating = row.rating.map(facts::points);
            closure.closed_at = Some(closed);
            out.ratings.extend(row.rating.map(|level| rating::Model {
                id: RatingId(tx.new_id()),
                community_id: self.community.id,
                request_id: id,
                closure_no: 1,
                level,
                body: None,
                show_name: false,
                rated_owner_id: owner,
                at: closed,
                superseded: false,
            }));
            out.closures.push(closure);
        }
        out.facts.push(fact);
        out.requests.push(model);
        Ok(id)
    }
}

/// Rows of a batch, by table.
#[derive(Default)]
struct Rows {
    persons: Vec<person::Model>,
    requests: Vec<service_request::Model>,
    facts: Vec<request_fact::Model>,
    closures: Vec<closure_fact::Model>,
    ratings: Vec<rating::Model>,
}

impl Rows {
    fn person(&mut self, tx: &Tx<'_>, name: &str) -> PersonId {
        let id = PersonId(tx.new_id());
        self.persons.push(person::Model {
            id,
            name: Some(name.to_owned()),
            phone: None,
            phone_verified: false,
            contact_preference: ContactPreference::Visit,
            language: "zh-Hans".to_owned(),
            merged_into: None,
            created_at: tx.now(),
            version: 1,
        });
        id
    }

    async fn insert(self, tx: &Tx<'_>) -> Result<()> {
        macro_rules! insert {
            ($rows:expr, $table:ident) => {
                if !$rows.is_empty() {
                    $table::Entity::insert_many($rows.into_iter().map($table::ActiveModel::from))
                        .exec_without_returning(tx.conn())
                        .await?;
                }
            };
        }
        insert!(self.persons, person);
        insert!(self.requests, service_request);
        insert!(self.facts, request_fact);
        insert!(self.closures, closure_fact);
        insert!(self.ratings, rating);
        Ok(())
    }
}

/// What is wrong with a row, if anything.
fn check(row: &ImportRow, now: DateTime<Utc>) -> std::result::Result<(), String> {
    let told = |e: Error| e.to_string();
    text::check("id", &row.id, text::LINE).map_err(told)?;
    text::check("title", &row.title, text::TITLE).map_err(told)?;
    // The category becomes the code of a matter.
    text::check("category", &row.category, 64).map_err(told)?;
    text::check("source", &row.source, 64).map_err(told)?;
    for (name, value, max) in [
        ("description", &row.description, text::BODY),
        ("agency", &row.agency, 64),
        ("requester", &row.requester, text::LINE),
        ("address", &row.address, text::LINE),
    ] {
        text::check_optional(name, value.as_deref(), max).map_err(told)?;
    }
    let times = [
        ("created_at", Some(row.created_at)),
        ("accepted_at", row.accepted_at),
        ("closed_at", row.closed_at),
    ];
    if let Some((name, _)) = times.iter().find(|(_, at)| at.is_some_and(|at| at > now)) {
        return Err(format!("{name} lies in the future"));
    }
    if row.closed && row.closed_at.is_none() {
        return Err("closed without closed_at".to_owned());
    }
    if row.closed_at.is_some_and(|t| t < row.created_at) {
        return Err("closed_at before created_at".to_owned());
    }
    if row.accepted_at.is_some_and(|t| t < row.created_at) {
        return Err("accepted_at before created_at".to_owned());
    }
    Ok(())
}
