//! The demo's agencies, where two blocks lie, and who answers for them besides their leads.

use std::collections::HashMap;

use chrono::{DateTime, Days, Duration, Utc};
use linli_entity::{
    enums::{ContactPreference, IncidentKind, IncidentLevel, Parity, PlaceKind, Role},
    ids::PlaceId,
    json::Localised,
    office_term,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    PASSWORD,
    place::{self, Town},
};
use crate::{
    blocks::{
        rules::addresses::Line,
        service::{self, BlockChange, NewStandIn, NewTerm, TermsChange},
    },
    identity,
    incidents::{
        rules::Ladder,
        service::{self as incidents, LimitChange},
    },
    kernel::{Actor, App, Error, Result, actor::Grant},
};

/// An agency by code, its names in Chinese and English, and who of it signs in.
type Agency = (&'static str, (&'static str, &'static str), Option<(&'static str, &'static str)>);

const AGENCIES: [Agency; 5] = [
    ("URBAN", ("城管执法中队", "Urban management"), Some(("13800000151", "帕尔哈提"))),
    ("POLICE", ("公安派出所", "Public security"), Some(("13800000152", "孙警官"))),
    ("MARKET", ("市场监管所", "Market supervision"), Some(("13800000153", "吴海燕"))),
    ("LIGHTING", ("路灯管理所", "Street lighting"), None),
    ("TRAFFIC", ("交警中队", "Traffic police"), None),
];

/// The agencies by code, and their officers as they are signed in.
pub struct Agencies {
    pub places: HashMap<&'static str, PlaceId>,
    pub officers: HashMap<&'static str, Actor>,
}

struct Maker<'a> {
    app: &'a App,
    town: &'a Town,
    now: DateTime<Utc>,
}

/// Makes the agencies, the areas and the offices.
pub async fn make(app: &App, town: &Town, now: DateTime<Utc>) -> Result<Agencies> {
    app.clock.set(now - Duration::days(45));
    let maker = Maker { app, town, now };
    let agencies = maker.agencies().await?;
    maker.areas().await?;
    maker.offices().await?;
    Ok(agencies)
}

/// A text in Chinese and English.
pub fn both(zh: &str, en: &str) -> Localised {
    Localised::zh(zh).and("en", en)
}

impl Maker<'_> {
    async fn agencies(&self) -> Result<Agencies> {
        let mut made = Agencies { places: HashMap::new(), officers: HashMap::new() };
        let (app, town) = (self.app, self.town);
        let hash = identity::service::hash(PASSWORD.to_owned()).await?;
        let overseer = &town.staff[place::OVERSEER];
        for (code, names, officer) in AGENCIES {
            let at = Some(town.subdistrict);
            let agency = place::place(app, overseer, PlaceKind::Agency, code, at, names).await?;
            made.places.insert(code, agency);
            let Some((phone, name)) = officer else { continue };
            let inbox = ContactPreference::Inbox;
            let (account, person) =
                place::insert_account(app, (phone, name), true, &hash, inbox).await?;
            let role = Role::AgencyOfficer;
            place::grant(app, account, (role, Some(agency)), None).await?;
            let grant = Grant { role, scope: Some(agency), communities: vec![town.community] };
            made.officers.insert(code, place::actor(app, account, person, vec![grant]));
        }
        let duties = both("占道经营、违停、噪声扰民的执法", "Stalls, parking and noise");
        let agreed = TermsChange {
            duties: Some(Some(duties)),
            sign_minutes: Some(30),
            contact_minutes: Some(120),
            finish_days: Some(2),
            urgent_finish_minutes: Some(480),
        };
        service::terms_set(app, overseer, (made.places["URBAN"], 0), agreed).await?;
        Ok(made)
    }

    /// Two blocks side by side, and until when somebody sits there.
    async fn areas(&self) -> Result<()> {
        for (block, (west, east), street) in
            [(0, (81.300, 81.308), "园丁巷"), (1, (81.308, 81.316), "团结路")]
        {
            let (south, north) = (43.900, 43.906);
            let area = format!(
                r#"{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"#
            );
            let street = street.to_owned();
            let line = Line { street, from: None, until: None, parity: Parity::All };
            let change = BlockChange {
                station: Some(Some(self.town.station)),
                hours: Some(Some(both("周一至周五 10:00–13:30", "Monday to Friday, 10:00–13:30"))),
                address_note: Some(Some("一楼右手第二间".to_owned())),
                area: Some(Some(area)),
                addresses: Some(vec![line]),
            };
            let id = self.town.blocks[block];
            service::change(self.app, &self.town.manager, (id, 0), change).await?;
        }
        Ok(())
    }

    /// A deputy of one lead, somebody who stands in for the other, and limits of the community's own.
    async fn offices(&self) -> Result<()> {
        let app = self.app;
        let account = |index: usize| {
            let resident: &Actor = &self.town.residents[index];
            resident.account().ok_or(Error::Unauthenticated)
        };
        let deputy = NewTerm {
            place: self.town.blocks[0],
            role: Role::DeputyBlockLead,
            account: account(6)?,
            from: None,
            staff_name: Some("马玉梅".to_owned()),
            once: None,
        };
        service::begin(app, &self.town.manager, deputy).await?;
        let ladder = Ladder {
            starts_at: IncidentLevel::Block,
            around_the_clock: true,
            block_minutes: 60,
            general_minutes: 60,
            handle_minutes: 480,
        };
        let limit = LimitChange {
            community: self.town.community,
            kind: IncidentKind::IllegalParking,
            expected_version: 0,
            ladder,
        };
        incidents::limit_set(app, &self.town.manager, limit).await?;
        app.clock.set(self.now);
        let term = office_term::Entity::find()
            .filter(office_term::Column::PlaceId.eq(self.town.blocks[1]))
            .filter(office_term::Column::Role.eq(Role::BlockLead))
            .one(app.db.reader())
            .await?
            .ok_or(Error::NotFound)?;
        let stand_in = NewStandIn {
            account: account(4)?,
            from: None,
            until: app.day(self.now) + Days::new(10),
            staff_name: Some("叶尔兰".to_owned()),
        };
        service::stand_in_set(app, &self.town.manager, (term.id, term.version), stand_in).await?;
        Ok(())
    }
}
