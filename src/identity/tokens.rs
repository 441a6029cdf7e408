//! Access tokens: EdDSA JWTs under rotating keys that live encrypted in the database.

use std::{sync::Arc, time::Duration as StdDuration};

use aws_lc_rs::signature::Ed25519KeyPair;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};
use linli_entity::{
    ids::{AccountId, PersonId, SessionId},
    signing_key,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules;
use crate::kernel::{
    Action, Actor, App, Committed, Error, Event, Followed, Result, Target, crypto,
};

/// `iss` of our tokens.
const ISSUER: &str = "linli";
/// `aud` of our tokens.
const AUDIENCE: &str = "linli-api";
/// A new key is published this long before it signs, so that every verifier has fetched it.
const PUBLISHED_BEFORE: Duration = Duration::minutes(10);
/// A process knows a new key after at most this long.
const REMEMBERED: StdDuration = StdDuration::from_mins(1);
const MEMO: &str = "signing_keys";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// The account; for a tracking token, what is followed.
    pub sub: String,
    /// The session; for a tracking token, the person.
    pub sid: String,
    /// Id of the token.
    pub jti: String,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Not good from here on, in seconds.
    pub exp: i64,
}

/// What a good token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A session of an account (which may have been revoked since).
    Session(AccountId, SessionId),
    /// The phone on record of what is followed.
    Tracking(Followed, PersonId),
}

struct Keys {
    all: Vec<(Jwk, DecodingKey)>,
    signing: Vec<(DateTime<Utc>, String, EncodingKey)>,
}

/// Signs tokens with the keys as they were when it was made. It is made before a transaction begins:
/// reading keys within one would take a second connection, and enough of those wait for each other.
pub struct Signer {
    keys: Arc<Keys>,
}

/// A signer with the present keys.
pub async fn signer(app: &App) -> Result<Signer> {
    Ok(Signer { keys: keys(app).await? })
}

impl Signer {
    /// An access token for a session, and when it ends.
    pub fn session(
        &self,
        app: &App,
        account: AccountId,
        session: SessionId,
    ) -> Result<(String, DateTime<Utc>)> {
        self.sign(app, account.to_string(), session.to_string())
    }

    /// A token for one thing that is followed without an account.
    pub fn tracking(
        &self,
        app: &App,
        followed: Followed,
        person: PersonId,
    ) -> Result<(String, DateTime<Utc>)> {
        self.sign(app, followed.to_string(), person.to_string())
    }

    fn sign(&self, app: &App, sub: String, sid: String) -> Result<(String, DateTime<Utc>)> {
        let now = app.clock.now();
        let exp = now + rules::ACCESS_TOKEN;
        let (_, kid, key) = self
            .keys
            .signing
            .iter()
            .find(|(from, _, _)| *from <= now)
            .ok_or_else(|| Error::internal("no key signs yet"))?;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            sid,
            jti: app.ids.uuid(now).to_string(),
            iat: now.timestamp(),
            exp: exp.timestamp(),
        };
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, key).map_err(Error::internal)?;
        Ok((token, exp))
    }
}

/// For so long a process remembers that the signature of a token was good; when it ends is looked
/// at every time.
const VERIFIED: StdDuration = StdDuration::from_mins(5);
const VERIFIED_MEMO: &str = "verified_token";

/// What a token proves, if it is ours and good now.
pub async fn verify(app: &App, token: &str) -> Result<Proof> {
    // The first half of the hash: finding another token with the same is out of reach.
    let name = crypto::sha256(token.as_bytes())[..16].try_into().map(Uuid::from_bytes);
    let name = name.map_err(Error::internal)?;
    let (proof, exp) = *app.memo(VERIFIED_MEMO, name, VERIFIED, prove(app, token)).await?;
    if app.clock.now().timestamp() >= exp {
        return Err(Error::Unauthenticated);
    }
    Ok(proof)
}

/// What the signature of a token proves, and until when.
async fn prove(app: &App, token: &str) -> Result<(Proof, i64)> {
    let bad = |_| Error::Unauthenticated;
    let kid = jsonwebtoken::decode_header(token).map_err(bad)?.kid.ok_or(Error::Unauthenticated)?;
    let keys = keys(app).await?;
    let key = keys
        .all
        .iter()
        .find(|(jwk, _)| jwk.common.key_id.as_deref() == Some(&kid))
        .map(|(_, key)| key)
        .ok_or(Error::Unauthenticated)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    // Against our own clock, which tests move.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(bad)?.claims;
    if let (Ok(account), Ok(session)) = (claims.sub.parse(), claims.sid.parse()) {
        return Ok((Proof::Session(account, session), claims.exp));
    }
    match (claims.sub.parse(), claims.sid.parse()) {
        (Ok(followed), Ok(person)) => Ok((Proof::Tracking(followed, person), claims.exp)),
        _ => Err(Error::Unauthenticated),
    }
}

