//! What clients send to come in.

use async_graphql::{ID, InputObject};
use linli_entity::enums::ContactPreference;

use crate::kernel::Locale;

/// A phone that asks for a code.
#[derive(InputObject)]
pub struct CodeSendInput {
    /// Phone number; without a country code it is a mainland number.
    pub phone: String,
}

/// A registration.
#[derive(InputObject)]
pub struct RegisterInput {
    /// Phone number, the same that the code was sent to.
    pub phone: String,
    /// The code; good for 10 minutes and 5 tries.
    pub code: String,
    /// Password: 10 to 128 characters.
    pub password: String,
    /// Name: at most 200 characters.
    pub name: String,
    /// Language of what is sent.
    #[graphql(default)]
    pub language: Locale,
    /// How to be told.
    #[graphql(default_with = "ContactPreference::Inbox")]
    pub contact_preference: ContactPreference,
    /// What the client calls itself, shown in the list of sessions.
    pub device: Option<String>,
}

/// A sign-in.
#[derive(InputObject)]
pub struct SignInInput {
    /// Phone number.
    pub phone: String,
    /// Password.
    pub password: String,
    /// What the client calls itself.
    pub device: Option<String>,
}

/// A refresh token to exchange.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The refresh token; a second use ends the session.
    pub refresh_token: String,
}

/// A session to end.
#[derive(InputObject)]
pub struct SessionRevokeInput {
    /// The session; the one in use if not given, which means signing out.
    pub session_id: Option<ID>,
}

/// A change of password.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password until now.
    pub current_password: String,
    /// The new one: 10 to 128 characters.
    pub new_password: String,
}

/// A new password with a code.
#[derive(InputObject)]
pub struct PasswordResetInput {
    /// Phone number, the same that the code was sent to.
    pub phone: String,
    /// The code.
    pub code: String,
    /// The new password: 10 to 128 characters.
    pub password: String,
    /// What the client calls itself.
    pub device: Option<String>,
}
