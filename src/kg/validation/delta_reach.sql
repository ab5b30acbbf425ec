-- The automaton in ids: delta_rule (shape, state, p, position, o), delta_goal (shape, kind, o), with NULL for any; the
-- data before and after the change together: delta_graph (s, p, o); the change: delta_changed ->
-- delta_read and delta_target, with the subclasses of each class; delta_begin (state, node): where changes are read.
CREATE TEMP TABLE delta_below AS
WITH RECURSIVE edge(s, o) AS MATERIALIZED (
    SELECT DISTINCT s, o FROM delta_graph WHERE p = getvariable('delta_subclass')
), below(class, id) AS (
    SELECT DISTINCT o, o FROM (SELECT o FROM delta_rule WHERE o IS NOT NULL UNION SELECT o FROM delta_goal)
    UNION SELECT b.class, e.s FROM below AS b JOIN edge AS e ON e.o = b.id
)
FROM below;

CREATE TEMP TABLE delta_read AS
SELECT DISTINCT r.shape, r.state, r.p, r.position, CASE WHEN r.p = getvariable('delta_type') THEN b.id ELSE r.o END AS o
FROM delta_rule AS r LEFT JOIN delta_below AS b ON b.class = r.o;

CREATE TEMP TABLE delta_target AS
SELECT DISTINCT g.shape, g.kind, getvariable('delta_type') AS p, b.id AS o
FROM delta_goal AS g JOIN delta_below AS b ON b.class = g.o WHERE g.kind = 'targetClass'
UNION ALL SELECT shape, kind, CASE WHEN kind <> 'targetNode' THEN o END, CASE WHEN kind = 'targetNode' THEN o END
FROM delta_goal WHERE kind <> 'targetClass';

CREATE TEMP TABLE delta_touched AS
SELECT DISTINCT r.shape, r.state, CASE r.position WHEN 's' THEN t.s WHEN 'o' THEN t.o ELSE t.p END AS node
FROM delta_read AS r JOIN delta_changed AS t ON r.p = t.p AND (r.o IS NULL OR r.o = t.o)
UNION
SELECT r.shape, r.state, CASE r.position WHEN 's' THEN t.s WHEN 'o' THEN t.o ELSE t.p END
FROM delta_read AS r CROSS JOIN delta_changed AS t WHERE r.p IS NULL;

CREATE TEMP TABLE delta_begin AS SELECT DISTINCT state, node FROM delta_touched WHERE state IS NOT NULL;
