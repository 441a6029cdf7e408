//! What must agree in the stored rows: asked every night by the worker, and by `linli doctor`.

use crate::kernel::{App, Result};

/// What may never be, each with the number of rows in which it is.
const NEVER: [(&str, &str); 6] = [
    (
        "requests without the row that statistics count, or with another one",
        "SELECT COUNT(*) FROM service_request r LEFT JOIN request_fact f ON f.request_id = r.id \
         WHERE f.request_id IS NULL OR f.community_id <> r.community_id \
         OR f.matter_id <> r.matter_id OR f.state <> r.state \
         OR f.submitted_at <> r.submitted_at \
         OR f.accepted_at IS DISTINCT FROM r.accepted_at \
         OR f.resolved_at IS DISTINCT FROM r.resolved_at \
         OR f.due_at IS DISTINCT FROM r.due_at \
         OR f.original_due_at IS DISTINCT FROM r.original_due_at \
         OR f.response_due_at IS DISTINCT FROM r.response_due_at \
         OR f.first_response_at IS DISTINCT FROM r.first_response_at \
         OR f.outcome IS DISTINCT FROM r.outcome \
         OR f.work_s IS DISTINCT FROM r.handled_work_s \
         OR f.transfers <> r.transfers OR f.supplements <> r.supplements",
    ),
    (
        "results that stand without the row that statistics count",
        "SELECT COUNT(*) FROM service_request r WHERE r.resolved_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM closure_fact c WHERE c.request_id = r.id \
         AND c.resolved_at = r.resolved_at AND c.reopened_at IS NULL)",
    ),
    (
        "requests of the base set that are neither open, done nor unreachable",
        "SELECT COUNT(*) FROM request_fact f WHERE f.exclusion IS NULL \
         AND (f.resolved_at IS NULL) <> (f.outcome IS NULL)",
    ),
    (
        "requests in work that nobody owns, or owned in the pool",
        "SELECT COUNT(*) FROM service_request r LEFT JOIN request_ownership o \
         ON o.request_id = r.id AND o.until_at IS NULL \
         WHERE r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', \
         'AWAITING_RESIDENT', 'RESOLVED') AND r.outcome IS DISTINCT FROM 'IMPORTED' \
         AND r.legacy_id IS NULL \
         AND ((r.state = 'SUBMITTED') <> (o.request_id IS NULL) \
         OR o.owner_id IS DISTINCT FROM r.owner_id)",
    ),
    (
        "requests whose events have gaps",
        "SELECT COUNT(*) FROM (SELECT aggregate_id FROM event GROUP BY aggregate_id \
         HAVING COUNT(*) <> MAX(seq)) gaps",
    ),
    (
        "ratings that statistics do not count, or count otherwise",
        "SELECT COUNT(*) FROM rating t LEFT JOIN closure_fact c ON c.request_id = t.request_id \
         AND c.closure_no = t.closure_no WHERE NOT t.superseded AND (c.rating IS NULL OR c.rating <> \
         CASE t.level WHEN 'VERY_SATISFIED' THEN 5 WHEN 'SATISFIED' THEN 4 \
         WHEN 'BASICALLY_SATISFIED' THEN 3 WHEN 'DISSATISFIED' THEN 2 ELSE 1 END)",
    ),
];

/// What is in the rows and may never be, with how many rows; nothing if all is well. Reads
/// everything once.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    app.contradictions(&NEVER).await
}
