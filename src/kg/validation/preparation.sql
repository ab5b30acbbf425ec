-- What compiled shapes stand on, before ids are put into them. Macros only.

-- A term as N-Triples 1.1 §2.4 writes it, with those escapes alone that it must have.
CREATE OR REPLACE TEMP MACRO shacl_escaped(lexical) AS
    replace(replace(replace(replace(lexical, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r');
CREATE OR REPLACE TEMP MACRO shacl_text(kind, lexical, datatype, language) AS CASE
    WHEN kind = 1 THEN '_:' || lexical
    WHEN kind = 2 THEN '<' || lexical || '>'
    WHEN language <> '' THEN '"' || shacl_escaped(lexical) || '"@' || language
    WHEN datatype = 'http://www.w3.org/2001/XMLSchema#string' THEN '"' || shacl_escaped(lexical) || '"'
    ELSE '"' || shacl_escaped(lexical) || '"^^<' || datatype || '>' END;
