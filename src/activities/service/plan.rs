//! What activities stand on: themes, partner organisations, exempt weeks.

use linli_entity::{
    exempt_week,
    ids::{PartnerId, PlaceId, ThemeId},
    json::Localised,
    partner_organisation, theme,
};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::json;

use crate::{
    activities::rules::Week,
    communities,
    kernel::{Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, text},
};

/// A new theme.
#[derive(Clone, Debug)]
pub struct NewTheme {
    /// Community.
    pub community: PlaceId,
    /// Year and month.
    pub month: (i32, i32),
    /// Title.
    pub titles: Localised,
    /// Description.
    pub descriptions: Localised,
}

/// What changes of a theme; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ThemeChange {
    /// Title.
    pub titles: Option<Localised>,
    /// Description.
    pub descriptions: Option<Localised>,
}

fn stale(current: i32) -> Error {
    Rejected::new(Code::StaleVersion).with("currentVersion", current).into()
}

/// Sets the theme of a month. The database has one of each.
pub async fn theme_create(
    app: &App,
    actor: &Actor,
    input: NewTheme,
) -> Result<Committed<theme::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(input.community))?;
    let (year, month) = input.month;
    if !(2000..=2200).contains(&year) || !(1..=12).contains(&month) {
        return Err(Error::bad_input("input.month", "year 2000 to 2200, month 1 to 12"));
    }
    communities::queries::active_community(&tx, input.community).await?;
    let row = theme::Model {
        id: ThemeId(tx.new_id()),
        community_id: input.community,
        year,
        month,
        titles: input.titles,
        descriptions: input.descriptions,
        created_at: tx.now(),
        version: 1,
    };
    theme::Entity::insert(theme::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "THEME_CREATED", "theme", row.id)
        .community(row.community_id)
        .data(json!({ "year": year, "month": month }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Changes the words of a theme.
pub async fn theme_change(
    app: &App,
    actor: &Actor,
    id: ThemeId,
    expected_version: i32,
    input: ThemeChange,
) -> Result<Committed<theme::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = theme::Entity::find_by_id(id).lock_exclusive().one(tx.conn()).await?;
    let before = before.ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(before.community_id))?;
    if before.version != expected_version {
        return Err(stale(before.version));
    }
    let mut row = before.clone();
    row.titles = input.titles.unwrap_or(row.titles);
    row.descriptions = input.descriptions.unwrap_or(row.descriptions);
    row.version += 1;
    tx.update_last(&before, &row);
    let event = Event::new(permit, "THEME_CHANGED", "theme", id)
        .community(row.community_id)
        .data(json!({ "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// A new partner organisation.
#[derive(Clone, Debug)]
pub struct NewPartner {
    /// Community.
    pub community: PlaceId,
    /// Names.
    pub names: Localised,
}

/// What changes of a partner organisation; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct PartnerChange {
    /// Names.
    pub names: Option<Localised>,
    /// Whether it is in use.
    pub active: Option<bool>,
}

/// Enters a partner organisation.
pub async fn partner_create(
    app: &App,
    actor: &Actor,
    input: NewPartner,
) -> Result<Committed<partner_organisation::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(input.community))?;
    communities::queries::active_community(&tx, input.community).await?;
    let row = partner_organisation::Model {
        id: PartnerId(tx.new_id()),
        community_id: input.community,
        names: input.names,
        active: true,
        created_at: tx.now(),
        version: 1,
    };
    tx.insert_last(partner_organisation::ActiveModel::from(row.clone()));
    let event = Event::new(permit, "PARTNER_CREATED", "partner_organisation", row.id)
        .community(row.community_id)
        .row_held();
    tx.commit(vec![event], row).await
}

/// Changes a partner organisation.
pub async fn partner_change(
    app: &App,
    actor: &Actor,
    id: PartnerId,
    expected_version: i32,
    input: PartnerChange,
) -> Result<Committed<partner_organisation::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before =
        partner_organisation::Entity::find_by_id(id).lock_exclusive().one(tx.conn()).await?;
    let before = before.ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(before.community_id))?;
    if before.version != expected_version {
        return Err(stale(before.version));
    }
    let mut row = before.clone();
    row.names = input.names.unwrap_or(row.names);
    row.active = input.active.unwrap_or(row.active);
    row.version += 1;
    tx.update_last(&before, &row);
    let event = Event::new(permit, "PARTNER_CHANGED", "partner_organisation", id)
        .community(row.community_id)
        .data(json!({ "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Declares that no activity is owed in a week, before it begins.
pub async fn week_exempt(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    week: Week,
    reason: String,
) -> Result<Committed<exempt_week::Model>> {
    text::check("reason", &reason, text::LINE)?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(community))?;
    let monday = week.checked()?;
    communities::queries::active_community(&tx, community).await?;
    if app.day(tx.now()) >= monday {
        return Err(Rejected::at(Code::WindowClosed, "isoWeek").into());
    }
    let row = exempt_week::Model {
        community_id: community,
        iso_year: week.year,
        iso_week: week.week,
        reason,
        declared_by: actor.account(),
        declared_at: tx.now(),
    };
    exempt_week::Entity::insert(exempt_week::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "WEEK_EXEMPTED", "place", community)
        .community(community)
        .data(json!({ "isoYear": week.year, "isoWeek": week.week }));
    tx.commit(vec![event], row).await
}

/// Takes that back, before the week begins: an activity is owed again.
pub async fn week_include(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    week: Week,
) -> Result<Committed<exempt_week::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(community))?;
    let monday = week.checked()?;
    let key = (community, week.year, week.week);
    let row = exempt_week::Entity::find_by_id(key)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "isoWeek"))?;
    if app.day(tx.now()) >= monday {
        return Err(Rejected::at(Code::WindowClosed, "isoWeek").into());
    }
    exempt_week::Entity::delete_by_id(key).exec(tx.conn()).await?;
    let event = Event::new(permit, "WEEK_INCLUDED", "place", community)
        .community(community)
        .data(json!({ "isoYear": week.year, "isoWeek": week.week }));
    tx.commit(vec![event], row).await
}
