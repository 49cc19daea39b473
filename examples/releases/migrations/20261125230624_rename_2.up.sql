-- no-transaction
-- add index loan_person_id_idx, add constraint loan_person_id_fkey, drop index loan_borrower_id_idx, drop constraint loan_borrower_id_fkey (SQLite)
-- Reversible: yes
-- Data: no row changes
-- H56: table rebuilt (cargo schema explain H56)

-- add index loan_person_id_idx, add constraint loan_person_id_fkey, drop index loan_borrower_id_idx, drop constraint loan_borrower_id_fkey
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "foreign keys must be off here; run this file outside a transaction" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "table `loan` has a column that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_2"),
    "guard_3" INTEGER CONSTRAINT "table `loan` has an index that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_3"),
    "guard_4" INTEGER CONSTRAINT "table `loan` has a foreign key that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_4"),
    "guard_5" INTEGER CONSTRAINT "table `loan` has a unique constraint that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_5"),
    "guard_6" INTEGER CONSTRAINT "table `loan` has a check that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_6"),
    "guard_7" INTEGER CONSTRAINT "table `loan` must hold as many rows as before" CHECK ("guard_7"),
    "guard_8" INTEGER CONSTRAINT "foreign keys must hold as they did before; rows refer to rows that do not exist" CHECK ("guard_8")
);
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_1") SELECT (SELECT "foreign_keys" = 0 FROM pragma_foreign_keys);
CREATE TEMP TABLE "_schema_counts" AS
    SELECT 'loan' AS "name", (SELECT count(*) FROM "loan") AS "rows";
CREATE TEMP TABLE "_schema_violations" AS
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('loan') WHERE "name" COLLATE NOCASE NOT IN ('id', 'device_id', 'person_id', 'handed_out_on', 'returned_on'));
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_3") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'index' AND "tbl_name" = 'loan' COLLATE NOCASE AND "sql" IS NOT NULL AND "name" COLLATE NOCASE NOT IN ('loan_borrower_id_idx', 'loan_one_at_a_time'));
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_4") SELECT (SELECT count(DISTINCT "id") FROM pragma_foreign_key_list('loan')) <= 2;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_5") SELECT (SELECT count(*) FROM pragma_index_list('loan') WHERE "origin" = 'u') <= 0;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_6") SELECT NOT EXISTS (SELECT 1 FROM (SELECT replace(replace(replace(replace(upper("sql"), ' ', ''), char(9), ''), char(10), ''), char(13), '') AS "text" FROM main.sqlite_schema WHERE "type" = 'table' AND "name" = 'loan' COLLATE NOCASE) WHERE length("text") - length(replace("text", 'CHECK(', '')) > 6);
CREATE TEMP TABLE "_schema_triggers" AS
    SELECT "type", "name", "tbl_name", "sql" FROM main.sqlite_schema WHERE "type" = 'trigger' AND "tbl_name" = 'loan' COLLATE NOCASE;
CREATE TABLE "loan_new" (
    "id" INTEGER NOT NULL CONSTRAINT "loan_pkey" PRIMARY KEY AUTOINCREMENT,
    "device_id" INTEGER NOT NULL,
    "person_id" INTEGER NOT NULL,
    "handed_out_on" TEXT NOT NULL,
    "returned_on" TEXT,
    CONSTRAINT "loan_returned_on_a_day" CHECK (length(returned_on) = 10),
    CONSTRAINT "loan_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id") ON DELETE RESTRICT,
    CONSTRAINT "loan_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT
);
INSERT OR ROLLBACK INTO "loan_new" ("id", "device_id", "person_id", "handed_out_on", "returned_on")
    SELECT "id", "device_id", "person_id", "handed_out_on", "returned_on"
    FROM "loan";
CREATE TEMP TABLE "_schema_counter" AS SELECT "seq" FROM main.sqlite_sequence WHERE "name" = 'loan';
DROP TABLE "loan";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "loan_new" RENAME TO "loan";
PRAGMA legacy_alter_table = OFF;
DELETE FROM main.sqlite_sequence WHERE "name" = 'loan';
INSERT INTO main.sqlite_sequence ("name", "seq") SELECT 'loan', "seq" FROM temp."_schema_counter";
DROP TABLE temp."_schema_counter";
CREATE UNIQUE INDEX "loan_one_at_a_time" ON "loan" ("device_id") WHERE returned_on IS NULL;
CREATE INDEX "loan_person_id_idx" ON "loan" ("person_id");
PRAGMA writable_schema = ON;
INSERT INTO main.sqlite_schema ("type", "name", "tbl_name", "rootpage", "sql")
    SELECT "type", "name", "tbl_name", 0, "sql" FROM temp."_schema_triggers";
PRAGMA writable_schema = RESET;
DROP TABLE temp."_schema_triggers";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_7") SELECT (SELECT count(*) FROM "loan") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'loan');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_8") SELECT NOT EXISTS (SELECT 1 FROM (
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2) AS "after" LEFT JOIN temp."_schema_violations" AS "before" USING ("child", "parent")
    WHERE "after"."rows" > coalesce("before"."rows", 0));
DROP TABLE temp."_schema_violations";
DROP TABLE temp."_schema_counts";
DROP TABLE temp."_schema_guard";
COMMIT;
PRAGMA foreign_keys = ON;
