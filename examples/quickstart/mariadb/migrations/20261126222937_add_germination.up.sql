-- add column lot.germination, add check germination_is_a_percentage (MariaDB)
-- Reversible: yes
-- Data: no row changes
-- H1: ADD COLUMN, nullable, without a default (cargo schema explain H1)
-- H24: ADD CHECK (cargo schema explain H24)
-- Note: the server copies lot: writes wait until it is done

-- add column lot.germination, add check germination_is_a_percentage
ALTER TABLE `lot`
    ADD COLUMN `germination` bigint NULL AFTER `grams`,
    ADD CONSTRAINT `germination_is_a_percentage` CHECK (germination BETWEEN 0 AND 100),
    ALGORITHM=COPY, LOCK=SHARED;
