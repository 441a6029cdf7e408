//! Two years of requests, told through the same services as in daily work.

use chrono::{DateTime, Duration, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use linli_entity::{
    enums::{
        Confidentiality, ConfirmedVia, ContactPreference, ContactWay, IntakeChannel, Outcome,
        RatingLevel, ServiceMode,
    },
    json::Answers,
    service_request,
};

use super::{catalogue::DemoMatter, meetings, place::Town};
use crate::{
    appointments,
    calendar::{self, time::Calendar},
    kernel::{Actor, App, Committed, Error, Locale, Result},
    ratings::{self, service::NewRating},
    requests::service::{self, Act, Answer, Beneficiary, Resolution, Submission},
};

/// Requests in all.
const REQUESTS: u32 = 1500;

/// Tells the history up to `now`.
pub async fn make(app: &App, town: &Town, now: DateTime<Utc>) -> Result<()> {
    let began = app.clock.now() + Duration::hours(20);
    let calendar = calendar::queries::limits(app, app.db.reader(), town.community).await?;
    let bar = ProgressBar::new(u64::from(REQUESTS));
    if let Ok(style) = ProgressStyle::with_template("  {bar:40} {pos}/{len} requests") {
        bar.set_style(style);
    }
    let seconds = (now - began).num_seconds();
    for index in 0..REQUESTS {
        // Even over the two years, a little denser towards the end, always at opening hours.
        let share = f64::from(index) / f64::from(REQUESTS);
        let offset =
            Duration::seconds(scale(seconds, 0.15f64.mul_add(share * (1.0 - share), share)));
        let at = calendar
            .add(began + offset, i64::from(app.ids.below(3600)))
            .map_err(|e| Error::internal(format!("the demo needs a calendar for {}", e.0)))?;
        if at < now {
            let mut story = Story { app, town, calendar: &calendar, now, at };
            Box::pin(story.tell(index)).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    app.clock.set(now);
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a demo's dates")]
fn scale(seconds: i64, share: f64) -> i64 {
    (seconds as f64 * share) as i64
}

struct Story<'a> {
    app: &'a App,
    town: &'a Town,
    calendar: &'a Calendar,
    now: DateTime<Utc>,
    at: DateTime<Utc>,
}

type Row = service_request::Model;

impl Story<'_> {
    fn chance(&self, percent: u32) -> bool {
        self.app.ids.below(100) < percent
    }

    fn pick<'b, T>(&self, all: &'b [T]) -> &'b T {
        let index = self.app.ids.below(u32::try_from(all.len()).unwrap_or(1).max(1));
        &all[usize::try_from(index).unwrap_or(0)]
    }

    /// Moves on by working time, with some spread; false when that would be in the future.
    fn wait(&mut self, hours: u32) -> bool {
        let seconds = self.app.ids.below(hours * 3600) + hours * 900;
        match self.calendar.add(self.at, i64::from(seconds)) {
            Ok(at) if at < self.now => {
                self.at = at;
                self.app.clock.set(at);
                true
            }
            _ => false,
        }
    }

    fn act(row: &Row) -> Act {
        Act { id: row.id, expected_version: Some(row.version), once: None }
    }

    async fn tell(&mut self, index: u32) -> Result<()> {
        self.app.clock.set(self.at);
        let matter = self.pick(&self.town.matters);
        let resident = self.pick(&self.town.residents).clone();
        let owner = match matter.confidentiality {
            Confidentiality::None => self.pick(&self.town.specialists).clone(),
            Confidentiality::Mediation => self.town.manager.clone(),
            Confidentiality::Party => self.town.secretary.clone(),
        };
        let assisted = matter.confidentiality == Confidentiality::None && self.chance(45);
        let clerk = self.pick(&self.town.specialists).clone();
        let submitter = if assisted { &clerk } else { &resident };
        let draft = self.draft(matter, index, assisted, &resident);
        let row = service::submit(self.app, submitter, draft).await?.into_inner().row;
        let roll = self.app.ids.below(100);
        if roll < 3 && self.wait(6) {
            let text = "该事项由其他部门受理,请拨打12345咨询。".to_owned();
            return done(service::decline(self.app, &owner, Self::act(&row), text).await);
        }
        if roll < 6 && !assisted && self.wait(8) {
            return done(
                service::withdraw(self.app, &resident, Self::act(&row), ConfirmedVia::Online).await,
            );
        }
        if !self.wait(3) {
            return Ok(());
        }
        let row = service::take(self.app, &owner, Self::act(&row)).await?.into_inner();
        Box::pin(self.work(row, matter, &owner, &resident, assisted)).await
    }

    fn draft(
        &self,
        matter: &DemoMatter,
        index: u32,
        assisted: bool,
        resident: &Actor,
    ) -> Submission {
        let mut answers = Answers::default();
        if matter.needs_answer {
            let choice = if self.chance(50) { "WINDOW" } else { "HOME" };
            answers.0.insert("pickup".to_owned(), vec![choice.to_owned()]);
        }
        let channel = match (assisted, self.app.ids.below(10)) {
            (false, _) => IntakeChannel::Online,
            (true, 0..=6) => IntakeChannel::Window,
            (true, 7..=8) => IntakeChannel::Phone,
            (true, _) => IntakeChannel::Hotline,
        };
        let beneficiary = match (assisted, resident.person()) {
            (false, _) => None,
            (true, Some(person)) if self.chance(60) => Some(Beneficiary::Known(person)),
            (true, _) => Some(Beneficiary::New {
                name: format!("居民{}", index % 97),
                phone: None,
                contact_preference: ContactPreference::Visit,
                language: Locale::default(),
            }),
        };
        let visit = matter.home_visit && self.chance(20);
        Submission {
            community: self.town.community,
            matter: matter.id,
            channel,
            mode: if visit { ServiceMode::HomeVisit } else { ServiceMode::Window },
            title: matter.title.clone(),
            description: self.chance(60).then(|| "请协助办理,谢谢。".to_owned()),
            address: Some("团结路8号".to_owned()),
            position: None,
            block: Some(*self.pick(&self.town.blocks)),
            answers,
            beneficiary,
            delegation: None,
            once: None,
        }
    }

    async fn work(
        &mut self,
        mut row: Row,
        matter: &DemoMatter,
        owner: &Actor,
        resident: &Actor,
        assisted: bool,
    ) -> Result<()> {
        let app = self.app;
        if !self.wait(2) {
            return Ok(());
        }
        let attempt = Act { expected_version: None, ..Self::act(&row) };
        service::contact_attempt(app, owner, attempt, ContactWay::Call, self.chance(85)).await?;
        if self.chance(14) && !self.meet(&row, owner).await? {
            return Ok(());
        }
        if !self.wait(4) {
            return Ok(());
        }
        row = service::start(app, owner, Self::act(&row)).await?.into_inner();
        if self.chance(14) {
            let missing = "请补交:身份证(出示)、申请表一份。".to_owned();
            row =
                service::supplement(app, owner, Self::act(&row), missing, None).await?.into_inner();
            if !self.wait(20) {
                return Ok(());
            }
            let answer = Answer { text: "材料已送到窗口。".to_owned() };
            row = service::answer(app, owner, Self::act(&row), answer).await?.into_inner();
        }
        if self.chance(5) && matter.confidentiality == Confidentiality::None {
            let other = self.town.specialists.iter().find(|s| s.account() != owner.account());
            if let Some((other, to)) = other.and_then(|o| Some((o, o.account()?))) {
                let reason = "业务更熟悉".to_owned();
                let moved = service::transfer(app, owner, Self::act(&row), to, reason).await?;
                return Box::pin(self.finish(
                    moved.into_inner(),
                    matter,
                    other,
                    resident,
                    assisted,
                ))
                .await;
            }
        }
        Box::pin(self.finish(row, matter, owner, resident, assisted)).await
    }

    /// The resident comes by appointment, or is visited: mostly on time, now and then not at all. False
    /// when that is still ahead.
    async fn meet(&mut self, row: &Row, owner: &Actor) -> Result<bool> {
        let (app, skip) = (self.app, self.app.ids.below(12));
        let skip = usize::try_from(skip).unwrap_or(0);
        let booked = meetings::book(app, self.town.station, owner, row, skip).await?;
        let Some(booked) = booked else { return Ok(true) };
        let came = !self.chance(8);
        let late = if came { self.app.ids.below(14) } else { 20 };
        let at = booked.from_at + Duration::minutes(i64::from(late));
        let end = booked.until_at.max(at) + Duration::minutes(5);
        if end >= self.now {
            return Ok(false);
        }
        app.clock.set(at);
        let act = meetings::act(&booked);
        if came {
            let there = appointments::service::arrive(app, owner, act).await?;
            app.clock.set(end);
            appointments::service::complete(app, owner, meetings::act(&there)).await?;
        } else {
            appointments::service::mark_no_show(app, owner, act).await?;
        }
        self.at = end;
        app.clock.set(end);
        Ok(true)
    }

    async fn finish(
        &mut self,
        mut row: Row,
        matter: &DemoMatter,
        owner: &Actor,
        resident: &Actor,
        assisted: bool,
    ) -> Result<()> {
        let app = self.app;
        // Most are done well within the promise, some close to it, a few late.
        let days = u32::try_from(matter.days).unwrap_or(5).max(1);
        let hours = if self.chance(6) { days * 9 } else { (days * 8 / 3).max(2) };
        if self.chance(30) {
            if !self.wait(4) {
                return Ok(());
            }
            let note = "已上报,等待审批。".to_owned();
            row =
                service::hand_to_department(app, owner, Self::act(&row), note).await?.into_inner();
        }
        if !self.wait(hours) {
            return Ok(());
        }
        row = self.resolve(row, owner).await?;
        Box::pin(self.after(row, owner, resident, assisted)).await
    }

    async fn resolve(&self, row: Row, owner: &Actor) -> Result<Row> {
        let (outcome, text) = match self.app.ids.below(100) {
            0..=3 => (Outcome::Refused, "经核查,暂不符合条件:收入高于标准。"),
            4..=8 => (Outcome::Partly, "部分事项已办结,其余见说明。"),
            _ => (Outcome::Fulfilled, "已办结,请按约定方式领取。"),
        };
        let result = Resolution { outcome, text: text.to_owned() };
        Ok(service::resolve(self.app, owner, Self::act(&row), result).await?.into_inner())
    }

    async fn after(
        &mut self,
        mut row: Row,
        owner: &Actor,
        resident: &Actor,
        assisted: bool,
    ) -> Result<()> {
        let app = self.app;
        let own = row.requester_id == resident.person() && !assisted;
        if own && self.chance(4) && self.wait(10) {
            let reason = "结果与约定不符,请再看一下。".to_owned();
            let (act, via) = (Self::act(&row), ConfirmedVia::Online);
            row = service::reopen(app, resident, act, via, reason).await?.into_inner();
            if !self.wait(12) {
                return Ok(());
            }
            row = self.resolve(row, owner).await?;
        }
        if own && self.chance(60) && self.wait(12) {
            let act = Self::act(&row);
            row = service::confirm(app, resident, act, ConfirmedVia::Online).await?.into_inner();
        } else {
            let silent = self.at + Duration::days(7) + Duration::minutes(1);
            if silent >= self.now {
                return Ok(());
            }
            self.at = silent;
            app.clock.set(silent);
            service::wake_due(app, 20).await?;
        }
        if own && self.chance(55) && self.wait(8) {
            return self.rate(&row, resident).await;
        }
        Ok(())
    }

    async fn rate(&mut self, row: &Row, resident: &Actor) -> Result<()> {
        let level = match self.app.ids.below(100) {
            0..=1 => RatingLevel::VeryDissatisfied,
            2..=4 => RatingLevel::Dissatisfied,
            5..=14 => RatingLevel::BasicallySatisfied,
            15..=44 => RatingLevel::Satisfied,
            _ => RatingLevel::VerySatisfied,
        };
        let act = Act { id: row.id, expected_version: None, once: None };
        let rating = NewRating { level, text: None, show_name: false, via: ConfirmedVia::Online };
        ratings::service::rate(self.app, resident, act, rating).await?;
        let bad = matches!(level, RatingLevel::Dissatisfied | RatingLevel::VeryDissatisfied);
        if bad && self.wait(40) {
            let open = ratings::queries::corrective_actions(
                self.app,
                &self.town.manager,
                self.town.community,
                true,
                crate::kernel::page::PageArgs::default(),
            )
            .await?;
            for action in
                open.rows.iter().filter(|a| a.rated_owner_id != self.town.manager.account())
            {
                let done = ("已电话回访并改进流程。".to_owned(), true);
                let manager = &self.town.manager;
                ratings::service::corrective_complete(
                    self.app,
                    manager,
                    action.id,
                    action.version,
                    done,
                )
                .await?;
            }
        }
        Ok(())
    }
}

fn done(result: Result<Committed<Row>>) -> Result<()> {
    result.map(|_| ())
}
