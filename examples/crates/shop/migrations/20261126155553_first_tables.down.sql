-- Undo: create tables account, orders (SQLite)
-- Data: all rows of account, orders are lost

-- undo: create tables account, orders
CREATE TEMP TABLE "_schema_guard" (
    "guard_1" INTEGER CONSTRAINT "a table that the schema does not know refers to table `orders`; drop its foreign key first" CHECK ("guard_1"),
    "guard_2" INTEGER CONSTRAINT "a table that the schema does not know refers to table `account`; drop its foreign key first" CHECK ("guard_2")
);
INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'orders' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('orders'));
DROP TABLE "orders";
INSERT INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s."name") AS k WHERE s."type" = 'table' AND k."table" = 'account' COLLATE NOCASE AND s."name" COLLATE NOCASE NOT IN ('account'));
DROP TABLE "account";
CREATE TABLE "_schema_probe" ("before" INTEGER);
ALTER TABLE "_schema_probe" RENAME COLUMN "before" TO "after";
DROP TABLE "_schema_probe";
DROP TABLE temp."_schema_guard";
