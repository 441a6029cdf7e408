//! Teams, who belongs to them, and what they did together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use linli_entity::{
    ids::{AccountId, PersonId, PlaceId, TeamId, VolunteerId},
    volunteer, volunteer_hours, volunteer_team, volunteer_team_member,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::Order,
};

use super::{hours::counts, statistics::year};
use crate::{
    kernel::{
        App, Error, Result, Target,
        page::{Page, PageArgs},
    },
    reservations::rules::Span,
    volunteers::rules::hours,
};

/// A team; it is public.
pub async fn team_row(conn: &impl ConnectionTrait, id: TeamId) -> Result<volunteer_team::Model> {
    volunteer_team::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
}

/// Teams by id.
pub async fn teams_by_id(
    app: &App,
    ids: &[TeamId],
) -> Result<HashMap<TeamId, volunteer_team::Model>> {
    super::teams_in(app.db.reader(), ids).await
}

/// What is asked about: a team, whose leader owns it.
pub async fn team_target(
    conn: &impl ConnectionTrait,
    row: &volunteer_team::Model,
) -> Result<Target> {
    let owner = leaders_in(conn, &[row.id]).await?.remove(&row.id);
    Ok(Target { owner, ..Target::community(row.community_id) })
}

/// Accounts of who leads teams, by team.
pub async fn leaders(app: &App, ids: &[TeamId]) -> Result<HashMap<TeamId, AccountId>> {
    leaders_in(app.db.reader(), ids).await
}

#[derive(FromQueryResult)]
struct Leader {
    team_id: TeamId,
    account_id: AccountId,
}

/// The same within a transaction.
pub(in crate::volunteers) async fn leaders_in(
    conn: &impl ConnectionTrait,
    ids: &[TeamId],
) -> Result<HashMap<TeamId, AccountId>> {
    let sql = format!(
        "SELECT t.id AS team_id, a.id AS account_id FROM volunteer_team t \
         JOIN volunteer v ON v.id = t.leader_id JOIN account a ON a.person_id = v.person_id \
         WHERE t.id IN ({})",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| (*id).into());
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = Leader::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.team_id, row.account_id)).collect())
}

fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// Whether a volunteer belongs to a team, or did so after an instant.
pub(in crate::volunteers) async fn belonged(
    conn: &impl ConnectionTrait,
    team: TeamId,
    member: VolunteerId,
    after: DateTime<Utc>,
) -> Result<bool> {
    use volunteer_team_member::Column as C;
    let found = volunteer_team_member::Entity::find()
        .filter(C::TeamId.eq(team))
        .filter(C::VolunteerId.eq(member))
        .filter(C::UntilAt.is_null().or(C::UntilAt.gt(after)))
        .limit(1)
        .one(conn)
        .await?;
    Ok(found.is_some())
}

fn of_community(community: PlaceId, closed_too: bool) -> Select<volunteer_team::Entity> {
    use volunteer_team::Column as C;
    let select = volunteer_team::Entity::find().filter(C::CommunityId.eq(community));
    if closed_too { select } else { select.filter(C::Active.eq(true)) }
}

/// A page of the teams of a community, in the order of their creation.
pub async fn teams(
    app: &App,
    community: PlaceId,
    closed_too: bool,
    page: PageArgs,
) -> Result<Page<volunteer_team::Model>> {
    use volunteer_team::Column as C;
    let select = of_community(community, closed_too);
    let rows = page.apply(select, C::CreatedAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn teams_count(app: &App, community: PlaceId, closed_too: bool) -> Result<u64> {
    Ok(of_community(community, closed_too).count(app.db.reader()).await?)
}

/// Somebody who belongs to a team.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Member {
    /// The team.
    pub team_id: TeamId,
    /// As which volunteer.
    pub volunteer_id: VolunteerId,
    /// Who that is.
    pub person_id: PersonId,
    /// Since when.
    pub since_at: DateTime<Utc>,
}

/// Most members of a team that are listed.
const MEMBERS: i64 = 500;

/// Who belongs to teams now, by team, in the order in which they came; for callers that show it to
/// those who may see it; at most 500 of a team.
pub async fn members_of(app: &App, ids: &[TeamId]) -> Result<HashMap<TeamId, Vec<Member>>> {
    let sql = format!(
        "SELECT team_id, volunteer_id, person_id, since_at FROM (SELECT m.team_id, m.volunteer_id, \
         v.person_id, m.since_at, ROW_NUMBER() OVER (PARTITION BY m.team_id ORDER BY m.since_at, m.id) AS n \
         FROM volunteer_team_member m JOIN volunteer v ON v.id = m.volunteer_id \
         WHERE m.team_id IN ({}) AND m.until_at IS NULL) x WHERE n <= {MEMBERS} ORDER BY team_id, n",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| (*id).into());
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let mut found: HashMap<TeamId, Vec<Member>> = HashMap::new();
    for row in Member::find_by_statement(statement).all(app.db.reader()).await? {
        found.entry(row.team_id).or_default().push(row);
    }
    Ok(found)
}

/// Of these teams and people those who belong to each other now; the others of a team are not read.
pub async fn belonging(
    app: &App,
    keys: &[(TeamId, PersonId)],
) -> Result<HashMap<(TeamId, PersonId), bool>> {
    use volunteer_team_member::Column as C;
    let rows: Vec<(TeamId, PersonId)> = volunteer_team_member::Entity::find()
        .select_only()
        .column(C::TeamId)
        .column(volunteer::Column::PersonId)
        .join(
            JoinType::InnerJoin,
            volunteer_team_member::Entity::belongs_to(volunteer::Entity)
                .from(C::VolunteerId)
                .to(volunteer::Column::Id)
                .into(),
        )
        .filter(C::TeamId.is_in(keys.iter().map(|(team, _)| *team)))
        .filter(volunteer::Column::PersonId.is_in(keys.iter().map(|(_, person)| *person)))
        .filter(C::UntilAt.is_null())
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|key| (key, true)).collect())
}

