//! What is agreed with an agency.

use linli_entity::{agency_terms, enums::PlaceKind, ids::PlaceId, json::Localised, place};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{check_version, lock, of_kind};
use crate::{
    blocks::rules::agencies::Terms,
    kernel::{Action, Actor, App, Committed, Event, Result, Target},
};

/// What changes of what is agreed; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct TermsChange {
    /// What the agency is called in for.
    pub duties: Option<Option<Localised>>,
    /// Minutes in which a task is signed for.
    pub sign_minutes: Option<i32>,
    /// Minutes in which the parties are contacted.
    pub contact_minutes: Option<i32>,
    /// Working days in which it is done.
    pub finish_days: Option<i32>,
    /// Minutes in which an emergency is done.
    pub urgent_finish_minutes: Option<i32>,
}

/// Records what is agreed with an agency, from now on.
pub async fn terms_set(
    app: &App,
    actor: &Actor,
    (id, expected_version): (PlaceId, i32),
    input: TermsChange,
) -> Result<Committed<place::Model>> {
    let tx = app.begin(actor).await?;
    let known = of_kind(&tx, id, PlaceKind::Agency).await?;
    let permit = tx.authorize(Action::AgencyTermsSet, &Target::place(&known))?;
    let place = lock(&tx, id).await?;
    let before = agency_terms::Entity::find_by_id(id).one(tx.conn()).await?;
    let agreed = before.clone().map_or_else(Terms::default, Terms::from);
    check_version(agreed.version, expected_version)?;
    let terms = Terms {
        duties: input.duties.unwrap_or(agreed.duties),
        sign_minutes: input.sign_minutes.unwrap_or(agreed.sign_minutes),
        contact_minutes: input.contact_minutes.unwrap_or(agreed.contact_minutes),
        finish_days: input.finish_days.unwrap_or(agreed.finish_days),
        urgent_finish_minutes: input.urgent_finish_minutes.unwrap_or(agreed.urgent_finish_minutes),
        version: agreed.version + 1,
    };
    terms.check()?;
    let row = terms.row(id, tx.now());
    match &before {
        Some(before) => tx.update_last(before, &row),
        None => tx.insert_last(agency_terms::ActiveModel::from(row.clone())),
    }
    let event = Event::new(permit, "AGENCY_TERMS_SET", "agency", id)
        .data(json!({ "version": row.version }))
        .row_held();
    tx.commit(vec![event], place).await
}
