-- Undo: create orders and 1 more (2 steps) (PostgreSQL)
-- Data: the rows of `orders` are lost

-- undo: create table orders
DROP TABLE "public"."orders";

-- undo: create enum state
DROP TYPE "public"."state";
