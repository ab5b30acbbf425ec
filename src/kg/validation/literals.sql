-- The ids in `shacl_compared` -> `shacl_literal`: those of literals, with what `shacl_compare` compares them by.
CREATE TEMP TABLE shacl_literal AS
SELECT id, class, rank, shacl_key(class, rank, lexical) AS key, shacl_float(class, lexical) AS float,
    shacl_double(class, rank, lexical) AS double
FROM (
    SELECT id, lexical, shacl_rank(datatype) AS rank,
        shacl_class(kind, lexical, datatype, language, is_well_formed) AS class
    FROM (
        SELECT t.id, t.kind, t.lexical, t.datatype, t.language, shacl_well_formed(t.lexical, t.datatype) AS is_well_formed
        FROM shacl_term AS t WHERE t.kind = 3 AND t.id IN (FROM shacl_compared)));
