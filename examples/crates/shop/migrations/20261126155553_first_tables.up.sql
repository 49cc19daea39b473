-- create tables account, orders (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create tables account, orders
CREATE TABLE "account" (
    "id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    CONSTRAINT "account_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "account_email_key" UNIQUE ("email")
);
CREATE TABLE "orders" (
    "id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "cents" INTEGER NOT NULL,
    CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "orders_check" CHECK (cents > 0),
    CONSTRAINT "orders_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE INDEX "orders_account_id_idx" ON "orders" ("account_id");
