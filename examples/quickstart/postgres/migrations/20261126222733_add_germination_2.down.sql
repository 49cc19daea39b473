-- Undo: validate check germination_is_a_percentage of lot (PostgreSQL)
-- Data: no row changes

-- undo: validate check germination_is_a_percentage of lot
-- nothing to do
SELECT 1;
