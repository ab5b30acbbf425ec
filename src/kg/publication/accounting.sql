-- quad, source, disclosed -> accounted: where each source's quads went. Every quad read is in exactly one of public,
-- withheld and quarantined; each is counted for itself, so that a quad lost on the way is seen.
CREATE OR REPLACE TEMP TABLE accounted AS
SELECT f.id, f.path, f.bytes, f.sha256, f.verdict,
       count(q.s) AS quads_read,
       count(q.s) FILTER (f.verdict = 'quarantined') AS quads_quarantined,
       count(d.s) FILTER (f.verdict = 'accepted') AS quads_public,
       count(q.s) FILTER (f.verdict = 'accepted' AND d.s IS NULL) AS quads_withheld
FROM source AS f
LEFT JOIN quad AS q ON q.source = f.id
LEFT JOIN disclosed AS d ON (d.s, d.p, d.o, d.g, d.source) = (q.s, q.p, q.o, q.g, q.source)
GROUP BY ALL;
