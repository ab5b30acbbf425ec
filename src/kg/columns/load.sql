-- N-Quads files (glob in the variable `pattern`) -> `incoming` (file name, s, p, o, g), its terms in the dictionary.
-- A line that does not match holds what RDF 1.1 has not, a triple term; `unread` keeps it.
CREATE OR REPLACE TEMP TABLE line AS
SELECT filename, line, regexp_extract(
    line,
    '^(<[^>]*>|_:\S+) (<[^>]*>) (<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?)(?: (<[^>]*>|_:\S+))? \.$',
    ['s', 'p', 'o', 'g']) AS quad
FROM read_csv(
    getvariable('pattern'), columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', header = false,
    auto_detect = false, filename = true, max_line_size = 67108864, buffer_size = 268435456);

CREATE OR REPLACE TEMP TABLE unread AS SELECT DISTINCT filename FROM line WHERE quad.s = '';

CREATE OR REPLACE TEMP TABLE word AS
SELECT text
FROM (
    SELECT quad.s AS text FROM line UNION SELECT quad.p FROM line
    UNION SELECT quad.o FROM line UNION SELECT quad.g FROM line
)
WHERE text <> '' AND text NOT IN (SELECT text FROM term);

-- Numbered in the order of their text, so that ids do not depend on which thread finishes first.
INSERT INTO term
SELECT
    (SELECT coalesce(max(id), 0) FROM term) + row_number() OVER (ORDER BY text) AS id,
    text, kind, lexical, datatype, language
FROM terms_of('word');
DROP TABLE word;

CREATE OR REPLACE TEMP TABLE incoming AS
SELECT DISTINCT filename, s.id AS s, p.id AS p, o.id AS o, g.id AS g
FROM line
JOIN term AS s ON s.text = quad.s
JOIN term AS p ON p.text = quad.p
JOIN term AS o ON o.text = quad.o
LEFT JOIN term AS g ON g.text = quad.g;
