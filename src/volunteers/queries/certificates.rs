//! Certificates, for who has them and for who is shown one.

use chrono::{Duration, NaiveDate};
use linli_entity::{
    ids::{CertificateId, PersonId, PlaceId},
    volunteer_certificate,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select, Statement,
    sea_query::Order,
};

use crate::kernel::{
    Actor, App, Result, crypto,
    page::{Page, PageArgs},
    throttle::Limit,
};

/// Checks from one address.
const CHECKS_PER_ADDRESS: Limit = Limit { hits: 120, window: Duration::hours(1) };

/// The code with which anybody checks a certificate: 80 bits that nobody stores.
pub fn code_of(app: &App, id: CertificateId) -> String {
    app.master.derive_code(&format!("certificate:{id}"))
}

/// The minutes of a person in a community that count from one day to another, both included.
pub(in crate::volunteers) async fn minutes(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    person: PersonId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<i32> {
    let sql = "SELECT CAST(COALESCE(SUM(minutes), 0) AS integer) FROM volunteer_day \
               WHERE community_id = $1 AND person_id = $2 AND day >= $3 AND day <= $4";
    let values = [community.into(), person.into(), from.into(), until.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let row = conn.query_one_raw(statement).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}

pub(in crate::volunteers) async fn certificate_row(
    conn: &impl ConnectionTrait,
    id: CertificateId,
) -> Result<Option<volunteer_certificate::Model>> {
    Ok(volunteer_certificate::Entity::find_by_id(id).one(conn).await?)
}

/// Whether a certificate says what the records say now.
pub async fn is_current(app: &App, row: &volunteer_certificate::Model) -> Result<bool> {
    let period = (row.from_day, row.until_day);
    let now = minutes(app.db.reader(), row.community_id, row.person_id, period).await?;
    Ok(now == row.minutes)
}

/// The certificate of a number, for who has its code; none if there is none or the code is wrong, which
/// look and cost the same.
pub async fn check_certificate(
    app: &App,
    address: &str,
    number: &str,
    code: &str,
) -> Result<Option<volunteer_certificate::Model>> {
    app.throttle(&format!("certificate-address:{address}"), CHECKS_PER_ADDRESS).await?;
    let number: String =
        number.trim().to_uppercase().chars().filter(|c| *c != '\0').take(64).collect();
    let row = volunteer_certificate::Entity::find()
        .filter(volunteer_certificate::Column::Number.eq(number))
        .one(app.db.reader())
        .await?;
    let id = row.as_ref().map_or_else(|| CertificateId(uuid::Uuid::nil()), |row| row.id);
    let given = crypto::normalise_code(code);
    let right = crypto::same(given.as_bytes(), code_of(app, id).as_bytes());
    Ok(row.filter(|_| right))
}

fn of_person(person: PersonId) -> Select<volunteer_certificate::Entity> {
    volunteer_certificate::Entity::find().filter(volunteer_certificate::Column::PersonId.eq(person))
}

/// A page of one's own certificates, the newest first.
pub async fn own_certificates(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<volunteer_certificate::Model>> {
    use volunteer_certificate::Column as C;
    let select = of_person(actor.signed_in()?.person);
    let rows = page.apply(select, C::IssuedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_certificates_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(of_person(actor.signed_in()?.person).count(app.db.reader()).await?)
}
