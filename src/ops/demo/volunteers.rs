//! The demo's volunteers: one team, eight weeks of Saturday mornings, and shifts to come.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, TimeZone, Utc, Weekday};
use linli_entity::{
    enums::{DayPart, Role, Skill},
    ids::TeamId,
    json::{FreePart, Localised},
    volunteer,
};

use super::place::Town;
use crate::{
    kernel::{Actor, App, Error, Result, actor::Grant},
    reservations::rules::Span,
    volunteers::service::{self, Decision, Entry, NewShift, NewTeam, NewVolunteer, Work},
};

/// What they can do; the last one's application waits.
const SKILLS: [&[Skill]; 7] = [
    &[Skill::Company, Skill::Interpreting],
    &[Skill::Haircut],
    &[Skill::Repair, Skill::Transport],
    &[Skill::Medical],
    &[Skill::Tutoring, Skill::Digital],
    &[Skill::Cleaning, Skill::Cooking],
    &[Skill::Arts],
];
/// Weeks of Saturday mornings that lie behind us.
const WEEKS: i64 = 8;

/// The volunteers as they are signed in, and their team.
pub struct Helpers {
    pub team: TeamId,
    pub active: Vec<(Actor, volunteer::Model)>,
}

/// Tells the last two months, and plans the next.
pub async fn make(app: &App, town: &Town, now: DateTime<Utc>) -> Result<Helpers> {
    let begin = now - Duration::days(WEEKS * 7 + 5);
    app.clock.set(begin);
    let mut active: Vec<(Actor, volunteer::Model)> = Vec::new();
    for (index, skills) in SKILLS.iter().enumerate() {
        app.clock.advance(Duration::minutes(7));
        let resident = &town.residents[index];
        let row = apply(app, town, resident, skills).await?;
        if index + 1 < SKILLS.len() {
            let accept = Decision::Accept;
            let row = service::decide(app, &town.manager, row.id, row.version, accept).await?;
            active.push((as_volunteer(town, resident), row.into_inner()));
        }
    }
    let team = team(app, town, &active).await?;
    let today = app.day(now);
    let first = app.day(begin).iter_days().find(|d| d.weekday() == Weekday::Sat);
    let first = first.ok_or_else(|| Error::internal("no Saturday"))?;
    for date in first.iter_days().step_by(7).take_while(|d| *d < today) {
        morning(app, town, &active, team, date).await?;
    }
    app.clock.set(now);
    entered(app, town, &active, team).await?;
    shifts(app, town, &active, team).await?;
    Ok(Helpers { team, active })
}

async fn apply(
    app: &App,
    town: &Town,
    resident: &Actor,
    skills: &[Skill],
) -> Result<volunteer::Model> {
    let free = [(6, DayPart::Morning), (7, DayPart::Afternoon)];
    let input = NewVolunteer {
        community: town.community,
        skills: skills.to_vec(),
        availability: free.map(|(weekday, part)| FreePart { weekday, part }).to_vec(),
        once: None,
    };
    Ok(service::apply(app, resident, input).await?.into_inner())
}

/// A resident as they are signed in once they are a volunteer.
fn as_volunteer(town: &Town, resident: &Actor) -> Actor {
    let (role, community) = (Role::Volunteer, town.community);
    let mut actor = resident.clone();
    if let Actor::User(user) = &mut actor {
        user.grants.push(Grant { role, scope: Some(community), communities: vec![community] });
    }
    actor
}

async fn team(app: &App, town: &Town, active: &[(Actor, volunteer::Model)]) -> Result<TeamId> {
    let names = Localised::zh("邻里帮帮队")
        .and("en", "Neighbours who help")
        .and("ug", "قوشنىلار ياردەم ئەترىتى");
    let leader = active.first().map(|(_, row)| row.id);
    let input = NewTeam { community: town.community, names, leader, once: None };
    let id = service::team_create(app, &town.manager, input).await?.id;
    for (_, row) in active.iter().take(5) {
        app.clock.advance(Duration::seconds(1));
        service::member_add(app, &town.manager, id, row.id, None).await?;
    }
    Ok(id)
}

fn at(app: &App, date: NaiveDate, hour: u32) -> Result<DateTime<Utc>> {
    let local =
        date.and_hms_opt(hour, 0, 0).and_then(|t| app.zone.from_local_datetime(&t).single());
    local.map(|at| at.to_utc()).ok_or_else(|| Error::internal("no such hour"))
}

/// Most of the team come for two hours or three.
async fn morning(
    app: &App,
    town: &Town,
    active: &[(Actor, volunteer::Model)],
    team: TeamId,
    date: NaiveDate,
) -> Result<()> {
    let begin = at(app, date, 10)?;
    let mut open = Vec::new();
    for (index, (actor, _)) in active.iter().take(5).enumerate() {
        if app.ids.below(5) == 0 {
            continue;
        }
        app.clock.set(begin + Duration::minutes(i64::try_from(index).unwrap_or(0) * 3));
        let work = Work { team: Some(team), ..Work::default() };
        let row = service::check_in(app, actor, town.community, work, None).await?;
        open.push((actor, row.into_inner()));
    }
    app.clock.set(begin + Duration::hours(2));
    for (actor, row) in open {
        app.clock.advance(Duration::minutes(10));
        service::check_out(app, actor, row.id, row.version).await?;
    }
    Ok(())
}

/// One entered what they did, and it waits.
async fn entered(
    app: &App,
    town: &Town,
    active: &[(Actor, volunteer::Model)],
    team: TeamId,
) -> Result<()> {
    let Some((actor, _)) = active.get(1) else { return Ok(()) };
    let from = at(app, app.day(app.clock.now()) - Days::new(2), 18)?;
    let input = Entry {
        community: town.community,
        work: Work { team: Some(team), ..Work::default() },
        span: Span { from, until: from + Duration::minutes(90) },
        once: None,
    };
    service::enter(app, actor, input).await?;
    Ok(())
}

/// The Saturdays to come, for three each; the first has two.
async fn shifts(
    app: &App,
    town: &Town,
    active: &[(Actor, volunteer::Model)],
    team: TeamId,
) -> Result<()> {
    let tomorrow = app.day(app.clock.now()) + Days::new(1);
    let first = tomorrow.iter_days().find(|d| d.weekday() == Weekday::Sat);
    let first = first.ok_or_else(|| Error::internal("no Saturday"))?;
    let from = at(app, first, 10)?;
    let input = NewShift {
        community: town.community,
        team: Some(team),
        titles: Localised::zh("便民服务台值守").and("en", "Help desk"),
        place: "党群服务中心一楼".to_owned(),
        span: Span { from, until: from + Duration::hours(2) },
        needed: 3,
        repeat_until: Some(first + Days::new(21)),
        once: None,
    };
    let planned = service::shift_create(app, &town.manager, input).await?.into_inner();
    let Some(next) = planned.first() else { return Ok(()) };
    for (actor, _) in active.iter().take(2) {
        service::sign_up(app, actor, next.id, None).await?;
    }
    Ok(())
}
