-- drop column device.hotline (SQLite)
-- Reversible: definitions yes, rows not fully
-- Data: values of device.hotline are lost
-- H12: DROP COLUMN (cargo schema explain H12)
-- H68: step that its down can't undo fully (cargo schema explain H68)

-- drop column device.hotline
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "a trigger names column `hotline` of table `device`; drop or rewrite it first" CHECK ("guard_1")
);
INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'trigger' AND "name" NOT LIKE '\_kept\_%' ESCAPE '\' AND lower("sql") GLOB '*[^a-z0-9_$]hotline[^a-z0-9_$]*' AND ("tbl_name" = 'device' COLLATE NOCASE OR lower("sql") GLOB '*[^a-z0-9_$]device[^a-z0-9_$]*'));
ALTER TABLE "device" DROP COLUMN "hotline";
DROP TABLE temp."_schema_guard";
