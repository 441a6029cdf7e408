//! A year of one theme a month and one activity a week, and the weeks to come.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveTime, Utc, Weekday};
use linli_entity::{
    activity, activity_registration,
    enums::{ActivityKind, AgeBand, RegistrationState, VenueKind},
    ids::{ActivitySessionId, PartnerId, ThemeId},
    json::Localised,
    venue,
};

use super::place::Town;
use crate::{
    activities::{
        queries,
        rules::Week,
        service::{
            self, Arrival, Completion, NewActivity, NewFeedback, NewMember, NewPartner,
            NewRegistration, NewSession, NewTheme, Scan,
        },
    },
    kernel::{App, Error, Result},
    requests::service::Beneficiary,
};

/// Weeks that are over, and weeks to come.
const WEEKS: std::ops::RangeInclusive<i64> = -52..=3;

/// The themes of the months of a year.
const THEMES: [(&str, &str); 12] = [
    ("新春送福", "New year"),
    ("温暖过节", "A warm festival"),
    ("学雷锋志愿行", "Volunteering"),
    ("书香社区", "Reading"),
    ("民族团结一家亲", "All peoples, one family"),
    ("快乐童年", "Childhood"),
    ("红色记忆", "Remembering"),
    ("健康夏日", "Healthy summer"),
    ("重阳敬老", "Respect for the old"),
    ("爱国情怀", "The country"),
    ("消防安全", "Fire safety"),
    ("法治宣传", "The law and you"),
];

/// Where something takes place.
#[derive(Clone, Copy)]
enum Place {
    /// In a room of the station.
    Room(VenueKind),
    /// Somewhere else.
    Words(&'static str),
}

const SQUARE: Place = Place::Words("社区广场");
const HALL: Place = Place::Words("多功能厅");

/// What takes place in turn: kind, title, where, seats, and how many of the partners take part.
const PROGRAM: [(ActivityKind, [&str; 2], Place, i32, usize); 8] = [
    (
        ActivityKind::ParentChild,
        ["亲子手工", "Crafts for parents and children"],
        Place::Room(VenueKind::Handicraft),
        16,
        1,
    ),
    (ActivityKind::FreeClinic, ["免费义诊", "Free clinic"], SQUARE, 30, 1),
    (
        ActivityKind::Culture,
        ["书法课", "Calligraphy"],
        Place::Room(VenueKind::CalligraphyPainting),
        12,
        0,
    ),
    (ActivityKind::Haircut, ["义务理发", "Free haircuts"], HALL, 10, 0),
    (
        ActivityKind::Science,
        ["科学小实验", "Little experiments"],
        Place::Room(VenueKind::Handicraft),
        14,
        2,
    ),
    (ActivityKind::Training, ["美食培训班", "Cooking class"], HALL, 10, 1),
    (ActivityKind::CleanUp, ["清洁家园", "Clean-up"], SQUARE, 40, 1),
    (ActivityKind::Festival, ["邻里联欢", "Neighbours' festival"], SQUARE, 60, 3),
];

struct Program<'a> {
    app: &'a App,
    town: &'a Town,
    rooms: &'a [venue::Model],
    now: DateTime<Utc>,
    themes: HashMap<(i32, u32), ThemeId>,
    partners: Vec<PartnerId>,
}

/// Tells the year up to `now`, and plans what comes.
pub async fn make(
    app: &App,
    town: &Town,
    rooms: &[venue::Model],
    now: DateTime<Utc>,
) -> Result<()> {
    app.clock.set(now - Duration::days(380));
    let themes = themes(app, town, now).await?;
    let partners = partners(app, town).await?;
    let program = Program { app, town, rooms, now, themes, partners };
    for (index, week) in (0..).zip(WEEKS) {
        Box::pin(program.week(index, week)).await?;
    }
    app.clock.set(now);
    Ok(())
}

