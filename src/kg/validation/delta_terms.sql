-- delta_term (number, text, kind, lexical, datatype, language), delta_quad (s, p, o, g, is_added) of numbers ->
-- delta_id (number, id): the terms that the dictionary has; delta_new (…, id): those that come new with what is added;
-- delta_wanted (s, p, o, g, is_added) of ids. What is to be removed and names an unknown term is not there.
CREATE TEMP TABLE delta_id AS
SELECT n.number, t.id FROM delta_term AS n JOIN term AS t
ON t.lexical = n.lexical AND t.kind = n.kind AND t.datatype = n.datatype AND t.language = n.language;

CREATE TEMP TABLE delta_new AS
SELECT n.*, ((SELECT coalesce(max(id), 0) FROM term) + row_number() OVER (ORDER BY n.text))::INTEGER AS id
FROM delta_term AS n
WHERE n.number NOT IN (SELECT number FROM delta_id)
    AND n.number IN (SELECT unnest([s, p, o, g]) FROM delta_quad WHERE is_added);

INSERT INTO delta_id SELECT number, id FROM delta_new;

INSERT INTO delta_wanted
SELECT s.id, p.id, o.id, g.id, q.is_added
FROM delta_quad AS q
JOIN delta_id AS s ON s.number = q.s
JOIN delta_id AS p ON p.number = q.p
JOIN delta_id AS o ON o.number = q.o
LEFT JOIN delta_id AS g ON g.number = q.g
WHERE q.g IS NULL OR g.id IS NOT NULL;
