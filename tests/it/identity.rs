//! Who you are.

use axum::{body::Body, http::Request};
use chrono::Duration;
use linli::identity;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Who, World};

const TOKENS: &str = "tokens { accessToken refreshToken accessExpiresAt sessionId }";

async fn sign_in(world: &World, phone: &str, password: &str) -> Value {
    let input = json!({ "phone": phone, "password": password, "device": "test" });
    world.mutate(Who::Nobody, "signIn", input, TOKENS).await
}

async fn register(world: &World, phone: &str, code: &str) -> Value {
    let input = json!({ "phone": phone, "code": code, "password": "我家在幸福社区三号楼", "name": "新居民" });
    world.mutate(Who::Nobody, "register", input, TOKENS).await
}

#[tokio::test]
async fn somebody_registers_with_the_code_that_was_sent() {
    let world = World::new().await;
    let phone = json!({ "phone": "137 0000 0001" });
    let sent = world.mutate(Who::Nobody, "registrationCodeSend", phone, "status").await;
    assert_eq!(sent["status"], "SENT");
    let code = world.code("+8613700000001").await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = register(&world, "13700000001", wrong).await;
    assert_eq!(refused["errors"][0]["code"], "WRONG_CODE");
    let done = register(&world, "13700000001", &code).await;
    assert_eq!(done["errors"], json!([]));
    let token = done["tokens"]["accessToken"].as_str().unwrap();
    let viewer = world
        .run_with(
            Some(token),
            "{ viewer { ... on Account { name phone grants { role } } } }",
            json!({}),
        )
        .await;
    assert_eq!(viewer["data"]["viewer"]["name"], "新居民");
    assert_eq!(viewer["data"]["viewer"]["grants"], json!([]));
    // The code works once.
    assert_eq!(register(&world, "13700000001", &code).await["errors"][0]["code"], "WRONG_CODE");
}

#[tokio::test]
async fn a_code_dies_of_wrong_tries_and_of_age() {
    let world = World::new().await;
    let phone = json!({ "phone": "13700000002" });
    world.mutate(Who::Nobody, "registrationCodeSend", phone.clone(), "status").await;
    let code = world.code("+8613700000002").await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        register(&world, "13700000002", wrong).await;
    }
    assert_eq!(register(&world, "13700000002", &code).await["errors"][0]["code"], "WRONG_CODE");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event WHERE kind = 'VERIFICATION_FAILED'").await,
        5
    );

    world.mutate(Who::Nobody, "registrationCodeSend", phone, "status").await;
    let code = world.code("+8613700000002").await;
    world.advance(Duration::minutes(10));
    assert_eq!(register(&world, "13700000002", &code).await["errors"][0]["code"], "WRONG_CODE");
}

