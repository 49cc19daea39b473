-- no-transaction
-- Undo: add column lot.germination, add constraint germination_is_a_percentage (SQLite)
-- Data: values of lot.germination are lost

-- undo: add column lot.germination, add constraint germination_is_a_percentage
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "foreign keys must be off here; run this file outside a transaction" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "table `lot` has a column that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_2"),
    "guard_3" INTEGER CONSTRAINT "table `lot` has an index that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_3"),
    "guard_4" INTEGER CONSTRAINT "table `lot` has a foreign key that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_4"),
    "guard_5" INTEGER CONSTRAINT "table `lot` has a unique constraint that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_5"),
    "guard_6" INTEGER CONSTRAINT "table `lot` has a check that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_6"),
    "guard_7" INTEGER CONSTRAINT "a trigger names column `germination` of table `lot`; drop or rewrite it first" CHECK ("guard_7"),
    "guard_8" INTEGER CONSTRAINT "table `lot` must hold as many rows as before" CHECK ("guard_8"),
    "guard_9" INTEGER CONSTRAINT "table `loan` must hold as many rows as before" CHECK ("guard_9"),
    "guard_10" INTEGER CONSTRAINT "foreign keys must hold as they did before; rows refer to rows that do not exist" CHECK ("guard_10")
);
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_1") SELECT (SELECT "foreign_keys" = 0 FROM pragma_foreign_keys);
CREATE TEMP TABLE "_schema_counts" AS
    SELECT 'lot' AS "name", (SELECT count(*) FROM "lot") AS "rows"
    UNION ALL
    SELECT 'loan' AS "name", (SELECT count(*) FROM "loan") AS "rows";
CREATE TEMP TABLE "_schema_violations" AS
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('lot') WHERE "name" COLLATE NOCASE NOT IN ('id', 'variety_id', 'harvested_in', 'grams', 'germination', 'state'));
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_3") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'index' AND "tbl_name" = 'lot' COLLATE NOCASE AND "sql" IS NOT NULL AND "name" COLLATE NOCASE NOT IN ('lot_variety_id_harvested_in_idx'));
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_4") SELECT (SELECT count(DISTINCT "id") FROM pragma_foreign_key_list('lot')) <= 1;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_5") SELECT (SELECT count(*) FROM pragma_index_list('lot') WHERE "origin" = 'u') <= 0;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_6") SELECT NOT EXISTS (SELECT 1 FROM (SELECT replace(replace(replace(replace(upper("sql"), ' ', ''), char(9), ''), char(10), ''), char(13), '') AS "text" FROM main.sqlite_schema WHERE "type" = 'table' AND "name" = 'lot' COLLATE NOCASE) WHERE length("text") - length(replace("text", 'CHECK(', '')) > 18);
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_7") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'trigger' AND "name" NOT LIKE '\_kept\_%' ESCAPE '\' AND lower("sql") GLOB '*[^a-z0-9_$]germination[^a-z0-9_$]*' AND ("tbl_name" = 'lot' COLLATE NOCASE OR lower("sql") GLOB '*[^a-z0-9_$]lot[^a-z0-9_$]*'));
CREATE TEMP TABLE "_schema_triggers" AS
    SELECT "type", "name", "tbl_name", "sql" FROM main.sqlite_schema WHERE "type" = 'trigger' AND "tbl_name" = 'lot' COLLATE NOCASE;
CREATE TABLE "lot_new" (
    "id" INTEGER NOT NULL CONSTRAINT "lot_pkey" PRIMARY KEY AUTOINCREMENT,
    "variety_id" INTEGER NOT NULL,
    "harvested_in" INTEGER NOT NULL,
    "grams" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'fresh',
    CONSTRAINT "lot_not_overdrawn" CHECK (grams >= 0),
    CONSTRAINT "lot_state_check" CHECK ("state" IN ('fresh', 'tested', 'expired')),
    CONSTRAINT "lot_variety_id_fkey" FOREIGN KEY ("variety_id") REFERENCES "variety" ("id") ON DELETE RESTRICT
) STRICT;
INSERT OR ROLLBACK INTO "lot_new" ("id", "variety_id", "harvested_in", "grams", "state")
    SELECT "id", "variety_id", "harvested_in", "grams", "state"
    FROM "lot";
CREATE TEMP TABLE "_schema_counter" AS SELECT "seq" FROM main.sqlite_sequence WHERE "name" = 'lot';
DROP TABLE "lot";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "lot_new" RENAME TO "lot";
PRAGMA legacy_alter_table = OFF;
DELETE FROM main.sqlite_sequence WHERE "name" = 'lot';
INSERT INTO main.sqlite_sequence ("name", "seq") SELECT 'lot', "seq" FROM temp."_schema_counter";
DROP TABLE temp."_schema_counter";
CREATE INDEX "lot_variety_id_harvested_in_idx" ON "lot" ("variety_id", "harvested_in" DESC);
PRAGMA writable_schema = ON;
INSERT INTO main.sqlite_schema ("type", "name", "tbl_name", "rootpage", "sql")
    SELECT "type", "name", "tbl_name", 0, "sql" FROM temp."_schema_triggers";
PRAGMA writable_schema = RESET;
DROP TABLE temp."_schema_triggers";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_8") SELECT (SELECT count(*) FROM "lot") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'lot');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_9") SELECT (SELECT count(*) FROM "loan") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'loan');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_10") SELECT NOT EXISTS (SELECT 1 FROM (
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2) AS "after" LEFT JOIN temp."_schema_violations" AS "before" USING ("child", "parent")
    WHERE "after"."rows" > coalesce("before"."rows", 0));
DROP TABLE temp."_schema_violations";
DROP TABLE temp."_schema_counts";
DROP TABLE temp."_schema_guard";
COMMIT;
PRAGMA foreign_keys = ON;
