//! Rows of incidents and of tasks of agencies as they are when nobody has touched them.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    agency_task,
    enums::{AgencyTaskState, Danger, IncidentKind, IncidentLevel, IncidentState},
    ids::{AgencyTaskId, IncidentId, PlaceId},
    incident, joint_response,
    json::Localised,
};

/// An incident that came in at an instant, of a block, that nobody has touched.
pub fn incident(
    id: IncidentId,
    (community_id, block_id): (PlaceId, PlaceId),
    at: DateTime<Utc>,
) -> incident::Model {
    incident::Model {
        id,
        community_id,
        number: id.0.simple().to_string(),
        block_id: Some(block_id),
        kind: IncidentKind::Road,
        danger: Danger::None,
        place: Some("后门旁边".to_owned()),
        lon_e6: None,
        lat_e6: None,
        state: IncidentState::Received,
        level: IncidentLevel::Block,
        first_level: IncidentLevel::Block,
        handler_id: None,
        received_at: at,
        due_at: None,
        responded_at: None,
        escalated_at: None,
        joint_at: None,
        resolved_at: None,
        answered_at: None,
        closed_at: None,
        first_closed_at: None,
        reopened: 0,
        reopen_reason: None,
        escalation: None,
        outcome: None,
        answer: None,
        card: Localised::default(),
        published_at: None,
        merged_into: None,
        version: 1,
    }
}

/// A mandatory task that was asked of an agency at an instant: an hour to sign, two to make contact, ten days to
/// finish.
pub fn task(
    id: AgencyTaskId,
    joint: &joint_response::Model,
    agency_id: PlaceId,
    asked: DateTime<Utc>,
) -> agency_task::Model {
    agency_task::Model {
        id,
        community_id: joint.community_id,
        incident_id: joint.incident_id,
        joint_id: joint.id,
        agency_id,
        from_id: None,
        mandatory: true,
        binding: false,
        refusals: 0,
        brief: None,
        state: AgencyTaskState::Asked,
        asked_at: asked,
        sign_due_at: asked + Duration::minutes(60),
        contact_due_at: asked + Duration::minutes(120),
        finish_due_at: asked + Duration::days(10),
        due_at: None,
        signed_at: None,
        contacted_at: None,
        ended_at: None,
        relayed: false,
        outcome: None,
        result: None,
        refused_at: None,
        refusal: None,
        proposed_id: None,
        rating: None,
        rating_reason: None,
        rated_by: None,
        rated_at: None,
        version: 1,
    }
}
