//! What must agree in the stored rows.

use crate::kernel::{App, Result};

/// What may never be, each with the number of rows in which it is.
const NEVER: [(&str, &str); 3] = [
    (
        "activities whose seats are not those of their parties",
        "SELECT COUNT(*) FROM activity_seats s WHERE s.taken <> (SELECT COALESCE(SUM(r.people), 0) \
         FROM activity_registration r WHERE r.activity_id = s.activity_id AND r.state IN \
         ('REGISTERED', 'OFFERED'))",
    ),
    (
        "parties that are not as large as the people in them",
        "SELECT COUNT(*) FROM activity_registration r WHERE r.people <> \
         (CASE WHEN r.age_band IS NULL THEN 0 ELSE 1 END) + (SELECT COUNT(*) FROM \
         registration_member m WHERE m.registration_id = r.id)",
    ),
    (
        "sessions to come in a room that they do not hold, or that hold what they should not",
        "SELECT COUNT(*) FROM activity_session s JOIN activity a ON a.id = s.activity_id \
         WHERE (s.venue_id IS NOT NULL AND a.state <> 'CANCELLED') <> EXISTS (SELECT 1 FROM \
         reservation v JOIN resource x ON x.id = v.resource_id WHERE v.subject_id = s.id \
         AND v.released_at IS NULL AND x.kind = 'ROOM' AND x.subject_id = s.venue_id \
         AND v.from_at = s.from_at AND v.until_at = s.until_at)",
    ),
];

/// What is in the rows and may never be, with how many rows; nothing if all is well.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    app.contradictions(&NEVER).await
}
