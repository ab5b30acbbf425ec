-- What compiled shapes read in the little database of a part of the data, before rows are put into it; what is made anew
-- for each part keeps its columns.
CREATE TABLE shacl_term (id INTEGER, kind TINYINT, lexical VARCHAR, datatype VARCHAR, language VARCHAR);
CREATE TABLE shacl_triple (s INTEGER, p INTEGER, o INTEGER);
CREATE TABLE shacl_value (
    id INTEGER NOT NULL, t TINYINT, d DECIMAL(38, 18), f DOUBLE, c TINYINT, us BIGINT, tz INTEGER);
CREATE TABLE shacl_focus (id INTEGER);
CREATE TABLE shacl_shape (s INTEGER, p INTEGER, o INTEGER);
CREATE TABLE shacl_graph (g INTEGER);
CREATE TABLE shacl_literal (id INTEGER, class VARCHAR, rank INTEGER, key VARCHAR, float FLOAT, double DOUBLE);
CREATE TABLE shacl_result (
    rule INTEGER, focus BIGINT, path BIGINT, value BIGINT, n HUGEINT,
    computed STRUCT(k TINYINT, v VARCHAR, d VARCHAR, l VARCHAR),
    quoted STRUCT(k TINYINT, v VARCHAR, d VARCHAR, l VARCHAR)[]);
CREATE VIEW shacl_plain AS FROM shacl_term;
CREATE VIEW shacl_quad AS SELECT s, p, o, 0::INTEGER AS g FROM shacl_triple;
CREATE VIEW shacl_dataset AS
SELECT s, p, o, 0::INTEGER AS g FROM shacl_triple UNION ALL SELECT s, p, o, g FROM shacl_shape, shacl_graph;
