-- What the compiled SQL reads. A term is a row of `term`; every position of a quad is its id. The default graph has
-- its own g, 0, in which each of its triples stands once; `graph` lists the named graphs, the empty ones too.
CREATE TABLE term (
    id        INTEGER NOT NULL,     -- from 1, without gaps, in the order of `run`
    kind      TINYINT NOT NULL,     -- 1 blank node, 2 IRI, 3 literal: the order of SPARQL 1.1 §15.1
    lexical   VARCHAR NOT NULL,
    datatype  VARCHAR NOT NULL,     -- IRI; '' where it is no literal
    language  VARCHAR NOT NULL      -- lower case; '' where there is none
);
-- The values of literals that are numbers or moments, as functions.sql describes them; a row for nothing else.
CREATE TABLE value (
    id INTEGER NOT NULL,
    t  TINYINT,             -- of a number: 1 integer, 2 decimal, 3 float, 4 double; 8 a date or duration; 9 beyond
    d  DECIMAL(38, 18),     -- its exact value (t 1 and 2)
    f  DOUBLE,              -- the same as double
    c  TINYINT,             -- of a moment: 1 dateTime, 2 date, 9 some other or beyond
    us BIGINT,              -- microseconds since 1970, in UTC where tz is given
    tz INTEGER              -- minutes; NULL where it has no zone
);
-- Sorted: the default graph first, in it one predicate after the other; then the named graphs in the same way.
CREATE TABLE quad (s INTEGER NOT NULL, p INTEGER NOT NULL, o INTEGER NOT NULL, g INTEGER NOT NULL);
CREATE TABLE graph (g INTEGER NOT NULL);
-- The ids of each class of terms are one run, first_id to last_id (which is first_id - 1 where there is no such term),
-- ascending as the class says. So what is compared with a constant is a range of ids:
--   blank, iri       by lexical form (code points, as everywhere here)
--   exact            integers and decimals (t 1, 2), by d
--   float, double    (t 3, 4) by f; those that are no number stand in the class nan
--   dateTime, date   without a zone, by us; with one they are dateTimeZoned and dateZoned
--   beyond           t 9 or c 9: what has a value that these columns do not compare
--   string           xsd:string, by lexical form
--   tagged           by language, then by lexical form
--   other            by datatype, then by lexical form
CREATE TABLE run (class VARCHAR NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL);
-- `subject` is made of `quad` (subject.sql): of each subject of the default graph one row, sorted, and one for each of its
-- types where it has several. So what many patterns ask of one subject stands side by side.
--   s              the subject
--   type           an object of rdf:type; NULL where it has none
--   is_first       whether this is the first of its rows
--   p1, p17, …     for each of the hundred most frequent properties that no subject has two objects of, named by the
--                  property's id: its object, or NULL