/// The public keys, as `/.well-known/jwks.json` shows them.
pub async fn jwks(app: &App) -> Result<JwkSet> {
    Ok(JwkSet { keys: keys(app).await?.all.iter().map(|(jwk, _)| jwk.clone()).collect() })
}

async fn keys(app: &App) -> Result<Arc<Keys>> {
    app.memo(MEMO, Uuid::nil(), REMEMBERED, load(app)).await
}

/// Makes the first key, if there is none. Called at every start, outside any transaction. Two
/// instances may both do it: both keys are good.
pub async fn ready(app: &App) -> Result<()> {
    let keys = load(app).await?;
    if keys.all.is_empty() {
        rotate_from(app, &Actor::System("keys"), app.clock.now()).await?;
    } else if keys.signing.is_empty() {
        // With another master key this process could sign nothing, and would lock people out.
        return Err(Error::internal(
            "no signing key opens: is LINLI_MASTER_KEY the one that this database was made with?",
        ));
    }
    Ok(())
}

async fn load(app: &App) -> Result<Keys> {
    let rows = in_force(app).await?;
    let mut keys = Keys { all: Vec::new(), signing: Vec::new() };
    for row in rows {
        let jwk: Jwk = serde_json::from_value(row.public_jwk).map_err(Error::internal)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(Error::internal)?;
        keys.all.push((jwk, decoding));
        // One that does not open was sealed by somebody with another master key: it still verifies.
        match app.master.open(&seal_purpose(&row.kid), &row.sealed_private) {
            Ok(private) => {
                keys.signing.push((row.signs_from, row.kid, EncodingKey::from_ed_der(&private)));
            }
            Err(error) => tracing::error!(kid = row.kid, %error, "a signing key does not open"),
        }
    }
    Ok(keys)
}

/// Newest first: the newest whose time has come signs.
async fn in_force(app: &App) -> Result<Vec<signing_key::Model>> {
    let now = app.clock.now();
    Ok(signing_key::Entity::find()
        .filter(
            Condition::any()
                .add(signing_key::Column::RetiredAt.is_null())
                .add(signing_key::Column::RetiredAt.gt(now)),
        )
        .order_by_desc(signing_key::Column::SignsFrom)
        .order_by_desc(signing_key::Column::Kid)
        .all(app.db.reader())
        .await?)
}

/// Makes a new key that signs after ten minutes, and retires the others once every token that they
/// signed has ended. Returns its id.
pub async fn rotate(app: &App, actor: &Actor) -> Result<Committed<String>> {
    rotate_from(app, actor, app.clock.now() + PUBLISHED_BEFORE).await
}

async fn rotate_from(
    app: &App,
    actor: &Actor,
    signs_from: DateTime<Utc>,
) -> Result<Committed<String>> {
    let pair =
        Ed25519KeyPair::generate().map_err(|_| Error::internal("no key could be generated"))?;
    let der = pair.to_pkcs8v1().map_err(|_| Error::internal("no PKCS#8"))?;
    let encoding = EncodingKey::from_ed_der(der.as_ref());
    let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(Error::internal)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Error::internal)?;
    jwk.common.key_id = Some(kid.clone());

    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let row = signing_key::ActiveModel {
        kid: Set(kid.clone()),
        public_jwk: Set(serde_json::to_value(&jwk).map_err(Error::internal)?),
        sealed_private: Set(app.master.seal(&seal_purpose(&kid), der.as_ref())?),
        created_at: Set(tx.now()),
        signs_from: Set(signs_from),
        retired_at: Set(None),
    };
    signing_key::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    signing_key::Entity::update_many()
        .col_expr(
            signing_key::Column::RetiredAt,
            sea_orm::sea_query::Expr::value(signs_from + rules::ACCESS_TOKEN),
        )
        .filter(signing_key::Column::Kid.ne(kid.clone()))
        .filter(signing_key::Column::RetiredAt.is_null())
        .filter(signing_key::Column::SignsFrom.lt(signs_from))
        .exec(tx.conn())
        .await?;
    let event = Event::new(permit, "SIGNING_KEY_CREATED", "signing_key", tx.new_id())
        .data(serde_json::json!({ "kid": kid }));
    tx.forgets(MEMO, Uuid::nil());
    tx.commit(vec![event], kid).await
}

fn seal_purpose(kid: &str) -> String {
    format!("signing-key:{kid}")
}
