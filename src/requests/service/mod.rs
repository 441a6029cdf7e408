//! Writes of service requests. Every step opens an [`edit::Edit`], which locks the row, replays a
//! retry, asks the policy, checks version and state; and ends in its `commit`, which rewrites the
//! dates, the fact rows and the ledger's projection together with the event.

mod acting;
mod close;
mod duplicates;
mod edit;
mod follow;
mod leaving;
mod own;
mod personal;
mod submit;
mod timers;
mod work;

pub use close::{Resolution, appeal, confirm, decline, mark_duplicate, reopen, resolve, withdraw};
pub(crate) use close::{check_word, supersede_ratings};
pub use duplicates::{Draft, likely_duplicates};
pub use edit::{Act, Stamp};
pub(crate) use edit::{Edit, Opened, lock as lock_in_tx};
pub use follow::{follow, follow_code_send, follow_verify};
pub use leaving::{account_lock, hand_over_left, role_revoke};
pub use own::{assign, assign_automatically, return_to_pool, take, transfer};
pub(crate) use own::{leading_role, owning_roles};
pub use personal::{Revealed, contact_task_done, person_link, person_lookup, record_reads, reveal};
pub(crate) use submit::beneficiary_in_tx;
pub use submit::{Beneficiary, Entered, Submission, Submitted, number, submit, submit_in_tx};
pub use timers::{Moved, Preview, calendar_preview, reproject_open, wake_due};
pub use work::{
    Answer, ExternalNumber, answer, ask, contact_attempt, declare_statutory, extension_decide,
    extension_request, external_reference, hand_to_department, note_internal, note_public,
    record_department_answer, start, supplement,
};
