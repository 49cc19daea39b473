-- alter lot (2 steps) (PostgreSQL)
-- Reversible: yes
-- Data: no row changes
-- H1: ADD COLUMN, nullable, without a default (cargo schema explain H1)
-- H24: ADD CHECK (cargo schema explain H24)

-- add column lot.germination
ALTER TABLE "public"."lot" ADD COLUMN "germination" bigint;

-- add check germination_is_a_percentage to lot, for new rows
ALTER TABLE "public"."lot" ADD CONSTRAINT "germination_is_a_percentage" CHECK (germination BETWEEN 0 AND 100) NOT VALID;
