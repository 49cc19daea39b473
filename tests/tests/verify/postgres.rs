use schema_core::backfill::Backfill;
use schema_core::ir::{Column, Dialect, ObjectName, PrimaryKey, SqlType, Table};
use schema_runtime::sides::Side;
use schema_runtime::verify::{Chain, Mark, Options, Point, Verification, verify};

use crate::bed::{
    Pair, assert_clean, assert_faults, assert_survives, bench, crashed, last, migrations, verified, with,
};

const ORGS: Pair<'_> = (
    "CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL);
     CREATE TABLE person (id bigint PRIMARY KEY, org_id bigint REFERENCES org ON DELETE CASCADE, age integer DEFAULT 18, note varchar(50));
     CREATE INDEX person_org ON person (org_id);",
    "DROP TABLE person; DROP TABLE org;",
);

async fn postgres(pairs: &[Pair<'_>]) -> Verification {
    verified(Dialect::Postgres, pairs).await
}

#[tokio::test]
async fn a_chain_that_undoes_itself_holds_with_rows_in_every_table() {
    let verification = postgres(&[
        ORGS,
        ("ALTER TABLE person RENAME note TO remark;", "ALTER TABLE person RENAME remark TO note;"),
        (
            "ALTER TABLE person RENAME TO member; ALTER TABLE member ADD email text;",
            "ALTER TABLE member DROP email; ALTER TABLE member RENAME TO person;",
        ),
        (
            "-- no-transaction\nCREATE INDEX CONCURRENTLY member_email ON member (email);",
            "-- no-transaction\nDROP INDEX CONCURRENTLY member_email;",
        ),
        ("ALTER TABLE member ALTER age TYPE bigint;", "ALTER TABLE member ALTER age TYPE integer;"),
    ])
    .await;
    assert_clean(&verification);
    let compared: Vec<usize> = verification.migrations.iter().map(|it| it.compared).collect();
    assert_eq!(compared, [0, 16, 16, 16, 16]);
    assert_eq!(verification.migrations[1].rows.tables["person"], 8);
}

#[tokio::test]
async fn a_forgotten_index_is_named() {
    let verification = postgres(&[ORGS, ("DROP INDEX person_org;", "SELECT 1;")]).await;
    assert_faults(
        &verification,
        &[
            "down: table person: index person_org is missing",
            "second up: it fails: index \"person_org\" does not exist",
        ],
    );
    let last = last(&verification);
    assert_eq!(
        [last.up, last.down, last.restored, last.rows_restored],
        [Mark::Holds, Mark::Holds, Mark::Fails, Mark::Holds]
    );
}

#[tokio::test]
async fn a_lost_default_is_named() {
    let up = "ALTER TABLE person ALTER age DROP DEFAULT;";
    assert_faults(
        &postgres(&[ORGS, (up, "SELECT 1;")]).await,
        &["down: table person: column age default is none, expected 18"],
    );
}

#[tokio::test]
async fn another_action_of_a_foreign_key_is_named() {
    let (up, down) = (
        "ALTER TABLE person DROP CONSTRAINT person_org_id_fkey;",
        "ALTER TABLE person ADD CONSTRAINT person_org_id_fkey FOREIGN KEY (org_id) REFERENCES org ON DELETE SET NULL;",
    );
    assert_faults(
        &postgres(&[ORGS, (up, down)]).await,
        &["down: table person: foreign key person_org_id_fkey on_delete is set_null, expected cascade"],
    );
}

#[tokio::test]
async fn another_type_is_named() {
    let (up, down) = ("ALTER TABLE person ALTER age TYPE bigint;", "ALTER TABLE person ALTER age TYPE numeric;");
    assert_faults(
        &postgres(&[ORGS, (up, down)]).await,
        &["down: table person: column age type is numeric, expected integer"],
    );
}

#[tokio::test]
async fn lost_values_are_named_and_are_no_fault_where_a_file_says_so() {
    let (up, down) = ("ALTER TABLE person DROP note;", "ALTER TABLE person ADD note varchar(50);");
    let verification = postgres(&[ORGS, (up, down)]).await;
    let fault = &last(&verification).faults[..];
    assert!(
        matches!(fault, [one] if one.starts_with("down: table person: column note: ") && one.ends_with(" became NULL")),
        "{fault:?}"
    );
    let said = format!("-- Undo\n-- Data: every row gets NULL in `person.note`\n\n{down}");
    let verification = postgres(&[ORGS, (up, &said)]).await;
    assert!(verification.holds(), "{verification:#?}");
    assert_eq!((last(&verification).rows_restored, last(&verification).stated.len()), (Mark::Stated, 1));
}

#[tokio::test]
async fn lost_rows_are_counted_by_table() {
    let (up, down) = ("ALTER TABLE org ADD plan text;", "DELETE FROM org WHERE id > 1; ALTER TABLE org DROP plan;");
    let verification = postgres(&[ORGS, (up, down)]).await;
    let faults = last(&verification).faults.join("\n");
    assert!(faults.contains("down: table org: ") && faults.contains(" of 8 rows are lost"), "{faults}");
    assert!(faults.contains("down: table person: "), "the key cascades: {faults}");
}

#[tokio::test]
async fn an_up_that_works_on_empty_tables_only_fails() {
    let (up, down) = ("ALTER TABLE person ADD rank integer NOT NULL;", "ALTER TABLE person DROP rank;");
    assert_faults(
        &postgres(&[ORGS, (up, down)]).await,
        &["up: it fails on rows: column \"rank\" of relation \"person\" contains null values"],
    );
}

#[tokio::test]
async fn an_up_that_refuses_some_rows_is_tried_on_those_that_it_takes() {
    let (up, down) =
        ("ALTER TABLE person ADD CONSTRAINT adult CHECK (age >= 18);", "ALTER TABLE person DROP CONSTRAINT adult;");
    let verification = postgres(&[ORGS, (up, down)]).await;
    assert_clean(&verification);
    let last = last(&verification);
    assert_eq!(
        last.notes,
        [
            "up: refuses some rows of the schema before it: check constraint \"adult\" of relation \"person\" is violated by some row"
        ]
    );
    assert_eq!(last.rows.tables["person"], 8);
}

#[tokio::test]
async fn an_up_whose_catalog_depends_on_rows_fails() {
    let up = "DO $$ BEGIN IF EXISTS (SELECT FROM person) THEN CREATE INDEX person_age ON person (age); END IF; END $$;";
    let faults = postgres(&[ORGS, (up, "DROP INDEX IF EXISTS person_age;")]).await.migrations.pop().unwrap().faults;
    assert_eq!(
        faults,
        [
            "up: table person: index person_age is there and shouldn't be",
            "second up: table person: index person_age is there and shouldn't be"
        ]
    );
}

#[tokio::test]
async fn a_data_migration_may_change_what_it_says_and_nothing_else() {
    let up = "UPDATE org SET name = upper(name);";
    let down = "-- Undo\n-- Data: nothing tells what `org.name` held\nSELECT 1;";
    let verification = postgres(&[ORGS, (up, down)]).await;
    assert!(verification.holds(), "{verification:#?}");
    assert_eq!([last(&verification).rows_kept, last(&verification).rows_restored], [Mark::Stated, Mark::Stated]);
    let verification = postgres(&[ORGS, (up, "SELECT 1;")]).await;
    assert!(last(&verification).faults[0].starts_with("down: table org: column name: "), "{verification:#?}");
}

#[tokio::test]
async fn one_without_a_way_back_is_said_to_be_so() {
    for (down, why) in [
        ("", "it has no down file"),
        ("-- nothing\n", "its down file holds no statement"),
        ("-- Irreversible: the key is gone\nDO $$ BEGIN RAISE 'no'; END $$;", "the key is gone"),
    ] {
        let verification = postgres(&[ORGS, ("ALTER TABLE person DROP note;", down)]).await;
        assert!(verification.holds(), "{verification:#?}");
        let last = last(&verification);
        assert_eq!(
            (last.irreversible.as_deref(), last.up, last.down, last.up_again),
            (Some(why), Mark::Holds, Mark::NotRun, Mark::NotRun)
        );
    }
}

#[tokio::test]
async fn what_follows_a_migration_that_fails_is_not_run() {
    let verification = postgres(&[ORGS, ("DROP TABLE nobody;", "SELECT 1;"), ("SELECT 1;", "SELECT 1;")]).await;
    assert!(!verification.holds());
    let [_, second, third] = &verification.migrations[..] else { panic!("{verification:#?}") };
    assert_eq!(second.faults, ["up: it fails on the rows of the migrations alone: table \"nobody\" does not exist"]);
    assert_eq!(third.notes, ["not run: a migration before it fails"]);
}

#[tokio::test]
async fn only_the_versions_that_are_asked_for_are_verified() {
    let options = Options { only: [2].into(), crash: false, ..Options::default() };
    let verification = with(
        Dialect::Postgres,
        &[ORGS, ("ALTER TABLE org ADD a int;", "ALTER TABLE org DROP a;"), ("SELECT 1;", "SELECT 1;")],
        &options,
    )
    .await;
    assert_clean(&verification);
    assert_eq!(verification.migrations.iter().map(|it| it.version).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_snapshot_that_says_something_else_is_named() {
    let bench = bench(Dialect::Postgres).await;
    let text = ORGS.0.replace("DEFAULT 18", "DEFAULT 21");
    let side = Side::Sql { name: "snapshot.sql".to_owned(), text, dialect: None };
    let schema = side.read(&bench).await.unwrap().schema;
    let migrations = migrations(&[ORGS]);
    let points = vec![Point { version: 1, label: "the base".to_owned(), schema }];
    let chain = Chain { migrations: &migrations, points };
    let verification = verify(&bench, &chain, &Options::default(), &mut |_| {}).await.unwrap();
    assert_faults(
        &verification,
        &["up: other than the base says: table person: column age default is 18, expected 21"],
    );
}

#[tokio::test]
async fn a_runner_that_is_killed_anywhere_goes_on_to_the_same_end() {
    let verification = crashed(
        Dialect::Postgres,
        &[
            ORGS,
            (
                "-- no-transaction\nCREATE INDEX CONCURRENTLY org_name ON org (name);",
                "-- no-transaction\nDROP INDEX CONCURRENTLY org_name;",
            ),
            (
                "ALTER TABLE org ADD at timestamptz NOT NULL DEFAULT clock_timestamp(), ADD token uuid DEFAULT gen_random_uuid();",
                "ALTER TABLE org DROP at, DROP token;",
            ),
        ],
    )
    .await;
    assert_survives(&verification, 10);
    let whole = verification.whole.unwrap();
    assert_eq!([whole.up, whole.down, whole.up_again], [Mark::Holds; 3]);
    assert_eq!(whole.down_to, 0);
}

#[tokio::test]
async fn a_backfill_that_is_killed_anywhere_fills_all_rows() {
    let mut table = Table::new(ObjectName::qualified("public", "org"));
    table.columns = ["id", "name"].map(|name| Column::new(name, SqlType::builtin("bigint"))).into();
    table.primary_key = Some(PrimaryKey::new("org_pkey", vec!["id".to_owned()]));
    let block = Backfill::new(Dialect::Postgres, &table, "name", "upper(name)", "name <> upper(name)").unwrap().block();
    let up = format!("-- no-transaction\n-- Data: values of org.name change\n{block};\n");
    let verification = crashed(Dialect::Postgres, &[ORGS, (&up, "-- Data: org.name stays\nSELECT 1;")]).await;
    assert_survives(&verification, 10);
    assert_eq!(last(&verification).rows_kept, Mark::Stated);
}

#[tokio::test]
async fn what_a_kill_leaves_half_done_is_named() {
    let up =
        "-- no-transaction\nDO $$ BEGIN INSERT INTO org SELECT count(*) + 100, 'one more' FROM org; COMMIT; END $$;";
    let verification = crashed(Dialect::Postgres, &[ORGS, (up, "-- Data: rows of org stay\nSELECT 1;")]).await;
    let last = last(&verification);
    let crashes = last.crashes.unwrap();
    assert!(crashes.survived < crashes.tried && !last.holds(), "{last:#?}");
    assert!(
        last.faults[0].starts_with("up: killed behind statement ") && last.faults[0].contains("table org: 1 row"),
        "{last:#?}"
    );
    assert!(verification.whole.is_none());
}

#[tokio::test]
async fn together_they_go_back_as_far_as_there_is_a_way() {
    let verification = postgres(&[
        ORGS,
        ("ALTER TABLE person DROP note;", "-- nothing"),
        ("ALTER TABLE org ADD plan text;", "ALTER TABLE org DROP plan;"),
    ])
    .await;
    assert!(verification.holds(), "{verification:#?}");
    let whole = verification.whole.unwrap();
    assert_eq!((whole.down_to, whole.down, whole.up_again), (2, Mark::Holds, Mark::Holds));
}

/// A server that ends in the middle is an error, and no fault of a migration.
#[tokio::test]
async fn a_server_that_ends_is_an_error() {
    let bench = bench(Dialect::Postgres).await;
    let up = "SELECT pg_terminate_backend(pg_backend_pid());";
    let migrations = migrations(&[(up, "SELECT 1;")]);
    let chain = Chain { migrations: &migrations, points: Vec::new() };
    let error = verify(&bench, &chain, &Options::default(), &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.starts_with("a scratch database fails: "), "{error}");
}

#[tokio::test]
async fn times_that_a_clock_skips_are_among_the_rows() {
    let table = ("CREATE TABLE visit (id bigint PRIMARY KEY, at timestamp NOT NULL);", "DROP TABLE visit;");
    let up = "ALTER TABLE visit ALTER at TYPE timestamptz USING at AT TIME ZONE 'Europe/Berlin';";
    let down = "ALTER TABLE visit ALTER at TYPE timestamp USING at AT TIME ZONE 'Europe/Berlin';";
    assert_faults(
        &postgres(&[table, (up, down)]).await,
        &["down: table visit: column at: 1 of 8 values differ, \"2024-03-31 02:30:00\" became \"2024-03-31 03:30:00\""],
    );
}

#[tokio::test]
async fn the_largest_numbers_and_the_longest_texts_are_among_the_rows() {
    let (up, down) = ("ALTER TABLE person ALTER age TYPE real;", "ALTER TABLE person ALTER age TYPE integer;");
    assert_faults(&postgres(&[ORGS, (up, down)]).await, &["down: it fails on rows: integer out of range"]);
    let up = "ALTER TABLE person ALTER note TYPE varchar(49) USING left(note, 49);";
    let verification = postgres(&[ORGS, (up, "ALTER TABLE person ALTER note TYPE varchar(50);")]).await;
    let faults = &last(&verification).faults[..];
    assert!(
        matches!(faults, [one] if one.starts_with("down: table person: column note: 1 of 8 values differ, \"𝄞")),
        "{faults:?}"
    );
}

#[tokio::test]
async fn cycles_get_rows_where_they_can_and_are_named_where_they_cannot() {
    let cycle = |null: &str| {
        format!(
            "CREATE TABLE a (id int PRIMARY KEY, b int {null}); CREATE TABLE b (id int PRIMARY KEY, a int {null} REFERENCES a);
             ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;"
        )
    };
    let down = "ALTER TABLE a DROP b; DROP TABLE b; DROP TABLE a;";
    let next = ("ALTER TABLE a ADD c int;", "ALTER TABLE a DROP c;");
    let verification = postgres(&[(&cycle(""), down), next]).await;
    assert_clean(&verification);
    assert_eq!(last(&verification).compared, 16);
    let verification = postgres(&[(&cycle("NOT NULL"), down), next]).await;
    assert_clean(&verification);
    let lacking = last(&verification).rows.lacking.join("\n");
    assert!(lacking.contains("a: 0 of 8 rows") && lacking.contains("violates foreign key constraint"), "{lacking}");
}

#[tokio::test]
async fn a_seed_gives_the_same_rows_every_time_and_another_one_others() {
    let up = "UPDATE org SET name = name || '!';";
    let chain = [ORGS, (up, "SELECT 1;")];
    let mut said = Vec::new();
    for seed in [0, 0, 3] {
        let options = Options { seed, crash: false, ..Options::default() };
        said.push(last(&with(Dialect::Postgres, &chain, &options).await).faults.clone());
    }
    assert_eq!(said[0], said[1]);
    assert_ne!(said[0], said[2]);
}
