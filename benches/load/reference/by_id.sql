-- One request with community, matter and owner, then its last five events.
\set n random(0, :requests - 1)
SELECT r.id, r.number, r.state, r.title, r.due_at, r.version, c.names, m.code, v.titles, a.staff_name
FROM service_request r
JOIN place c ON c.id = r.community_id
JOIN matter m ON m.id = r.matter_id
JOIN matter_version v ON v.id = r.matter_version_id
LEFT JOIN account a ON a.id = r.owner_id
WHERE r.id = ('018f0000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid;
SELECT seq, kind, at
FROM event
WHERE aggregate_id = ('018f0000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
ORDER BY seq DESC
LIMIT 5;
