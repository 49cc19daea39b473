-- create tables borrower, device, loan (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create tables borrower, device, loan
CREATE TABLE "borrower" (
    "id" INTEGER NOT NULL CONSTRAINT "borrower_pkey" PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL
);
CREATE TABLE "device" (
    "id" INTEGER NOT NULL CONSTRAINT "device_pkey" PRIMARY KEY AUTOINCREMENT,
    "serial" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "room" TEXT NOT NULL,
    "hotline" TEXT,
    CONSTRAINT "device_serial_key" UNIQUE ("serial")
);
CREATE TABLE "loan" (
    "id" INTEGER NOT NULL CONSTRAINT "loan_pkey" PRIMARY KEY AUTOINCREMENT,
    "device_id" INTEGER NOT NULL,
    "borrower_id" INTEGER NOT NULL,
    "lent_on" TEXT NOT NULL,
    "returned_on" TEXT,
    CONSTRAINT "loan_returned_on_a_day" CHECK (length(returned_on) = 10),
    CONSTRAINT "loan_borrower_id_fkey" FOREIGN KEY ("borrower_id") REFERENCES "borrower" ("id") ON DELETE RESTRICT,
    CONSTRAINT "loan_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id") ON DELETE RESTRICT
);
CREATE INDEX "loan_borrower_id_idx" ON "loan" ("borrower_id");
CREATE UNIQUE INDEX "loan_one_at_a_time" ON "loan" ("device_id") WHERE returned_on IS NULL;
