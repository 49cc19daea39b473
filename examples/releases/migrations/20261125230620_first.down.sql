-- Undo: create tables borrower, device, loan (SQLite)
-- Data: all rows of borrower, device, loan are lost

-- undo: create tables borrower, device, loan
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "a table that the schema does not know refers to table `loan`; drop its foreign key first" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "a table that the schema does not know refers to table `device`; drop its foreign key first" CHECK ("guard_2"),
    "guard_3" INTEGER CONSTRAINT "a table that the schema does not know refers to table `borrower`; drop its foreign key first" CHECK ("guard_3")
);
INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'loan' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('loan'));
DROP TABLE "loan";
INSERT INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'device' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('device'));
DROP TABLE "device";
INSERT INTO temp."_schema_guard" ("guard_3") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'borrower' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('borrower'));
DROP TABLE "borrower";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
DROP TABLE temp."_schema_guard";
