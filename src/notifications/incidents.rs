//! Telling who reported an incident or follows it, who answers for it, and the agencies that are called in.

use std::collections::{HashMap, HashSet};

use linli_entity::{
    enums::{ContactPreference, ContactWay, IncidentLevel, Role},
    event,
    ids::{AccountId, AgencyTaskId, IncidentId, PersonId, PlaceId},
    incident, incident_report, person, place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    service::{About, owe_incident, write_message},
    sms::Sms,
    texts,
};
use crate::{
    blocks, identity,
    incidents::rules,
    kernel::{App, Locale, Result},
};

/// Of these everybody who reported it or follows it is told, unless they did it themselves.
const REPORTERS: [&str; 9] = [
    "INCIDENT_RESPONDED",
    "INCIDENT_ESCALATED",
    "INCIDENT_JOINT_OPENED",
    "INCIDENT_JOINT_CALLED_OFF",
    "INCIDENT_RESOLVED",
    "INCIDENT_ANSWERED",
    "INCIDENT_CLOSED",
    "INCIDENT_REOPENED",
    "INCIDENT_MERGED",
];
/// Of these whoever has it at its level is told.
const LEADS: [&str; 9] = [
    "INCIDENT_REPORTED",
    "INCIDENT_ESCALATED",
    "INCIDENT_OVERDUE",
    "INCIDENT_REOPENED",
    "INCIDENT_ROUTED",
    "INCIDENT_JOINT_CALLED_OFF",
    "AGENCY_TASK_REFUSED",
    "AGENCY_TASK_LATE",
    "AGENCY_TASK_FINISHED",
];
/// Of these the officers of the agency are told.
const OFFICERS: [&str; 6] = [
    "AGENCY_TASK_ASKED",
    "AGENCY_TASK_URGENT",
    "AGENCY_TASK_DECIDED",
    "AGENCY_TASK_CALLED_OFF",
    "AGENCY_TASK_LATE",
    "AGENCY_TASK_RATED",
];
/// Most who are told of one event.
const MOST: u64 = 2000;

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    [&REPORTERS[..], &LEADS[..], &OFFICERS[..]].iter().any(|kinds| kinds.contains(&kind))
}

/// In the inbox, by text message whoever wants that, and about the answer by call or visit who wants that.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let id = IncidentId(event.aggregate_id);
    let Some(row) = incident::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    let told = Told { app, sms, event, row: &row };
    let kind = event.kind.as_str();
    if LEADS.contains(&kind) {
        told.leads().await?;
    }
    if OFFICERS.contains(&kind) {
        told.officers().await?;
    }
    if REPORTERS.contains(&kind) {
        told.reporters().await?;
    }
    Ok(())
}

async fn numbers(app: &App, ids: &[IncidentId]) -> Result<HashMap<IncidentId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(IncidentId, String)> = incident::Entity::find()
        .select_only()
        .columns([incident::Column::Id, incident::Column::Number])
        .filter(incident::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(found.into_iter().collect())
}

struct Told<'a> {
    app: &'a App,
    sms: &'a Sms,
    event: &'a event::Model,
    row: &'a incident::Model,
}

