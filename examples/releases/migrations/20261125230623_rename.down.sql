-- Down: undoes rename column loan.borrower_id to person_id, rename column loan.lent_on to handed_out_on; rename table borrower to person (SQLite)
-- Data: no row changes.
-- Hazard H13: see `cargo schema explain H13`
-- Hazard H49: see `cargo schema explain H49`

-- rename column loan.borrower_id to person_id, rename column loan.lent_on to handed_out_on
ALTER TABLE "loan" RENAME COLUMN "handed_out_on" TO "lent_on";
ALTER TABLE "loan" RENAME COLUMN "person_id" TO "borrower_id";

-- rename table borrower to person
ALTER TABLE "person" RENAME TO "borrower";
