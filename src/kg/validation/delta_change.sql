-- What is asked for, delta_wanted (s, p, o, g, is_added), and what is there, the view delta_held (s, p, o, g) ->
-- delta_added and delta_removed (s, p, o, g): what changes. What is asked for both ways is added; what is there is not
-- added, what is not there is not removed.
CREATE TEMP TABLE delta_there AS
SELECT DISTINCT h.s, h.p, h.o, h.g
FROM delta_held AS h JOIN (SELECT DISTINCT s, p, o FROM delta_wanted) AS w ON w.s = h.s AND w.p = h.p AND w.o = h.o;

CREATE TEMP TABLE delta_added AS
SELECT s, p, o, g FROM delta_wanted WHERE is_added EXCEPT SELECT s, p, o, g FROM delta_there;

CREATE TEMP TABLE delta_removed AS
(SELECT s, p, o, g FROM delta_wanted WHERE NOT is_added INTERSECT SELECT s, p, o, g FROM delta_there)
EXCEPT SELECT s, p, o, g FROM delta_wanted WHERE is_added;

-- The same for the data graph, as delta_plus and delta_minus (s, p, o): a triple is in it as long as any quad of those
-- that make it up says so. Where the data graph is a relation of its own, those are the quads without a graph.
CREATE TEMP TABLE delta_plus AS
SELECT DISTINCT s, p, o FROM delta_added WHERE getvariable('delta_is_one') OR g IS NULL
EXCEPT SELECT s, p, o FROM delta_there WHERE getvariable('delta_is_one') OR g IS NULL;

CREATE TEMP TABLE delta_minus AS
SELECT DISTINCT s, p, o FROM delta_removed WHERE getvariable('delta_is_one') OR g IS NULL
EXCEPT SELECT s, p, o FROM (
    FROM delta_added UNION ALL (FROM delta_there EXCEPT FROM delta_removed)
) WHERE getvariable('delta_is_one') OR g IS NULL;

CREATE TEMP TABLE delta_changed AS FROM delta_plus UNION FROM delta_minus;
