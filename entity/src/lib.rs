//! The tables of Linli as `SeaORM` 2 entities, one file per table, with typed ids and enums.
//!
//! Nothing here decides anything: rules live in the slices of the `linli` package.
#![expect(clippy::disallowed_methods, reason = "expansion of sea-orm's model macro")]

pub mod enums;
pub mod ids;
pub mod json;

macro_rules! tables {
    ($($name:ident),* $(,)?) => { $(pub mod $name;)* };
}

tables!(
    account,
    appointment,
    appointment_plan,
    activity,
    activity_feedback,
    activity_partner,
    activity_registration,
    activity_seats,
    activity_session,
    activity_ticket,
    audit_seal,
    calendar_feed,
    calendar_version,
    check_in,
    closure_fact,
    contact_attempt,
    contact_task,
    corrective_action,
    delegation,
    delegation_matter,
    duty,
    event,
    exempt_week,
    extension,
    external_reference,
    help_item,
    inbox_message,
    internal_note,
    matter,
    matter_version,
    outbox,
    partner_organisation,
    party_membership,
    person,
    place,
    public_note,
    rating,
    read_log,
    refresh_token,
    registration_member,
    request_fact,
    request_ownership,
    reservation,
    resource,
    role_grant,
    service_request,
    session,
    signing_key,
    staff_leave,
    theme,
    venue,
    venue_booking,
    verification,
    volunteer,
    volunteer_certificate,
    volunteer_day,
    volunteer_hours,
    volunteer_shift,
    volunteer_sign_up,
    volunteer_team,
    volunteer_team_member,
    wish,
    wish_claim,
    wish_offer,
);
