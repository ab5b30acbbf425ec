-- shacl_result (rule, focus, path, value, n, computed, quoted), shacl_rule, shacl_term, shacl_said -> shacl_shown: the results as a report
-- tells them, each once, up to `limit_per_shape` of a shape (of all where it is NULL), with the claims that say so.

CREATE TEMP TABLE shacl_found AS
SELECT r.*, u.shape, shacl_text(f.kind, f.lexical, f.datatype, f.language) AS focus_text,
    shacl_text(p.kind, p.lexical, p.datatype, p.language) AS path_text,
    coalesce(shacl_text(v.kind, v.lexical, v.datatype, v.language),
        shacl_text(r.computed.k, r.computed.v, r.computed.d, r.computed.l)) AS value_text
FROM (SELECT rule, focus, path, value, computed, quoted, sum(n)::BIGINT AS n FROM shacl_result GROUP BY ALL) AS r
JOIN shacl_rule AS u ON u.rule = r.rule
JOIN shacl_term AS f ON f.id = r.focus
LEFT JOIN shacl_term AS p ON p.id = r.path
LEFT JOIN shacl_term AS v ON v.id = r.value;

CREATE TEMP TABLE shacl_shown AS
SELECT row_number() OVER () AS id, * FROM (
    FROM shacl_found
    QUALIFY getvariable('limit_per_shape') IS NULL OR row_number() OVER (
        PARTITION BY shape ORDER BY focus_text, path_text, value_text, rule, quoted) <= getvariable('limit_per_shape'));

-- A claim says what is wrong if it holds the triple at fault: of a counted property, any of its triples. Where no triple
-- is (something is missing, or the path is longer than one step), it is whatever claim speaks of the focus node.
CREATE TEMP TABLE shacl_claims AS
WITH said AS (
    SELECT r.id, q.g, CASE
        WHEN u.predicate IS NULL AND r.path IS NULL THEN false
        WHEN u.is_inverse THEN q.p = u.predicate AND q.o = r.focus
        ELSE q.p = coalesce(r.path, u.predicate) AND (r.value IS NULL OR q.o = r.value) END AS is_exact
    FROM shacl_shown AS r
    JOIN shacl_rule AS u ON u.rule = r.rule
    JOIN shacl_said AS q ON q.s = CASE WHEN u.is_inverse AND r.value IS NOT NULL THEN r.value ELSE r.focus END
    WHERE q.g IS NOT NULL
), fitting AS (
    SELECT id, g FROM said QUALIFY is_exact OR NOT bool_or(is_exact) OVER (PARTITION BY id)
)
SELECT f.id, list(DISTINCT g.lexical ORDER BY g.lexical) AS claims
FROM fitting AS f JOIN shacl_term AS g ON g.id = f.g
WHERE starts_with(g.lexical, getvariable('claims')) GROUP BY f.id;
