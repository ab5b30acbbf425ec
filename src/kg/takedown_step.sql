-- disclosed, removed -> removed: one step further. Run until nothing more falls.
-- Variables: provenance (graph), hab (namespace).

-- A claim does not stand without who makes it or where it is reported, nor when nothing of what it says is left.
INSERT INTO removed
SELECT claim FROM (
    SELECT s AS claim FROM disclosed
    WHERE g = term_id(iri(getvariable('provenance'))) AND o IN (SELECT id FROM removed)
      AND p IN (term_id(iri(getvariable('hab') || 'reportedIn')),
                term_id(iri('http://www.w3.org/ns/prov#wasAttributedTo')))
    UNION
    SELECT g FROM disclosed
    WHERE g <> term_id(iri(getvariable('provenance')))
    GROUP BY g
    HAVING bool_and(s IN (SELECT id FROM removed) OR p IN (SELECT id FROM removed) OR o IN (SELECT id FROM removed))
)
WHERE claim NOT IN (SELECT id FROM removed);
