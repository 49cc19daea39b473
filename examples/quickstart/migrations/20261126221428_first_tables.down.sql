-- Undo: create tables member, variety, lot, loan (SQLite)
-- Data: all rows of member, variety, lot, loan are lost

-- undo: create tables member, variety, lot, loan
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "a table that the schema does not know refers to table `loan`; drop its foreign key first" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "a table that the schema does not know refers to table `lot`; drop its foreign key first" CHECK ("guard_2"),
    "guard_3" INTEGER CONSTRAINT "a table that the schema does not know refers to table `variety`; drop its foreign key first" CHECK ("guard_3"),
    "guard_4" INTEGER CONSTRAINT "a table that the schema does not know refers to table `member`; drop its foreign key first" CHECK ("guard_4")
);
INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'loan' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('loan'));
DROP TABLE "loan";
INSERT INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'lot' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('lot'));
DROP TABLE "lot";
INSERT INTO temp."_schema_guard" ("guard_3") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'variety' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('variety'));
DROP TABLE "variety";
INSERT INTO temp."_schema_guard" ("guard_4") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'member' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('member'));
DROP TABLE "member";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
DROP TABLE temp."_schema_guard";
