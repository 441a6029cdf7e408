//! Writes of the catalogue.

use linli_entity::{
    enums::{Confidentiality, DecidedBy, LimitUnit, MatterKind, PlaceKind},
    ids::{MatterId, MatterVersionId, PlaceId},
    json::{Channels, Localised, Materials, Modes, Questions},
    matter, matter_version, place,
};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect};

use super::{queries, queries::Current, rules};
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        text,
    },
};

/// What stays of a matter through its versions.
#[derive(Clone, Debug)]
pub struct NewMatter {
    /// Whose.
    pub community: PlaceId,
    /// Code, unique in the community.
    pub code: String,
    /// The department that it belongs to.
    pub department: PlaceId,
    /// Kind.
    pub kind: MatterKind,
    /// Who may see its requests.
    pub confidentiality: Confidentiality,
    /// The first version.
    pub content: MatterContent,
}

/// What a version says.
#[derive(Clone, Debug)]
pub struct MatterContent {
    /// Titles.
    pub titles: Localised,
    /// Descriptions.
    pub descriptions: Localised,
    /// Channels.
    pub channels: Channels,
    /// Modes.
    pub service_modes: Modes,
    /// Who decides.
    pub decided_by: DecidedBy,
    /// Promised limit in working days.
    pub promised_days: Option<i32>,
    /// Legal limit.
    pub legal_days: Option<i32>,
    /// Unit of the legal limit.
    pub legal_unit: LimitUnit,
    /// Limit of the first human response, in working minutes.
    pub response_minutes: i32,
    /// How often the resident must come.
    pub visits_promised: i32,
    /// Materials.
    pub materials: Materials,
    /// Questions.
    pub questions: Questions,
}

/// The default limit of the first response: four working hours.
pub const RESPONSE_MINUTES: i32 = 240;

/// Creates a matter with its first version.
pub async fn create(app: &App, actor: &Actor, input: NewMatter) -> Result<Committed<Current>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::CatalogueManage, &Target::community(input.community))?;
    let (current, event) = create_in_tx(&tx, permit, input).await?;
    tx.commit(vec![event], current).await
}

