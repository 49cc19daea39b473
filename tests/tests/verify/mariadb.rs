use schema_core::backfill::Backfill;
use schema_core::ir::{Column, Dialect, ObjectName, PrimaryKey, SqlType, Table};
use schema_runtime::verify::{Mark, Options, Verification};

use crate::bed::{Pair, assert_clean, assert_survives, last, verified, with};

/// Everything that a table can have and a file forget.
const ORGS: Pair<'_> = (
    "CREATE TABLE org (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL);
     CREATE TABLE person (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, org_id bigint, age int DEFAULT 18,
         note varchar(50) CHARACTER SET latin1, seen datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
         twice bigint AS (age * 2) STORED, bytes varbinary(9), KEY person_org (org_id), CONSTRAINT young CHECK (age < 1000000),
         CONSTRAINT person_org FOREIGN KEY (org_id) REFERENCES org (id) ON DELETE CASCADE);
     CREATE VIEW elder AS SELECT id, age FROM person WHERE age > 60;
     CREATE VIEW ancient AS SELECT id FROM elder WHERE age > 90;
     CREATE TRIGGER capped BEFORE UPDATE ON person FOR EACH ROW BEGIN IF NEW.age > 150 THEN SET NEW.age = 150; END IF; END;",
    "DROP VIEW ancient, elder; DROP TABLE person; DROP TABLE org;",
);

