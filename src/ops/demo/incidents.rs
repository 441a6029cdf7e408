//! The demo's six weeks of incidents: three told in full.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    agency_task,
    enums::{
        AgencyOutcome, AgencyTaskState, ContactPreference, Danger, IncidentKind, IncidentOutcome,
        JointReason, RatingLevel,
    },
    ids::{AgencyTaskId, IncidentId},
    incident,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    blocks::{Agencies, both},
    place::Town,
};
use crate::{
    blocks::rules::Point,
    incidents::service::{self, Asked, Decision, NewJoint, NewReport, Refusal},
    kernel::{Actor, App, Error, Locale, Result},
    requests::service::Beneficiary,
};

/// What was reported, what became of it, and what everybody reads of it.
const INCIDENTS: &str = include_str!("incidents.csv");

const BLOCK_LEADS: [&str; 2] = ["13800000121", "13800000122"];
const GENERAL_LEAD: &str = "13800000123";

struct Tale<'a> {
    app: &'a App,
    town: &'a Town,
    agencies: &'a Agencies,
    now: DateTime<Utc>,
}

/// Tells the incidents.
pub async fn make(app: &App, town: &Town, agencies: &Agencies, now: DateTime<Utc>) -> Result<()> {
    let tale = Tale { app, town, agencies, now };
    Box::pin(tale.dark_street()).await?;
    Box::pin(tale.noisy_market()).await?;
    Box::pin(tale.small_ones()).await?;
    Box::pin(tale.fire_lane()).await?;
    app.clock.set(now);
    service::escalate_due(app, 100).await?;
    service::late(app, 100).await?;
    Ok(())
}

fn known(row: &incident::Model) -> (IncidentId, i32) {
    (row.id, row.version)
}

