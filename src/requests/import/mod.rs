//! Requests from other systems: mapped onto matters and departments, stored with their own times,
//! marked as imported. A batch is one transaction; a row that is there already is skipped.

mod mapping;
mod rows;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, Utc};
use linli_entity::{
    enums::{PlaceKind, RatingLevel, Role},
    ids::{AccountId, PlaceId},
    matter, matter_version, place, service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    calendar, catalogue, identity,
    kernel::{Action, Actor, App, Error, Event, Result, Target, Tx, text},
};
use rows::Rows;

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
        let now = app.clock.now();
        for role in [Role::Specialist, Role::CommunityManager] {
            let ids = identity::queries::holders(conn, now, role, importer.community.id).await?;
            for (id, account) in identity::queries::accounts(app, &ids).await? {
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
                Ok(mapped) => {
                    let id = self.build(&tx, row, &mapped, &numbers[index], &mut out)?;
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
