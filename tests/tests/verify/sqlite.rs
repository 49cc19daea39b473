use schema_core::ir::Dialect;
use schema_runtime::verify::{Mark, Verification};

use crate::bed::{Pair, assert_clean, assert_faults, assert_survives, crashed, last, verified};

const ORGS: Pair<'_> = (
    "CREATE TABLE org (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL);
     CREATE TABLE person (id INTEGER NOT NULL PRIMARY KEY, org_id INTEGER CONSTRAINT person_org REFERENCES org (id) ON DELETE CASCADE,
         age INTEGER DEFAULT 18, note TEXT);
     CREATE INDEX person_org_idx ON person (org_id);",
    "DROP TABLE person; DROP TABLE org;",
);

/// The table anew with these columns, as SQLite's manual has it; `list` is what is copied.
fn rebuilt(columns: &str, list: &str) -> String {
    format!(
        "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE person_new ({columns});\n\
         INSERT INTO person_new ({list}) SELECT {list} FROM person;\nDROP TABLE person;\nALTER TABLE person_new RENAME TO person;\n\
         CREATE INDEX person_org_idx ON person (org_id);\nCOMMIT;\nPRAGMA foreign_keys = ON;\n"
    )
}

const BEFORE: &str = "id INTEGER NOT NULL PRIMARY KEY, org_id INTEGER CONSTRAINT person_org REFERENCES org (id) ON DELETE CASCADE, \
    age INTEGER DEFAULT 18, note TEXT";

async fn sqlite(pairs: &[Pair<'_>]) -> Verification {
    verified(Dialect::Sqlite, pairs).await
}

/// A rebuild to another type of `age`, and back by this.
async fn back_by(columns: &str, list: &str) -> Verification {
    let up = rebuilt(&BEFORE.replace("age INTEGER", "age TEXT"), "id, org_id, age, note");
    sqlite(&[ORGS, (&up, &rebuilt(columns, list))]).await
}

#[tokio::test]
async fn a_chain_that_undoes_itself_holds_with_rows_in_every_table() {
    let up = rebuilt(&BEFORE.replace("age INTEGER", "age TEXT"), "id, org_id, age, note");
    let verification = sqlite(&[
        ORGS,
        (&up, &rebuilt(BEFORE, "id, org_id, age, note")),
        ("ALTER TABLE person RENAME COLUMN note TO remark;", "ALTER TABLE person RENAME COLUMN remark TO note;"),
        ("ALTER TABLE person RENAME TO member;", "ALTER TABLE member RENAME TO person;"),
        ("ALTER TABLE org ADD COLUMN plan TEXT;", "ALTER TABLE org DROP COLUMN plan;"),
    ])
    .await;
    assert_clean(&verification);
    assert_eq!(verification.migrations.iter().map(|it| it.compared).collect::<Vec<_>>(), [0, 16, 16, 16, 16]);
}

#[tokio::test]
async fn a_forgotten_index_is_named() {
    let verification = sqlite(&[ORGS, ("DROP INDEX person_org_idx;", "SELECT 1;")]).await;
    assert_eq!(last(&verification).faults[0], "down: table person: index person_org_idx is missing");
    assert_eq!(last(&verification).rows_restored, Mark::Holds);
}

#[tokio::test]
async fn a_lost_default_is_named() {
    let verification = back_by(&BEFORE.replace(" DEFAULT 18", ""), "id, org_id, age, note").await;
    assert_faults(&verification, &["down: table person: column age default is none, expected 18"]);
}

#[tokio::test]
async fn another_action_of_a_foreign_key_is_named() {
    let verification = back_by(&BEFORE.replace("CASCADE", "SET NULL"), "id, org_id, age, note").await;
    assert_faults(
        &verification,
        &["down: table person: foreign key person_org on_delete is set_null, expected cascade"],
    );
}

#[tokio::test]
async fn another_type_is_named() {
    let verification = back_by(&BEFORE.replace("age INTEGER", "age REAL"), "id, org_id, age, note").await;
    let faults = &last(&verification).faults;
    assert_eq!(faults[0], "down: table person: column age type is REAL, expected INTEGER");
    assert!(faults[1].starts_with("down: table person: column age: "), "1 became 1.0: {faults:?}");
}

#[tokio::test]
async fn lost_values_are_named() {
    let verification = back_by(BEFORE, "id, org_id, age").await;
    let faults = &last(&verification).faults[..];
    assert!(
        matches!(faults, [one] if one.starts_with("down: table person: column note: ") && one.ends_with(" became NULL")),
        "{faults:?}"
    );
}

#[tokio::test]
async fn an_up_that_works_on_empty_tables_only_fails() {
    let (up, down) = ("ALTER TABLE person ADD COLUMN rank INTEGER NOT NULL;", "ALTER TABLE person DROP COLUMN rank;");
    let verification = sqlite(&[ORGS, (up, down)]).await;
    assert_eq!(last(&verification).up, Mark::Fails);
    assert!(
        last(&verification).faults[0].contains("Cannot add a NOT NULL column with default value NULL"),
        "{verification:#?}"
    );
}

#[tokio::test]
async fn one_without_a_way_back_is_said_to_be_so() {
    let verification = sqlite(&[ORGS, ("ALTER TABLE person DROP COLUMN note;", "")]).await;
    assert!(verification.holds(), "{verification:#?}");
    assert_eq!(last(&verification).irreversible.as_deref(), Some("it has no down file"));
}

#[tokio::test]
async fn a_runner_that_is_killed_anywhere_goes_on_to_the_same_end() {
    let up = rebuilt(&BEFORE.replace("age INTEGER", "age TEXT"), "id, org_id, age, note");
    let down = rebuilt(BEFORE, "id, org_id, age, note");
    assert_survives(&crashed(Dialect::Sqlite, &[ORGS, (&up, &down)]).await, 10);
}

#[tokio::test]
async fn what_a_kill_would_leave_half_done_is_refused_by_the_runner() {
    let up = "-- no-transaction\nALTER TABLE org ADD COLUMN a TEXT;\nALTER TABLE org ADD COLUMN b TEXT;";
    let down = "ALTER TABLE org DROP COLUMN a; ALTER TABLE org DROP COLUMN b;";
    let verification = crashed(Dialect::Sqlite, &[ORGS, (up, down)]).await;
    let fault = &last(&verification).faults[0];
    assert!(
        fault.starts_with("runner: up: ") && fault.contains("several statements outside any transaction"),
        "{fault}"
    );
}