async fn themes(
    app: &App,
    town: &Town,
    now: DateTime<Utc>,
) -> Result<HashMap<(i32, u32), ThemeId>> {
    let mut made = HashMap::new();
    let today = app.day(now);
    let first = today.with_day(1).and_then(|d| d.checked_sub_months(Months::new(12)));
    let months = first.into_iter().flat_map(|f| (0..14).map(move |n| f + Months::new(n)));
    for day in months {
        let month = i32::try_from(day.month()).map_err(Error::internal)?;
        let (zh, en) = THEMES[usize::try_from(month - 1).unwrap_or(0)];
        let new = NewTheme {
            community: town.community,
            month: (day.year(), month),
            titles: Localised::zh(zh).and("en", en),
            descriptions: Localised::default(),
        };
        let row = service::theme_create(app, &town.manager, new).await?;
        made.insert((day.year(), day.month()), row.id);
    }
    Ok(made)
}

async fn partners(app: &App, town: &Town) -> Result<Vec<PartnerId>> {
    let mut made = Vec::new();
    for (zh, en) in [
        ("市人民医院", "City hospital"),
        ("市第三小学", "School No. 3"),
        ("消防救援站", "Fire station"),
    ] {
        app.clock.advance(Duration::seconds(1));
        let names = Localised::zh(zh).and("en", en);
        let new = NewPartner { community: town.community, names };
        made.push(service::partner_create(app, &town.manager, new).await?.id);
    }
    Ok(made)
}

