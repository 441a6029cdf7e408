//! The demo's blocks with those who answer for them, and its incidents, copied until every community has
//! as many as a lively one has in two years.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use linli::kernel::App;
use linli_entity::{
    agency_task, agency_task_note, block, block_address, event,
    ids::{AccountId, IncidentId, PersonId},
    incident, incident_limit, incident_report, joint_response, office_stand_in, office_term,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    Problem,
    data::{self, INCIDENTS, NEIGHBOURS},
    fill::{self, insert},
};

/// Copies of the demo's incidents written at once.
const BATCH: usize = 50;

/// Everything that is copied.
pub struct Source {
    blocks: Vec<block::Model>,
    addresses: Vec<block_address::Model>,
    terms: Vec<office_term::Model>,
    stand_ins: Vec<office_stand_in::Model>,
    limits: Vec<incident_limit::Model>,
    incidents: Vec<incident::Model>,
    reports: Vec<incident_report::Model>,
    joints: Vec<joint_response::Model>,
    tasks: Vec<agency_task::Model>,
    notes: Vec<agency_task_note::Model>,
    events: Vec<event::Model>,
}

impl Source {
    pub async fn read(app: &App) -> Result<Self, Problem> {
        let db = app.db.reader();
        // Whoever answers for all blocks of the subdistrict is one, and stays.
        let terms = office_term::Entity::find()
            .filter(office_term::Column::CommunityId.is_not_null())
            .all(db)
            .await?;
        let stand_ins = office_stand_in::Entity::find()
            .filter(office_stand_in::Column::TermId.is_in(terms.iter().map(|t| t.id)));
        Ok(Self {
            blocks: block::Entity::find().all(db).await?,
            addresses: block_address::Entity::find().all(db).await?,
            stand_ins: stand_ins.all(db).await?,
            terms,
            limits: incident_limit::Entity::find().all(db).await?,
            incidents: incident::Entity::find()
                .order_by_asc(incident::Column::ReceivedAt)
                .all(db)
                .await?,
            reports: incident_report::Entity::find().all(db).await?,
            joints: joint_response::Entity::find().all(db).await?,
            tasks: agency_task::Entity::find().all(db).await?,
            notes: agency_task_note::Entity::find().all(db).await?,
            events: event::Entity::find()
                .filter(event::Column::Aggregate.eq("incident"))
                .all(db)
                .await?,
        })
    }

    /// Where the blocks of a community lie, who answers for them, and what is agreed there.
    pub async fn copy_blocks(&self, app: &App, of: &fill::Source, c: u64) -> Result<(), Problem> {
        let account = |id: AccountId| AccountId(data::copy(id.0, c));
        let blocks = self.blocks.iter().cloned().map(|mut row| {
            row.place_id = of.place(row.place_id, c);
            row.community_id = data::community(c);
            row.station_id = row.station_id.map(|s| of.place(s, c));
            row
        });
        insert(app, blocks.collect()).await?;
        let addresses = self.addresses.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.block_id = of.place(row.block_id, c);
            row.community_id = data::community(c);
            row
        });
        insert(app, addresses.collect()).await?;
        let terms = self.terms.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = Some(data::community(c));
            row.place_id = of.place(row.place_id, c);
            row.account_id = account(row.account_id);
            row.recorded_by = row.recorded_by.map(account);
            row
        });
        insert(app, terms.collect()).await?;
        let stand_ins = self.stand_ins.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.term_id.0 = data::copy(row.term_id.0, c);
            row.account_id = account(row.account_id);
            row.recorded_by = row.recorded_by.map(account);
            row
        });
        insert(app, stand_ins.collect()).await?;
        let limits = self.limits.iter().cloned().map(|mut row| {
            row.id.0 = data::copy(row.id.0, c);
            row.community_id = data::community(c);
            row
        });
        insert(app, limits.collect()).await
    }

    /// The incidents of a community: the demo's, and the same again for each week before.
    pub async fn copy_incidents(
        &self,
        app: &App,
        of: &fill::Source,
        c: u64,
    ) -> Result<(), Problem> {
        let weeks: Vec<u64> = (0..INCIDENTS.div_ceil(self.incidents.len() as u64)).collect();
        for weeks in weeks.chunks(BATCH) {
            let mut batch = Batch::default();
            for week in weeks {
                self.copy_week(of, c, *week, &mut batch)?;
            }
            batch.write(app).await?;
        }
        Ok(())
    }

    fn copy_week(
        &self,
        of: &fill::Source,
        c: u64,
        week: u64,
        batch: &mut Batch,
    ) -> Result<(), Problem> {
        let copy = Copy {
            of,
            c,
            week,
            before: Duration::weeks(i64::try_from(week)?),
            numbers: self.incidents.iter().map(|row| row.id).zip(0..).collect(),
        };
        batch.incidents.extend(self.incidents.iter().map(|row| copy.incident(row)));
        batch.reports.extend(self.reports.iter().cloned().map(|mut row| {
            row.id.0 = copy.own(row.id.0);
            row.community_id = data::community(c);
            row.incident_id.0 = copy.own(row.incident_id.0);
            row.person_id = copy.person(row.person_id);
            row.entered_by = row.entered_by.map(|id| copy.account(id));
            row.from_id = row.from_id.map(|id| IncidentId(copy.own(id.0)));
            row.reported_at -= copy.before;
            row
        }));
        batch.joints.extend(self.joints.iter().cloned().map(|mut row| {
            row.id.0 = copy.own(row.id.0);
            row.community_id = data::community(c);
            row.incident_id.0 = copy.own(row.incident_id.0);
            row.opened_by = row.opened_by.map(|id| copy.account(id));
            row.opened_at -= copy.before;
            row.ended_at = copy.then(row.ended_at);
            row
        }));
        batch.tasks.extend(self.tasks.iter().map(|row| copy.task(row)));
        batch.notes.extend(self.notes.iter().cloned().map(|mut row| {
            row.id.0 = copy.own(row.id.0);
            row.task_id.0 = copy.own(row.task_id.0);
            row.account_id = copy.account(row.account_id);
            row.at -= copy.before;
            row
        }));
        batch.events.extend(self.events.iter().cloned().map(|mut row| {
            row.id.0 = copy.own(row.id.0);
            row.aggregate_id = copy.own(row.aggregate_id);
            row.community_id = Some(data::community(c));
            row.actor_id = row.actor_id.map(|id| copy.account(id));
            row.beneficiary_id = row.beneficiary_id.map(|id| copy.person(id));
            row.at -= copy.before;
            row
        }));
        Ok(())
    }
}

