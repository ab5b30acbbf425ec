-- default_graph, dataset, redirect -> counts of what a release holds, and the paths of its pages.
-- Variables: base (IRI prefix of all that is ours).

CREATE OR REPLACE TEMP TABLE counted_class AS
SELECT c.text AS class, count(DISTINCT d.s) AS entities
FROM default_graph AS d JOIN term AS c ON c.id = d.o
WHERE d.p = term_id(iri('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')) AND c.kind = 2
GROUP BY c.text;

CREATE OR REPLACE TEMP TABLE counted_property AS
SELECT p.text AS property, count(*) AS triples, count(DISTINCT d.s) AS subjects, count(DISTINCT d.o) AS objects
FROM default_graph AS d JOIN term AS p ON p.id = d.p
GROUP BY p.text;

CREATE OR REPLACE TEMP TABLE counted AS
SELECT count(*) AS triples, count(DISTINCT d.s) AS subjects, count(DISTINCT d.o) AS objects,
       count(DISTINCT CASE WHEN starts_with(s.lexical, getvariable('base') || 'id/') THEN d.s END) AS entities
FROM default_graph AS d JOIN term AS s ON s.id = d.s;

-- Those who make the most claims, to begin with.
CREATE OR REPLACE TEMP TABLE example AS
SELECT o.text FROM default_graph AS d JOIN term AS o ON o.id = d.o
WHERE d.p = term_id(iri('http://www.w3.org/ns/prov#wasAttributedTo')) AND o.kind = 2
GROUP BY o.text ORDER BY count(*) DESC, o.text LIMIT 3;

-- A page for each thing, claim and source that the release speaks of; what was merged has none of its own.
CREATE OR REPLACE TEMP TABLE page AS
SELECT DISTINCT regexp_replace(substr(t.lexical, length(getvariable('base')) + 1), '^id/', 'doc/') AS path
FROM term AS t
WHERE t.id IN (SELECT s FROM dataset) AND t.id NOT IN (SELECT old FROM redirect) AND t.kind = 2
  AND starts_with(t.lexical, getvariable('base'))
  AND regexp_full_match(substr(t.lexical, length(getvariable('base')) + 1), '(id/[a-z0-9-]+|claim|source)/[a-z0-9][a-z0-9-]*');
