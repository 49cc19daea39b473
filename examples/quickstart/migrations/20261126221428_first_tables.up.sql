-- create tables member, variety, lot, loan (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create tables member, variety, lot, loan
CREATE TABLE "member" (
    "id" INTEGER NOT NULL CONSTRAINT "member_pkey" PRIMARY KEY AUTOINCREMENT,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "joined_on" TEXT NOT NULL DEFAULT CURRENT_DATE,
    CONSTRAINT "member_email_key" UNIQUE ("email")
) STRICT;
CREATE TABLE "variety" (
    "id" INTEGER NOT NULL CONSTRAINT "variety_pkey" PRIMARY KEY AUTOINCREMENT,
    "species" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sow_month" INTEGER NOT NULL,
    "label" TEXT NOT NULL GENERATED ALWAYS AS (species || ' ' || name) STORED,
    CONSTRAINT "variety_species_name_key" UNIQUE ("species", "name"),
    CONSTRAINT "sow_month_in_year" CHECK (sow_month BETWEEN 1 AND 12)
) STRICT;
CREATE TABLE "lot" (
    "id" INTEGER NOT NULL CONSTRAINT "lot_pkey" PRIMARY KEY AUTOINCREMENT,
    "variety_id" INTEGER NOT NULL,
    "harvested_in" INTEGER NOT NULL,
    "grams" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'fresh',
    CONSTRAINT "lot_not_overdrawn" CHECK (grams >= 0),
    CONSTRAINT "lot_state_check" CHECK ("state" IN ('fresh', 'tested', 'expired')),
    CONSTRAINT "lot_variety_id_fkey" FOREIGN KEY ("variety_id") REFERENCES "variety" ("id") ON DELETE RESTRICT
) STRICT;
CREATE INDEX "lot_variety_id_harvested_in_idx" ON "lot" ("variety_id", "harvested_in" DESC);
CREATE TABLE "loan" (
    "id" INTEGER NOT NULL CONSTRAINT "loan_pkey" PRIMARY KEY AUTOINCREMENT,
    "member_id" INTEGER NOT NULL,
    "lot_id" INTEGER NOT NULL,
    "grams" INTEGER NOT NULL,
    "returned_on" TEXT,
    CONSTRAINT "loan_of_something" CHECK (grams > 0),
    CONSTRAINT "loan_lot_id_fkey" FOREIGN KEY ("lot_id") REFERENCES "lot" ("id") ON DELETE RESTRICT,
    CONSTRAINT "loan_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member" ("id") ON DELETE RESTRICT
) STRICT;
CREATE INDEX "loan_lot_id_idx" ON "loan" ("lot_id");
CREATE INDEX "loan_open_idx" ON "loan" ("member_id", "returned_on");
