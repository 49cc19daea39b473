-- Down: undoes add foreign key sighting_station_id_fkey to survey.sighting; create table survey.station; create table survey.sighting; create enum survey.habitat; create schema survey (PostgreSQL)
-- Data: down: the rows of `survey.station` are lost
-- Data: down: the rows of `survey.sighting` are lost
-- Hazard H20: see `cargo schema explain H20`

-- add foreign key sighting_station_id_fkey to survey.sighting
ALTER TABLE "survey"."sighting" DROP CONSTRAINT "sighting_station_id_fkey";

-- create table survey.station
DROP TABLE "survey"."station";

-- create table survey.sighting
DROP TABLE "survey"."sighting";

-- create enum survey.habitat
DROP TYPE "survey"."habitat";

-- create schema survey
DROP SCHEMA "survey";
