//! The wisher's word about what was delivered.

use linli_entity::{enums::ClaimState, ids::ClaimId, wish_claim};
use serde_json::json;

use super::ClaimEdit;
use crate::{
    kernel::{Action, Actor, App, Committed, Result, text},
    wishes::rules::{self, ClaimStep},
};

/// What the wisher said, and who says that they did.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    /// Of which claim, as it was read.
    pub claim: (ClaimId, i32),
    /// Whether staff record what the wisher said at the window or by phone.
    pub recorded: bool,
    /// Thanks, or the reason of a no.
    pub text: Option<String>,
}

fn action(recorded: bool) -> Action {
    if recorded { Action::WishRecordWord } else { Action::WishOwnWord }
}

/// Says that it is done. With the last unit the wish is fulfilled.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    answer: NewAnswer,
) -> Result<Committed<wish_claim::Model>> {
    text::check_optional("thanks", answer.text.as_deref(), text::BODY)?;
    let (id, version) = answer.claim;
    let (claim, action) = ((id, Some(version)), action(answer.recorded));
    let mut edit = ClaimEdit::open(app, actor, claim, ClaimStep::Confirm, action).await?;
    edit.row.thanks = answer.text;
    edit.row.answered_by = answer.recorded.then(|| actor.account()).flatten();
    edit.end(ClaimState::Confirmed);
    let first = edit.wish.first_confirmed_at.or(Some(edit.tx.now()));
    edit.wish.first_confirmed_at = first;
    edit.commit("WISH_CONFIRMED", json!({ "recorded": answer.recorded })).await
}

/// Says that it is not done, and why. Who claimed it has it again.
pub async fn refuse(
    app: &App,
    actor: &Actor,
    answer: NewAnswer,
) -> Result<Committed<wish_claim::Model>> {
    let reason = answer.text.unwrap_or_default();
    text::check("reason", &reason, text::BODY)?;
    let (id, version) = answer.claim;
    let (claim, action) = ((id, Some(version)), action(answer.recorded));
    let mut edit = ClaimEdit::open(app, actor, claim, ClaimStep::Refuse, action).await?;
    edit.row.state = ClaimState::Held;
    edit.row.delivered_at = None;
    edit.row.due_at = Some(rules::again(&edit.row, edit.tx.now()));
    edit.row.reason = Some(reason);
    edit.row.refusals += 1;
    edit.row.answered_by = answer.recorded.then(|| actor.account()).flatten();
    edit.commit("WISH_REFUSED", json!({ "recorded": answer.recorded })).await
}
