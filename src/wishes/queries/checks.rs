//! What may never be in the rows of wishes.

use crate::kernel::{App, Result};

/// What may never be, and the statement that counts the rows in which it is.
const NEVER: [(&str, &str); 4] = [
    (
        "a wish whose units are not those of its claims",
        "SELECT COUNT(*) FROM (SELECT w.id FROM wish w LEFT JOIN wish_claim c ON c.wish_id = w.id \
         GROUP BY w.id, w.claimed, w.delivered, w.closed, w.confirmed HAVING \
         w.claimed <> COALESCE(SUM(CASE WHEN c.state IN ('HELD', 'DELIVERED', 'CONFIRMED', 'UNCONFIRMED') \
         THEN c.units ELSE 0 END), 0) \
         OR w.delivered <> COALESCE(SUM(CASE WHEN c.state IN ('DELIVERED', 'CONFIRMED', 'UNCONFIRMED') \
         THEN c.units ELSE 0 END), 0) \
         OR w.closed <> COALESCE(SUM(CASE WHEN c.state IN ('CONFIRMED', 'UNCONFIRMED') \
         THEN c.units ELSE 0 END), 0) \
         OR w.confirmed <> COALESCE(SUM(CASE WHEN c.state = 'CONFIRMED' THEN c.units ELSE 0 END), 0)) x",
    ),
    (
        "a claim that lasts of a wish that has ended",
        "SELECT COUNT(*) FROM wish_claim c JOIN wish w ON w.id = c.wish_id \
         WHERE c.due_at IS NOT NULL AND w.ended_at IS NOT NULL",
    ),
    (
        "an offer that waits about a wish that has ended",
        "SELECT COUNT(*) FROM wish_offer o JOIN wish w ON w.id = o.wish_id \
         WHERE o.state IN ('OPEN', 'WAITING') AND w.ended_at IS NOT NULL",
    ),
    (
        "a wish that is offered to nobody, or a cleared one to somebody",
        "SELECT COUNT(*) FROM wish w WHERE w.state IN ('OFFERED', 'VERIFIED') AND (w.state = 'OFFERED') <> \
         EXISTS (SELECT 1 FROM wish_offer o WHERE o.wish_id = w.id AND o.claim_id IS NULL \
         AND o.state = 'OPEN')",
    ),
];

/// What contradicts itself in the rows of wishes, and in how many; nothing on a sound database.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    app.contradictions(&NEVER).await
}
