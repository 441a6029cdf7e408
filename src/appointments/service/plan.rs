//! What a station offers.

use linli_entity::{
    appointment_plan,
    enums::{AppointmentKind, PlaceKind},
    ids::{AppointmentPlanId, PlaceId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    appointments::rules::{self, Offer},
    communities,
    kernel::{Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target},
};

/// A plan as a manager wants it.
#[derive(Clone, Copy, Debug)]
pub struct PlanSet {
    /// The station.
    pub station: PlaceId,
    /// Kind.
    pub kind: AppointmentKind,
    /// The version that was read; none for a new plan.
    pub expected_version: Option<i32>,
    /// What is offered.
    pub offer: Offer,
}

/// Makes the plan of a station for a kind, or changes it. What is booked stays as it is.
pub async fn plan_set(
    app: &App,
    actor: &Actor,
    input: PlanSet,
) -> Result<Committed<appointment_plan::Model>> {
    let tx = app.begin(actor).await?;
    let station = match communities::queries::place(app, tx.conn(), input.station).await {
        Ok(place) => place,
        Err(Error::NotFound) => return Err(unknown()),
        Err(other) => return Err(other),
    };
    let permit = tx.authorize(Action::AppointmentPlanManage, &Target::place(&station))?;
    if station.kind != PlaceKind::ServiceStation {
        return Err(unknown());
    }
    rules::check_offer(input.kind, &input.offer)?;
    let known = appointment_plan::Entity::find()
        .filter(appointment_plan::Column::StationId.eq(input.station))
        .filter(appointment_plan::Column::Kind.eq(input.kind))
        .lock_exclusive()
        .one(tx.conn())
        .await?;
    if known.as_ref().map(|plan| plan.version) != input.expected_version {
        let current = known.map_or(0, |plan| plan.version);
        return Err(Rejected::new(Code::StaleVersion).with("currentVersion", current).into());
    }
    let offer = input.offer;
    let row = appointment_plan::Model {
        id: known.as_ref().map_or_else(|| AppointmentPlanId(tx.new_id()), |plan| plan.id),
        community_id: station.community_id.ok_or_else(unknown)?,
        station_id: station.id,
        kind: input.kind,
        slot_minutes: offer.slot_minutes,
        windows: offer.windows,
        buffer_minutes: offer.buffer_minutes,
        lead_minutes: offer.lead_minutes,
        horizon_days: offer.horizon_days,
        active: offer.active,
        created_at: known.as_ref().map_or(tx.now(), |plan| plan.created_at),
        version: known.as_ref().map_or(1, |plan| plan.version + 1),
    };
    match &known {
        Some(before) => tx.update_last(before, &row),
        None => tx.insert_last(appointment_plan::ActiveModel::from(row.clone())),
    }
    let event = Event::new(permit, "APPOINTMENT_PLAN_SET", "appointment_plan", row.id)
        .community(row.community_id)
        .data(serde_json::json!({ "version": row.version, "kind": row.kind }))
        .row_held();
    tx.commit(vec![event], row).await
}

fn unknown() -> Error {
    Rejected::at(Code::UnknownReference, "stationId").into()
}
