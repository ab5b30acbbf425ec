-- disclosed, judgement -> redirect, resolved, link. Drawn after the gate: only things that disclosed quads speak of.
-- Variables: replaced_by (the predicate of a merge), base (IRI prefix of all that is ours: no link may name a claim).

CREATE OR REPLACE TEMP TABLE spoken_of AS
SELECT id, lexical FROM term WHERE id IN (SELECT s FROM disclosed UNION ALL SELECT o FROM disclosed);

CREATE OR REPLACE TEMP TABLE merge AS
SELECT old.id AS old, new.id AS new
FROM judgement AS j
JOIN spoken_of AS old ON old.lexical = j.subject
JOIN spoken_of AS new ON new.lexical = j.object
WHERE j.predicate = getvariable('replaced_by');

-- Follow chains of merges to their end; one that comes back to itself has no end and is refused by the caller.
CREATE OR REPLACE TABLE redirect AS
WITH RECURSIVE chain(old, new) AS (
    SELECT old, new FROM merge
    UNION
    SELECT chain.old, merge.new FROM chain JOIN merge ON merge.old = chain.new
)
SELECT old, new AS survivor FROM chain WHERE new NOT IN (SELECT old FROM merge);

CREATE OR REPLACE TABLE resolved AS
SELECT DISTINCT coalesce(s.survivor, d.s) AS s, d.p, coalesce(o.survivor, d.o) AS o, d.g, d.source
FROM disclosed AS d
LEFT JOIN redirect AS s ON s.old = d.s
LEFT JOIN redirect AS o ON o.old = d.o;

-- The linkset: a merged thing's links go to its survivor; the merge itself stays as dcterms:isReplacedBy.
CREATE OR REPLACE TEMP TABLE link_text AS
SELECT iri(coalesce(survivor.lexical, s.lexical)) || ' ' || iri(j.predicate) || ' ' || iri(j.object) || ' .' AS line
FROM judgement AS j
JOIN spoken_of AS s ON s.lexical = j.subject
LEFT JOIN redirect AS r ON r.old = s.id
LEFT JOIN term AS survivor ON survivor.id = r.survivor
WHERE j.predicate <> getvariable('replaced_by') AND NOT starts_with(j.object, getvariable('base'))
UNION
SELECT iri(old.lexical) || ' ' || iri(getvariable('replaced_by')) || ' ' || iri(new.lexical) || ' .'
FROM redirect AS r JOIN term AS old ON old.id = r.old JOIN term AS new ON new.id = r.survivor;
