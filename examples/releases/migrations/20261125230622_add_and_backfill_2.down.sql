-- no-transaction
-- Undo: add column device.status, add constraint device_status_check (SQLite)
-- Data: values of device.status are lost

-- undo: add column device.status, add constraint device_status_check
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "foreign keys must be off here; run this file outside a transaction" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "table `device` has a column that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_2"),
    "guard_3" INTEGER CONSTRAINT "table `device` has an index that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_3"),
    "guard_4" INTEGER CONSTRAINT "table `device` has a foreign key that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_4"),
    "guard_5" INTEGER CONSTRAINT "table `device` has a unique constraint that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_5"),
    "guard_6" INTEGER CONSTRAINT "table `device` has a check that the schema does not know and a rebuild would lose; declare it or drop it first" CHECK ("guard_6"),
    "guard_7" INTEGER CONSTRAINT "a trigger names column `status` of table `device`; drop or rewrite it first" CHECK ("guard_7"),
    "guard_8" INTEGER CONSTRAINT "table `device` must hold as many rows as before" CHECK ("guard_8"),
    "guard_9" INTEGER CONSTRAINT "table `inspection` must hold as many rows as before" CHECK ("guard_9"),
    "guard_10" INTEGER CONSTRAINT "table `loan` must hold as many rows as before" CHECK ("guard_10"),
    "guard_11" INTEGER CONSTRAINT "foreign keys must hold as they did before; rows refer to rows that do not exist" CHECK ("guard_11")
);
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_1") SELECT (SELECT "foreign_keys" = 0 FROM pragma_foreign_keys);
CREATE TEMP TABLE "_schema_counts" AS
    SELECT 'device' AS "name", (SELECT count(*) FROM "device") AS "rows"
    UNION ALL
    SELECT 'inspection' AS "name", (SELECT count(*) FROM "inspection") AS "rows"
    UNION ALL
    SELECT 'loan' AS "name", (SELECT count(*) FROM "loan") AS "rows";
CREATE TEMP TABLE "_schema_violations" AS
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('device') WHERE "name" COLLATE NOCASE NOT IN ('id', 'serial', 'kind', 'room', 'hotline', 'status'));
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_3") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'index' AND "tbl_name" = 'device' COLLATE NOCASE AND "sql" IS NOT NULL AND "name" COLLATE NOCASE NOT IN ());
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_4") SELECT (SELECT count(DISTINCT "id") FROM pragma_foreign_key_list('device')) <= 0;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_5") SELECT (SELECT count(*) FROM pragma_index_list('device') WHERE "origin" = 'u') <= 1;
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_6") SELECT NOT EXISTS (SELECT 1 FROM (SELECT replace(replace(replace(replace(upper("sql"), ' ', ''), char(9), ''), char(10), ''), char(13), '') AS "text" FROM main.sqlite_schema WHERE "type" = 'table' AND "name" = 'device' COLLATE NOCASE) WHERE length("text") - length(replace("text", 'CHECK(', '')) > 6);
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_7") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'trigger' AND "name" NOT LIKE '\_kept\_%' ESCAPE '\' AND lower("sql") GLOB '*[^a-z0-9_$]status[^a-z0-9_$]*' AND ("tbl_name" = 'device' COLLATE NOCASE OR lower("sql") GLOB '*[^a-z0-9_$]device[^a-z0-9_$]*'));
CREATE TEMP TABLE "_schema_triggers" AS
    SELECT "type", "name", "tbl_name", "sql" FROM main.sqlite_schema WHERE "type" = 'trigger' AND "tbl_name" = 'device' COLLATE NOCASE;
CREATE TABLE "device_new" (
    "id" INTEGER NOT NULL CONSTRAINT "device_pkey" PRIMARY KEY AUTOINCREMENT,
    "serial" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "room" TEXT NOT NULL,
    "hotline" TEXT,
    CONSTRAINT "device_serial_key" UNIQUE ("serial")
);
INSERT OR ROLLBACK INTO "device_new" ("id", "serial", "kind", "room", "hotline")
    SELECT "id", "serial", "kind", "room", "hotline"
    FROM "device";
CREATE TEMP TABLE "_schema_counter" AS SELECT "seq" FROM main.sqlite_sequence WHERE "name" = 'device';
DROP TABLE "device";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "device_new" RENAME TO "device";
PRAGMA legacy_alter_table = OFF;
DELETE FROM main.sqlite_sequence WHERE "name" = 'device';
INSERT INTO main.sqlite_sequence ("name", "seq") SELECT 'device', "seq" FROM temp."_schema_counter";
DROP TABLE temp."_schema_counter";
PRAGMA writable_schema = ON;
INSERT INTO main.sqlite_schema ("type", "name", "tbl_name", "rootpage", "sql")
    SELECT "type", "name", "tbl_name", 0, "sql" FROM temp."_schema_triggers";
PRAGMA writable_schema = RESET;
DROP TABLE temp."_schema_triggers";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_8") SELECT (SELECT count(*) FROM "device") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'device');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_9") SELECT (SELECT count(*) FROM "inspection") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'inspection');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_10") SELECT (SELECT count(*) FROM "loan") = (SELECT "rows" FROM temp."_schema_counts" WHERE "name" = 'loan');
INSERT OR ROLLBACK INTO temp."_schema_guard" ("guard_11") SELECT NOT EXISTS (SELECT 1 FROM (
    SELECT "table" AS "child", "parent", count(*) AS "rows" FROM pragma_foreign_key_check GROUP BY 1, 2) AS "after" LEFT JOIN temp."_schema_violations" AS "before" USING ("child", "parent")
    WHERE "after"."rows" > coalesce("before"."rows", 0));
DROP TABLE temp."_schema_violations";
DROP TABLE temp."_schema_counts";
DROP TABLE temp."_schema_guard";
COMMIT;
PRAGMA foreign_keys = ON;
