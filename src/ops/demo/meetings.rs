//! What the demo's station offers by appointment, and who comes.

use chrono::Days;
use linli_entity::{
    appointment,
    enums::{AppointmentKind, ServiceMode},
    ids::PlaceId,
    service_request,
};

use crate::{
    appointments::{
        queries,
        rules::Offer,
        service::{self, Act, Choice, PlanSet},
    },
    kernel::{Actor, App, Error, Result},
};

/// Three windows in half hours, and visits of an hour with half an hour of a way.
pub async fn plans(app: &App, manager: &Actor, station: PlaceId) -> Result<()> {
    for (kind, windows, slot_minutes, buffer_minutes, lead_minutes) in [
        (AppointmentKind::Window, Some(3), 30, 0, 120),
        (AppointmentKind::HomeVisit, None, 60, 30, 1440),
    ] {
        let offer = Offer {
            slot_minutes,
            windows,
            buffer_minutes,
            lead_minutes,
            horizon_days: 30,
            active: true,
        };
        let plan = PlanSet { station, kind, expected_version: None, offer };
        service::plan_set(app, manager, plan).await?;
    }
    Ok(())
}

/// Books for a request the free slot behind the next `skip` ones, if its matter is served so and there
/// is one within a week.
pub async fn book(
    app: &App,
    station: PlaceId,
    actor: &Actor,
    row: &service_request::Model,
    skip: usize,
) -> Result<Option<appointment::Model>> {
    let kind = match row.service_mode {
        ServiceMode::HomeVisit => AppointmentKind::HomeVisit,
        ServiceMode::Window | ServiceMode::Appointment | ServiceMode::Errand => {
            AppointmentKind::Window
        }
    };
    let today = app.day(app.clock.now());
    let days = (today, today + Days::new(7));
    let slots = queries::slots(app, actor, (station, kind), days, Some(row.id)).await?;
    let Some(slot) = slots.into_iter().filter(|slot| slot.free > 0).nth(skip) else {
        return Ok(None);
    };
    let choice = Choice { station, kind, start: slot.span.from };
    match service::book(app, actor, row.id, choice, None).await {
        Ok(done) => Ok(Some(done.into_inner())),
        Err(Error::Rejected(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Which appointment, as it is now.
pub fn act(row: &appointment::Model) -> Act {
    Act { id: row.id, expected_version: row.version, once: None }
}
