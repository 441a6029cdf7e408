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
    audit_seal,
    calendar_feed,
    calendar_version,
    closure_fact,
    contact_attempt,
    contact_task,
    corrective_action,
    duty,
    event,
    extension,
    inbox_message,
    internal_note,
    matter,
    matter_version,
    outbox,
    person,
    place,
    public_note,
    rating,
    read_log,
    refresh_token,
    request_fact,
    request_ownership,
    reservation,
    resource,
    role_grant,
    service_request,
    session,
    signing_key,
    staff_leave,
    venue,
    venue_booking,
    verification,
);
