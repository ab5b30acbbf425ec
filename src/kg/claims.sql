-- quad, source, ontology -> provenance, declared, and a row of `problem` wherever a source does not say who says what.
-- MODEL: every statement stands in a claim's named graph, and graph/provenance says whose claim that is.
-- Variables: provenance (graph), hab (namespace), vocab, claims and sources (IRI prefixes).

CREATE OR REPLACE TABLE provenance AS
SELECT q.source, q.s, q.p, q.o, s.lexical AS subject, p.lexical AS predicate, o.lexical AS object
FROM quad AS q
JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p JOIN term AS o ON o.id = q.o
WHERE q.g = term_id(iri(getvariable('provenance')));

CREATE OR REPLACE TABLE declared AS
SELECT DISTINCT source, s AS id FROM provenance
WHERE predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' AND object = getvariable('hab') || 'Claim';

INSERT INTO problem
SELECT DISTINCT q.source, 'no-blank-nodes', 'It has a blank node.', NULL, g.lexical,
       'Give every node an IRI, so that it can be cited, corrected and withdrawn.'
FROM quad AS q LEFT JOIN term AS g ON g.id = q.g
WHERE EXISTS (SELECT 1 FROM term AS t WHERE t.kind = 1 AND t.id IN (q.s, q.o, q.g));

INSERT INTO problem
SELECT DISTINCT q.source, 'no-statement-without-a-claim', 'It has a statement outside of every graph.', s.lexical, NULL,
       'Move the statement into the named graph of the claim that makes it.'
FROM quad AS q JOIN term AS s ON s.id = q.s
WHERE q.g IS NULL;

INSERT INTO problem
SELECT DISTINCT q.source, 'every-graph-is-a-claim', 'A graph is not a claim that this file declares.', g.lexical, g.lexical,
       'Describe it in graph/provenance as a hab:Claim with its source, its speaker and its sensitivity.'
FROM quad AS q JOIN term AS g ON g.id = q.g
WHERE g.lexical <> getvariable('provenance')
  AND NOT (starts_with(g.lexical, getvariable('claims'))
           AND EXISTS (SELECT 1 FROM declared AS d WHERE d.source = q.source AND d.id = q.g));

INSERT INTO problem
SELECT DISTINCT source, 'provenance-speaks-of-claims-and-sources',
       'graph/provenance speaks of something that is neither a claim nor a source of this file.', subject, NULL,
       'Move the statement into the graph of a claim, or declare its subject as a hab:Claim or as a source.'
FROM provenance AS v
WHERE NOT starts_with(subject, getvariable('sources'))
  AND NOT (starts_with(subject, getvariable('claims'))
           AND EXISTS (SELECT 1 FROM declared AS d WHERE d.source = v.source AND d.id = v.s));

INSERT INTO problem
SELECT d.source, 'a-claim-says-something', 'A claim has no statement.', t.lexical, t.lexical,
       'Put what was said into the graph of that name, or remove the claim.'
FROM declared AS d JOIN term AS t ON t.id = d.id
WHERE NOT EXISTS (SELECT 1 FROM quad AS q WHERE q.source = d.source AND q.g = d.id);

-- Otherwise anybody's claim could retract another's, or change its level, for whoever reads the default graph.
INSERT INTO problem
SELECT DISTINCT q.source, 'provenance-stands-in-its-graph', 'A claim speaks of who says something, or how public it is.',
       s.lexical, g.lexical, 'Only graph/provenance says that, and only of claims and sources of the same file.'
FROM quad AS q
JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p JOIN term AS g ON g.id = q.g
WHERE g.lexical <> getvariable('provenance')
  AND p.lexical IN (getvariable('hab') || 'reportedIn', getvariable('hab') || 'sensitivity',
                    getvariable('hab') || 'claimStatus', 'http://www.w3.org/ns/prov#wasAttributedTo');

INSERT INTO problem
SELECT DISTINCT q.source, 'a-claim-defines-no-term', 'A claim says something of a term of the ontology or of a code list.',
       s.lexical, g.lexical, 'Terms are defined in ontology/ alone; a claim uses them to speak of things.'
FROM quad AS q
JOIN term AS s ON s.id = q.s JOIN term AS g ON g.id = q.g
WHERE starts_with(s.lexical, getvariable('hab')) OR starts_with(s.lexical, getvariable('vocab'));

-- A misspelt property or class would be published, and found by no query. Whether a concept is of the list that its
-- property asks for, the shapes say.
INSERT INTO problem
WITH undefined AS (
    SELECT id, lexical, starts_with(lexical, getvariable('vocab')) AS is_concept FROM term
    WHERE (starts_with(lexical, getvariable('hab')) OR starts_with(lexical, getvariable('vocab')))
      AND kind = 2 AND id NOT IN (SELECT s FROM ontology))
SELECT DISTINCT q.source, 'terms-are-defined', 'It uses a term that neither the ontology nor a code list defines.',
       u.lexical, g.lexical, 'Write the term as /ontology or /vocab has it, or define it in ontology/ first.'
FROM quad AS q
JOIN undefined AS u ON u.id IN (q.p, q.o)
JOIN term AS p ON p.id = q.p JOIN term AS g ON g.id = q.g
WHERE NOT (is_concept AND u.id = q.o AND starts_with(p.lexical, getvariable('hab')));

-- The later file, by path, is the one to mend: whoever came first keeps the name, a file that the manifest has before any
-- other.
CREATE OR REPLACE TEMP TABLE unlisted AS
SELECT source FROM problem WHERE rule = 'files-are-whole-and-well-formed';

INSERT INTO problem
SELECT DISTINCT later.source, 'one-file-per-name', 'A claim or source is described in two files.', t.lexical, t.lexical,
       'It stands in ' || f.path || ' already: take a new name, or move the description there.'
FROM provenance AS later
JOIN provenance AS first ON first.s = later.s
 AND (first.source IN (FROM unlisted), first.source) < (later.source IN (FROM unlisted), later.source)
JOIN source AS f ON f.id = first.source
JOIN term AS t ON t.id = later.s;
