-- `coded` and `run` -> `quad` and `graph`, once it is known that each line of `coded` is a quad.
INSERT INTO quad SELECT DISTINCT s, p, o, g FROM coded ORDER BY g <> 0, p, s, o, g;
INSERT INTO graph
SELECT DISTINCT g FROM coded WHERE g <> 0
UNION SELECT id FROM spelling JOIN (SELECT unnest(string_split(getvariable('graphs'), chr(10))) AS name) ON text = '<' || name || '>'
ORDER BY ALL;
