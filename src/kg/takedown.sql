-- disclosed, taken_down, merged -> removed (ids of what falls), without_role (persons of whom nobody may be told).
-- Variables: provenance (graph), hab (namespace), persons (IRI prefix).

-- A thing falls under all of its names, or the next build would show it under another one.
CREATE OR REPLACE TEMP TABLE removed AS
WITH RECURSIVE
    same(a, b) AS (SELECT a, b FROM merged UNION SELECT b, a FROM merged),
    name(iri) AS (SELECT iri FROM taken_down UNION SELECT same.b FROM name JOIN same ON same.a = name.iri)
SELECT term.id FROM name JOIN term ON term.text = iri(name.iri);

CREATE OR REPLACE TEMP TABLE without_role AS
SELECT d.iri FROM taken_down AS d
JOIN term AS t ON t.text = iri(d.iri)
WHERE starts_with(d.iri, getvariable('persons'))
  AND t.id IN (SELECT s FROM disclosed UNION ALL SELECT o FROM disclosed)
  AND t.id NOT IN (SELECT s FROM disclosed WHERE p = term_id(iri(getvariable('hab') || 'hasPublicRole')));
