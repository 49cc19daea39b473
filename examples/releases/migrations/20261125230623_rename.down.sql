-- Undo: alter person and 1 more (2 steps) (SQLite)
-- Data: no row changes

-- undo: rename column loan.borrower_id to person_id, rename column loan.lent_on to handed_out_on
ALTER TABLE "loan" RENAME COLUMN "handed_out_on" TO lent_on;
ALTER TABLE "loan" RENAME COLUMN "person_id" TO borrower_id;

-- undo: rename table borrower to person
ALTER TABLE "person" RENAME TO "borrower";
