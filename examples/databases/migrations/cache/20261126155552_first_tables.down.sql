-- Undo: create table total (SQLite)
-- Data: all rows of total are lost

-- undo: create table total
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "a table that the schema does not know refers to table `total`; drop its foreign key first" CHECK ("guard_1")
);
INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'total' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('total'));
DROP TABLE "total";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
DROP TABLE temp."_schema_guard";
