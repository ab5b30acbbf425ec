-- removed -> disclosed, current_claim, public_name: without every quad that touches what fell.
DELETE FROM disclosed
WHERE s IN (SELECT id FROM removed) OR p IN (SELECT id FROM removed)
   OR o IN (SELECT id FROM removed) OR g IN (SELECT id FROM removed);
DELETE FROM current_claim WHERE id IN (SELECT id FROM removed);
DELETE FROM public_name WHERE id IN (SELECT id FROM removed);
