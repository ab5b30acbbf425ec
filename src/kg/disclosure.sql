-- quad, provenance, declared, source -> hidden, current_claim, disclosed: the one gate, which lets out what is public
-- and nothing else. Default deny: no level, an unknown level or two of them are not public.
-- Variables: provenance (graph), hab (namespace), public (the level), claims and sources (IRI prefixes),
-- not_current (a list of claim statuses).

-- Claims and sources with exactly one level, and that level public.
CREATE OR REPLACE TEMP TABLE marked_public AS
SELECT s AS id FROM provenance
WHERE predicate = getvariable('hab') || 'sensitivity' AND source IN (SELECT id FROM source WHERE verdict = 'accepted')
GROUP BY s HAVING count(DISTINCT object) = 1 AND max(object) = getvariable('public');

-- A claim is as strict as its source: it is public where it has a source and all its sources are public.
CREATE OR REPLACE TABLE public_name AS
SELECT m.id FROM marked_public AS m JOIN term AS t ON t.id = m.id
WHERE starts_with(t.lexical, getvariable('sources'))
UNION ALL
SELECT m.id FROM marked_public AS m
JOIN provenance AS v ON v.s = m.id AND v.predicate = getvariable('hab') || 'reportedIn'
GROUP BY m.id HAVING bool_and(v.o IN (SELECT id FROM marked_public));

-- Names of claims and sources that must leave no trace.
CREATE OR REPLACE TEMP TABLE hidden AS
SELECT id FROM term
WHERE kind = 2 AND (starts_with(lexical, getvariable('claims')) OR starts_with(lexical, getvariable('sources')))
  AND id NOT IN (SELECT id FROM public_name);

CREATE OR REPLACE TABLE current_claim AS
SELECT id FROM public_name
WHERE id IN (SELECT id FROM declared)
  AND id NOT IN (SELECT s FROM provenance WHERE predicate = getvariable('hab') || 'claimStatus'
                 AND list_contains(getvariable('not_current'), object));

CREATE OR REPLACE TABLE disclosed AS
SELECT DISTINCT q.s, q.p, q.o, q.g, q.source
FROM quad AS q
WHERE q.source IN (SELECT id FROM source WHERE verdict = 'accepted')
  AND (q.g IN (SELECT id FROM public_name)
       OR (q.g = term_id(iri(getvariable('provenance'))) AND q.s IN (SELECT id FROM public_name)))
  AND q.s NOT IN (SELECT id FROM hidden) AND q.o NOT IN (SELECT id FROM hidden) AND q.p NOT IN (SELECT id FROM hidden);
