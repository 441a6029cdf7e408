//! Likely duplicates, suggested before submitting: "you asked this already".

use std::collections::BTreeSet;

use linli_entity::{
    enums::RequestState,
    ids::{MatterId, PersonId, PlaceId},
    service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Action, Actor, App, Result, Target, policy, text};

/// What somebody is about to submit.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where.
    pub community: PlaceId,
    /// What.
    pub matter: MatterId,
    /// Title.
    pub title: String,
    /// For whom, if not for oneself.
    pub beneficiary: Option<PersonId>,
}

/// Titles count as alike from this share of common character pairs.
const ALIKE: f64 = 0.5;

/// Open requests of the same person that are about the same matter, or are called nearly the same;
/// at most 5, newest first. Only ever the person's own: other people's requests are not hinted at.
pub async fn likely_duplicates(
    app: &App,
    actor: &Actor,
    draft: Draft,
) -> Result<Vec<service_request::Model>> {
    text::check_optional("title", Some(&draft.title), text::TITLE)?;
    let person = match draft.beneficiary {
        Some(person) => {
            let target = Target::community(draft.community);
            policy::authorize(actor, Action::RequestSubmitFor, &target)?;
            person
        }
        None => actor.signed_in()?.person,
    };
    let open = service_request::Entity::find()
        .filter(service_request::Column::RequesterId.eq(person))
        .filter(service_request::Column::CommunityId.eq(draft.community))
        .filter(service_request::Column::State.is_in(RequestState::OPEN))
        .order_by_desc(service_request::Column::SubmittedAt)
        .limit(50)
        .all(app.db.reader())
        .await?;
    let wanted = pairs(&draft.title);
    Ok(open
        .into_iter()
        .filter(|row| {
            policy::allowed(actor, Action::RequestRead, &crate::requests::rules::target(row))
        })
        .filter(|row| {
            let title = row.title.as_deref().unwrap_or_default();
            row.matter_id == draft.matter || likeness(&wanted, &pairs(title)) >= ALIKE
        })
        .take(5)
        .collect())
}

/// The pairs of neighbouring characters of a folded text.
fn pairs(title: &str) -> BTreeSet<(char, char)> {
    let folded: Vec<char> = text::fold(title).chars().filter(|c| !c.is_whitespace()).collect();
    folded.windows(2).map(|w| (w[0], w[1])).collect()
}

/// Dice's coefficient of two sets of pairs.
fn likeness(a: &BTreeSet<(char, char)>, b: &BTreeSet<(char, char)>) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    2.0 * count(a.intersection(b).count()) / count(a.len() + b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_alike_when_most_of_them_is_the_same() {
        let like = |a: &str, b: &str| likeness(&pairs(a), &pairs(b));
        assert!(like("三号楼路灯不亮", "三号楼 路灯不亮了") > ALIKE);
        assert!(like("三号楼路灯不亮", "申请高龄津贴") < 0.1);
    }
}
