//! Numbers of wishes: counting, what others than the responsible unit see of it, the rows behind.

mod count;
mod release;
mod rows;

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::ids::PlaceId;

use crate::{
    kernel::{Actor, App, Result, db::Snapshot},
    statistics::queries::{Audience, Scope, Zone, scope},
};

pub use count::{Days, Line, Offered, Shown};
pub use rows::CountedWish;

/// What was counted, as somebody may see it.
pub struct Numbers {
    /// Of what, and for whom.
    pub scope: Scope,
    /// The whole.
    pub total: Shown,
    /// By category.
    pub categories: Vec<(String, Shown)>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// What was counted, for the rows of the responsible unit.
    pub snapshot: Option<Snapshot>,
}

/// Counts the wishes of a community or a subdistrict that were first published or offered in a period:
/// exact for the responsible unit; for others of the administration whole past months with small cells
/// suppressed, for everybody whole past quarters.
pub async fn numbers(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
) -> Result<Numbers> {
    let scope = scope(app, actor, place, days, Zone::Local, None).await?;
    if scope.audience != Audience::Exact {
        return release::released(app, scope).await;
    }
    let snapshot = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let counted = count::count(app, &snapshot, &scope.communities, scope.days).await?;
    let exact = |tally: count::Tally| Shown { line: tally.line(), hidden: false };
    let total = exact(counted.total());
    let categories = counted.categories().into_iter().map(|(code, t)| (code, exact(t))).collect();
    Ok(Numbers { scope, total, categories, as_of, snapshot: Some(snapshot) })
}

pub use rows::rows;
