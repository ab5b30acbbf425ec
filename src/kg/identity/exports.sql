-- decision (number, subject, object, is_merge), mention (number, role, iri), after resolution.sql -> told_decision (number,
-- subject, object, label), told_mention (number, role, iri): what may be told of each decision. One about a thing of ours
-- that no disclosed quad speaks of is not told of; nor is the name of a claim, source or agent of ours that is not public.
-- Variable: base (IRI prefix of all that is ours).

CREATE OR REPLACE TEMP TABLE told AS
SELECT d.number, d.is_merge, s.id AS s, d.subject, d.object, survivor_of_s.survivor AS s_now, survivor_of_o.survivor AS o_now
FROM decision AS d
JOIN spoken_of AS s ON s.lexical = d.subject
LEFT JOIN spoken_of AS o ON o.lexical = d.object
LEFT JOIN redirect AS survivor_of_s ON survivor_of_s.old = s.id
LEFT JOIN redirect AS survivor_of_o ON survivor_of_o.old = o.id
WHERE NOT starts_with(d.object, getvariable('base')) OR o.id IS NOT NULL;

-- What a thing is called in what is disclosed, in English where it can be; the file's own label may say more.
CREATE OR REPLACE TEMP TABLE called AS
SELECT r.s, min_by(t.lexical, (t.language <> 'en', t.lexical)) AS label
FROM resolved AS r JOIN term AS t ON t.id = r.o
WHERE r.p = term_id(iri('http://www.w3.org/2000/01/rdf-schema#label')) AND r.g IN (SELECT id FROM current_claim)
GROUP BY r.s;

CREATE OR REPLACE TEMP TABLE told_decision AS
SELECT t.number,
       CASE WHEN t.is_merge THEN t.subject ELSE coalesce(now.lexical, t.subject) END AS subject,
       coalesce(then_.lexical, t.object) AS object,
       coalesce(called.label, '') AS label
FROM told AS t
LEFT JOIN term AS now ON now.id = t.s_now
LEFT JOIN term AS then_ ON then_.id = t.o_now
LEFT JOIN called ON called.s = coalesce(t.s_now, t.s);

CREATE OR REPLACE TEMP TABLE told_mention AS
SELECT number, role, iri FROM mention
WHERE NOT starts_with(iri, getvariable('base'))
   OR iri IN (SELECT t.lexical FROM term AS t JOIN public_name AS p ON p.id = t.id)
   OR (starts_with(iri, getvariable('base') || 'id/') AND iri IN (SELECT lexical FROM spoken_of));