#[tokio::test]
async fn nobody_learns_who_is_registered() {
    let world = World::new().await;
    for mutation in ["registrationCodeSend", "passwordResetCodeSend"] {
        let known = world
            .mutate(Who::Nobody, mutation, json!({ "phone": Who::Resident.phone() }), "status")
            .await;
        let unknown =
            world.mutate(Who::Nobody, mutation, json!({ "phone": "13700000009" }), "status").await;
        assert_eq!(known, unknown, "{mutation}");
    }
    let unknown = sign_in(&world, "13700000009", PASSWORD).await;
    let wrong = sign_in(&world, &Who::Resident.phone(), "not the password").await;
    assert_eq!(unknown, wrong);
    assert_eq!(wrong["errors"][0]["code"], "WRONG_CREDENTIALS");
    let told = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(told.contains("code is") || told.contains("registered"), "{told}");
    // Of whom nothing is known, in the language of the request.
    assert_eq!(world.last_sms("+8613700000009").await.map(|t| t.contains("code is")), Some(true));
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let world = World::new().await;
    let tokens = sign_in(&world, &Who::Resident.phone(), PASSWORD).await["tokens"].clone();
    let refresh = async |token: &Value| {
        let input = json!({ "refreshToken": token });
        world.mutate(Who::Nobody, "sessionRefresh", input, TOKENS).await
    };
    let second = refresh(&tokens["refreshToken"]).await;
    assert_eq!(second["errors"], json!([]));
    let reused = refresh(&tokens["refreshToken"]).await;
    assert_eq!(reused["errors"][0]["code"], "INVALID_TOKEN");
    let family = refresh(&second["tokens"]["refreshToken"]).await;
    assert_eq!(family["errors"][0]["code"], "INVALID_TOKEN", "the whole family is revoked");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event WHERE kind = 'REFRESH_TOKEN_REUSED'").await,
        1
    );
    let token = second["tokens"]["accessToken"].as_str().unwrap();
    let dead = world.run_with(Some(token), "{ viewer { __typename } }", json!({})).await;
    assert_eq!(dead["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    // Only hashes are stored.
    assert_eq!(
        world.number("SELECT COUNT(*) FROM refresh_token WHERE length(token_hash) = 32").await,
        world.number("SELECT COUNT(*) FROM refresh_token").await
    );
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_a_new_password_ends_the_others() {
    let world = World::new().await;
    let first = sign_in(&world, &Who::Resident.phone(), PASSWORD).await["tokens"].clone();
    let second = sign_in(&world, &Who::Resident.phone(), PASSWORD).await["tokens"].clone();
    let (a, b) = (first["accessToken"].as_str(), second["accessToken"].as_str());
    let list = world
        .run_with(a, "{ viewer { ... on Account { sessions { id device current } } } }", json!({}))
        .await;
    assert_eq!(list["data"]["viewer"]["sessions"].as_array().unwrap().len(), 2);
    let change =
        "mutation($i: PasswordChangeInput!) { passwordChange(input: $i) { errors { code path } } }";
    let input = json!({ "currentPassword": "wrong wrong", "newPassword": "another long one" });
    let refused = world.run_with(a, change, json!({ "i": input })).await;
    assert_eq!(refused["data"]["passwordChange"]["errors"][0]["path"], json!(["currentPassword"]));
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "short" });
    let weak = world.run_with(a, change, json!({ "i": input })).await;
    assert_eq!(weak["data"]["passwordChange"]["errors"][0]["code"], "WEAK_PASSWORD");
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "another long one" });
    let done = world.run_with(a, change, json!({ "i": input })).await;
    assert_eq!(done["data"]["passwordChange"]["errors"], json!([]));
    let other = world.another_instance().await;
    let dead = other.run_with(b, "{ viewer { __typename } }", json!({})).await;
    assert_eq!(dead["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let alive = world.run_with(a, "{ viewer { __typename } }", json!({})).await;
    assert_eq!(alive["data"]["viewer"]["__typename"], "Account");
    let revoke = "mutation { sessionRevoke(input: {}) { sessionId errors { code } } }";
    world.run_with(a, revoke, json!({})).await;
    let dead = world.run_with(a, "{ viewer { __typename } }", json!({})).await;
    assert_eq!(dead["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_forgotten_password_is_reset_with_a_code() {
    let world = World::new().await;
    let phone = Who::Neighbour.phone();
    world.mutate(Who::Nobody, "passwordResetCodeSend", json!({ "phone": phone }), "status").await;
    let code = world.code(&phone).await;
    let input = json!({ "phone": phone, "code": code, "password": "a quite new password" });
    let done = world.mutate(Who::Nobody, "passwordReset", input, TOKENS).await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(sign_in(&world, &phone, PASSWORD).await["errors"][0]["code"], "WRONG_CREDENTIALS");
    assert_eq!(sign_in(&world, &phone, "a quite new password").await["errors"], json!([]));
}

#[tokio::test]
async fn guessing_is_throttled_per_account_on_every_instance() {
    let world = World::new().await;
    let other = world.another_instance().await;
    let query = "mutation($i: SignInInput!) { signIn(input: $i) { errors { code } } }";
    let input = json!({ "phone": Who::Resident.phone(), "password": "wrong wrong" });
    for n in 0..10 {
        let instance = if n % 2 == 0 { &world } else { &other };
        let answer = instance.run(Who::Nobody, query, json!({ "i": input })).await;
        assert_eq!(answer["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
    }
    let answer = world.run(Who::Nobody, query, json!({ "i": input })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert!(answer["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap() > 0);
    world.advance(Duration::minutes(16));
    assert_eq!(sign_in(&world, &Who::Resident.phone(), PASSWORD).await["errors"], json!([]));
}

#[tokio::test]
async fn access_tokens_are_short_signed_and_survive_a_rotation_of_keys() {
    let world = World::new().await;
    let tokens = sign_in(&world, &Who::Resident.phone(), PASSWORD).await["tokens"].clone();
    let token = tokens["accessToken"].as_str().unwrap().to_owned();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::EdDSA);
    let (_, _, text) =
        world.send(Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap()).await;
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&text).unwrap();
    let jwk = jwks.find(header.kid.as_deref().unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&["linli-api"]);
    validation.set_issuer(&["linli"]);
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_jwk(jwk).unwrap();
    let claims =
        jsonwebtoken::decode::<identity::tokens::Claims>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims.exp - claims.iat, 900);
    assert!(
        !claims.jti.is_empty() && claims.sub.starts_with("acc_") && claims.sid.starts_with("ses_")
    );

    let system = linli::kernel::Actor::System("test");
    identity::tokens::rotate(&world.app, &system).await.unwrap();
    let alive = world.run_with(Some(&token), "{ viewer { __typename } }", json!({})).await;
    assert_eq!(alive["data"]["viewer"]["__typename"], "Account");
    world.advance(Duration::minutes(11));
    let other = world.another_instance().await;
    let fresh =
        sign_in(&other, &Who::Resident.phone(), PASSWORD).await["tokens"]["accessToken"].clone();
    let kid = jsonwebtoken::decode_header(fresh.as_str().unwrap()).unwrap().kid;
    assert_ne!(kid, header.kid, "the new key signs after ten minutes");
    world.advance(Duration::minutes(5));
    let dead = other.run_with(Some(&token), "{ viewer { __typename } }", json!({})).await;
    assert_eq!(dead["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn roles_are_granted_for_scopes_that_fit_and_taken_back() {
    let world = World::new().await;
    let places = world.places().await;
    let account = world.account(Who::Neighbour).await.to_string();
    let wrong = json!({ "accountId": account, "role": "SPECIALIST" });
    let refused = world.mutate(Who::Admin, "roleGrant", wrong, "grant { id }").await;
    assert_eq!(refused["errors"][0]["code"], "BAD_SCOPE");
    let input = json!({ "accountId": account, "role": "SPECIALIST", "scopeId": places.community.to_string() });
    let granted = world.mutate(Who::Admin, "roleGrant", input.clone(), "grant { id }").await;
    let twice = world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    assert_eq!(twice["errors"][0]["code"], "CONFLICT");
    let request = world.submit().await;
    let request = world.step(Who::Neighbour, "serviceRequestTake", &request, json!({})).await;
    let revoke = json!({ "grantId": granted["grant"]["id"] });
    let refused = world.mutate(Who::Admin, "roleRevoke", revoke.clone(), "grant { id }").await;
    assert_eq!(refused["errors"][0]["code"], "HAS_OPEN_REQUESTS");
    let back = json!({ "reason": "调离" });
    world.step(Who::Neighbour, "serviceRequestReturn", &request, back).await;
    assert_eq!(
        world.mutate(Who::Admin, "roleRevoke", revoke, "grant { id }").await["errors"],
        json!([])
    );
    let other = world.another_instance().await;
    let request = other.submit().await;
    assert!(other.look(Who::Neighbour, &request).await.is_null());
}
