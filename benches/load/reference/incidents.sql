-- The latest 50 incidents of a community with block and its lead, then the tasks of agencies of these.
\set c random(0, :communities - 1)
SELECT i.id, i.number, i.state, i.kind, i.due_at, i.level, i.received_at, b.names, a.staff_name
FROM incident i
LEFT JOIN place b ON b.id = i.block_id
LEFT JOIN office_term t ON t.place_id = i.block_id AND t.role = 'BLOCK_LEAD'
  AND t.from_at <= now() AND (t.until_at IS NULL OR t.until_at > now())
LEFT JOIN account a ON a.id = t.account_id
WHERE i.community_id = ('018f0000-0000-7000-8001-' || lpad(to_hex(:c::bigint), 12, '0'))::uuid
ORDER BY i.received_at DESC, i.id DESC
LIMIT 51;
SELECT t.incident_id, t.state, p.names
FROM (
  SELECT i.id
  FROM incident i
  WHERE i.community_id = ('018f0000-0000-7000-8001-' || lpad(to_hex(:c::bigint), 12, '0'))::uuid
  ORDER BY i.received_at DESC, i.id DESC
  LIMIT 50
) i
JOIN agency_task t ON t.incident_id = i.id
JOIN place p ON p.id = t.agency_id
ORDER BY t.incident_id, t.asked_at, t.id;
