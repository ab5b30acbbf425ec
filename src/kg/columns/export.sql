-- The view `exported` (s, p, o, g) -> the file in the variable `path`: one canonical N-Quads line a quad, sorted by
-- code point, so that the same dataset is the same bytes everywhere.
COPY (
    SELECT DISTINCT s.text || ' ' || p.text || ' ' || o.text || coalesce(' ' || g.text, '') || ' .' AS line
    FROM exported AS e
    JOIN term AS s ON s.id = e.s
    JOIN term AS p ON p.id = e.p
    JOIN term AS o ON o.id = e.o
    LEFT JOIN term AS g ON g.id = e.g
    ORDER BY line
) TO (getvariable('path')) (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01');