impl Told<'_> {
    async fn reporters(&self) -> Result<()> {
        use incident_report::Column as C;
        // Whoever reported it before whoever only follows it.
        let records: Vec<(PersonId, bool, Option<IncidentId>)> = incident_report::Entity::find()
            .select_only()
            .columns([C::PersonId, C::Follows, C::FromId])
            .filter(C::IncidentId.eq(self.row.id))
            .order_by_asc(C::Follows)
            .order_by_asc(C::ReportedAt)
            .limit(MOST)
            .into_tuple()
            .all(self.app.db.reader())
            .await?;
        let doer = match self.event.actor_id {
            Some(account) => identity::queries::accounts(self.app, &[account]).await?,
            None => HashMap::new(),
        };
        // Without an account it is whose report it was.
        let doer = doer.into_values().next().map(|a| a.person_id).or(self.event.beneficiary_id);
        let mut told: HashSet<PersonId> = doer.into_iter().collect();
        let ids: Vec<PersonId> = records.iter().map(|(person, ..)| *person).collect();
        let from: Vec<IncidentId> = records.iter().filter_map(|(.., from)| *from).collect();
        let numbers = numbers(self.app, &from).await?;
        let holders = identity::queries::record_holders(self.app, &ids).await?;
        for (record, follows, from) in records {
            let Some(person) = holders.get(&record) else { continue };
            // The number that they know, and that their code belongs to.
            let number = from.and_then(|id| numbers.get(&id)).unwrap_or(&self.row.number);
            if told.insert(person.id) {
                self.person(person, follows, number).await?;
            }
        }
        Ok(())
    }

    async fn person(&self, person: &person::Model, follows: bool, number: &str) -> Result<()> {
        let way = match person.contact_preference {
            ContactPreference::Call => Some(ContactWay::Call),
            ContactPreference::Visit => Some(ContactWay::Visit),
            ContactPreference::Inbox | ContactPreference::Sms => None,
        };
        // Nobody who only follows is called.
        if let Some(way) = way
            && !follows
            && let Some(about) = self.to_be_told().await?
        {
            owe_incident(self.app, self.event, &about, way).await?;
        }
        let new = write_message(self.app, self.event, person.id, About::Incident(self.row.id));
        if !new.await? || person.contact_preference != ContactPreference::Sms {
            return Ok(());
        }
        let Some(phone) = &person.phone else { return Ok(()) };
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        let Some(text) = texts::incident(locale, self.text(follows), number) else {
            return Ok(());
        };
        // Of many who are told at once, nobody is told again because another one could not be.
        if let Err(error) = self.sms.send(phone, &text).await {
            tracing::warn!(event = %self.event.id, %error, "a text failed");
        }
        Ok(())
    }

    /// The incident about which staff call or visit who wants that, if this is something to tell: an answer that
    /// still holds, the result that followed it, that it holds no longer, or what another one was answered that
    /// turned out to be the same.
    async fn to_be_told(&self) -> Result<Option<incident::Model>> {
        // Many are told one after the other: it may have been taken back meanwhile.
        let row = incident::Entity::find_by_id(self.row.id).one(self.app.db.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let tells = match self.event.kind.as_str() {
            "INCIDENT_ANSWERED" => row.answered_at.is_some(),
            "INCIDENT_CLOSED" => self.ended_after_answer(),
            "INCIDENT_JOINT_CALLED_OFF" => self.event.data["answerTakenBack"] == true,
            "INCIDENT_MERGED" => {
                let Some(into) = row.merged_into else { return Ok(None) };
                let other = incident::Entity::find_by_id(into).one(self.app.db.reader()).await?;
                return Ok(other.filter(|other| other.answered_at.is_some()));
            }
            _ => false,
        };
        Ok(tells.then_some(row))
    }

    /// Whether the result came after what was answered while agencies were at work.
    fn ended_after_answer(&self) -> bool {
        self.row.answered_at.zip(self.row.resolved_at).is_some_and(|(answer, end)| answer < end)
    }

    /// What a text message is about: an answer while agencies still work is no result yet, and only who reported it
    /// can have it taken up again.
    fn text(&self, follows: bool) -> &str {
        let ahead = self.event.data["state"] == "JOINT_RESPONSE";
        match (self.event.kind.as_str(), follows) {
            ("INCIDENT_ANSWERED", false) if ahead => texts::ANSWERED_AHEAD,
            ("INCIDENT_ANSWERED", true) if ahead => "",
            ("INCIDENT_ANSWERED", true) => texts::RESULT,
            ("INCIDENT_CLOSED", _) if self.ended_after_answer() => texts::RESULT,
            (kind, _) => kind,
        }
    }

    async fn inboxes(&self, accounts: Vec<AccountId>, about: About) -> Result<()> {
        let mut others = accounts;
        others.retain(|account| self.event.actor_id != Some(*account));
        for account in identity::queries::accounts(self.app, &others).await?.into_values() {
            write_message(self.app, self.event, account.person_id, about).await?;
        }
        Ok(())
    }

    /// Who has it now: of the block, or who leads all blocks; and at the top the subdistrict. Who runs the community
    /// is told where nobody is in that office, and of what nobody knows the block of, to say which it is.
    async fn leads(&self) -> Result<()> {
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        let community = place::Entity::find_by_id(self.row.community_id).one(conn).await?;
        let above = community.and_then(|c| c.parent_id);
        let mut accounts = self.in_office(Role::BlockLead, self.row.block_id).await?;
        // A deputy assists, and neither decides nor calls anybody in.
        let mut vacant = accounts.is_empty();
        accounts.extend(self.in_office(Role::DeputyBlockLead, self.row.block_id).await?);
        let level = self.level();
        if level != IncidentLevel::Block {
            let general = self.in_office(Role::GeneralLead, above).await?;
            vacant = general.is_empty();
            accounts.extend(general);
        }
        // Where there is no general lead, who oversees all of it may do what they could.
        if (level == IncidentLevel::Subdistrict || vacant && level == IncidentLevel::General)
            && let Some(above) = above
        {
            let role = Role::SubdistrictManager;
            accounts.extend(identity::queries::holders(conn, now, role, above).await?);
        }
        if vacant || self.row.block_id.is_none() {
            let (role, community) = (Role::CommunityManager, self.row.community_id);
            accounts.extend(identity::queries::holders(conn, now, role, community).await?);
        }
        accounts.sort_unstable();
        accounts.dedup();
        self.inboxes(accounts, About::Incident(self.row.id)).await
    }

    /// How far up it is to be known: of what is late, one level above who has it or is to decide; of what the
    /// general lead is to decide, there.
    fn level(&self) -> IncidentLevel {
        let (row, event) = (self.row, self.event);
        match event.kind.as_str() {
            "INCIDENT_OVERDUE" => rules::above(row.level),
            "AGENCY_TASK_LATE" if event.data["arbitrated"] == true && self.waits_for_decision() => {
                IncidentLevel::Subdistrict
            }
            "AGENCY_TASK_LATE" => rules::higher(row.level, IncidentLevel::General),
            "AGENCY_TASK_REFUSED" if event.data["arbitrated"] == true => {
                rules::higher(row.level, IncidentLevel::General)
            }
            _ => row.level,
        }
    }

    /// Whether nobody has decided for a day whose a task is.
    fn waits_for_decision(&self) -> bool {
        let late = self.event.data["clocks"].as_array();
        late.is_some_and(|late| late.iter().any(|clock| clock == "DECIDE"))
    }

    async fn in_office(&self, role: Role, scope: Option<PlaceId>) -> Result<Vec<AccountId>> {
        let Some(scope) = scope else { return Ok(Vec::new()) };
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        let found = blocks::queries::office_holders(conn, &[role], &[scope], now).await?;
        Ok(found.into_values().flatten().collect())
    }

    async fn officers(&self) -> Result<()> {
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        // Of what was decided, the one that has it now.
        let data = &self.event.data;
        let [agency, task] = [["to", "agency"], ["next", "task"]]
            .map(|names| names.iter().find_map(|name| data[*name].as_str()));
        let agency = agency.and_then(|id| id.parse::<PlaceId>().ok());
        let task = task.and_then(|id| id.parse::<AgencyTaskId>().ok());
        let (Some(agency), Some(task)) = (agency, task) else { return Ok(()) };
        // That nobody decides about what they refused is no matter of theirs.
        if self.waits_for_decision() {
            return Ok(());
        }
        let role = Role::AgencyOfficer;
        let found = identity::queries::holders(conn, now, role, agency).await?;
        // They see their task, and not the incident.
        self.inboxes(found.into_iter().collect(), About::AgencyTask(task)).await
    }
}
