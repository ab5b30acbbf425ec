-- delta_walked (state, node), delta_start (shape, state), delta_touched, delta_target, delta_graph ->
-- delta_focus (shape, node): the focus nodes that the change can affect, and perhaps some that were none before or after.
CREATE TEMP TABLE delta_met AS
SELECT DISTINCT a.shape, w.node FROM delta_walked AS w JOIN delta_start AS a USING (state);

CREATE TEMP TABLE delta_everywhere AS SELECT DISTINCT shape FROM delta_touched WHERE state IS NULL;

CREATE TEMP TABLE delta_asked AS
SELECT g.shape, g.kind, g.p, g.o, m.node FROM delta_target AS g JOIN delta_met AS m USING (shape);

CREATE TEMP TABLE delta_focus AS
SELECT a.shape, a.node FROM delta_asked AS a JOIN delta_graph AS t
ON t.s = a.node AND t.p = a.p AND (a.o IS NULL OR t.o = a.o) WHERE a.kind IN ('targetClass', 'targetSubjectsOf')
UNION
SELECT a.shape, a.node FROM delta_asked AS a JOIN delta_graph AS t ON t.o = a.node AND t.p = a.p
WHERE a.kind = 'targetObjectsOf'
UNION
SELECT shape, node FROM delta_asked WHERE kind = 'targetNode' AND node = o
UNION
SELECT g.shape, CASE WHEN g.kind = 'targetObjectsOf' THEN t.o ELSE t.s END
FROM delta_target AS g JOIN delta_graph AS t ON t.p = g.p AND (g.o IS NULL OR t.o = g.o)
WHERE g.shape IN (FROM delta_everywhere)
UNION
SELECT shape, o FROM delta_target WHERE kind = 'targetNode' AND shape IN (FROM delta_everywhere);

-- delta_checked (shape, node): all pairs of such a shape and such a node that are targets, for each engine is told the
-- shapes and the nodes. What they read is gathered for all of them, so that what is found is true of all of them.
CREATE TEMP TABLE delta_node AS SELECT DISTINCT node FROM delta_focus;

CREATE TEMP TABLE delta_aim AS FROM delta_target WHERE shape IN (SELECT shape FROM delta_focus);

CREATE TEMP TABLE delta_checked AS
SELECT DISTINCT g.shape, t.node FROM (
    SELECT DISTINCT f.node, t.p, t.o FROM delta_node AS f JOIN delta_graph AS t ON t.s = f.node
    WHERE t.p IN (SELECT p FROM delta_aim WHERE kind <> 'targetObjectsOf')
) AS t JOIN delta_aim AS g ON g.p = t.p AND (g.o IS NULL OR g.o = t.o) WHERE g.kind <> 'targetObjectsOf'
UNION
SELECT DISTINCT g.shape, t.node FROM (
    SELECT DISTINCT f.node, t.p FROM delta_node AS f JOIN delta_graph AS t ON t.o = f.node
    WHERE t.p IN (SELECT p FROM delta_aim WHERE kind = 'targetObjectsOf')
) AS t JOIN delta_aim AS g ON g.p = t.p WHERE g.kind = 'targetObjectsOf'
UNION
SELECT shape, node FROM delta_aim JOIN delta_node ON node = o WHERE kind = 'targetNode';
