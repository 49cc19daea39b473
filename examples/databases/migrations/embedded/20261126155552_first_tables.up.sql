-- create table orders (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create table orders
CREATE TABLE "orders" (
    "id" INTEGER NOT NULL CONSTRAINT "orders_pkey" PRIMARY KEY AUTOINCREMENT,
    "email" TEXT NOT NULL,
    "cents" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    CONSTRAINT "orders_check" CHECK (cents > 0),
    CONSTRAINT "orders_state_check" CHECK ("state" IN ('open', 'paid'))
);
CREATE INDEX "orders_state_id_idx" ON "orders" ("state", "id");
