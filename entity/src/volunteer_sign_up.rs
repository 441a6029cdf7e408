//! Who is, or was, signed up for a shift.

use sea_orm::entity::prelude::*;

use crate::{enums::SignUpEnd, ids::{PersonId, PlaceId, ShiftId, SignUpId, VolunteerId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_sign_up")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignUpId,
    /// Community id.
    pub community_id: PlaceId,
    /// The shift.
    pub shift_id: ShiftId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// Who that is.
    pub person_id: PersonId,
    /// First instant of the shift.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// Since when.
    pub signed_at: DateTimeUtc,
    /// Until when; none while it counts.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub ended_by: Option<SignUpEnd>,
}

impl ActiveModelBehavior for ActiveModel {}
