//! The same changes as MariaDB and MySQL write them, where the two differ.

use crate::diff::diff;
use crate::ir::{Dialect, Schema};
use crate::model::Model;
use crate::plan::plan;
use crate::renames::pending;
use crate::scan::{ScanOptions, scan};

fn model(dialect: Dialect, source: &str) -> Model {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("lib.rs"), source).unwrap();
    let options = ScanOptions {
        crate_dir: dir.path().to_path_buf(),
        roots: vec!["lib.rs".into()],
        dialect,
        cache_dir: None,
        modules: Vec::new(),
    };
    let scan = scan(&options).unwrap();
    assert_eq!(scan.findings, []);
    scan.model
}

/// The statements that lead from one source to the other.
fn statements(dialect: Dialect, from: Option<&str>, to: &str) -> String {
    let before = from.map_or_else(|| Schema::empty(dialect), |source| model(dialect, source).schema);
    let after = model(dialect, to);
    let (renames, _) = pending(&before, &std::collections::BTreeSet::new(), &after.intents);
    let changes = diff(&before, &after.schema, &renames);
    let plan = plan(&before, &after.schema, &changes, &after.intents).unwrap();
    let statements: Vec<String> = plan.steps.into_iter().flat_map(|step| step.up.statements).collect();
    statements.join(";\n")
}

const BEFORE: &str = "#[derive(Table)] #[table(check(\"n > 0\", name = \"positive\"))]
    struct Item { #[column(primary_key)] id: i64, n: i32, #[column(type = \"varchar(31)\")] name: String }";
const AFTER: &str = "#[derive(Table)]
    struct Item { #[column(primary_key)] id: i64, #[column(default = \"5\")] n: i32, #[column(type = \"varchar(80)\")] name: String }";

#[test]
fn mariadb_changes_definitions_in_an_instant() {
    insta::assert_snapshot!(statements(Dialect::MariaDb, Some(BEFORE), AFTER), @r"
    ALTER TABLE `item`
        DROP CONSTRAINT `positive`,
        MODIFY COLUMN `n` int NOT NULL DEFAULT 5,
        MODIFY COLUMN `name` varchar(80) NOT NULL,
        ALGORITHM=INSTANT
    ");
}

#[test]
fn mysql_says_in_place_and_copies_what_passes_255_bytes() {
    insta::assert_snapshot!(statements(Dialect::MySql, Some(BEFORE), AFTER), @r"
    ALTER TABLE `item`
        DROP CHECK `positive`,
        MODIFY COLUMN `n` int NOT NULL DEFAULT 5,
        MODIFY COLUMN `name` varchar(80) NOT NULL,
        ALGORITHM=COPY, LOCK=SHARED
    ");
}

const CREATED: &str = "#[derive(Table)]
    struct Item { #[column(primary_key, identity)] id: u64, #[column(type = \"text\", default = \"'x'\")] note: String,
        #[column(default = \"now()\")] at: chrono::NaiveDateTime, #[column(default = \"1 + 1\")] n: i32,
        #[column(generated = \"n + 1\", stored)] next: i64 }";

#[test]
fn mariadb_takes_texts_as_defaults_and_no_null_on_generated_columns() {
    insta::assert_snapshot!(statements(Dialect::MariaDb, None, CREATED), @r"
    CREATE TABLE `item` (
        `id` bigint unsigned NOT NULL AUTO_INCREMENT,
        `note` text NOT NULL DEFAULT 'x',
        `at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        `n` int NOT NULL DEFAULT (1 + 1),
        `next` bigint GENERATED ALWAYS AS (n + 1) STORED,
        PRIMARY KEY (`id`)
    ) ENGINE=InnoDB
    ");
}

#[test]
fn mysql_takes_texts_as_defaults_in_parentheses() {
    insta::assert_snapshot!(statements(Dialect::MySql, None, CREATED), @r"
    CREATE TABLE `item` (
        `id` bigint unsigned NOT NULL AUTO_INCREMENT,
        `note` text NOT NULL DEFAULT ('x'),
        `at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        `n` int NOT NULL DEFAULT (1 + 1),
        `next` bigint GENERATED ALWAYS AS (n + 1) STORED NOT NULL,
        PRIMARY KEY (`id`)
    ) ENGINE=InnoDB
    ");
}

#[test]
fn mysql_renames_no_column_that_something_names() {
    let from = "#[derive(Table)] #[table(check(\"n > 0\"))] struct Item { #[column(primary_key)] id: i64, n: i32 }";
    let to = "#[derive(Table)] #[table(check(\"m > 0\"))] struct Item { #[column(primary_key)] id: i64, #[column(renamed_from = \"n\")] m: i32 }";
    let messages = |dialect| {
        let (before, after) = (model(dialect, from).schema, model(dialect, to));
        let (renames, _) = pending(&before, &std::collections::BTreeSet::new(), &after.intents);
        let changes = diff(&before, &after.schema, &renames);
        let found = plan(&before, &after.schema, &changes, &after.intents).err().unwrap_or_default();
        found.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(messages(Dialect::MariaDb), [""; 0]);
    let expected = "table `item`: MySQL renames no column that the check `item_check` names: `n`";
    assert_eq!(messages(Dialect::MySql), [expected]);
}
