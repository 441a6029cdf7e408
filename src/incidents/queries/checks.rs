//! What may never be in the rows of incidents.

use crate::kernel::{App, Result};

/// What may never be, and the statement that counts the rows in which it is.
const NEVER: [(&str, &str); 4] = [
    (
        "an incident in joint response without an open one, or the other way round",
        "SELECT COUNT(*) FROM incident i WHERE (i.state = 'JOINT_RESPONSE') <> EXISTS \
         (SELECT 1 FROM joint_response j WHERE j.incident_id = i.id AND j.ended_at IS NULL)",
    ),
    (
        "a joint response that has ended although a task of it has not",
        "SELECT COUNT(*) FROM joint_response j JOIN agency_task t ON t.joint_id = j.id \
         WHERE j.ended_at IS NOT NULL AND t.state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED')",
    ),
    (
        "a joint response that is open although nobody owes anything",
        "SELECT COUNT(*) FROM joint_response j WHERE j.ended_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM agency_task t WHERE t.joint_id = j.id AND t.mandatory \
         AND t.state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED'))",
    ),
    (
        "an incident that nobody reported",
        "SELECT COUNT(*) FROM incident i WHERE NOT EXISTS \
         (SELECT 1 FROM incident_report r WHERE r.incident_id = i.id AND NOT r.follows)",
    ),
];

/// What contradicts itself in the rows of incidents, and in how many; nothing on a sound database.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    app.contradictions(&NEVER).await
}
