-- create table inspection (SQLite)
-- Reversible: yes
-- Data: no row changes

-- create table inspection
CREATE TABLE "inspection" (
    "device_id" INTEGER NOT NULL,
    "done_on" TEXT NOT NULL,
    "passed" BOOLEAN NOT NULL,
    CONSTRAINT "inspection_pkey" PRIMARY KEY ("device_id", "done_on"),
    CONSTRAINT "inspection_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device" ("id") ON DELETE CASCADE
);
