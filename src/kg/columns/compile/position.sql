-- `term`, `value` -> where a term stands in the order of ORDER BY (§15.1), for each whose id does not say it: the ids of a
-- class are in order, but what is equal has ids of its own, and what is compared across classes stands class by class.
-- NULL for what is not ordered here. Both DuckDB and Spark read this.
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
SELECT id, NULL FROM value WHERE t = 9 OR c = 9
UNION ALL
-- true after false, however they are written; nothing else has their datatype but what is ill-formed.
SELECT id, min(id) OVER () + CASE WHEN lexical IN ('true', '1') THEN 1 ELSE 0 END
FROM term
WHERE datatype = 'http://www.w3.org/2001/XMLSchema#boolean' AND lexical IN ('true', 'false', '1', '0')
