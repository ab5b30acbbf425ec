-- `term`, `value` -> where a term stands in the order of ORDER BY (§15.1), for each whose id does not say it: the ids of a
-- class are in order, but what is equal has ids of its own, and what is compared across classes stands class by class.
-- NULL for what "<" compares and we do not. "<" compares no two durations: theirs is the order of their lengths, a month
-- being a twelfth of 365.2425 days, before what is compared with nothing at all. Both DuckDB and Spark read this.
SELECT id, position
FROM (
    SELECT id, min(id) OVER (PARTITION BY family) - 1 + dense_rank() OVER (PARTITION BY family ORDER BY f, d, us) AS position
    FROM (
        SELECT id, CASE WHEN t < 8 THEN 0 ELSE c END AS family, CASE WHEN t < 8 THEN f END AS f,
            CASE WHEN t < 3 THEN d WHEN t < 8 THEN coalesce(TRY_CAST(f AS DECIMAL(38, 18)), 0) END AS d,
            CASE WHEN t < 8 THEN 0 ELSE us END AS us
        FROM value
        WHERE t < 8 OR c < 8) AS known) AS ordered
WHERE position <> id
UNION ALL
SELECT id, NULL
FROM value
JOIN term USING (id)
WHERE t = 9 OR c = 9 AND datatype IN ('http://www.w3.org/2001/XMLSchema#dateTime',
    'http://www.w3.org/2001/XMLSchema#dateTimeStamp', 'http://www.w3.org/2001/XMLSchema#date')
UNION ALL
SELECT id, min(id) OVER () - 1 + dense_rank() OVER (ORDER BY CASE WHEN lexical LIKE '-P%' THEN -s ELSE s END, other)
FROM (
    SELECT id, lexical, CASE WHEN datatype LIKE '%uration' THEN 0 ELSE id END AS other,
        CASE WHEN datatype LIKE '%uration' THEN
            coalesce(TRY_CAST(regexp_extract(lexical, '([0-9]+)Y', 1) AS DOUBLE), 0) * 31556952
            + coalesce(TRY_CAST(regexp_extract(lexical, '[PY]([0-9]+)M', 1) AS DOUBLE), 0) * 2629746
            + coalesce(TRY_CAST(regexp_extract(lexical, '([0-9]+)D', 1) AS DOUBLE), 0) * 86400
            + coalesce(TRY_CAST(regexp_extract(lexical, '([0-9]+)H', 1) AS DOUBLE), 0) * 3600
            + coalesce(TRY_CAST(regexp_extract(lexical, '[TH]([0-9]+)M', 1) AS DOUBLE), 0) * 60
            + coalesce(TRY_CAST(regexp_extract(lexical, '([0-9.]+)S', 1) AS DOUBLE), 0)
        ELSE TRY_CAST('Infinity' AS DOUBLE) END AS s
    FROM value
    JOIN term USING (id)
    WHERE c = 9 AND datatype NOT IN ('http://www.w3.org/2001/XMLSchema#dateTime',
        'http://www.w3.org/2001/XMLSchema#dateTimeStamp', 'http://www.w3.org/2001/XMLSchema#date')) AS beyond
UNION ALL
-- true after false, however they are written; nothing else has their datatype but what is ill-formed.
SELECT id, min(id) OVER () + CASE WHEN lexical IN ('true', '1') THEN 1 ELSE 0 END
FROM term
WHERE datatype = 'http://www.w3.org/2001/XMLSchema#boolean' AND lexical IN ('true', 'false', '1', '0')
