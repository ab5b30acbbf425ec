-- problem, quad, provenance, ontology -> problem, source: set aside every source that has a problem.
-- Reports are read by more people than claims: a problem names a thing only where every graph of the source that names
-- it is a plainly public claim of plainly public sources. Else it names the claim, whose key says nothing, or nothing.
-- Variables: provenance (graph), hab (namespace), public (the level), claims (IRI prefix).

CREATE OR REPLACE TEMP TABLE plainly_public AS
SELECT source, s AS id FROM provenance
WHERE predicate = getvariable('hab') || 'sensitivity'
GROUP BY source, s HAVING count(DISTINCT object) = 1 AND max(object) = getvariable('public');

CREATE OR REPLACE TEMP TABLE open_claim AS
SELECT p.source, p.id FROM plainly_public AS p
JOIN provenance AS v ON v.source = p.source AND v.s = p.id AND v.predicate = getvariable('hab') || 'reportedIn'
GROUP BY ALL HAVING bool_and(v.o IN (SELECT id FROM plainly_public AS q WHERE q.source = v.source));

CREATE OR REPLACE TEMP TABLE naming AS
SELECT DISTINCT q.source, t.lexical AS term, q.g, g.lexical AS graph
FROM quad AS q
JOIN term AS t ON t.id IN (q.s, q.p, q.o)
LEFT JOIN term AS g ON g.id = q.g
WHERE t.lexical IN (SELECT term FROM problem);

UPDATE problem SET claim = (
    SELECT min(n.graph) FROM naming AS n
    WHERE n.source = problem.source AND n.term = problem.term AND starts_with(n.graph, getvariable('claims')))
WHERE claim IS NULL;

UPDATE problem SET claim = NULL WHERE NOT starts_with(claim, getvariable('claims'));

UPDATE problem SET term = claim
WHERE term IS NOT NULL AND NOT starts_with(term, getvariable('claims')) AND NOT coalesce((
    SELECT bool_and(EXISTS (SELECT 1 FROM open_claim AS c WHERE c.source = n.source AND c.id = n.g))
    FROM naming AS n
    WHERE n.source = problem.source AND n.term = problem.term), false);

-- Only where the term may be told, since its neighbour tells as much.
UPDATE problem SET remedy = 'Did you mean <' || k.nearest || '>? ' || remedy
FROM (
    SELECT term, arg_min(lexical, (distance, lexical)) AS nearest
    FROM (SELECT p.term, t.lexical, damerau_levenshtein(p.term, t.lexical) AS distance
          FROM (SELECT DISTINCT term FROM problem WHERE rule = 'terms-are-defined') AS p
          JOIN term AS t ON t.kind = 2 AND t.id IN (SELECT s FROM ontology))
    WHERE distance <= 3 GROUP BY term) AS k
WHERE problem.rule = 'terms-are-defined' AND problem.term = k.term;

UPDATE source SET verdict = 'quarantined' WHERE id IN (SELECT source FROM problem);
