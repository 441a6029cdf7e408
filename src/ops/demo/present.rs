//! What lies on the desks today: a few requests in every state in which something is to be done.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{Confidentiality, ContactWay, IntakeChannel, Outcome, ServiceMode},
    json::Answers,
    service_request,
};

use super::{catalogue::DemoMatter, meetings, place::Town};
use crate::{
    kernel::{Actor, App, Error, Result},
    requests::service::{self, Act, Resolution, Submission},
};

/// How far a request has come.
#[derive(Clone, Copy)]
enum Stage {
    Waiting,
    Taken,
    Asked,
    WithDepartment,
    Told,
    Declined,
    Duplicate,
}

/// Hours ago, how far, and what the resident wrote.
const SCENES: &[(i64, Stage, &str)] = &[
    (70, Stage::WithDepartment, "材料已交齐,请尽快上报。"),
    (52, Stage::Told, "请问办好了吗?"),
    (46, Stage::Declined, "这件事该找谁?"),
    (45, Stage::Asked, "请问还缺什么材料?"),
    (30, Stage::Taken, "家里老人行动不便,希望上门办理。"),
    (27, Stage::Asked, "材料拍照可以吗?"),
    (22, Stage::Waiting, "第一次办,请多指点。"),
    (21, Stage::Duplicate, "刚才好像没有提交成功,再交一次。"),
    (6, Stage::Taken, "想了解办理进度。"),
    (4, Stage::Waiting, "下班后能来取吗?"),
    (2, Stage::Waiting, "请告诉我怎样办理。"),
    (1, Stage::Waiting, "孩子上学要用,有点急。"),
];

/// Tells the last three days.
pub async fn make(app: &App, town: &Town, now: DateTime<Utc>) -> Result<()> {
    let plain = |m: &&DemoMatter| m.confidentiality == Confidentiality::None && !m.needs_answer;
    let matters: Vec<&DemoMatter> = town.matters.iter().filter(plain).collect();
    let mut before: Option<service_request::Model> = None;
    let mut coming = Vec::new();
    for (index, (hours, stage, text)) in SCENES.iter().enumerate() {
        app.clock.set(now - Duration::hours(*hours));
        let matter = matters.get(index % matters.len().max(1));
        let matter = matter.ok_or_else(|| Error::internal("the demo has no matters"))?;
        // The duplicate is by the same resident as the one before it.
        let person = index - usize::from(matches!(stage, Stage::Duplicate));
        let resident = &town.residents[person % town.residents.len()];
        let owner = &town.specialists[index % town.specialists.len()];
        let row = service::submit(app, resident, draft(town, matter, text)).await?;
        let row = row.into_inner().row;
        app.clock.advance(Duration::minutes(25));
        advance(app, (owner, row.clone()), *stage, before.as_ref()).await?;
        if matches!(stage, Stage::Waiting | Stage::Taken | Stage::Asked) {
            coming.push((resident, row.clone()));
        }
        before = Some(row);
    }
    app.clock.set(now);
    for (index, (resident, row)) in coming.into_iter().enumerate() {
        meetings::book(app, town.station, resident, &row, index * 5).await?;
    }
    Ok(())
}

fn draft(town: &Town, matter: &DemoMatter, text: &str) -> Submission {
    Submission {
        community: town.community,
        matter: matter.id,
        channel: IntakeChannel::Online,
        mode: ServiceMode::Window,
        title: matter.title.clone(),
        description: Some(text.to_owned()),
        address: None,
        position: None,
        block: town.blocks.first().copied(),
        answers: Answers::default(),
        beneficiary: None,
        delegation: None,
        once: None,
    }
}

fn act(row: &service_request::Model) -> Act {
    Act { id: row.id, expected_version: Some(row.version), once: None }
}

async fn advance(
    app: &App,
    (owner, row): (&Actor, service_request::Model),
    stage: Stage,
    before: Option<&service_request::Model>,
) -> Result<()> {
    match stage {
        Stage::Waiting => return Ok(()),
        Stage::Declined => {
            let text = "不属社区受理,请拨打12345。".to_owned();
            return service::decline(app, owner, act(&row), text).await.map(|_| ());
        }
        Stage::Duplicate => {
            let survivor = before.ok_or_else(|| Error::internal("nothing to be a duplicate of"))?;
            let merged = service::mark_duplicate(app, owner, act(&row), survivor.id).await;
            return merged.map(|_| ());
        }
        Stage::Taken | Stage::Asked | Stage::WithDepartment | Stage::Told => {}
    }
    let row = service::take(app, owner, act(&row)).await?.into_inner();
    let attempt = Act { expected_version: None, ..act(&row) };
    service::contact_attempt(app, owner, attempt, ContactWay::Call, true).await?;
    app.clock.advance(Duration::minutes(20));
    let row = match stage {
        Stage::Asked => {
            let missing = "请补交:身份证(出示)、申请表一份。".to_owned();
            service::supplement(app, owner, act(&row), missing, None).await?.into_inner()
        }
        Stage::WithDepartment => {
            let row = service::start(app, owner, act(&row)).await?.into_inner();
            let note = "材料齐全,已上报主管部门。".to_owned();
            service::hand_to_department(app, owner, act(&row), note).await?.into_inner()
        }
        Stage::Told => {
            let text = "已办好,请到窗口领取。".to_owned();
            let result = Resolution { outcome: Outcome::Fulfilled, text };
            service::resolve(app, owner, act(&row), result).await?.into_inner()
        }
        Stage::Waiting | Stage::Taken | Stage::Declined | Stage::Duplicate => row,
    };
    drop(row);
    Ok(())
}