impl Tale<'_> {
    /// It is so many hours ago.
    fn ago(&self, hours: i64) {
        self.app.clock.set(self.now - Duration::hours(hours));
    }

    fn later(&self, minutes: i64) {
        self.app.clock.advance(Duration::minutes(minutes));
    }

    fn staff(&self, phone: &str) -> &Actor {
        &self.town.staff[phone]
    }

    fn lead(&self, block: usize) -> &Actor {
        self.staff(BLOCK_LEADS[block % BLOCK_LEADS.len()])
    }

    fn general(&self) -> &Actor {
        self.staff(GENERAL_LEAD)
    }

    fn manager(&self) -> &Actor {
        &self.town.manager
    }

    fn draft(&self, kind: IncidentKind, place: &str, words: &str, at: (i32, i32)) -> NewReport {
        NewReport {
            community: self.town.community,
            kind,
            danger: Danger::None,
            place: place.to_owned(),
            point: Some(Point { lon_e6: at.0, lat_e6: at.1 }),
            block: None,
            words: words.to_owned(),
            anonymous: false,
            may_contact: true,
            beneficiary: None,
            visitor: None,
            once: None,
        }
    }

    async fn report(&self, actor: &Actor, input: NewReport) -> Result<incident::Model> {
        Ok(service::report(self.app, actor, "demo", input).await?.into_inner().row)
    }

    async fn incident(&self, id: IncidentId) -> Result<incident::Model> {
        let found = incident::Entity::find_by_id(id).one(self.app.db.reader()).await?;
        found.ok_or(Error::NotFound)
    }

    /// The task that an agency has with an incident now.
    async fn task(&self, row: &incident::Model, agency: &str) -> Result<(AgencyTaskId, i32)> {
        use agency_task::Column as C;
        let found = agency_task::Entity::find()
            .filter(C::IncidentId.eq(row.id))
            .filter(C::AgencyId.eq(self.agencies.places[agency]))
            .filter(C::State.ne(AgencyTaskState::Moved))
            .one(self.app.db.reader())
            .await?;
        found.map(|t| (t.id, t.version)).ok_or(Error::NotFound)
    }

    fn asked(&self, agency: &str, brief: &str) -> Asked {
        Asked { agency: self.agencies.places[agency], mandatory: true, brief: brief.to_owned() }
    }

    /// Reported twice, followed by a neighbour, handled on the block, taken up again once.
    async fn dark_street(&self) -> Result<()> {
        let (app, lead) = (self.app, self.lead(0));
        let residents = &self.town.residents;
        self.ago(20 * 24);
        let kind = IncidentKind::StreetLight;
        let said =
            self.draft(kind, "园丁巷14号门口", "路灯坏了三盏,晚上很黑。", (81_303_000, 43_902_600));
        let row = self.report(&residents[3], said).await?;
        self.later(40);
        service::follow(app, &residents[7], row.id).await?;
        let said = self.draft(kind, "园丁巷16号", "门口路灯不亮。", (81_303_400, 43_902_700));
        let twin = self.report(&residents[5], said).await?;
        self.later(30);
        let row = service::respond(app, lead, known(&row)).await?.into_inner();
        service::merge(app, lead, known(&twin), row.id).await?;
        self.later(24 * 60);
        let fixed = IncidentOutcome::Fixed;
        let row = service::resolve(app, lead, known(&row), fixed, None).await?.into_inner();
        self.later(60);
        let words = "三盏灯已更换灯泡,谢谢提醒。".to_owned();
        let row = service::answer(app, lead, known(&row), words).await?.into_inner();
        self.later(2 * 24 * 60);
        let words = "最里面的一盏又灭了。".to_owned();
        let row = service::reopen(app, &residents[3], known(&row), words).await?.into_inner();
        self.later(20 * 60);
        let words = Some("线路接头已重新处理,这几晚都亮着。".to_owned());
        let row = service::resolve(app, lead, known(&row), fixed, words).await?.into_inner();
        let card =
            both("园丁巷三盏路灯已修好。", "Three street lamps in Yuanding Lane burn again.");
        service::publish(app, self.manager(), known(&row), card).await?;
        Ok(())
    }

    /// Entered by staff, taken up, and three agencies together, of which one says twice that it is not theirs.
    async fn noisy_market(&self) -> Result<()> {
        let (app, general) = (self.app, self.general());
        self.ago(12 * 24);
        let neighbour = Beneficiary::New {
            name: "努尔兰".to_owned(),
            phone: Some("13900000311".to_owned()),
            contact_preference: ContactPreference::Call,
            language: Locale::default(),
        };
        let (kind, at) = (IncidentKind::Noise, (81_311_400, 43_902_400));
        let said = NewReport {
            beneficiary: Some(neighbour),
            ..self.draft(kind, "团结路集市", "凌晨四点就用喇叭叫卖,装卸也很吵。", at)
        };
        let row = self.report(&self.town.specialists[1], said).await?;
        self.later(50);
        let row = service::respond(app, self.lead(1), known(&row)).await?.into_inner();
        self.later(26 * 60);
        let why = "劝说无效,需要执法部门一起来。".to_owned();
        let row = service::escalate(app, self.lead(1), known(&row), why).await?.into_inner();
        self.later(90);
        let tasks = vec![
            self.asked("MARKET", "检查市场开市时间和经营许可。"),
            self.asked("URBAN", "清理占道摊位。"),
            self.asked("POLICE", "处理凌晨使用高音喇叭。"),
        ];
        let joint = NewJoint { reason: JointReason::JointEnforcement, tasks };
        let row = service::open_joint(app, general, known(&row), joint).await?.into_inner();
        self.later(20);
        self.not_ours(&row).await?;
        for (code, minutes, outcome, result) in [
            ("MARKET", 15, AgencyOutcome::Fixed, "开市时间改为七点,已书面告知摊主。"),
            ("POLICE", 200, AgencyOutcome::Fixed, "已警告两名摊主,喇叭不再使用。"),
        ] {
            let officer = &self.agencies.officers[code];
            service::sign(app, officer, self.task(&row, code).await?).await?;
            self.later(minutes);
            service::contact(app, officer, self.task(&row, code).await?).await?;
            self.later(20 * 60);
            let task = self.task(&row, code).await?;
            service::finish(app, officer, task, (outcome, result.to_owned())).await?;
        }
        // Before the last outcome: it closes with that.
        let words = "市场已改为七点开市,喇叭停用,摊位正在归位。".to_owned();
        service::answer(app, general, known(&self.incident(row.id).await?), words).await?;
        self.later(30 * 60);
        let task = self.task(&row, "URBAN").await?;
        let result = (AgencyOutcome::PartlyFixed, "六个摊位已归位,两个待协商。".to_owned());
        service::finish(app, &self.agencies.officers["URBAN"], task, result).await?;
        self.later(60);
        let row = self.incident(row.id).await?;
        let slow = "过了三天才到场,居民等得太久。".to_owned();
        for (code, level, reason) in [
            ("MARKET", RatingLevel::Satisfied, None),
            ("URBAN", RatingLevel::Dissatisfied, Some(slow)),
            ("POLICE", RatingLevel::VerySatisfied, None),
        ] {
            service::rate(app, self.manager(), self.task(&row, code).await?, (level, reason))
                .await?;
        }
        let card =
            both("团结路集市改为七点开市。", "The market in Tuanjie Road opens at seven now.");
        service::publish(app, self.manager(), known(&row), card).await?;
        Ok(())
    }

    /// The police and the traffic police each say that it is the other's; what is decided then binds.
    async fn not_ours(&self, row: &incident::Model) -> Result<()> {
        let (app, general) = (self.app, self.general());
        let (police, traffic) = (self.agencies.places["POLICE"], self.agencies.places["TRAFFIC"]);
        let decided = |agency| Decision { agency, brief: None };
        let task = self.task(row, "POLICE").await?;
        let refusal = Refusal {
            reason: "噪声来自装卸货车,归交警管。".to_owned(),
            proposed: traffic,
        };
        service::refuse(app, &self.agencies.officers["POLICE"], task, refusal).await?;
        let refused = self.task(row, "POLICE").await?;
        self.later(45);
        service::decide(app, general, refused, decided(traffic)).await?;
        self.later(50);
        // Nobody of theirs signs in: the general lead records what they said on the phone.
        let refusal = Refusal {
            reason: "车辆依法停放,喇叭属治安管理。".to_owned(),
            proposed: police,
        };
        service::refuse(app, general, self.task(row, "TRAFFIC").await?, refusal).await?;
        self.later(30);
        service::decide(app, general, self.task(row, "TRAFFIC").await?, decided(police)).await?;
        self.later(10);
        Ok(())
    }

    async fn small_ones(&self) -> Result<()> {
        for (index, row) in csv::Reader::from_reader(INCIDENTS.as_bytes()).deserialize().enumerate()
        {
            let row: BTreeMap<String, String> = row.map_err(Error::internal)?;
            Box::pin(self.small_one(index, &row)).await?;
        }
        Ok(())
    }

    async fn small_one(&self, index: usize, line: &BTreeMap<String, String>) -> Result<()> {
        let wrong = |what| Error::internal(format!("incidents.csv: {what}"));
        let number = |name: &str| line[name].parse::<i32>().map_err(|_| wrong(name.to_owned()));
        let app = self.app;
        self.ago(number("hours")?.into());
        let kind = IncidentKind::ALL.iter().copied().find(|k| k.code() == line["kind"]);
        let kind = kind.ok_or_else(|| wrong("kind".to_owned()))?;
        let at = (number("lon")?, number("lat")?);
        let said = self.draft(kind, &line["place"], &line["words"], at);
        let row = self.report(&self.town.residents[8 + index], said).await?;
        let lead = self.lead(usize::try_from(number("block")?).unwrap_or(0));
        self.later(35);
        let row = match line["fate"].as_str() {
            "RECEIVED" => row,
            "LED" => service::respond(app, self.general(), known(&row)).await?.into_inner(),
            "ESCALATED" => {
                app.clock.set(row.due_at.ok_or_else(|| wrong(line["fate"].clone()))?);
                service::escalate_due(app, 100).await?;
                self.incident(row.id).await?
            }
            fate => {
                let row = service::respond(app, lead, known(&row)).await?.into_inner();
                self.later(7 * 60);
                let outcome = match fate {
                    "HANDLING" => None,
                    "CLOSED_PARTLY_FIXED" => Some(IncidentOutcome::PartlyFixed),
                    "CLOSED_NOT_FIXED" => Some(IncidentOutcome::NotFixed),
                    "CLOSED_NOT_FOUND" => Some(IncidentOutcome::NotFound),
                    _ => Some(IncidentOutcome::Fixed),
                };
                let words = (fate != "RESOLVED").then(|| "已到现场处理,结果如上。".to_owned());
                match outcome {
                    Some(outcome) => {
                        service::resolve(app, lead, known(&row), outcome, words).await?.into_inner()
                    }
                    None => row,
                }
            }
        };
        if !line["zh"].is_empty() {
            let card = both(&line["zh"], &line["en"]);
            service::publish(app, self.manager(), known(&row), card).await?;
        }
        Ok(())
    }

    /// Nobody responds, so it goes up by itself; of two agencies one is late.
    async fn fire_lane(&self) -> Result<()> {
        let (app, general) = (self.app, self.general());
        self.ago(8);
        let at = (81_303_900, 43_903_600);
        let words = "小汽车堵住了消防通道,已经停了一夜。";
        let said = self.draft(IncidentKind::IllegalParking, "园丁巷22号消防通道", words, at);
        let row = self.report(&self.town.residents[9], said).await?;
        app.clock.set(row.due_at.unwrap_or(row.received_at));
        service::escalate_due(app, 100).await?;
        self.later(25);
        let row = self.incident(row.id).await?;
        let row = service::respond(app, general, known(&row)).await?.into_inner();
        let tasks = vec![
            self.asked("TRAFFIC", "通知车主移车,必要时拖离。"),
            self.asked("URBAN", "清理通道口的隔离墩,重画标线。"),
        ];
        let joint = NewJoint { reason: JointReason::Emergency, tasks };
        let row = service::open_joint(app, general, known(&row), joint).await?.into_inner();
        self.later(20);
        service::sign(app, general, self.task(&row, "TRAFFIC").await?).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use linli_entity::enums::{IncidentLevel, IncidentState};

    use super::*;
    use crate::{
        incidents::{coarse::Coarse, queries},
        ops::demo::{blocks, testing::stage},
    };

    #[tokio::test]
    async fn the_demo_has_incidents_in_every_state_and_open_work() {
        let stage = stage("incidents").await;
        let (app, town, now) = (&stage.app, &stage.town, stage.now);
        let agencies = blocks::make(app, town, now).await.unwrap();
        Box::pin(make(app, town, &agencies, now)).await.unwrap();

        let conn = app.db.reader();
        let rows = incident::Entity::find().all(conn).await.unwrap();
        let states: BTreeSet<_> = rows.iter().map(|i| i.state.code()).collect();
        assert_eq!(states, IncidentState::ALL.iter().map(|s| s.code()).collect());
        assert!(rows.iter().any(|i| i.level == IncidentLevel::Subdistrict));
        assert!(rows.iter().all(|i| i.block_id.is_some()), "every place lies in a block");
        assert!(rows.iter().any(|i| i.reopened == 1 && i.state == IncidentState::Closed));
        assert!(rows.iter().any(|i| i.merged_into.is_some()));

        let tasks = agency_task::Entity::find().all(conn).await.unwrap();
        let binding = |t: &&agency_task::Model| t.binding && t.state == AgencyTaskState::Done;
        assert_eq!(tasks.iter().filter(binding).count(), 1);
        assert_eq!(tasks.iter().filter(|t| t.rating_reason.is_some()).count(), 1);
        let open = |state| tasks.iter().filter(move |t| t.state == state).count();
        assert_eq!((open(AgencyTaskState::Asked), open(AgencyTaskState::Signed)), (1, 1));

        let shown = queries::on_map(app, town.community).await.unwrap();
        assert!(shown.iter().any(|m| matches!(m.place, Coarse::Cell(_))));
        assert!(shown.iter().any(|m| matches!(m.place, Coarse::Nowhere)));
        assert_eq!(queries::contradictions(app).await.unwrap(), []);
    }
}
