-- What the compiled SQL reads. A term is a row of `term`; every position of a quad is its id. The default graph has
-- its own g, 0, in which each of its triples stands once; `graph` lists the named graphs, the empty ones too.
CREATE TABLE term (
    id        INTEGER NOT NULL,
    kind      TINYINT NOT NULL,     -- 1 blank node, 2 IRI, 3 literal: the order of SPARQL 1.1 §15.1
    lexical   VARCHAR NOT NULL,
    datatype  VARCHAR NOT NULL,     -- IRI; '' where it is no literal
    language  VARCHAR NOT NULL,     -- lower case; '' where there is none
    num       STRUCT(t TINYINT, d DECIMAL(38, 18), f DOUBLE),
    moment    STRUCT(c TINYINT, us BIGINT, tz INTEGER)
);
CREATE TABLE quad (s INTEGER NOT NULL, p INTEGER NOT NULL, o INTEGER NOT NULL, g INTEGER NOT NULL);
CREATE TABLE graph (g INTEGER NOT NULL);
