-- The first 50 open requests of a community by due date, with matter, requester and owner.
\set c random(0, :communities - 1)
SELECT r.id, r.number, r.state, r.title, r.due_at, m.code, v.titles, p.name, a.staff_name
FROM service_request r
JOIN matter m ON m.id = r.matter_id
JOIN matter_version v ON v.id = r.matter_version_id
LEFT JOIN person p ON p.id = r.requester_id
LEFT JOIN account a ON a.id = r.owner_id
WHERE r.community_id = ('018f0000-0000-7000-8001-' || lpad(to_hex(:c::bigint), 12, '0'))::uuid
  AND r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT')
  AND r.confidentiality = 'NONE'
ORDER BY r.queue_at, r.id
LIMIT 51;
