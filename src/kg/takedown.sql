-- disclosed, taken_down, merged -> removed (ids of what falls), tellable (those of the list of
-- which anybody may know).
-- Variables: provenance (graph), hab (namespace), persons (IRI prefix).

-- A thing falls under all of its names, or the next build would show it under another one.
CREATE OR REPLACE TEMP TABLE removed AS
WITH RECURSIVE
    same(a, b) AS (SELECT a, b FROM merged UNION SELECT b, a FROM merged),
    name(iri) AS (SELECT iri FROM taken_down UNION SELECT same.b FROM name JOIN same ON same.a = name.iri)
SELECT term.id FROM name JOIN term ON term.text = iri(name.iri);

-- What is no longer disclosed gives no evidence that it was ever public, so nothing is told of it. Of a person, only a
-- public role is evidence.
CREATE OR REPLACE TEMP TABLE tellable AS
SELECT d.iri FROM taken_down AS d
JOIN term AS t ON t.text = iri(d.iri)
WHERE t.id IN (SELECT s FROM disclosed WHERE p = term_id(iri(getvariable('hab') || 'hasPublicRole')))
   OR (NOT starts_with(d.iri, getvariable('persons'))
       AND t.id IN (SELECT s FROM disclosed UNION ALL SELECT o FROM disclosed));
