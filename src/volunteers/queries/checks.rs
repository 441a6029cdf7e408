//! What must agree in the stored rows.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use linli_entity::{
    ids::{PersonId, PlaceId},
    volunteer_day, volunteer_hours,
};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::hours::counts;
use crate::{
    kernel::{App, Result},
    reservations::rules::Span,
    volunteers::rules::hours,
};

/// What may never be, each with the number of rows in which it is.
const NEVER: [(&str, &str); 3] = [
    (
        "shifts whose places are not those of who is signed up",
        "SELECT COUNT(*) FROM volunteer_shift s WHERE s.taken <> (SELECT COUNT(*) \
         FROM volunteer_sign_up u WHERE u.shift_id = s.id AND u.ended_at IS NULL)",
    ),
    (
        "volunteers in two shifts at once",
        "SELECT COUNT(*) FROM volunteer_sign_up a JOIN volunteer_sign_up b \
         ON a.volunteer_id = b.volunteer_id AND a.id < b.id AND a.ended_at IS NULL \
         AND b.ended_at IS NULL AND a.from_at < b.until_at AND b.from_at < a.until_at",
    ),
    (
        "members or leaders of teams who have left",
        "SELECT (SELECT COUNT(*) FROM volunteer_team_member m JOIN volunteer v \
         ON v.id = m.volunteer_id WHERE m.until_at IS NULL AND v.state = 'LEFT') + \
         (SELECT COUNT(*) FROM volunteer_team t JOIN volunteer v ON v.id = t.leader_id \
         WHERE v.state = 'LEFT')",
    ),
];

type Key = (PlaceId, PersonId);
type Record = (PlaceId, PersonId, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// What is in the rows and may never be, with how many rows; nothing if all is well.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    let mut found = app.contradictions(&NEVER).await?;
    let wrong = wrong_days(app).await?;
    if wrong > 0 {
        found.push(("days whose minutes are not those of their records", wrong));
    }
    Ok(found)
}

/// How many days have other minutes than their records say. The records come person by person: those of
/// all are not held at once.
async fn wrong_days(app: &App) -> Result<i64> {
    use volunteer_hours::Column as C;
    let snapshot = app.db.snapshot().await?;
    let conn = snapshot.conn();
    let mut stored: HashMap<(Key, NaiveDate), i32> = volunteer_day::Entity::find()
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (((row.community_id, row.person_id), row.day), row.minutes))
        .collect();
    let mut records = volunteer_hours::Entity::find()
        .select_only()
        .columns([C::CommunityId, C::PersonId, C::FromAt, C::UntilAt])
        .filter(counts())
        .order_by_asc(C::CommunityId)
        .order_by_asc(C::PersonId)
        .into_tuple::<Record>()
        .stream(conn)
        .await?;
    let mut wrong = 0;
    let mut of: Option<(Key, Vec<Span>)> = None;
    let mut check = |(key, spans): (Key, Vec<Span>)| {
        for (day, minutes) in hours::minutes_by_day(&spans, app.zone) {
            wrong += i64::from(stored.remove(&(key, day)) != Some(minutes));
        }
    };
    while let Some((community, person, from, until)) = records.try_next().await? {
        let (Some(from), Some(until)) = (from, until) else { continue };
        let (key, span) = ((community, person), Span { from, until });
        match &mut of {
            Some((current, spans)) if *current == key => spans.push(span),
            _ => {
                if let Some(before) = of.replace((key, vec![span])) {
                    check(before);
                }
            }
        }
    }
    if let Some(last) = of {
        check(last);
    }
    Ok(wrong + i64::try_from(stored.len()).unwrap_or(i64::MAX))
}
