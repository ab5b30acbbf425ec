-- problem, quad, provenance -> problem, source: set aside every source that has a problem.
-- A problem that concerns a claim which is not plainly public names that claim and nothing of what it says.
-- Variables: provenance (graph), hab (namespace), public (the level).

CREATE OR REPLACE TEMP TABLE spoken_in AS
SELECT DISTINCT q.source, s.lexical AS term, g.lexical AS claim, q.g
FROM quad AS q JOIN term AS s ON s.id = q.s JOIN term AS g ON g.id = q.g
WHERE s.lexical IN (SELECT term FROM problem) AND g.lexical <> getvariable('provenance');

UPDATE problem SET claim = (
    SELECT min(c.claim) FROM spoken_in AS c WHERE c.source = problem.source AND c.term = problem.term)
WHERE claim IS NULL;

UPDATE problem SET term = claim
WHERE claim IS NOT NULL AND EXISTS (
    SELECT 1 FROM spoken_in AS c
    WHERE c.source = problem.source AND c.term = problem.term
      AND (SELECT count(*) FILTER (v.object = getvariable('public')) <> 1 OR count(DISTINCT v.object) <> 1
           FROM provenance AS v
           WHERE v.source = c.source AND v.s = c.g AND v.predicate = getvariable('hab') || 'sensitivity'));

UPDATE source SET verdict = 'quarantined' WHERE id IN (SELECT source FROM problem);
