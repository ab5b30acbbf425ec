-- quad, removed, disclosed, looked_at (iri), after the removal -> still_named (iri): what must be listed too, because it
-- holds the name of a person who was taken down: a thing, claim or source in its own IRI, or what speaks of it.
-- Variables: persons, claims and base (IRI prefixes).

-- Words and nothing between them, so that a name is found in a text and in an IRI alike.
CREATE OR REPLACE TEMP MACRO words(text) AS '-' || regexp_replace(lower(text), '[^\p{L}\p{N}]+', '-', 'g') || '-';

-- A name of one word must stand by itself; one of several may go on, as names do in many languages' cases. Both orders.
CREATE OR REPLACE TEMP TABLE fallen_name AS
WITH label AS (
    SELECT DISTINCT trim(words(o.lexical), '-') AS name
    FROM quad AS q
    JOIN removed AS r ON r.id = q.s
    JOIN term AS s ON s.id = q.s AND starts_with(s.lexical, getvariable('persons'))
    JOIN term AS p ON p.id = q.p
    JOIN term AS o ON o.id = q.o AND o.kind = 3
    WHERE p.lexical IN ('http://www.w3.org/2000/01/rdf-schema#label',
        'http://www.w3.org/2004/02/skos/core#prefLabel', 'http://www.w3.org/2004/02/skos/core#altLabel')
)
SELECT DISTINCT '-' || name || CASE WHEN contains(name, '-') THEN '' ELSE '-' END AS name
FROM (SELECT name FROM label UNION ALL SELECT array_to_string(list_reverse(string_split(name, '-')), '-') FROM label)
WHERE name <> '';

CREATE OR REPLACE TEMP TABLE still_named AS
WITH remaining AS (
    SELECT s AS id, s, g FROM disclosed UNION SELECT o, s, g FROM disclosed UNION SELECT g, g, g FROM disclosed
), found AS (
    SELECT id FROM term
    WHERE id IN (SELECT id FROM remaining)
      AND EXISTS (SELECT 1 FROM fallen_name AS f WHERE contains(words(term.lexical), f.name))
)
SELECT DISTINCT CASE
    WHEN t.kind = 2 AND starts_with(t.lexical, getvariable('base')) THEN t.lexical
    WHEN starts_with(g.lexical, getvariable('claims')) THEN g.lexical
    ELSE s.lexical END AS iri
FROM remaining AS r
JOIN found AS f ON f.id = r.id
JOIN term AS t ON t.id = r.id JOIN term AS s ON s.id = r.s JOIN term AS g ON g.id = r.g
WHERE iri NOT IN (SELECT iri FROM looked_at);
