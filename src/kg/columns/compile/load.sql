-- What the build's load.sql left in the schema `incoming` -> `term`, `quad` and `graph`. The default graph gets the g 0.
CREATE TEMP TABLE IF NOT EXISTS incoming (filename VARCHAR, s INTEGER, p INTEGER, o INTEGER, g INTEGER);
INSERT INTO incoming.term
SELECT (SELECT coalesce(max(id), 0) FROM incoming.term) + row_number() OVER (ORDER BY name), '<' || name || '>', 2, name, '', ''
FROM (SELECT DISTINCT unnest(string_split(getvariable('graphs'), chr(10))) AS name)
WHERE name <> '' AND name NOT IN (SELECT lexical FROM incoming.term WHERE kind = 2);

INSERT INTO main.term
SELECT id, kind, lexical, datatype, language FROM incoming.term ORDER BY id;
INSERT INTO main.value
SELECT id, num.t, num.d, num.f, moment.c, moment.us, moment.tz
FROM (
    SELECT id, num_of(datatype, lexical) AS num, moment_of(datatype, lexical) AS moment FROM main.term
    WHERE starts_with(datatype, 'http://www.w3.org/2001/XMLSchema#'))
WHERE num IS NOT NULL OR moment IS NOT NULL ORDER BY id;

INSERT INTO main.quad SELECT DISTINCT s, p, o, coalesce(g, 0) AS g FROM temp.main.incoming ORDER BY p, g, s, o;
INSERT INTO main.graph
SELECT DISTINCT g FROM main.quad WHERE g <> 0
UNION SELECT id FROM incoming.term WHERE kind = 2 AND lexical IN (
    SELECT unnest(string_split(getvariable('graphs'), chr(10))));
DROP TABLE temp.main.incoming;
DROP TABLE IF EXISTS temp.main.line;
DROP SCHEMA incoming CASCADE;
