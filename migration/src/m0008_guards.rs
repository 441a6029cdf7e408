//! What a request's possible steps depend on, beside it; and three rules that only the database can
//! keep while others write: no open request in a closed community, no community closed over one, no
//! two leaves of one person at once.

use sea_orm_migration::async_trait;

/// Who asked for the extension that waits for a decision; and requests with a legal limit only are
/// woken by it.
const COLUMNS: &str = r"
ALTER TABLE service_request ADD COLUMN extension_by :uuid;
UPDATE service_request SET extension_by = (SELECT e.requested_by FROM extension e
    WHERE e.request_id = service_request.id AND e.state = 'PENDING')
  WHERE id IN (SELECT request_id FROM extension WHERE state = 'PENDING');
UPDATE service_request SET wake_at = legal_due_at
  WHERE state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT') AND NOT overdue
    AND due_at IS NULL AND legal_due_at IS NOT NULL AND (wake_at IS NULL OR wake_at > legal_due_at)
";

/// The messages begin with `constraint`, as those of the engines' own constraints do, and name the
/// rule. One writer at a time: what a trigger reads is true until the end.
const SQLITE: [&str; 4] = [
    "CREATE TRIGGER place_in_use BEFORE UPDATE OF active ON place
     WHEN OLD.active AND NOT NEW.active AND EXISTS (SELECT 1 FROM service_request r
       WHERE r.community_id = NEW.id AND r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS',
         'WITH_DEPARTMENT', 'AWAITING_RESIDENT', 'RESOLVED'))
     BEGIN SELECT RAISE(ABORT, 'constraint place_in_use'); END",
    "CREATE TRIGGER service_request_place_open BEFORE INSERT ON service_request
     WHEN NEW.state NOT IN ('CLOSED', 'DECLINED', 'WITHDRAWN', 'MERGED')
       AND NOT EXISTS (SELECT 1 FROM place p WHERE p.id = NEW.community_id AND p.active)
     BEGIN SELECT RAISE(ABORT, 'constraint service_request_place_open'); END",
    "CREATE TRIGGER staff_leave_overlap BEFORE INSERT ON staff_leave
     WHEN NEW.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM staff_leave l
       WHERE l.community_id = NEW.community_id AND l.account_id = NEW.account_id
         AND l.cancelled_at IS NULL
         AND l.from_day <= NEW.until_day AND l.until_day >= NEW.from_day)
     BEGIN SELECT RAISE(ABORT, 'constraint staff_leave_overlap'); END",
    "CREATE TRIGGER staff_leave_overlap_change
     BEFORE UPDATE OF from_day, until_day, cancelled_at ON staff_leave
     WHEN NEW.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM staff_leave l
       WHERE l.community_id = NEW.community_id AND l.account_id = NEW.account_id
         AND l.id <> NEW.id AND l.cancelled_at IS NULL
         AND l.from_day <= NEW.until_day AND l.until_day >= NEW.from_day)
     BEGIN SELECT RAISE(ABORT, 'constraint staff_leave_overlap'); END",
];

/// The same under READ COMMITTED: each function first locks the row that both sides of a race need
/// (a new request waits for who closes its community, a leave for the other leave of its person),
/// and every statement in it sees what was committed by then.
const POSTGRES: [&str; 6] = [
    "CREATE FUNCTION linli_place_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF EXISTS (SELECT 1 FROM service_request r
         WHERE r.community_id = NEW.id AND r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS',
           'WITH_DEPARTMENT', 'AWAITING_RESIDENT'))
         OR EXISTS (SELECT 1 FROM service_request r
           WHERE r.community_id = NEW.id AND r.state = 'RESOLVED') THEN
         RAISE EXCEPTION 'constraint place_in_use' USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER place_in_use BEFORE UPDATE OF active ON place FOR EACH ROW
     WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION linli_place_in_use()",
    "CREATE FUNCTION linli_service_request_place_open() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM place p WHERE p.id = NEW.community_id AND p.active FOR KEY SHARE;
       IF NOT FOUND THEN
         RAISE EXCEPTION 'constraint service_request_place_open'
           USING ERRCODE = 'check_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER service_request_place_open BEFORE INSERT ON service_request FOR EACH ROW
     WHEN (NEW.state NOT IN ('CLOSED', 'DECLINED', 'WITHDRAWN', 'MERGED'))
     EXECUTE FUNCTION linli_service_request_place_open()",
    "CREATE FUNCTION linli_staff_leave_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM 1 FROM account a WHERE a.id = NEW.account_id FOR NO KEY UPDATE;
       IF EXISTS (SELECT 1 FROM staff_leave l
         WHERE l.community_id = NEW.community_id AND l.account_id = NEW.account_id
           AND l.id <> NEW.id AND l.cancelled_at IS NULL
           AND l.from_day <= NEW.until_day AND l.until_day >= NEW.from_day) THEN
         RAISE EXCEPTION 'constraint staff_leave_overlap' USING ERRCODE = 'exclusion_violation';
       END IF;
       RETURN NEW;
     END $$",
    "CREATE TRIGGER staff_leave_overlap
     BEFORE INSERT OR UPDATE OF from_day, until_day, cancelled_at ON staff_leave FOR EACH ROW
     WHEN (NEW.cancelled_at IS NULL) EXECUTE FUNCTION linli_staff_leave_overlap()",
];

crate::sql_migration!(COLUMNS, sqlite: &SQLITE, postgres: &POSTGRES);
