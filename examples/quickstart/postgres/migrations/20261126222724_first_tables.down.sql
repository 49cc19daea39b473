-- Undo: create loan and 4 more (8 steps) (PostgreSQL)
-- Data: the rows of `variety` are lost
-- Data: the rows of `member` are lost
-- Data: the rows of `lot` are lost
-- Data: the rows of `loan` are lost

-- undo: add foreign key lot_variety_id_fkey to lot
ALTER TABLE "public"."lot" DROP CONSTRAINT "lot_variety_id_fkey";

-- undo: add foreign key loan_member_id_fkey to loan
ALTER TABLE "public"."loan" DROP CONSTRAINT "loan_member_id_fkey";

-- undo: add foreign key loan_lot_id_fkey to loan
ALTER TABLE "public"."loan" DROP CONSTRAINT "loan_lot_id_fkey";

-- undo: create table variety
DROP TABLE "public"."variety";

-- undo: create table member
DROP TABLE "public"."member";

-- undo: create table lot
DROP TABLE "public"."lot";

-- undo: create table loan
DROP TABLE "public"."loan";

-- undo: create enum lot_state
DROP TYPE "public"."lot_state";
