-- Undo: alter lot (2 steps) (PostgreSQL)
-- Data: the values of `lot.germination` are lost

-- undo: add check germination_is_a_percentage to lot, for new rows
ALTER TABLE "public"."lot" DROP CONSTRAINT "germination_is_a_percentage";

-- undo: add column lot.germination
ALTER TABLE "public"."lot" DROP COLUMN "germination";
