//! Registration by phone number.

use linli_entity::{
    account,
    enums::{AccountState, ContactPreference, VerificationPurpose},
    ids::{AccountId, PersonId},
    person,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{
    password,
    sessions::{SessionTokens, open_session},
    verification::{Verdict, check_in_tx, start_in_tx},
};
use crate::{
    identity::{rules, tokens},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Locale, Rejected, Result, Target, text,
    },
};

/// What a person says of themselves.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Phone number, as typed.
    pub phone: String,
    /// The code that was sent to it.
    pub code: String,
    /// The new password.
    pub password: String,
    /// Name.
    pub name: String,
    /// Language of what is sent.
    pub language: Locale,
    /// How to be told.
    pub contact_preference: ContactPreference,
    /// What the client calls itself.
    pub device: Option<String>,
}

/// Sends a code to a phone. The answer is the same whether or not the phone is registered; who is
/// registered already gets a message that says so.
pub async fn registration_start(
    app: &App,
    actor: &Actor,
    address: &str,
    (phone, language): (&str, Locale),
) -> Result<Committed<()>> {
    let phone = text::phone("phone", phone)?;
    app.throttle(&format!("code-address:{address}"), rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code:{phone}"), rules::CODES_PER_PHONE).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let known =
        account::Entity::find().filter(account::Column::Phone.eq(&phone)).count(tx.conn()).await?;
    let purpose = VerificationPurpose::Register;
    let event = start_in_tx(&tx, permit, (&phone, language), purpose, None, known == 0).await?;
    tx.commit(vec![event], ()).await
}

/// Registers with the code that was sent, and signs in.
pub async fn register(
    app: &App,
    actor: &Actor,
    address: &str,
    input: Registration,
) -> Result<Committed<SessionTokens>> {
    let phone = text::phone("phone", &input.phone)?;
    text::check("name", &input.name, text::LINE)?;
    text::check_optional("device", input.device.as_deref(), text::LINE)?;
    rules::check_password("password", &input.password, &phone)?;
    app.throttle(&format!("code-address:{address}"), rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code-try:{phone}"), rules::CODE_TRIES_PER_PHONE).await?;
    // Before the transaction: hashing is slow, and nothing may wait for it.
    let password_hash = password::hash(input.password).await?;
    let signer = tokens::signer(app).await?;

    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::Register;
    if let Verdict::Wrong(row) = check_in_tx(&tx, &phone, purpose, None, &input.code).await? {
        let wrong = Error::from(Rejected::at(Code::WrongCode, "code"));
        let Some(row) = row else { return Err(wrong) };
        let event = Event::new(permit, "VERIFICATION_FAILED", "verification", row);
        return Err(tx.reject_and_commit(event, wrong).await);
    }
    let person = PersonId(tx.new_id());
    let row = person::ActiveModel {
        id: Set(person),
        name: Set(Some(input.name)),
        phone: Set(Some(phone.clone())),
        phone_verified: Set(true),
        contact_preference: Set(input.contact_preference),
        language: Set(input.language.tag().to_owned()),
        merged_into: Set(None),
        created_at: Set(tx.now()),
        version: Set(1),
    };
    person::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    let account = AccountId(tx.new_id());
    let row = account::ActiveModel {
        id: Set(account),
        person_id: Set(person),
        phone: Set(phone),
        password_hash: Set(password_hash),
        state: Set(AccountState::Active),
        staff_name: Set(None),
        created_at: Set(tx.now()),
        password_changed_at: Set(tx.now()),
    };
    account::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    let tokens = open_session(&tx, &signer, account, input.device).await?;
    let event = Event::new(permit, "REGISTERED", "account", account).beneficiary(Some(person));
    tx.commit(vec![event], tokens).await
}