/// What a team did together.
#[derive(Clone, Copy, Debug, Default)]
pub struct TeamWork {
    /// Minutes that count, of everybody together.
    pub minutes: i64,
    /// How many people they were.
    pub people: i64,
}

/// What teams did together in years: whatever anybody did with the team counts as it does for the
/// person, and no more in a day.
pub async fn work_of(
    app: &App,
    keys: &[(TeamId, i32)],
) -> Result<HashMap<(TeamId, i32), TeamWork>> {
    use volunteer_hours::Column as C;
    let mut found: HashMap<(TeamId, i32), TeamWork> = HashMap::new();
    let years: BTreeSet<i32> = keys.iter().map(|(_, year)| *year).collect();
    for of_year in years {
        let (from, to) = year(of_year)?;
        let (begin, end) = (hours::midnight(from, app.zone), hours::midnight(to, app.zone));
        let teams = keys.iter().filter(|(_, year)| *year == of_year).map(|(team, _)| *team);
        let rows: Vec<(TeamId, PersonId, DateTime<Utc>, DateTime<Utc>)> =
            volunteer_hours::Entity::find()
                .select_only()
                .columns([C::TeamId, C::PersonId, C::FromAt, C::UntilAt])
                .filter(C::TeamId.is_in(teams))
                .filter(C::FromAt.gt(begin - hours::LONGEST))
                .filter(C::FromAt.lt(end))
                .filter(counts())
                .into_tuple()
                .all(app.db.reader())
                .await?;
        let mut spans: HashMap<(TeamId, PersonId), Vec<Span>> = HashMap::new();
        for (team, person, from, until) in rows {
            spans.entry((team, person)).or_default().push(Span { from, until });
        }
        for ((team, _), spans) in spans {
            let by_day = hours::minutes_by_day(&spans, app.zone);
            let minutes: i64 = by_day.range(from..to).map(|(_, m)| i64::from(*m)).sum();
            let work = found.entry((team, of_year)).or_default();
            work.minutes += minutes;
            work.people += i64::from(minutes > 0);
        }
    }
    Ok(found)
}

/// What everybody may know of what teams did together in years, in minutes: nothing where fewer people
/// than [`hours::SHOWN_FROM`] had a part in it, and no exact sum. Only what is shown is summed up.
pub async fn sums_of(app: &App, keys: &[(TeamId, i32)]) -> Result<HashMap<(TeamId, i32), i64>> {
    use volunteer_hours::Column as C;
    let mut many: Vec<(TeamId, i32)> = Vec::new();
    let years: BTreeSet<i32> = keys.iter().map(|(_, year)| *year).collect();
    for of_year in years {
        let (from, to) = year(of_year)?;
        let (begin, end) = (hours::midnight(from, app.zone), hours::midnight(to, app.zone));
        let teams = keys.iter().filter(|(_, year)| *year == of_year).map(|(team, _)| *team);
        let found: Vec<TeamId> = volunteer_hours::Entity::find()
            .select_only()
            .column(C::TeamId)
            .filter(C::TeamId.is_in(teams))
            .filter(C::FromAt.lt(end))
            .filter(C::UntilAt.gt(begin))
            .filter(counts())
            .group_by(C::TeamId)
            .having(C::PersonId.into_expr().count_distinct().gte(hours::SHOWN_FROM))
            .into_tuple()
            .all(app.db.reader())
            .await?;
        many.extend(found.into_iter().map(|team| (team, of_year)));
    }
    let work = work_of(app, &many).await?;
    let shown =
        work.into_iter().filter_map(|(key, w)| Some((key, hours::shown(w.minutes, w.people)?)));
    Ok(shown.collect())
}

/// The teams of a community that somebody leads, as a part of another statement.
pub(super) fn led_by(community: PlaceId, person: PersonId) -> sea_orm::sea_query::SelectStatement {
    let own = volunteer::Entity::find()
        .select_only()
        .column(volunteer::Column::Id)
        .filter(volunteer::Column::PersonId.eq(person))
        .into_query();
    volunteer_team::Entity::find()
        .select_only()
        .column(volunteer_team::Column::Id)
        .filter(volunteer_team::Column::CommunityId.eq(community))
        .filter(volunteer_team::Column::LeaderId.in_subquery(own))
        .order_by_asc(volunteer_team::Column::Id)
        .into_query()
}

/// Whether somebody leads a team of a community.
pub(super) async fn leads_any(app: &App, community: PlaceId, person: PersonId) -> Result<bool> {
    use volunteer_team::Column as C;
    let found = volunteer_team::Entity::find()
        .filter(C::Id.in_subquery(led_by(community, person)))
        .one(app.db.reader())
        .await?;
    Ok(found.is_some())
}
