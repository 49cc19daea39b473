-- create table total (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create table total
CREATE TABLE "total" (
    "email" TEXT NOT NULL,
    "cents" INTEGER NOT NULL,
    CONSTRAINT "total_pkey" PRIMARY KEY ("email")
) STRICT;
