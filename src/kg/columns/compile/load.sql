-- What the build's load.sql left in the schema `incoming` -> `term`, `quad` and `graph`. The default graph gets the g 0.
CREATE TEMP TABLE IF NOT EXISTS incoming (filename VARCHAR, s INTEGER, p INTEGER, o INTEGER, g INTEGER);
INSERT INTO incoming.term
SELECT (SELECT coalesce(max(id), 0) FROM incoming.term) + row_number() OVER (ORDER BY name), '<' || name || '>', 'iri', name, NULL, NULL
FROM (SELECT DISTINCT unnest(string_split(getvariable('graphs'), chr(10))) AS name)
WHERE name <> '' AND name NOT IN (SELECT lexical FROM incoming.term WHERE kind = 'iri');

INSERT INTO main.term
SELECT id, kind, lexical, datatype, language, num_of(datatype, lexical), moment_of(datatype, lexical)
FROM (
    SELECT id, lexical, CASE kind WHEN 'blank' THEN 1 WHEN 'iri' THEN 2 ELSE 3 END AS kind,
        CASE WHEN kind <> 'literal' THEN '' WHEN language IS NOT NULL
            THEN 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString'
            ELSE coalesce(datatype, 'http://www.w3.org/2001/XMLSchema#string') END AS datatype,
        lower(coalesce(language, '')) AS language
    FROM incoming.term)
ORDER BY id;

INSERT INTO main.quad SELECT DISTINCT s, p, o, coalesce(g, 0) AS g FROM temp.main.incoming ORDER BY p, g, s, o;
INSERT INTO main.graph
SELECT DISTINCT g FROM main.quad WHERE g <> 0
UNION SELECT id FROM incoming.term WHERE kind = 'iri' AND lexical IN (
    SELECT unnest(string_split(getvariable('graphs'), chr(10))));
DROP TABLE temp.main.incoming;
DROP TABLE IF EXISTS temp.main.line;
DROP SCHEMA incoming CASCADE;
