//! Writes of identity.

mod following;
mod grants;
mod password;
mod reads;
mod registration;
mod sessions;
mod verification;

use crate::kernel::{App, Result};

pub use following::{OnRecord, Opened, follow_code_send, follow_open};
pub use grants::{
    NewGrant, NewStaff, account_lock_in_tx, account_unlock, grant, public_name_in_tx,
    revoke_grant_in_tx, roles_changed_in_tx, staff_create,
};
pub use password::hash;
pub use reads::{Look, looked, looks};
pub use registration::{Registration, register, registration_start};
pub use sessions::{
    Credentials, SessionTokens, admin_token, password_change, password_reset, password_reset_start,
    refresh, session_revoke, sign_in,
};
pub use verification::{Verdict, check_in_tx, open_code, start_in_tx};

/// Forgets codes and tokens that have served their time.
pub async fn tidy(app: &App) -> Result<usize> {
    let yesterday = app.clock.now() - chrono::Duration::days(1);
    Ok(app.expire("DELETE FROM verification WHERE expires_at < $1", yesterday).await?
        + app.expire("DELETE FROM refresh_token WHERE expires_at < $1", yesterday).await?)
}
