-- Everything that is counted of one community over 90 days: one pass over the requests submitted,
-- one over the results given, one each for the distributions, and the days.
\set c random(0, :communities - 1)
WITH place AS (
  SELECT ('018f0000-0000-7000-8001-' || lpad(to_hex(:c::bigint), 12, '0'))::uuid AS id,
         :from::date::timestamptz AS since, :to::date::timestamptz AS until, now() AS as_of
), f AS MATERIALIZED (
  SELECT f.* , (exclusion IS NULL AND resolved_at IS NOT NULL AND outcome <> 'UNREACHABLE') AS done
  FROM request_fact f, place
  WHERE f.community_id = place.id AND f.submitted_at >= since AND f.submitted_at < until
), c AS MATERIALIZED (
  SELECT c.* FROM closure_fact c, place
  WHERE c.community_id = place.id AND c.resolved_at >= since AND c.resolved_at < until
)
SELECT
  (SELECT row(count(*),
     count(*) FILTER (WHERE exclusion = 'DECLINED'), count(*) FILTER (WHERE exclusion = 'MERGED'),
     count(*) FILTER (WHERE exclusion = 'WITHDRAWN_BEFORE_ACCEPTANCE'),
     count(*) FILTER (WHERE exclusion = 'WITHDRAWN'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'FULFILLED'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'PARTLY'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'REFUSED'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'REFERRED'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'UNREACHABLE'),
     count(*) FILTER (WHERE exclusion IS NULL AND outcome = 'IMPORTED'),
     count(*) FILTER (WHERE exclusion IS NULL), count(*) FILTER (WHERE done),
     count(*) FILTER (WHERE exclusion IS NULL AND (done OR due_at <= as_of)),
     count(*) FILTER (WHERE due_at IS NOT NULL AND exclusion IS NULL AND (done OR due_at <= as_of)),
     count(*) FILTER (WHERE done AND resolved_at <= due_at),
     count(*) FILTER (WHERE original_due_at IS NOT NULL AND exclusion IS NULL AND (done OR original_due_at <= as_of)),
     count(*) FILTER (WHERE done AND resolved_at <= original_due_at),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND response_due_at IS NOT NULL AND (first_response_at IS NOT NULL OR response_due_at <= as_of)),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND first_response_at <= response_due_at),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND (first_response_at IS NOT NULL OR submitted_at <= as_of - interval '24 hours')),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND response_s <= 86400),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND transfers >= 1),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND accepted_at IS NOT NULL),
     count(*) FILTER (WHERE exclusion IS NULL AND NOT imported AND accepted_at IS NOT NULL AND supplements >= 2))
   FROM f, place),
  (SELECT row(
     count(*) FILTER (WHERE NOT imported AND solved), count(*) FILTER (WHERE NOT imported AND solved IS NOT NULL),
     count(*) FILTER (WHERE NOT imported), count(*) FILTER (WHERE NOT imported AND rating >= 3),
     count(*) FILTER (WHERE NOT imported AND rating IS NOT NULL),
     count(*) FILTER (WHERE NOT imported AND reopened_at IS NULL),
     count(*) FILTER (WHERE corrective_done_at <= corrective_due_at),
     count(*) FILTER (WHERE corrective_due_at IS NOT NULL AND (corrective_done_at IS NOT NULL OR corrective_due_at <= as_of)),
     count(*) FILTER (WHERE NOT imported AND reopened_at <= window_until AND window_until <= as_of),
     count(*) FILTER (WHERE NOT imported AND window_until <= as_of))
   FROM c, place),
  (SELECT row(count(work_s) FILTER (WHERE NOT imported),
     percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY work_s) FILTER (WHERE NOT imported),
     count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY wall_s))
   FROM request_fact t, place
   WHERE t.community_id = place.id AND t.resolved_at >= since AND t.resolved_at < until AND t.exclusion IS NULL),
  (SELECT row(count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY t.submitted_at DESC))
   FROM request_fact t, place
   WHERE t.community_id = place.id AND t.resolved_at IS NULL AND t.exclusion IS NULL),
  (SELECT json_object_agg(submitted_day, n) FROM
     (SELECT submitted_day, count(*) AS n FROM f WHERE exclusion IS NULL GROUP BY 1) d),
  (SELECT json_object_agg(resolved_day, n) FROM
     (SELECT resolved_day, count(*) AS n FROM c GROUP BY 1) d);
