-- Undo: add column lot.germination, add check germination_is_a_percentage (MariaDB)
-- Data: no row changes

-- undo: add column lot.germination, add check germination_is_a_percentage
ALTER TABLE `lot`
    DROP CONSTRAINT `germination_is_a_percentage`,
    DROP COLUMN `germination`,
    ALGORITHM=INSTANT;
