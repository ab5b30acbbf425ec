-- shacl_start (state, node), shacl_step (source, p, start, end_, target) and shacl_read (state, p, position), with NULL
-- for any; shacl_triple (s, p, o) -> shacl_near: the triples that are read at whatever the steps lead to.
CREATE TEMP TABLE shacl_walked AS
WITH RECURSIVE walked(state, node) AS (
    SELECT DISTINCT state, node FROM shacl_start
    UNION (
        SELECT e.target, CASE e.end_ WHEN 's' THEN t.s WHEN 'p' THEN t.p ELSE t.o END
        FROM walked AS w JOIN shacl_step AS e ON e.source = w.state AND e.start = 's'
        JOIN shacl_triple AS t ON t.s = w.node AND t.p = coalesce(e.p, t.p)
        UNION ALL
        SELECT e.target, CASE e.end_ WHEN 's' THEN t.s WHEN 'p' THEN t.p ELSE t.o END
        FROM walked AS w JOIN shacl_step AS e ON e.source = w.state AND e.start = 'o'
        JOIN shacl_triple AS t ON t.o = w.node AND t.p = coalesce(e.p, t.p)
        UNION ALL
        SELECT e.target, CASE e.end_ WHEN 's' THEN t.s WHEN 'p' THEN t.p ELSE t.o END
        FROM walked AS w JOIN shacl_step AS e ON e.source = w.state AND e.start = 'p'
        JOIN shacl_triple AS t ON t.p = w.node
    )
)
FROM walked;

CREATE TEMP TABLE shacl_look AS
SELECT DISTINCT r.position, w.node, r.p FROM shacl_walked AS w JOIN shacl_read AS r USING (state);

CREATE TEMP TABLE shacl_near AS
SELECT t.s, t.p, t.o FROM (FROM shacl_look WHERE position = 's') AS l
JOIN shacl_triple AS t ON t.s = l.node AND t.p = coalesce(l.p, t.p)
UNION
SELECT t.s, t.p, t.o FROM (FROM shacl_look WHERE position = 'o') AS l
JOIN shacl_triple AS t ON t.o = l.node AND t.p = coalesce(l.p, t.p)
UNION
SELECT t.s, t.p, t.o FROM (FROM shacl_look WHERE position = 'p') AS l JOIN shacl_triple AS t ON t.p = l.node
UNION
SELECT s, p, o FROM shacl_triple WHERE p IN (SELECT p FROM shacl_read WHERE state IS NULL);
