-- The relations of one build. Every term is an id into the dictionary `term`; g is NULL in the default graph.

-- The dictionary: each RDF term once, by its canonical N-Quads text (W3C N-Triples 1.1, "Canonical form").
CREATE TABLE term (
    id       INTEGER PRIMARY KEY,
    text     VARCHAR NOT NULL,
    kind     TINYINT NOT NULL,      -- 1 blank node, 2 IRI, 3 literal: the order of SPARQL 1.1 §15.1
    lexical  VARCHAR NOT NULL,      -- the IRI, the label of the blank node, or the lexical form without its escapes
    datatype VARCHAR NOT NULL,      -- IRI, xsd:string and rdf:langString too; '' where it is no literal
    language VARCHAR NOT NULL       -- lower case; '' where there is none
);

-- The files: `verdict` is 'accepted' or 'quarantined'; a file that the manifest names and the folder lacks is the latter.
CREATE TABLE source (
    id      INTEGER PRIMARY KEY,
    path    VARCHAR NOT NULL UNIQUE,
    bytes   BIGINT NOT NULL,
    sha256  VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL DEFAULT 'accepted'
);

-- What is wrong with a source: what, where (the term and the claim concerned, if any) and how to mend it.
CREATE TABLE problem (
    source INTEGER NOT NULL,
    rule   VARCHAR NOT NULL,
    what   VARCHAR NOT NULL,
    term   VARCHAR,
    claim  VARCHAR,
    remedy VARCHAR NOT NULL
);

-- Every quad as read, once per source.
CREATE TABLE quad (s INTEGER NOT NULL, p INTEGER NOT NULL, o INTEGER NOT NULL, g INTEGER, source INTEGER NOT NULL);

-- The ontology's own triples.
CREATE TABLE ontology (s INTEGER NOT NULL, p INTEGER NOT NULL, o INTEGER NOT NULL);

-- What the rules gave, each triple with the graph that its rule writes to.
CREATE TABLE derived (s INTEGER NOT NULL, p INTEGER NOT NULL, o INTEGER NOT NULL, g INTEGER NOT NULL);

CREATE MACRO iri(text) AS '<' || text || '>';
CREATE MACRO term_id(wanted) AS (SELECT id FROM term WHERE text = wanted);
