//! Telling who reported an incident or follows it, who answers for it, and the agencies that are called in.

use std::collections::HashSet;

use linli_entity::{
    enums::{ContactPreference, IncidentLevel, Role},
    event,
    ids::{AccountId, IncidentId, PersonId, PlaceId},
    incident, incident_report, person, place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    service::{About, write_message},
    sms::Sms,
    texts,
};
use crate::{
    blocks, identity,
    kernel::{App, Locale, Result},
};

/// Of these everybody who reported it or follows it is told, unless they did it themselves.
const REPORTERS: [&str; 8] = [
    "INCIDENT_RESPONDED",
    "INCIDENT_ESCALATED",
    "INCIDENT_JOINT_OPENED",
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
const OFFICERS: [&str; 5] = [
    "AGENCY_TASK_ASKED",
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

/// In the inbox, and by text message whoever has no account or does not want the inbox only.
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

struct Told<'a> {
    app: &'a App,
    sms: &'a Sms,
    event: &'a event::Model,
    row: &'a incident::Model,
}

impl Told<'_> {
    async fn reporters(&self) -> Result<()> {
        use incident_report::Column as C;
        let records: Vec<PersonId> = incident_report::Entity::find()
            .select_only()
            .column(C::PersonId)
            .filter(C::IncidentId.eq(self.row.id))
            .order_by_asc(C::ReportedAt)
            .limit(MOST)
            .into_tuple()
            .all(self.app.db.reader())
            .await?;
        let doer = match self.event.actor_id {
            Some(account) => identity::queries::accounts(self.app, &[account]).await?,
            None => std::collections::HashMap::new(),
        };
        let doer = doer.into_values().next().map(|a| a.person_id);
        let mut told: HashSet<PersonId> = doer.into_iter().collect();
        for person in identity::queries::record_holders(self.app, &records).await?.into_values() {
            if told.insert(person.id) {
                self.person(&person).await?;
            }
        }
        Ok(())
    }

    async fn person(&self, person: &person::Model) -> Result<()> {
        let new = write_message(self.app, self.event, person.id, About::Incident(self.row.id));
        if !new.await? || person.contact_preference == ContactPreference::Inbox {
            return Ok(());
        }
        let Some(phone) = &person.phone else { return Ok(()) };
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        let Some(text) = texts::incident(locale, &self.event.kind, &self.row.number) else {
            return Ok(());
        };
        // Of many who are told at once, nobody is told again because another one could not be.
        if let Err(error) = self.sms.send(phone, &text).await {
            tracing::warn!(event = %self.event.id, %error, "a text failed");
        }
        Ok(())
    }

    async fn inboxes(&self, accounts: Vec<AccountId>) -> Result<()> {
        let mut others = accounts;
        others.retain(|account| self.event.actor_id != Some(*account));
        for account in identity::queries::accounts(self.app, &others).await?.into_values() {
            let about = About::Incident(self.row.id);
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
        accounts.extend(self.in_office(Role::DeputyBlockLead, self.row.block_id).await?);
        let mut vacant = accounts.is_empty();
        if self.row.level != IncidentLevel::Block {
            let general = self.in_office(Role::GeneralLead, above).await?;
            vacant = general.is_empty();
            accounts.extend(general);
        }
        if self.row.level == IncidentLevel::Subdistrict
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
        self.inboxes(accounts).await
    }

    async fn in_office(&self, role: Role, scope: Option<PlaceId>) -> Result<Vec<AccountId>> {
        let Some(scope) = scope else { return Ok(Vec::new()) };
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        let found = blocks::queries::office_holders(conn, role, &[scope], now).await?;
        Ok(found.into_values().flatten().collect())
    }

    async fn officers(&self) -> Result<()> {
        let (conn, now) = (self.app.db.reader(), self.app.clock.now());
        // Of what was decided, the one that has it now.
        let data = &self.event.data;
        let id = data["to"].as_str().or(data["agency"].as_str());
        let agency = id.and_then(|id| id.parse::<PlaceId>().ok());
        let Some(agency) = agency else { return Ok(()) };
        let role = Role::AgencyOfficer;
        let found = identity::queries::holders(conn, now, role, agency).await?;
        self.inboxes(found.into_iter().collect()).await
    }
}
