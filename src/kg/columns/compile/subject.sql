-- `quad`, `term` -> the temporary table `wide`: what `subject` of schema.sql holds.
SET VARIABLE type = (
    SELECT id FROM term WHERE kind = 2 AND lexical = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type');
CREATE TEMP TABLE single AS
SELECT p
FROM quad
WHERE g = 0 AND p IS DISTINCT FROM getvariable('type')
GROUP BY p
HAVING count(*) = count(DISTINCT s)
ORDER BY count(*) DESC, p
LIMIT 100;
-- Where there are no such properties there are no names of columns either; so one more stands among them, of nothing.
CREATE TEMP TABLE pivoted AS
PIVOT (
    SELECT s, 'p' || p AS name, o FROM quad WHERE g = 0 AND p IN (FROM single)
    UNION ALL SELECT 0, 'none', 0)
ON name USING any_value(o) GROUP BY s;
CREATE TEMP TABLE wide AS
SELECT s, type, coalesce(is_first, true) AS is_first, pivoted.* EXCLUDE (s, "none")
FROM (SELECT DISTINCT s FROM quad WHERE g = 0)
LEFT JOIN (
    SELECT s, o AS type, o = min(o) OVER (PARTITION BY s) AS is_first
    FROM quad
    WHERE g = 0 AND p = getvariable('type')) USING (s)
LEFT JOIN pivoted USING (s)
ORDER BY s, type;
DROP TABLE pivoted;
DROP TABLE single;
