//! For whom somebody acts: for themselves, for a resident at the window, or by a delegation.

use linli_entity::{enums::IntakeChannel, ids::PersonId, service_request};

use super::submit::Submission;
use crate::{
    delegations::queries::{self, Covers},
    kernel::{Action, Actor, App, Code, Permit, Rejected, Result, Target, Tx, policy},
    requests::rules,
};

/// The principal of the delegation by which something is submitted, before the transaction in which
/// that is looked at again.
pub(super) async fn principal(
    app: &App,
    actor: &Actor,
    input: &Submission,
) -> Result<Option<PersonId>> {
    let Some(id) = input.delegation else { return Ok(None) };
    queries::principal(app, actor, id, Covers::Matter(input.matter)).await.map(Some)
}

/// The same in it: the delegation is in force until it ends.
pub(super) async fn principal_in_tx(tx: &Tx<'_>, input: &Submission) -> Result<Option<PersonId>> {
    let Some(id) = input.delegation else { return Ok(None) };
    queries::principal_in_tx(tx, id, Covers::Matter(input.matter)).await.map(Some)
}

/// A resident submits online, for themselves or for the principal of a delegation; staff of the
/// community through the other channels.
pub(super) fn may(
    actor: &Actor,
    input: &Submission,
    principal: Option<PersonId>,
) -> Result<Permit> {
    let online = input.channel == IntakeChannel::Online;
    let community = Target::community(input.community);
    if principal.is_none() && input.beneficiary.is_some() {
        if online || input.channel == IntakeChannel::Import {
            return Err(Rejected::at(Code::ChannelNotOffered, "channel").into());
        }
        return policy::authorize(actor, Action::RequestSubmitFor, &community);
    }
    let permit = if principal.is_some() {
        let target = Target { requester: principal, delegation: input.delegation, ..community };
        policy::authorize(actor, Action::RequestSubmitAsDelegate, &target)?
    } else {
        policy::authorize(actor, Action::RequestSubmit, &Target::NONE)?
    };
    if !online {
        return Err(Rejected::at(Code::ChannelNotOffered, "channel").into());
    }
    Ok(permit)
}

/// What the policy is asked about a step that any of `actions` allows. Whether somebody acts for the
/// requester is looked up only if they could not take it otherwise: nobody else pays for that.
pub(super) async fn target(
    tx: &Tx<'_>,
    row: &service_request::Model,
    actions: &[Action],
) -> Result<Target> {
    let mut target = rules::target(row);
    let may = actions.iter().any(|a| policy::allowed(tx.actor(), *a, &target));
    if let Some(requester) = row.requester_id.filter(|_| !may) {
        target.delegation = queries::acts_for(tx, requester, Covers::Matter(row.matter_id)).await?;
    }
    Ok(target)
}
