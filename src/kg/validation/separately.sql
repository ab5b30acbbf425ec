-- shacl_quad (s, p, o, g), with ids of the dictionary, and the variable `size` -> the relations that programs read, in
-- which a node of the data graph g has the id `g * size + id`.
CREATE TEMP TABLE shacl_graph AS SELECT DISTINCT g FROM shacl_quad;
CREATE TEMP TABLE shacl_triple AS
SELECT g::BIGINT * getvariable('size')::BIGINT + s AS s, p, g::BIGINT * getvariable('size')::BIGINT + o AS o
FROM shacl_quad ORDER BY p, s, o;
CREATE TEMP TABLE shacl_term AS
SELECT n.id, t.kind, t.lexical, t.datatype, t.language
FROM (SELECT s AS id FROM shacl_triple UNION SELECT o FROM shacl_triple) AS n
JOIN shacl_plain AS t ON t.id = n.id % getvariable('size')::BIGINT
UNION ALL SELECT id, kind, lexical, datatype, language FROM shacl_plain;
