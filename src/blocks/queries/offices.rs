//! Reads of offices: who answers for a place now, and who did.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{AccountState, Role},
    ids::{AccountId, PlaceId, TermId},
    office_stand_in, office_term, place,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, Statement, Value,
    sea_query::{Expr, ExprTrait, Order},
};

use crate::{
    communities::queries as places,
    identity,
    kernel::{
        Action, Actor, App, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// A term in force, and who of those who hold the office by it may sign in: at least one.
#[derive(Clone, Debug)]
pub struct Office {
    /// The term.
    pub term: office_term::Model,
    /// The name of whoever has it; none while their account is locked.
    pub holder: Option<String>,
    /// Who stands in, with their name.
    pub stand_in: Option<(office_stand_in::Model, String)>,
}

/// From a term to who stands in at an instant.
fn standing_in(now: DateTime<Utc>) -> RelationDef {
    use office_stand_in::Column as C;
    office_term::Entity::belongs_to(office_stand_in::Entity)
        .from(office_term::Column::Id)
        .to(C::TermId)
        .on_condition(move |_, stand_in| {
            let column = |c: C| Expr::col((stand_in.clone(), c));
            Condition::all()
                .add(column(C::CancelledAt).is_null())
                .add(column(C::FromAt).lte(now))
                .add(column(C::UntilAt).gt(now))
        })
        .into()
}

async fn in_force(
    conn: &impl ConnectionTrait,
    ids: &[PlaceId],
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<Vec<(office_term::Model, Option<office_stand_in::Model>)>> {
    use office_term::Column as C;
    Ok(office_term::Entity::find()
        .join(JoinType::LeftJoin, standing_in(now))
        .select_also(office_stand_in::Entity)
        .filter(C::PlaceId.is_in(ids.iter().copied()))
        .filter(C::Role.is_in(roles.iter().copied()))
        .filter(C::FromAt.lte(now))
        .filter(Condition::any().add(C::UntilAt.is_null()).add(C::UntilAt.gt(now)))
        .order_by_asc(C::FromAt)
        .order_by_asc(C::Id)
        .all(conn)
        .await?)
}

/// Who answers for places in these offices at an instant. An account that is locked answers for nothing:
/// whoever stands in then does so alone, and without them the office is as good as vacant.
async fn answering(
    conn: &impl ConnectionTrait,
    ids: &[PlaceId],
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<Vec<Office>> {
    let rows = in_force(conn, ids, roles, now).await?;
    let mut people: Vec<AccountId> = rows
        .iter()
        .flat_map(|(term, other)| [Some(term.account_id), other.as_ref().map(|o| o.account_id)])
        .flatten()
        .collect();
    people.sort_unstable();
    people.dedup();
    let people = identity::queries::accounts_in(conn, &people).await?;
    let name = |id: AccountId| {
        let account = people.get(&id).filter(|a| a.state == AccountState::Active)?;
        Some(account.staff_name.clone().unwrap_or_default())
    };
    let office = |(term, other): (office_term::Model, Option<office_stand_in::Model>)| {
        let stand_in = other.and_then(|other| Some((other.clone(), name(other.account_id)?)));
        Office { holder: name(term.account_id), term, stand_in }
    };
    let offices = rows.into_iter().map(office);
    Ok(offices.filter(|o| o.holder.is_some() || o.stand_in.is_some()).collect())
}

/// Who answers for blocks or subdistricts now.
pub async fn offices(app: &App, ids: &[PlaceId]) -> Result<HashMap<PlaceId, Vec<Office>>> {
    let roles = [Role::BlockLead, Role::DeputyBlockLead, Role::GeneralLead];
    let mut found: HashMap<PlaceId, Vec<Office>> = HashMap::new();
    for office in answering(app.db.reader(), ids, &roles, app.clock.now()).await? {
        found.entry(office.term.place_id).or_default().push(office);
    }
    Ok(found)
}

/// Who has one of these offices, or stands in, by the place that they answer for: those who have it first.
pub async fn office_holders(
    conn: &impl ConnectionTrait,
    roles: &[Role],
    scopes: &[PlaceId],
    now: DateTime<Utc>,
) -> Result<HashMap<PlaceId, Vec<AccountId>>> {
    let offices = answering(conn, scopes, roles, now).await?;
    let have = offices.iter().filter(|o| o.holder.is_some());
    let have = have.map(|o| (o.term.place_id, o.term.account_id));
    let stand_in =
        offices.iter().filter_map(|o| Some((o.term.place_id, o.stand_in.as_ref()?.0.account_id)));
    let mut found: HashMap<PlaceId, Vec<AccountId>> = HashMap::new();
    for (place, account) in have.chain(stand_in) {
        let holders = found.entry(place).or_default();
        if !holders.contains(&account) {
            holders.push(account);
        }
    }
    Ok(found)
}

/// Whether the reader may know who had the offices of a place before.
pub fn may_read_terms(actor: &Actor, place: &place::Model) -> bool {
    policy::allowed(actor, Action::OfficeTermsRead, &Target::place(place))
}

async fn of_place(app: &App, actor: &Actor, id: PlaceId) -> Result<Select<office_term::Entity>> {
    actor.signed_in()?;
    let place = places::place(app, app.db.reader(), id).await?;
    policy::authorize(actor, Action::OfficeTermsRead, &Target::place(&place))?;
    Ok(office_term::Entity::find().filter(office_term::Column::PlaceId.eq(id)))
}

/// A page of the terms of the offices of a block or subdistrict, the latest first; for those who manage
/// them.
pub async fn terms_of(
    app: &App,
    actor: &Actor,
    id: PlaceId,
    page: PageArgs,
) -> Result<Page<office_term::Model>> {
    use office_term::Column as C;
    let select = of_place(app, actor, id).await?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn terms_count(app: &App, actor: &Actor, id: PlaceId) -> Result<u64> {
    Ok(of_place(app, actor, id).await?.count(app.db.reader()).await?)
}

/// Who stood in, stands in or will, by term, in the order of their beginning; the last 100 of each.
pub async fn stand_ins(
    app: &App,
    ids: &[TermId],
) -> Result<HashMap<TermId, Vec<office_stand_in::Model>>> {
    let marks = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT * FROM (SELECT office_stand_in.*, ROW_NUMBER() OVER (PARTITION BY term_id \
         ORDER BY from_at DESC, id DESC) AS back FROM office_stand_in WHERE term_id IN ({marks})) AS s \
         WHERE back <= 100 ORDER BY from_at, id"
    );
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = office_stand_in::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<TermId, Vec<office_stand_in::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.term_id).or_default().push(row);
    }
    Ok(found)
}
