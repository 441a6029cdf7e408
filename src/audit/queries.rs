//! Reads of the audit trail.

use linli_entity::{event, ids::PlaceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Order};

use crate::kernel::{
    Action, Actor, App, Result, Target,
    page::{Page, PageArgs},
    policy,
};

/// Events of a community, or of the whole system, newest first.
pub async fn trail(
    app: &App,
    actor: &Actor,
    community: Option<PlaceId>,
    page: PageArgs,
) -> Result<Page<event::Model>> {
    let mut select = event::Entity::find();
    match community {
        Some(community) => {
            policy::authorize(actor, Action::AuditRead, &Target::community(community))?;
            select = select.filter(event::Column::CommunityId.eq(community));
        }
        // Only a grant for the whole system covers everything.
        None => {
            policy::authorize(actor, Action::AuditRead, &Target::NONE)?;
        }
    }
    let rows = page
        .apply(select, event::Column::At, event::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}