async fn mariadb(pairs: &[Pair<'_>]) -> Verification {
    verified(Dialect::MariaDb, pairs).await
}

async fn crashed(pairs: &[Pair<'_>]) -> Verification {
    with(Dialect::MariaDb, pairs, &Options { rows: 3, ..Options::default() }).await
}

#[tokio::test]
async fn a_chain_that_undoes_itself_holds_with_rows_in_every_table() {
    let verification = mariadb(&[
        ORGS,
        ("ALTER TABLE org CHANGE name title varchar(40) NOT NULL;", "ALTER TABLE org CHANGE title name varchar(40) NOT NULL;"),
        (
            "ALTER TABLE person RENAME COLUMN note TO bytes, RENAME COLUMN bytes TO note, ALGORITHM=INSTANT;",
            "ALTER TABLE person RENAME COLUMN note TO bytes, RENAME COLUMN bytes TO note, ALGORITHM=INSTANT;",
        ),
        (
            "RENAME TABLE org TO firm; ALTER TABLE firm ADD email text;",
            "ALTER TABLE firm DROP email; RENAME TABLE firm TO org;",
        ),
        (
            "DROP TRIGGER capped; CREATE OR REPLACE VIEW elder AS SELECT id, age, note FROM person WHERE age > 70;",
            "CREATE OR REPLACE VIEW elder AS SELECT id, age FROM person WHERE age > 60;
             CREATE TRIGGER capped BEFORE UPDATE ON person FOR EACH ROW BEGIN IF NEW.age > 150 THEN SET NEW.age = 150; END IF; END;",
        ),
    ])
    .await;
    assert_clean(&verification);
    let compared: Vec<usize> = verification.migrations.iter().map(|it| it.compared).collect();
    assert_eq!(compared, [0, 16, 16, 16, 16]);
    let whole = verification.whole.unwrap();
    assert_eq!([whole.up, whole.down, whole.up_again], [Mark::Holds; 3]);
}

/// An up that is right, a down that is not, and what is said of it.
#[tokio::test]
async fn what_a_down_forgets_is_named() {
    let cases: [(&str, &str, &[&str]); 9] = [
        ("ALTER TABLE person DROP bytes;", "DO 0;", &["down: table person: column bytes is missing"]),
        (
            "ALTER TABLE person DROP KEY person_org, ADD KEY other (org_id);",
            "DO 0;",
            &["down: table person: index person_org is missing"],
        ),
        (
            "ALTER TABLE person ALTER age DROP DEFAULT;",
            "DO 0;",
            &["down: table person: column age default is none, expected 18"],
        ),
        (
            "ALTER TABLE person MODIFY seen datetime NOT NULL DEFAULT CURRENT_TIMESTAMP;",
            "DO 0;",
            &["down: table person: column seen on_update is none, expected CURRENT_TIMESTAMP"],
        ),
        (
            "ALTER TABLE person MODIFY note varchar(60) CHARACTER SET latin1;",
            "ALTER TABLE person MODIFY note varchar(50);",
            &["down: table person: column note charset is none, expected latin1"],
        ),
        (
            "ALTER TABLE person DROP FOREIGN KEY person_org;",
            "ALTER TABLE person ADD CONSTRAINT person_org FOREIGN KEY (org_id) REFERENCES org (id) ON DELETE SET NULL;",
            &["down: table person: foreign key person_org on_delete is set_null, expected cascade"],
        ),
        ("ALTER TABLE person DROP CONSTRAINT young;", "DO 0;", &["down: table person: check young is missing"]),
        ("DROP TRIGGER capped;", "DO 0;", &["down: trigger capped on person is missing"]),
        ("DROP VIEW ancient;", "DO 0;", &["down: view ancient is missing"]),
    ];
    for (up, down, expected) in cases {
        let verification = mariadb(&[ORGS, (up, down)]).await;
        let last = last(&verification);
        assert_eq!(
            (last.up, last.reached, last.down, last.restored),
            (Mark::Holds, Mark::Holds, Mark::Holds, Mark::Fails),
            "{up}: {last:#?}"
        );
        assert!(expected.iter().all(|text| last.faults.iter().any(|fault| fault.starts_with(text))), "{up}: {last:#?}");
    }
}

#[tokio::test]
async fn lost_values_and_rows_are_named_and_are_no_fault_where_a_file_says_so() {
    let (up, down) = ("ALTER TABLE person DROP bytes;", "ALTER TABLE person ADD bytes varbinary(9);");
    let verification = mariadb(&[ORGS, (up, down)]).await;
    let faults = &last(&verification).faults[..];
    assert!(
        matches!(faults, [one] if one.starts_with("down: table person: column bytes: ") && one.ends_with(" became NULL")),
        "{faults:?}"
    );
    let said = format!("-- Undo\n-- Data: every row gets NULL in `person.bytes`\n\n{down}");
    let verification = mariadb(&[ORGS, (up, &said)]).await;
    assert!(verification.holds(), "{verification:#?}");
    assert_eq!((last(&verification).rows_restored, last(&verification).stated.len()), (Mark::Stated, 1));

    let (up, down) = ("ALTER TABLE org ADD plan text;", "DELETE FROM org WHERE id > 1; ALTER TABLE org DROP plan;");
    let faults = last(&mariadb(&[ORGS, (up, down)]).await).faults.join("\n");
    assert!(faults.contains("down: table org: ") && faults.contains(" of 8 rows are lost"), "{faults}");
    assert!(faults.contains("down: table person: "), "the key cascades: {faults}");
}

#[tokio::test]
async fn rows_that_a_migration_can_not_take_are_told_from_rows_that_it_must() {
    let up = "ALTER TABLE person ADD CONSTRAINT adult CHECK (age >= 18);";
    let verification = mariadb(&[ORGS, (up, "ALTER TABLE person DROP CONSTRAINT adult;")]).await;
    assert_clean(&verification);
    assert!(
        last(&verification).notes[0].starts_with("up: refuses some rows of the schema before it: "),
        "{verification:#?}"
    );
    let verification = mariadb(&[ORGS, ("DROP TABLE nobody;", "DO 0;"), ("DO 0;", "DO 0;")]).await;
    let [_, second, third] = &verification.migrations[..] else { panic!("{verification:#?}") };
    assert!(
        second.faults[0].starts_with("up: it fails on the rows of the migrations alone: Unknown table"),
        "{second:#?}"
    );
    assert_eq!(third.notes, ["not run: a migration before it fails"]);
}

/// Every statement commits by itself: what is left of a file is run, or what was done is undone.
#[tokio::test]
async fn a_runner_that_is_killed_anywhere_goes_on_to_the_same_end() {
    let up = "ALTER TABLE org ADD a int, ADD at datetime(6) NOT NULL DEFAULT NOW(6);
        SET foreign_key_checks = 0;
        UPDATE org SET a = 1;
        CREATE TRIGGER named BEFORE INSERT ON org FOR EACH ROW BEGIN IF NEW.a IS NULL THEN SET NEW.a = 2; END IF; END;
        RENAME TABLE org TO firm;";
    let down = "RENAME TABLE firm TO org; DROP TRIGGER named; DO 0; ALTER TABLE org DROP a, DROP at;";
    let table = (
        "CREATE TABLE org (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL) CHARACTER SET latin1;",
        "DROP TABLE org;",
    );
    let verification = crashed(&[table, (up, down)]).await;
    assert_survives(&verification, 5);
    let whole = verification.whole.unwrap();
    assert_eq!([whole.up, whole.down, whole.up_again], [Mark::Holds; 3]);
}

/// What a procedure commits by itself, no record can share a transaction with.
#[tokio::test]
async fn what_a_kill_leaves_half_done_is_named() {
    let table = ("CREATE TABLE org (id bigint NOT NULL PRIMARY KEY);", "DROP TABLE org;");
    let procedure = "CREATE PROCEDURE more () BEGIN INSERT INTO org SELECT COUNT(*) + 100 FROM org; COMMIT; END;";
    let down = "-- Data: rows of org stay\nDO 0;";
    let verification =
        crashed(&[table, (procedure, "DROP PROCEDURE more;"), ("-- Data: a row of org is new\nCALL more();", down)])
            .await;
    let last = last(&verification);
    let crashes = last.crashes.unwrap();
    assert!(crashes.survived < crashes.tried && !last.holds(), "{last:#?}");
    assert!(
        last.faults[0].starts_with("up: killed behind statement ") && last.faults[0].contains("table org: 1 row"),
        "{last:#?}"
    );
}

/// Batches commit one by one: a run that ended within goes on behind the last of them.
#[tokio::test]
async fn a_backfill_that_is_killed_anywhere_fills_all_rows() {
    let mut table = Table::new(ObjectName::bare("org"));
    table.columns = ["id", "name"].map(|name| Column::new(name, SqlType::builtin("bigint"))).into();
    table.primary_key = Some(PrimaryKey::new("PRIMARY", vec!["id".to_owned()]));
    let change = Backfill::new(Dialect::MariaDb, &table, "name", "UPPER(name)", "BINARY name <> UPPER(name)").unwrap();
    let up = format!("-- Data: values of org.name change\n{};\n", change.block());
    let verification = crashed(&[ORGS, (&up, "-- Data: org.name stays\nDO 0;")]).await;
    assert_survives(&verification, 4);
    assert_eq!(last(&verification).rows_kept, Mark::Stated);
}
