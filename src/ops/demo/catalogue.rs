//! The demo's catalogue of matters.

use std::collections::{BTreeMap, HashMap};

use linli_entity::{
    enums::{Confidentiality, DecidedBy, IntakeChannel, LimitUnit, MatterKind, ServiceMode},
    ids::{MatterId, PlaceId},
    json::{
        Channels, Choice, Localised, Material, MaterialHandling, Materials, Modes, Question,
        QuestionType, Questions,
    },
};

use crate::{
    catalogue::service::{MatterContent, NewMatter, RESPONSE_MINUTES},
    kernel::{Actor, App, Error, Result},
};

/// The matters, one a line; enumerations are written as in the schema.
const MATTERS: &str = include_str!("matters.csv");

/// A matter, as far as the history needs to know it.
pub struct DemoMatter {
    pub id: MatterId,
    pub title: String,
    pub confidentiality: Confidentiality,
    pub days: i32,
    pub needs_answer: bool,
    pub home_visit: bool,
}

/// Makes the catalogue of a community.
pub async fn make(
    app: &App,
    manager: &Actor,
    community: PlaceId,
    departments: &HashMap<&str, PlaceId>,
) -> Result<Vec<DemoMatter>> {
    let mut matters = Vec::new();
    let mut reader = csv::Reader::from_reader(MATTERS.as_bytes());
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.map_err(Error::internal)?;
        let new = matter(&row, community, departments)?;
        let (title, days) = (row["title_zh"].clone(), new.content.promised_days.unwrap_or(5));
        let confidentiality = new.confidentiality;
        let needs_answer = !new.content.questions.0.is_empty();
        let home_visit = new.content.service_modes.0.contains(&ServiceMode::HomeVisit);
        // The catalogue is listed in the order in which it was made.
        app.clock.advance(chrono::Duration::seconds(1));
        let id = crate::catalogue::service::create(app, manager, new).await?.matter.id;
        matters.push(DemoMatter { id, title, confidentiality, days, needs_answer, home_visit });
    }
    Ok(matters)
}

/// A matter out of a line of the data: enumerations are written there as in the schema.
fn matter(
    row: &BTreeMap<String, String>,
    community: PlaceId,
    departments: &HashMap<&str, PlaceId>,
) -> Result<NewMatter> {
    let bad = |what: &str| Error::internal(format!("matters.csv: {what} of {}", row["code"]));
    let confidentiality = match (row["confidential"].as_str(), row["department_code"].as_str()) {
        ("true", "PARTY_AFFAIRS") => Confidentiality::Party,
        ("true", _) => Confidentiality::Mediation,
        _ => Confidentiality::None,
    };
    let modes: Vec<ServiceMode> = row["service_modes"]
        .split('|')
        .filter_map(|m| ServiceMode::ALL.iter().copied().find(|s| s.code() == m))
        .collect();
    let materials = row["materials_zh"].split('|').filter_map(|m| {
        let (name, handling) = m.split_once(':')?;
        let keep = handling == "KEEP";
        let handling = if keep { MaterialHandling::Keep } else { MaterialHandling::ShowOnly };
        Some(Material { names: Localised::zh(name), handling })
    });
    let number = |name: &str| row[name].parse::<i32>().map_err(|_| bad(name));
    let enquiry = row["kind"] == "ENQUIRY";
    Ok(NewMatter {
        community,
        code: row["code"].clone(),
        department: *departments
            .get(row["department_code"].as_str())
            .ok_or_else(|| bad("department_code"))?,
        kind: if enquiry { MatterKind::Enquiry } else { MatterKind::Service },
        confidentiality,
        content: MatterContent {
            titles: Localised::zh(&row["title_zh"]).and("en", &row["title_en"]),
            descriptions: Localised::default(),
            channels: Channels(vec![
                IntakeChannel::Online,
                IntakeChannel::Window,
                IntakeChannel::Phone,
                IntakeChannel::Hotline,
            ]),
            service_modes: Modes(modes),
            decided_by: match row["decided_by"].as_str() {
                "COMMUNITY" => DecidedBy::Community,
                _ => DecidedBy::Department,
            },
            promised_days: Some(number("promised_working_days")?),
            legal_days: Some(number("legal_limit")?),
            legal_unit: match row["legal_unit"].as_str() {
                "CALENDAR_DAY" => LimitUnit::CalendarDay,
                _ => LimitUnit::WorkingDay,
            },
            response_minutes: RESPONSE_MINUTES,
            visits_promised: number("visits_promised")?,
            materials: Materials(materials.collect()),
            questions: questions(&row["code"]),
        },
    })
}

/// One matter asks something, so that the demo shows how.
fn questions(code: &str) -> Questions {
    if code != "CA-06" {
        return Questions::default();
    }
    let choice = |key: &str, zh: &str, en: &str| Choice {
        key: key.to_owned(),
        labels: Localised::zh(zh).and("en", en),
    };
    Questions(vec![
        Question {
            code: "pickup".to_owned(),
            labels: Localised::zh("证件怎样领取?").and("en", "How do you want to get the card?"),
            datatype: QuestionType::SingleChoice,
            required: true,
            position: 1,
            choices: vec![
                choice("WINDOW", "窗口自取", "At the window"),
                choice("HOME", "送到家", "Brought home"),
            ],
        },
        Question {
            code: "remark".to_owned(),
            labels: Localised::zh("还有什么要告诉我们?").and("en", "Anything else?"),
            datatype: QuestionType::Text,
            required: false,
            position: 2,
            choices: Vec::new(),
        },
    ])
}
