//! What was said about incidents, and by whom.

use std::collections::HashMap;

use linli_entity::{
    enums::ReadPurpose,
    ids::{IncidentId, PersonId},
    incident_report, read_log,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, Select, Statement,
    Value, sea_query::Order,
};

use super::{marks, reader, target};
use crate::{
    identity::{
        self,
        service::{Look, looks},
    },
    kernel::{
        Actor, App, Error, Result,
        page::{Page, PageArgs},
        policy, text,
    },
};

async fn of_incident(
    app: &App,
    actor: &Actor,
    id: IncidentId,
) -> Result<Select<incident_report::Entity>> {
    actor.signed_in()?;
    let row = linli_entity::incident::Entity::find_by_id(id).one(app.db.reader()).await?;
    let row = row.ok_or(Error::NotFound)?;
    if !policy::allowed(actor, reader(&row), &target(&row)) {
        return Err(Error::NotFound);
    }
    Ok(incident_report::Entity::find()
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::Follows.eq(false)))
}

/// A page of the reports of an incident, the first first, for who answers for it or serves there. That they
/// were opened is written down.
pub async fn reports(
    app: &App,
    actor: &Actor,
    id: IncidentId,
    page: PageArgs,
) -> Result<Page<incident_report::Model>> {
    use incident_report::Column as C;
    let rows = page
        .apply(of_incident(app, actor, id).await?, C::ReportedAt, C::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    let page = page.cut(rows);
    let user = actor.signed_in()?;
    let records: Vec<_> = page.rows.iter().map(|row| row.person_id).collect();
    let holders = identity::queries::record_holders(app, &records).await?;
    let look = |row: &incident_report::Model| {
        let holder = holders.get(&row.person_id).map_or(row.person_id, |p| p.id);
        (holder != user.person).then(|| Look {
            incident: Some(row.incident_id),
            ..Look::new(holder, user.account, row.community_id, ReadPurpose::Incident)
        })
    };
    app.keep::<read_log::Entity>(looks(app, page.rows.iter().filter_map(look))?).await?;
    Ok(page)
}

/// How many there are.
pub async fn reports_count(app: &App, actor: &Actor, id: IncidentId) -> Result<u64> {
    Ok(of_incident(app, actor, id).await?.count(app.db.reader()).await?)
}

/// By what name everybody may know who reported incidents: of each the first who let them, masked. Of what staff
/// have not cleared, nobody is told anything.
pub async fn named(app: &App, ids: &[IncidentId]) -> Result<HashMap<IncidentId, String>> {
    let sql = format!(
        "SELECT incident_id, person_id FROM (SELECT r.incident_id, r.person_id, ROW_NUMBER() OVER \
         (PARTITION BY r.incident_id ORDER BY r.reported_at, r.id) AS nth FROM incident_report r \
         JOIN incident i ON i.id = r.incident_id AND i.published_at IS NOT NULL \
         WHERE r.incident_id IN ({}) AND NOT r.follows AND NOT r.anonymous) AS n WHERE nth = 1",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = Named::find_by_statement(statement).all(app.db.reader()).await?;
    let records: Vec<_> = rows.iter().map(|row| row.person_id).collect();
    let holders = identity::queries::record_holders(app, &records).await?;
    let name = |row: Named| {
        let name = holders.get(&row.person_id)?.name.as_deref()?;
        Some((row.incident_id, text::mask_name(name)))
    };
    Ok(rows.into_iter().filter_map(name).collect())
}

#[derive(FromQueryResult)]
struct Named {
    incident_id: IncidentId,
    person_id: PersonId,
}

fn own(actor: &Actor) -> Result<Select<incident_report::Entity>> {
    let person = actor.signed_in()?.person;
    Ok(incident_report::Entity::find()
        .filter(identity::queries::theirs(incident_report::Column::PersonId, person)))
}

/// A page of what one reported or follows, the latest first.
pub async fn own_reports(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<incident_report::Model>> {
    use incident_report::Column as C;
    let rows =
        page.apply(own(actor)?, C::ReportedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_reports_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(own(actor)?.count(app.db.reader()).await?)
}
