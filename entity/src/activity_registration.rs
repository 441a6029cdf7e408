//! Parties that registered for an activity: all of a party or none.

use sea_orm::entity::prelude::*;

use crate::{enums::{AgeBand, RegistrationEnd, RegistrationState}, ids::{AccountId, ActivityId, DelegationId, PersonId, PlaceId, RegistrationId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_registration")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegistrationId,
    /// Community id.
    pub community_id: PlaceId,
    /// Activity id.
    pub activity_id: ActivityId,
    /// Who registered, or was registered by staff.
    pub person_id: PersonId,
    /// Place in line; never given twice.
    pub seq: i32,
    /// People of the party.
    pub people: i32,
    /// Age band of who registered; null if they do not come themselves.
    pub age_band: Option<AgeBand>,
    /// State.
    pub state: RegistrationState,
    /// Who ended it.
    pub ended_by: Option<RegistrationEnd>,
    /// Shown to who registered; checks the party in.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// The member of staff or the delegate who registered them, if one did.
    pub registered_by: Option<AccountId>,
    /// The delegation by which a delegate did.
    pub delegation_id: Option<DelegationId>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// When the party got its seats out of the line, or was offered them.
    pub promoted_at: Option<DateTimeUtc>,
    /// Until when the seats are kept for the party to accept; only while they are offered.
    pub offered_until: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