impl Program<'_> {
    /// The Saturday of a week, counted from this one.
    fn saturday(&self, week: i64) -> Option<NaiveDate> {
        let today = self.app.day(self.now);
        let monday = Week::of(today).monday()?;
        let saturday = monday + Days::new(u64::from(Weekday::Sat.num_days_from_monday()));
        saturday.checked_add_signed(Duration::weeks(week))
    }

    async fn week(&self, index: usize, week: i64) -> Result<()> {
        let (app, manager) = (self.app, &self.town.manager);
        let Some(day) = self.saturday(week) else { return Ok(()) };
        let ten = day.and_time(NaiveTime::MIN) + Duration::hours(10);
        let Some(starts) = ten.and_local_timezone(app.zone).single() else { return Ok(()) };
        let starts = starts.with_timezone(&Utc);
        let over = starts + Duration::hours(3) < self.now;
        if !over && starts < self.now + Duration::hours(3) {
            // It would be under way right now.
            return Ok(());
        }
        let planned = if over { starts - Duration::days(9) } else { self.now - Duration::hours(2) };
        app.clock.set(planned);
        if over && index == 20 {
            // One week of the year in which nothing is owed, said beforehand.
            let reason = "春节".to_owned();
            let (community, week) = (self.town.community, Week::of(day));
            return service::week_exempt(app, manager, community, week, reason).await.map(|_| ());
        }
        let row = service::create(app, manager, self.plan(index, day, starts)).await?;
        let row = service::publish(app, manager, row.id, row.version).await?.into_inner();
        self.register(index, &row).await?;
        if index % 17 == 9 {
            let reason = "因天气原因取消。".to_owned();
            return service::cancel(app, manager, row.id, row.version, reason).await.map(|_| ());
        }
        if over { self.hold(index, row).await } else { Ok(()) }
    }

    fn plan(&self, index: usize, day: NaiveDate, starts: DateTime<Utc>) -> NewActivity {
        let (kind, [zh, en], place, capacity, partners) = PROGRAM[index % PROGRAM.len()];
        let (place, venue) = match place {
            Place::Room(kind) => (None, self.rooms.iter().find(|r| r.kind == kind).map(|r| r.id)),
            Place::Words(place) => (Some(place.to_owned()), None),
        };
        NewActivity {
            community: self.town.community,
            kind,
            theme: self.themes.get(&(day.year(), day.month())).copied(),
            titles: Localised::zh(zh).and("en", en),
            descriptions: Localised::default(),
            capacity,
            ages: (None, None),
            // Where people plan ahead, who moves up says first whether they still come.
            offer_minutes: (kind == ActivityKind::Training).then_some(24 * 60),
            window: (self.app.clock.now(), starts - Duration::hours(1)),
            sessions: vec![NewSession {
                from: starts,
                until: starts + Duration::hours(2),
                place,
                venue,
            }],
            partners: self.partners.iter().copied().take(partners).collect(),
            once: None,
        }
    }

    /// Some residents with their families; one of them thinks better of it.
    async fn register(&self, index: usize, row: &activity::Model) -> Result<()> {
        let residents = &self.town.residents;
        for n in 0..7 + index % 5 {
            self.app.clock.advance(Duration::minutes(7));
            let resident = &residents[(index * 7 + n) % residents.len()];
            let child = NewMember { name: "孩子".to_owned(), age_band: AgeBand::Child };
            // Some come to the window and are registered there.
            let staff = n % 4 == 3;
            let person = resident.person().filter(|_| staff);
            let new = NewRegistration {
                delegation: None,
                activity: row.id,
                beneficiary: person.map(Beneficiary::Known),
                age_band: Some(AgeBand::Adult),
                members: vec![child; (index + n) % 3],
                once: None,
            };
            let clerk = &self.town.specialists[n % self.town.specialists.len()];
            let by = if staff { clerk } else { resident };
            let made = service::register(self.app, by, new).await?;
            if n == 2 && index.is_multiple_of(2) {
                service::registration_cancel(self.app, resident, made.id, made.version).await?;
            }
        }
        Ok(())
    }

    async fn hold(&self, index: usize, row: activity::Model) -> Result<()> {
        let (app, clerk) = (self.app, &self.town.specialists[index % self.town.specialists.len()]);
        let sessions = queries::sessions_of(app, &[row.id]).await?;
        let session: Option<ActivitySessionId> =
            sessions.get(&row.id).and_then(|s| s.first()).map(|s| s.id);
        let session = session.ok_or_else(|| Error::internal("an activity without a session"))?;
        let parties = self.seated(clerk, &row).await?;
        app.clock.set(row.starts_at + Duration::minutes(10));
        let came: Vec<Scan> = (0..)
            .zip(&parties)
            .filter(|(n, _)| !(index + n).is_multiple_of(6))
            .map(|(_, party)| Scan {
                who: Arrival::Code(party.code.clone()),
                people: None,
                at: None,
            })
            .collect();
        if !came.is_empty() {
            service::check_in_upload(app, clerk, session, came).await?;
        }
        if index % 3 == 1 {
            let walked_in = i32::try_from(index % 7).unwrap_or(0) + 1;
            service::walk_ins_add(app, clerk, session, walked_in, None).await?;
        }
        app.clock.set(row.ends_at + Duration::minutes(30));
        let record = Completion {
            attendance: None, report: "活动顺利,居民反响很好。".to_owned()
        };
        service::mark_held(app, &self.town.manager, row.id, row.version, record).await?;
        for party in parties.iter().filter(|p| p.registered_by.is_none()).take(2) {
            let person = Some(party.person_id);
            let resident = self.town.residents.iter().find(|r| r.person() == person);
            if let Some(resident) = resident {
                let text = index.is_multiple_of(4).then(|| "很有意思,希望多办。".to_owned());
                let new = NewFeedback { score: if index.is_multiple_of(9) { 3 } else { 5 }, text };
                service::feedback_give(app, resident, party.id, new).await?;
            }
        }
        Ok(())
    }

    /// The parties that have seats.
    async fn seated(
        &self,
        clerk: &crate::kernel::Actor,
        row: &activity::Model,
    ) -> Result<Vec<activity_registration::Model>> {
        let page = crate::kernel::page::PageArgs::new(Some(100), None, 100)?;
        let state = Some(RegistrationState::Registered);
        Ok(queries::registrations(self.app, clerk, row.id, state, page).await?.rows)
    }
}