/// Creates a matter within a transaction; the caller was permitted.
pub async fn create_in_tx(
    tx: &Tx<'_>,
    permit: Permit,
    input: NewMatter,
) -> Result<(Current, Event)> {
    text::check("code", &input.code, 64)?;
    let community = communities::queries::active_community(tx, input.community).await?;
    check_department(tx, &community, input.department).await?;
    let matter = matter::Model {
        id: MatterId(tx.new_id()),
        community_id: input.community,
        search_key: rules::search_key(&input.code, &input.content.titles),
        code: input.code,
        department_id: input.department,
        kind: input.kind,
        confidentiality: input.confidentiality,
        active: true,
        current_version: 1,
        created_at: tx.now(),
        version: 1,
    };
    matter::Entity::insert(matter::ActiveModel::from(matter.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let version = insert_version(tx, &matter, input.content).await?;
    let event = Event::new(permit, "MATTER_CREATED", "matter", matter.id)
        .community(matter.community_id)
        .data(serde_json::json!({ "code": matter.code }))
        .row_held();
    Ok((Current { matter, version }, event))
}

/// A matter belongs to a department of its community's subdistrict.
async fn check_department(tx: &Tx<'_>, community: &place::Model, id: PlaceId) -> Result<()> {
    let department = place::Entity::find_by_id(id).one(tx.conn()).await?;
    let fits = |d: &place::Model| {
        let ours = d.depth > 1 || d.parent_id == community.parent_id;
        d.kind == PlaceKind::Department && d.active && ours
    };
    if department.as_ref().is_some_and(fits) {
        return Ok(());
    }
    Err(Rejected::at(Code::UnknownReference, "departmentId").into())
}

async fn insert_version(
    tx: &Tx<'_>,
    matter: &matter::Model,
    content: MatterContent,
) -> Result<matter_version::Model> {
    let row = matter_version::Model {
        id: MatterVersionId(tx.new_id()),
        community_id: matter.community_id,
        matter_id: matter.id,
        number: matter.current_version,
        titles: content.titles,
        descriptions: content.descriptions,
        channels: content.channels,
        service_modes: content.service_modes,
        decided_by: content.decided_by,
        promised_days: content.promised_days,
        legal_days: content.legal_days,
        legal_unit: content.legal_unit,
        response_minutes: content.response_minutes,
        visits_promised: content.visits_promised,
        materials: content.materials,
        questions: content.questions,
        published_by: tx.actor().account(),
        published_at: tx.now(),
    };
    rules::check_limits(&row)?;
    rules::check_questions(&row.questions.0)?;
    matter_version::Entity::insert(matter_version::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    Ok(row)
}

async fn lock(tx: &Tx<'_>, id: MatterId, expected_version: i32) -> Result<(matter::Model, Permit)> {
    let row = matter::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::CatalogueManage, &Target::community(row.community_id))?;
    if row.version != expected_version {
        return Err(Rejected::new(Code::StaleVersion).with("currentVersion", row.version).into());
    }
    Ok((row, permit))
}

/// Publishes a new version of a matter. Running requests keep theirs.
pub async fn publish(
    app: &App,
    actor: &Actor,
    id: MatterId,
    expected_version: i32,
    content: MatterContent,
) -> Result<Committed<Current>> {
    let tx = app.begin(actor).await?;
    let (mut matter, permit) = lock(&tx, id, expected_version).await?;
    matter.current_version += 1;
    matter.version += 1;
    matter.search_key = rules::search_key(&matter.code, &content.titles);
    let version = insert_version(&tx, &matter, content).await?;
    matter::ActiveModel::from(matter.clone()).reset_all().update(tx.conn()).await?;
    tx.forgets(queries::MEMO, id.0);
    let event = Event::new(permit, "MATTER_VERSION_PUBLISHED", "matter", id)
        .community(matter.community_id)
        .data(serde_json::json!({ "number": version.number }));
    tx.commit(vec![event], Current { matter, version }).await
}

/// What is corrected of a matter; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatterChange {
    /// The department that it belongs to.
    pub department: Option<PlaceId>,
    /// Kind.
    pub kind: Option<MatterKind>,
    /// Who may see its requests.
    pub confidentiality: Option<Confidentiality>,
}

/// Corrects what stays of a matter through its versions, for requests to come. A running request
/// keeps the confidentiality and the department that it was submitted under, as it keeps its version:
/// its requester was told who sees it, its owner must go on seeing it, and numbers that were released
/// stay what they were.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: MatterId,
    expected_version: i32,
    input: MatterChange,
) -> Result<Committed<Current>> {
    let tx = app.begin(actor).await?;
    let (mut matter, permit) = lock(&tx, id, expected_version).await?;
    if let Some(department) = input.department {
        let community = communities::queries::place(app, tx.conn(), matter.community_id).await?;
        check_department(&tx, &community, department).await?;
        matter.department_id = department;
    }
    matter.kind = input.kind.unwrap_or(matter.kind);
    matter.confidentiality = input.confidentiality.unwrap_or(matter.confidentiality);
    matter.version += 1;
    let version = queries::version_of(tx.conn(), &matter).await?;
    matter::ActiveModel::from(matter.clone()).reset_all().update(tx.conn()).await?;
    tx.forgets(queries::MEMO, id.0);
    let event = Event::new(permit, "MATTER_CHANGED", "matter", id)
        .community(matter.community_id)
        .data(serde_json::json!({
            "department": matter.department_id.to_string(),
            "kind": matter.kind,
            "confidentiality": matter.confidentiality,
        }));
    tx.commit(vec![event], Current { matter, version }).await
}

/// Opens or closes a matter for new requests.
pub async fn set_active(
    app: &App,
    actor: &Actor,
    id: MatterId,
    expected_version: i32,
    active: bool,
) -> Result<Committed<Current>> {
    let tx = app.begin(actor).await?;
    let (mut matter, permit) = lock(&tx, id, expected_version).await?;
    matter.active = active;
    matter.version += 1;
    let version = queries::version_of(tx.conn(), &matter).await?;
    matter::ActiveModel::from(matter.clone()).reset_all().update(tx.conn()).await?;
    tx.forgets(queries::MEMO, id.0);
    let kind = if active { "MATTER_OPENED" } else { "MATTER_CLOSED" };
    let event = Event::new(permit, kind, "matter", id).community(matter.community_id);
    tx.commit(vec![event], Current { matter, version }).await
}
