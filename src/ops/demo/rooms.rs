//! The demo's rooms, there for a year; and who books them: four weeks behind us, two before us.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use linli_entity::{
    enums::{VenueAudience, VenueBookingState, VenueKind},
    json::Localised,
    venue, venue_booking,
};

use super::place::Town;
use crate::{
    calendar::rules::{Hours, Minute},
    kernel::{App, Result},
    reservations::rules::Span,
    venues::{
        queries, rules,
        service::{self, NewBooking, Terms},
    },
};

/// Kind, whom for, how many people, names in Chinese, English and Uyghur, and what there is.
type Room =
    (VenueKind, VenueAudience, i32, [&'static str; 3], &'static [(&'static str, &'static str)]);

const ROOMS: [Room; 5] = [
    (
        VenueKind::Therapy,
        VenueAudience::Elderly,
        6,
        ["理疗室", "Therapy room", "داۋالاش ئۆيى"],
        &[("理疗床", "Treatment beds"), ("血压计", "Blood pressure monitor")],
    ),
    (
        VenueKind::Dance,
        VenueAudience::All,
        25,
        ["舞蹈室", "Dance room", "ئۇسسۇل ئۆيى"],
        &[("落地镜", "Mirrors"), ("音响", "Loudspeakers")],
    ),
    (
        VenueKind::Singing,
        VenueAudience::All,
        20,
        ["声乐室", "Singing room", "ناخشا ئۆيى"],
        &[("钢琴", "Piano"), ("谱架", "Music stands")],
    ),
    (
        VenueKind::CalligraphyPainting,
        VenueAudience::Elderly,
        16,
        ["书画室", "Calligraphy and painting room", "ھۆسنىخەت-رەسىم ئۆيى"],
        &[("画案", "Painting tables"), ("笔墨纸砚", "Brushes, ink, paper and ink stones")],
    ),
    (
        VenueKind::Handicraft,
        VenueAudience::Children,
        18,
        ["少儿手工画室", "Children's handicraft room", "بالىلار قول ھۈنەر ئۆيى"],
        &[("小桌椅", "Small tables and chairs"), ("手工材料", "Craft materials")],
    ),
];

const GROUPS: [&str; 6] =
    ["夕阳红舞蹈队", "百灵合唱团", "翰墨书法班", "亲子手工坊", "广场舞队", "民族乐器小组"];

/// Makes the rooms.
pub async fn make(app: &App, town: &Town, now: DateTime<Utc>) -> Result<Vec<venue::Model>> {
    app.clock.set(now - Duration::days(381));
    let mut rooms = Vec::new();
    for room in ROOMS {
        app.clock.advance(Duration::seconds(1));
        let made = service::create(app, &town.manager, town.station, terms(room)).await?;
        rooms.push(made.into_inner());
    }
    Ok(rooms)
}

/// Fills their calendar around what activities hold.
pub async fn book(
    app: &App,
    town: &Town,
    rooms: &[venue::Model],
    now: DateTime<Utc>,
) -> Result<()> {
    app.clock.set(now - Duration::days(29));
    let today = app.day(now);
    let mut open: Vec<venue_booking::Model> = Vec::new();
    for date in (today - Days::new(28)).iter_days().take_while(|d| *d <= today + Days::new(14)) {
        // A day is booked on the day before it; what lies before us, now.
        let eve = app.clock.now().max(now - Duration::days((today - date).num_days() + 1));
        app.clock.set(eve.min(now));
        for room in rooms {
            open.extend(day(app, town, room, date).await?);
        }
        let ended: Vec<_> = open.extract_if(.., |b| b.until_at <= app.clock.now()).collect();
        for row in ended {
            let used = app.ids.below(10) > 0;
            let clerk = &town.specialists[0];
            service::record_use(app, clerk, row.id, row.version, used).await?;
        }
    }
    app.clock.set(now);
    Ok(())
}

fn terms((kind, audience, capacity, [zh, en, ug], equipment): Room) -> Terms {
    let hours: Hours = vec![(Minute(600), Minute(840)), (Minute(930), Minute(1170))];
    // The children come at weekends too.
    let every_day = kind == VenueKind::Handicraft;
    Terms {
        kind,
        names: Localised::zh(zh).and("en", en).and("ug", ug),
        equipment: equipment.iter().map(|(zh, en)| Localised::zh(*zh).and("en", *en)).collect(),
        audience,
        capacity,
        week: every_day.then(|| vec![hours; 7]),
        lead_minutes: 60,
        horizon_days: 30,
        longest_minutes: 120,
        bookable: true,
        most_held: 4,
    }
}

/// A few bookings of one room on one day, some of them by groups.
async fn day(
    app: &App,
    town: &Town,
    room: &venue::Model,
    date: NaiveDate,
) -> Result<Vec<venue_booking::Model>> {
    let mut made = Vec::new();
    let earliest = app.clock.now() + Duration::hours(1);
    let Some(day) = queries::days(app, room.id, date, date).await?.into_iter().next() else {
        return Ok(made);
    };
    for open in rules::free(&day.open, &day.busy) {
        let mut from = open.from + Duration::minutes(30 * i64::from(app.ids.below(3)));
        while from + Duration::minutes(60) <= open.until {
            let until =
                (from + Duration::minutes(60 + 30 * i64::from(app.ids.below(3)))).min(open.until);
            if from >= earliest && app.ids.below(4) > 0 {
                made.push(one(app, town, room, Span { from, until }).await?);
            }
            from = until + Duration::minutes(30 * i64::from(app.ids.below(2)));
        }
    }
    Ok(made.into_iter().filter(|b| b.state == VenueBookingState::Booked).collect())
}

/// Staff enter it: residents come by or call, and some have many.
async fn one(
    app: &App,
    town: &Town,
    room: &venue::Model,
    span: Span,
) -> Result<venue_booking::Model> {
    let pick = |n: usize| app.ids.below(u32::try_from(n).unwrap_or(1)) as usize;
    // The first books for themselves, as the README shows, and may hold no more than a few.
    let resident = &town.residents[1 + pick(town.residents.len() - 1)];
    let group = (app.ids.below(3) == 0).then(|| GROUPS[pick(GROUPS.len())].to_owned());
    let people = match group {
        Some(_) => room.capacity.min(6 + i32::try_from(app.ids.below(10)).unwrap_or(0)),
        None => 1 + i32::try_from(app.ids.below(3)).unwrap_or(0),
    };
    let input =
        NewBooking { venue: room.id, span, person: resident.person(), group, people, once: None };
    Ok(service::book(app, &town.specialists[0], input).await?.into_inner())
}
