-- The attached columns, the Parquet files in `folder`, the dump in `path` (variables) -> `wrong` (what).
CREATE TEMP TABLE written AS
SELECT id, CASE kind WHEN 1 THEN '_:' || lexical WHEN 2 THEN '<' || lexical || '>' ELSE '"' || escape(lexical) || '"'
    || CASE WHEN language <> '' THEN '@' || language WHEN datatype = 'http://www.w3.org/2001/XMLSchema#string' THEN ''
        ELSE '^^<' || datatype || '>' END END AS text
FROM term;

-- How many lines there are, and a sum over 96 bits of each one's hash, whatever their order.
CREATE TEMP TABLE dumped AS
SELECT count(line) AS lines, sum((md5_number(line) >> 32)::HUGEINT) AS hashes
FROM read_csv(
    getvariable('path'), columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', header = false,
    auto_detect = false, max_line_size = 67108864, buffer_size = 268435456);
CREATE TEMP TABLE held AS
SELECT count(line) AS lines, sum((md5_number(line) >> 32)::HUGEINT) AS hashes
FROM (
    SELECT s.text || ' ' || p.text || ' ' || o.text || CASE WHEN q.g = 0 THEN ' .' ELSE ' ' || g.text || ' .' END AS line
    FROM quad AS q
    LEFT JOIN written AS s ON s.id = q.s
    LEFT JOIN written AS p ON p.id = q.p
    LEFT JOIN written AS o ON o.id = q.o
    LEFT JOIN written AS g ON g.id = q.g);

-- The rows of a table and of its file, whatever their order.
CREATE TEMP MACRO differing(name) AS TABLE
SELECT name || '.parquet has other rows than the table ' || name || ' in columns.duckdb' AS what
WHERE (SELECT {'n': count(*), 'h': sum(hash(line)::HUGEINT)} FROM query_table(name) AS line)
    IS DISTINCT FROM (
        SELECT {'n': count(*), 'h': sum(hash(line)::HUGEINT)}
        FROM read_parquet(getvariable('folder') || '/' || name || '.parquet') AS line);
CREATE TEMP TABLE wrong AS
SELECT 'the quads in columns.duckdb are not those of the dump' AS what
WHERE (SELECT dumped FROM dumped) IS DISTINCT FROM (SELECT held FROM held)
UNION ALL SELECT 'columns.duckdb has a term that no quad has, or not every graph'
WHERE (SELECT count(*) FROM term) <> (
        SELECT count(*) FROM (SELECT s FROM quad UNION SELECT p FROM quad UNION SELECT o FROM quad UNION FROM graph))
    OR EXISTS ((SELECT g FROM quad WHERE g <> 0) EXCEPT FROM graph)
UNION ALL SELECT 'the table subject in columns.duckdb is not made of its quads'
WHERE (SELECT {'n': count(*), 'h': sum(hash(line)::HUGEINT)} FROM columns.subject AS line)
    IS DISTINCT FROM (SELECT {'n': count(*), 'h': sum(hash(line)::HUGEINT)} FROM wide AS line)
UNION ALL FROM differing('term')
UNION ALL FROM differing('value')
UNION ALL FROM differing('quad')
UNION ALL FROM differing('graph')
UNION ALL FROM differing('run');
