-- resolved, current_claim, ontology, date_bound -> bound_text: one hab:notBefore and one hab:notAfter a node, the
-- earliest lower and the latest upper bound of what current claims and provenance say. An open end is no triple.
-- Variables: provenance (graph), hab (namespace).

CREATE OR REPLACE TEMP TABLE temporal AS
WITH RECURSIVE below(id) AS (
    SELECT term_id(iri(getvariable('hab') || 'temporalExtent'))
    UNION
    SELECT o.s FROM ontology AS o JOIN below ON below.id = o.o
    WHERE o.p = term_id(iri('http://www.w3.org/2000/01/rdf-schema#subPropertyOf'))
)
SELECT id FROM below;

CREATE OR REPLACE TEMP TABLE bound AS
SELECT r.s,
       CASE WHEN count(*) = count(b.not_before) THEN min(b.not_before) END AS not_before,
       CASE WHEN count(*) = count(b.not_after) THEN max(b.not_after) END AS not_after
FROM resolved AS r
JOIN date_bound AS b ON b.id = r.o
WHERE r.p IN (SELECT id FROM temporal)
  AND (r.g IN (SELECT id FROM current_claim) OR r.g = term_id(iri(getvariable('provenance'))))
GROUP BY r.s;

CREATE OR REPLACE TEMP TABLE bound_text AS
SELECT s.text || ' ' || iri(getvariable('hab') || name) || ' "' || day || '"^^<http://www.w3.org/2001/XMLSchema#date> .' AS line
FROM (
    SELECT s, 'notBefore' AS name, not_before AS day FROM bound
    UNION ALL
    SELECT s, 'notAfter', not_after FROM bound
) AS b
JOIN term AS s ON s.id = b.s
WHERE day IS NOT NULL;
