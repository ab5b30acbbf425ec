-- default_graph, redirect, ontology -> entry: what is indexed of each thing of ours that has a label.
-- Variables: base (IRI prefix of all that is ours), hab (namespace).

CREATE OR REPLACE TEMP MACRO rdf(name) AS term_id(iri('http://www.w3.org/1999/02/22-rdf-syntax-ns#' || name));
CREATE OR REPLACE TEMP MACRO rdfs(name) AS term_id(iri('http://www.w3.org/2000/01/rdf-schema#' || name));

-- What a property's value is to a thing; of labels of one language, the one of the lower rank is shown.
CREATE OR REPLACE TEMP TABLE text_property AS
SELECT term.id, property.kind, property.rank FROM (VALUES
    ('http://www.w3.org/2000/01/rdf-schema#label', 'label', 1),
    ('http://www.w3.org/2004/02/skos/core#prefLabel', 'label', 2),
    ('http://www.w3.org/2004/02/skos/core#altLabel', 'name', 3),
    ('http://www.w3.org/2004/02/skos/core#hiddenLabel', 'name', 4),
    ('http://purl.org/dc/terms/title', 'text', 5),
    ('http://www.w3.org/2004/02/skos/core#notation', 'text', 6),
    ('http://purl.org/dc/terms/description', 'text', 7),
    ('http://www.w3.org/2000/01/rdf-schema#comment', 'text', 7),
    ('http://www.w3.org/2004/02/skos/core#definition', 'text', 8),
    ('http://www.w3.org/2004/02/skos/core#scopeNote', 'text', 9),
    ('http://www.w3.org/2004/02/skos/core#example', 'text', 10)
) AS property(iri, kind, rank)
JOIN term ON term.text = iri(property.iri);

CREATE OR REPLACE TEMP TABLE written AS
SELECT g.s, p.kind, o.language, o.lexical, min(p.rank) AS rank
FROM default_graph AS g
JOIN text_property AS p ON p.id = g.p
JOIN term AS s ON s.id = g.s AND s.kind = 2 AND starts_with(s.lexical, getvariable('base'))
JOIN term AS o ON o.id = g.o AND o.kind = 3
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE label AS
SELECT s, list(language ORDER BY language) AS languages, list(lexical ORDER BY language) AS labels
FROM (SELECT s, language, arg_min(lexical, (rank, lexical)) AS lexical FROM written WHERE kind = 'label' GROUP BY s, language)
GROUP BY s;

CREATE OR REPLACE TEMP TABLE spelling AS
SELECT s, list(lexical ORDER BY rank, lexical) AS names
FROM (SELECT s, lexical, min(rank) AS rank FROM written WHERE kind <> 'text' GROUP BY s, lexical)
GROUP BY s;

CREATE OR REPLACE TEMP TABLE described AS
SELECT s, list(lexical ORDER BY rank, language, lexical) AS texts FROM written WHERE kind = 'text' GROUP BY s;

CREATE OR REPLACE TEMP TABLE class_of AS
WITH RECURSIVE typed(s, class) AS (
    SELECT s, o FROM default_graph WHERE p = rdf('type') AND s IN (SELECT s FROM label)
    UNION
    SELECT typed.s, ontology.o FROM typed JOIN ontology ON ontology.s = typed.class AND ontology.p = rdfs('subClassOf')
)
SELECT typed.s, list(DISTINCT term.lexical ORDER BY term.lexical) AS types
FROM typed JOIN term ON term.id = typed.class AND term.kind = 2
GROUP BY typed.s;

CREATE OR REPLACE TEMP TABLE dated AS
SELECT g.s,
       min(o.lexical) FILTER (g.p = term_id(iri(getvariable('hab') || 'notBefore'))) AS not_before,
       max(o.lexical) FILTER (g.p = term_id(iri(getvariable('hab') || 'notAfter'))) AS not_after
FROM default_graph AS g JOIN term AS o ON o.id = g.o
WHERE g.p IN (term_id(iri(getvariable('hab') || 'notBefore')), term_id(iri(getvariable('hab') || 'notAfter')))
GROUP BY g.s;

CREATE OR REPLACE TEMP TABLE merged AS
SELECT r.survivor AS s, list(t.lexical ORDER BY t.lexical) AS former
FROM redirect AS r JOIN term AS t ON t.id = r.old
GROUP BY r.survivor;

CREATE OR REPLACE TEMP VIEW entry AS
SELECT term.lexical AS iri, languages, labels, names, coalesce(types, []) AS types, coalesce(texts, []) AS texts,
       coalesce(not_before, '') AS not_before, coalesce(not_after, '') AS not_after, coalesce(former, []) AS former
FROM label
JOIN term ON term.id = label.s
JOIN spelling USING (s)
LEFT JOIN class_of USING (s)
LEFT JOIN described USING (s)
LEFT JOIN dated USING (s)
LEFT JOIN merged USING (s)
ORDER BY iri;
