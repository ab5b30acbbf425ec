-- date_bound, quad -> problem: every statement whose date is none.
INSERT INTO problem
SELECT DISTINCT q.source, 'dates-are-edtf', 'A date is not EDTF.', s.lexical, g.lexical,
       'Write it as ISO 8601-2 has it, such as 2024-11-07, 2024-11, 2024-10-28/2024-11-03 or 2011-10~.'
FROM quad AS q
JOIN date_bound AS b ON b.id = q.o AND NOT b.is_date
JOIN term AS s ON s.id = q.s
LEFT JOIN term AS g ON g.id = q.g;
