-- resolved, current_claim, link, ontology, derived, meta -> dataset (s, p, o, g), default_graph (s, p, o).
-- Variables: provenance, derived, links, ontology, meta (graphs).

-- Each current triple once, however many sources claim it, so that COUNT and SUM count it once.
CREATE OR REPLACE TEMP VIEW default_graph AS
SELECT s, p, o FROM resolved
WHERE g IN (SELECT id FROM current_claim) OR g = term_id(iri(getvariable('provenance')))
UNION SELECT s, p, o FROM derived WHERE g = term_id(iri(getvariable('derived')))
UNION SELECT s, p, o FROM ontology
UNION SELECT s, p, o FROM link
-- The digest stands in graph/meta alone: so a store is told apart whose default graph takes in all others.
UNION SELECT s, p, o FROM meta WHERE p <> term_id(iri('http://purl.org/dc/terms/identifier'));

CREATE OR REPLACE TEMP VIEW dataset AS
SELECT s, p, o, NULL::INTEGER AS g FROM default_graph
UNION SELECT s, p, o, g FROM resolved
UNION SELECT s, p, o, g FROM derived
UNION SELECT s, p, o, term_id(iri(getvariable('ontology'))) FROM ontology
UNION SELECT s, p, o, term_id(iri(getvariable('links'))) FROM link
UNION SELECT s, p, o, term_id(iri(getvariable('meta'))) FROM meta;
