-- delta_walked (state, node), from delta_focus on; delta_read, delta_data (s, p, o) ->
-- delta_near: every triple that the shapes can read at those focus nodes; delta_before and delta_after of them.
CREATE TEMP TABLE delta_look AS
SELECT DISTINCT r.position, w.node, r.p, r.o FROM delta_walked AS w JOIN delta_read AS r USING (state);

CREATE TEMP TABLE delta_near AS
SELECT t.s, t.p, t.o FROM (FROM delta_look WHERE position = 's') AS l JOIN delta_data AS t
ON t.s = l.node AND (l.p IS NULL OR t.p = l.p) AND (l.o IS NULL OR t.o = l.o)
UNION
SELECT t.s, t.p, t.o FROM (FROM delta_look WHERE position = 'o') AS l JOIN delta_data AS t
ON t.o = l.node AND (l.p IS NULL OR t.p = l.p) AND (l.o IS NULL OR t.o = l.o)
UNION
SELECT t.s, t.p, t.o FROM (FROM delta_look WHERE position = 'p') AS l JOIN delta_data AS t ON t.p = l.node
UNION
SELECT s, p, o FROM delta_data WHERE p = getvariable('delta_subclass')
UNION
SELECT s, p, o FROM delta_data WHERE p IN (
    SELECT p FROM delta_read WHERE state IS NULL AND shape IN (SELECT shape FROM delta_focus))
UNION
SELECT s, p, o FROM delta_data WHERE EXISTS (
    FROM delta_read WHERE state IS NULL AND p IS NULL AND shape IN (SELECT shape FROM delta_focus));

CREATE TEMP TABLE delta_before AS FROM delta_near EXCEPT FROM delta_plus;
CREATE TEMP TABLE delta_after AS FROM delta_near EXCEPT FROM delta_minus;
-- Of what was, nobody asks who said it.
CREATE TEMP TABLE delta_unsaid (s INTEGER, p INTEGER, o INTEGER, g INTEGER);