/// One copy of the demo's incidents.
struct Copy<'a> {
    of: &'a fill::Source,
    c: u64,
    week: u64,
    before: Duration,
    numbers: HashMap<IncidentId, u64>,
}

impl Copy<'_> {
    /// Of a row that belongs to an incident; the salts are apart from those of requests.
    fn own(&self, id: Uuid) -> Uuid {
        data::copy(id, (1 << 33) + self.c * 10_000 + self.week)
    }

    fn account(&self, id: AccountId) -> AccountId {
        AccountId(data::copy(id.0, self.c))
    }

    fn person(&self, id: PersonId) -> PersonId {
        data::resident(id, self.c, self.week % NEIGHBOURS)
    }

    fn then(&self, at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        at.map(|at| at - self.before)
    }

    fn incident(&self, row: &incident::Model) -> incident::Model {
        let nth = self.week * self.numbers.len() as u64 + self.numbers[&row.id];
        incident::Model {
            id: IncidentId(self.own(row.id.0)),
            community_id: data::community(self.c),
            number: format!("B{:02}-I{nth:05}", self.c),
            block_id: row.block_id.map(|b| self.of.place(b, self.c)),
            handler_id: row.handler_id.map(|id| self.account(id)),
            received_at: row.received_at - self.before,
            due_at: self.then(row.due_at),
            responded_at: self.then(row.responded_at),
            escalated_at: self.then(row.escalated_at),
            joint_at: self.then(row.joint_at),
            resolved_at: self.then(row.resolved_at),
            answered_at: self.then(row.answered_at),
            closed_at: self.then(row.closed_at),
            first_closed_at: self.then(row.first_closed_at),
            published_at: self.then(row.published_at),
            merged_into: row.merged_into.map(|id| IncidentId(self.own(id.0))),
            ..row.clone()
        }
    }

    /// The task of an agency: those are of the subdistrict, and the same for all communities.
    fn task(&self, row: &agency_task::Model) -> agency_task::Model {
        let mut row = row.clone();
        row.id.0 = self.own(row.id.0);
        row.community_id = data::community(self.c);
        row.incident_id.0 = self.own(row.incident_id.0);
        row.joint_id.0 = self.own(row.joint_id.0);
        if let Some(from) = &mut row.from_id {
            from.0 = self.own(from.0);
        }
        row.asked_at -= self.before;
        row.sign_due_at -= self.before;
        row.contact_due_at -= self.before;
        row.finish_due_at -= self.before;
        row.due_at = self.then(row.due_at);
        row.signed_at = self.then(row.signed_at);
        row.contacted_at = self.then(row.contacted_at);
        row.ended_at = self.then(row.ended_at);
        row.refused_at = self.then(row.refused_at);
        row.rated_by = row.rated_by.map(|id| self.account(id));
        row.rated_at = self.then(row.rated_at);
        row
    }
}

#[derive(Default)]
struct Batch {
    incidents: Vec<incident::Model>,
    reports: Vec<incident_report::Model>,
    joints: Vec<joint_response::Model>,
    tasks: Vec<agency_task::Model>,
    notes: Vec<agency_task_note::Model>,
    events: Vec<event::Model>,
}

impl Batch {
    async fn write(self, app: &App) -> Result<(), Problem> {
        insert(app, self.incidents).await?;
        insert(app, self.reports).await?;
        insert(app, self.joints).await?;
        insert(app, self.tasks).await?;
        insert(app, self.notes).await?;
        insert(app, self.events).await
    }
}
