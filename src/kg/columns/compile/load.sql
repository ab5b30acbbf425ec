-- Canonical N-Quads -> `coded` (s, p, o, g, is_quad) and `term`, `value`, `run`. Variables: the file `path`; the bytes of
-- its longest line, `line_bytes`, and of what a thread reads at once, `piece_bytes`; `graphs`, IRIs that get terms too, one
-- a line.

-- A line is taken apart at its spaces: no name holds one, and no quotation mark. `is_whole`: its four terms are all of it.
CREATE TEMP VIEW spelled AS
SELECT *, line = s || ' ' || p || ' ' || o || CASE WHEN g = '' THEN ' .' ELSE ' ' || g || ' .' END AS is_whole
FROM (
    SELECT line, words[1] AS s, words[2] AS p, g, CASE WHEN words[3][1] <> '"' THEN words[3] ELSE substring(
        line, length(words[1]) + length(words[2]) + 3,
        length(line) - length(words[1]) - length(words[2]) - 4 - CASE WHEN g = '' THEN 0 ELSE length(g) + 1 END) END AS o
    FROM (
        SELECT line, words, CASE WHEN after[2] = '.' THEN '' ELSE coalesce(after[2], '') END AS g
        FROM (
            SELECT line, words, CASE WHEN words[3][1] = '"' THEN string_split(split_part(line, '"', -1), ' ')
                ELSE words[3:4] END AS after
            FROM (
                SELECT line, string_split(line, ' ') AS words
                FROM read_csv(
                    getvariable('path'), columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '',
                    header = false, auto_detect = false, max_line_size = getvariable('line_bytes')::BIGINT,
                    buffer_size = getvariable('piece_bytes')::BIGINT)))));

CREATE TEMP TABLE word AS
SELECT DISTINCT text FROM (SELECT unnest([s, p, o, g]) AS text FROM spelled)
UNION SELECT '<' || name || '>' FROM (SELECT unnest(string_split(getvariable('graphs'), chr(10))) AS name) WHERE name <> '';

-- What is no term of RDF 1.1 (a triple term, a text with a direction) gets no id.
CREATE TEMP VIEW term_text AS SELECT text FROM word WHERE regexp_full_match(
    text, '<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*|\^\^<[^>]*>)?');
CREATE TEMP TABLE meant AS
SELECT text, kind, lexical, datatype, language, num.t, num.d, num.f, moment.c, moment.us, moment.tz, CASE
    WHEN kind = 1 THEN 1 WHEN kind = 2 THEN 2
    WHEN num.t = 9 OR moment.c = 9 THEN 11
    WHEN num.t <= 2 THEN 3
    WHEN isnan(num.f) THEN 6
    WHEN num.t = 3 THEN 4 WHEN num.t = 4 THEN 5
    WHEN moment.c = 1 THEN CASE WHEN moment.tz IS NULL THEN 7 ELSE 8 END
    WHEN moment.c = 2 THEN CASE WHEN moment.tz IS NULL THEN 9 ELSE 10 END
    WHEN datatype = 'http://www.w3.org/2001/XMLSchema#string' THEN 12
    WHEN language <> '' THEN 13
    ELSE 14 END AS place
FROM (SELECT *, num_of(datatype, lexical) AS num, moment_of(datatype, lexical) AS moment FROM terms_of('term_text'));

-- One id for one term, however it was written; the values first, so that their order is that of the ids.
CREATE TEMP TABLE named AS
SELECT dense_rank() OVER (
    ORDER BY place, CASE place WHEN 3 THEN d END, CASE WHEN place IN (4, 5) THEN f END,
        CASE WHEN place BETWEEN 7 AND 10 THEN us END, language, datatype, lexical)::INTEGER AS id, *
FROM meant;

INSERT INTO term SELECT DISTINCT id, kind, lexical, datatype, language FROM named ORDER BY id;
INSERT INTO value SELECT DISTINCT id, t, d, f, c, us, tz FROM named WHERE t IS NOT NULL OR c IS NOT NULL ORDER BY id;
INSERT INTO run
SELECT class, last_id - terms + 1, last_id
FROM (
    SELECT number, class, terms, sum(terms) OVER (ORDER BY number)::INTEGER AS last_id
    FROM (
        SELECT number, class, count(DISTINCT id) AS terms
        FROM unnest(['blank', 'iri', 'exact', 'float', 'double', 'nan', 'dateTime', 'dateTimeZoned', 'date', 'dateZoned',
            'beyond', 'string', 'tagged', 'other']) WITH ORDINALITY AS known(class, number)
        LEFT JOIN named ON place = number
        GROUP BY ALL))
ORDER BY number;

CREATE TEMP TABLE spelling AS SELECT text, id, kind FROM named;
DROP TABLE named;
DROP TABLE meant;
DROP VIEW term_text;
DROP TABLE word;

-- As written: the lines stream past dictionaries. Left to itself the planner takes them for few and holds all of them.
SET disabled_optimizers = 'join_order,build_side_probe_side';
CREATE TEMP TABLE coded AS
SELECT s.id AS s, p.id AS p, o.id AS o, CASE WHEN q.g = '' THEN 0 ELSE g.id END AS g,
    is_whole AND s.kind <= 2 AND p.kind = 2 AND o.kind <= 3 AND (q.g = '' OR g.kind <= 2) AS is_quad
FROM spelled AS q
LEFT JOIN spelling AS s ON s.text = q.s
LEFT JOIN spelling AS p ON p.text = q.p
LEFT JOIN spelling AS o ON o.text = q.o
LEFT JOIN spelling AS g ON g.text = q.g;
RESET disabled_optimizers;
