-- Undo: create survey.sighting and 3 more (5 steps) (PostgreSQL)
-- Data: the rows of `survey.station` are lost
-- Data: the rows of `survey.sighting` are lost

-- undo: add foreign key sighting_station_id_fkey to survey.sighting
ALTER TABLE "survey"."sighting" DROP CONSTRAINT "sighting_station_id_fkey";

-- undo: create table survey.station
DROP TABLE "survey"."station";

-- undo: create table survey.sighting
DROP TABLE "survey"."sighting";

-- undo: create enum survey.habitat
DROP TYPE "survey"."habitat";

-- undo: create schema survey
DROP SCHEMA "survey";
