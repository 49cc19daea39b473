-- alter person and 1 more (2 steps) (SQLite)
-- Reversible: yes
-- Data: no row changes
-- H13: RENAME COLUMN (cargo schema explain H13)
-- H49: RENAME TABLE (cargo schema explain H49)

-- rename table borrower to person
ALTER TABLE "borrower" RENAME TO "person";

-- rename column loan.borrower_id to person_id, rename column loan.lent_on to handed_out_on
ALTER TABLE "loan" RENAME COLUMN "borrower_id" TO person_id;
ALTER TABLE "loan" RENAME COLUMN "lent_on" TO handed_out_on;
