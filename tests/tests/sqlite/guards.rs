//! What stops a migration, with a sentence, before anything has changed.

use schema_core::ir::{Index, IndexKey, ReferentialAction, Table};

use crate::harness::{Case, ColumnExt as _, Says, TableExt as _, col, id, schema, table};

fn t() -> Table {
    table("t", vec![id(), col("a", "TEXT"), col("n", "INTEGER").null()])
}

async fn refused(before: Table, after: Table, rows: &str, sentence: &str) {
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.refused(sentence).await;
}

#[tokio::test]
async fn nulls_without_a_backfill_stop_a_not_null() {
    let after = t().change("n", col("n", "INTEGER"));
    let sentence = "table `t`: column `n` holds NULL, which NOT NULL forbids";
    refused(t(), after, "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', NULL)", sentence).await;
}

#[tokio::test]
async fn rows_without_a_value_stop_a_new_not_null_column() {
    let sentence = "nothing says what they get in the NOT NULL column `b`";
    refused(t(), t().with(col("b", "TEXT")), "INSERT INTO t VALUES (1, 'a', 1)", sentence).await;
    let after = schema([t().with(col("b", "TEXT"))]);
    Case::new(&schema([t()]), &after, Says::default(), "SELECT 1").await.round_trip(&[]).await;
}

#[tokio::test]
async fn a_value_that_a_conversion_would_change_stops_it() {
    let after = t().change("a", col("a", "INTEGER"));
    for value in ["'007'", "'x'", "''", "'1.5'", "x'37'"] {
        let rows = format!("INSERT INTO t VALUES (1, '7', 1), (2, {value}, 1)");
        refused(t(), after.clone(), &rows, "column `a` holds a value that INTEGER would change").await;
    }
    let after = t().change("n", col("n", "REAL").null());
    let rows = "INSERT INTO t VALUES (1, 'a', 9007199254740993)";
    refused(t(), after, rows, "column `n` holds a value that REAL would change").await;
}

#[tokio::test]
async fn a_value_of_another_class_stops_strict() {
    let mut after = t();
    after.strict = true;
    refused(t(), after, "INSERT INTO t VALUES (1, 'a', 'text')", "column `n` holds a value that INTEGER").await;
}

#[tokio::test]
async fn b38_what_the_schema_does_not_know_stops_a_rebuild() {
    let after = || t().check("a_set", "a <> ''");
    let rows = "INSERT INTO t VALUES (1, 'a', 1);";
    let sentence = |what: &str| format!("table `t` has {what} that the schema does not know");
    refused(t(), after(), &format!("{rows} CREATE INDEX mine ON t (n)"), &sentence("an index")).await;
    refused(t(), after(), &format!("{rows} ALTER TABLE t ADD COLUMN x TEXT"), &sentence("a column")).await;
    let remade = |extra: &str| {
        format!(
            "{rows} DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, n INTEGER, {extra}); {rows}"
        )
    };
    refused(t(), after(), &remade("check\n (n > 0)"), &sentence("a check")).await;
    refused(t(), after(), &remade("UNIQUE (n)"), &sentence("a unique constraint")).await;
    refused(t(), after(), &remade("FOREIGN KEY (n) REFERENCES t (id)"), &sentence("a foreign key")).await;
}

#[tokio::test]
async fn a_trigger_or_view_that_names_a_dropped_column_stops_the_drop() {
    let after = || t().without("n");
    let rows = "INSERT INTO t VALUES (1, 'a', 1);";
    for trigger in ["AFTER INSERT ON t BEGIN SELECT new.n; END", "AFTER UPDATE OF n ON t BEGIN SELECT 1; END"] {
        let sentence = "a trigger names column `n` of table `t`";
        refused(t(), after(), &format!("{rows} CREATE TRIGGER x {trigger}"), sentence).await;
        refused(t(), after().check("c", "a <> ''"), &format!("{rows} CREATE TRIGGER x {trigger}"), sentence).await;
    }
    let view = format!("{rows} CREATE VIEW v AS SELECT n FROM t");
    refused(t(), after(), &view, "error in view v").await;
    refused(t(), after().check("c", "a <> ''"), &view, "error in view v").await;
}

#[tokio::test]
async fn an_orphan_stops_a_foreign_key_and_old_orphans_do_not_matter() {
    let p = table("p", vec![id()]);
    let after = schema([t().refers("n", "p", ReferentialAction::NoAction), p.clone()]);
    let rows = "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 9)";
    let case = Case::new(&schema([t(), p.clone()]), &after, Says::default(), rows).await;
    case.refused("table `t` has rows that refer to no row of `p`; find them: SELECT").await;

    let before = t().refers("n", "p", ReferentialAction::NoAction);
    let after = before.clone().check("a_set", "a <> ''");
    let rows = format!("PRAGMA foreign_keys = OFF; {rows}; PRAGMA foreign_keys = ON");
    let mut case = Case::new(&schema([before, p.clone()]), &schema([after, p]), Says::default(), &rows).await;
    case.try_up().await.unwrap();
    assert_eq!(case.lines("SELECT n FROM t WHERE id = 2").await, ["9"]);
}

#[tokio::test]
async fn duplicates_stop_a_unique_constraint_or_index_and_are_found_by_the_query_that_it_names() {
    let rows = "INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 1), (3, 'b', NULL), (4, 'c', NULL)";
    let find = r#"SELECT "a", count(*) FROM "t" WHERE "a" IS NOT NULL GROUP BY "a" HAVING count(*) > 1"#;
    let sentence = "table `t` has rows that are equal in (a), which shall be unique; find them: SELECT";
    let mut index = Index::new("t_a_key", vec![IndexKey::column("a")]);
    index.unique = true;
    for after in [t().unique(&["a"]), t().add_index(index)] {
        let mut case = Case::new(&schema([t()]), &schema([after.clone()]), Says::default(), rows).await;
        assert_eq!(case.lines(&find.replace("\"a\", count(*)", "\"a\" || count(*)")).await, ["a2"]);
        case.refused(sentence).await;
    }
    // What an index of its own collation holds apart may be equal under the column's.
    let mut text = col("a", "TEXT");
    text.collation = Some("NOCASE".to_owned());
    let before = t().change("a", text);
    let key = IndexKey { collation: Some("BINARY".to_owned()), ..IndexKey::column("a") };
    let after = before.clone().add_index(Index { unique: true, ..Index::new("t_a_key", vec![key]) });
    let rows = "INSERT INTO t VALUES (1, 'a', 1), (2, 'A', 1)";
    Case::new(&schema([before]), &schema([after]), Says::default(), rows).await.round_trip(&[]).await;
    // NULL is equal to nothing.
    let rows = "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', 1)";
    Case::new(&schema([t()]), &schema([t().unique(&["n"])]), Says::default(), rows).await.round_trip(&[]).await;
}

#[tokio::test]
async fn rows_that_a_backfill_makes_equal_stop_the_copy_and_all_is_undone() {
    let rows =
        "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL); CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END";
    let after = t().change("n", col("n", "INTEGER")).unique(&["n"]);
    let says = Says::default().backfill("t", "n", "0");
    Case::new(&schema([t()]), &schema([after]), says, rows).await.refused("UNIQUE constraint failed").await;
}

#[tokio::test]
async fn a_rebuild_inside_a_transaction_is_refused() {
    let after = t().check("a_set", "a <> ''");
    let rows = "INSERT INTO t VALUES (1, 'a', 1)";
    let mut case = Case::new(&schema([t()]), &schema([after]), Says::default(), rows).await;
    let script = case.plan.steps[0].up.statements.join(";\n").replace("BEGIN IMMEDIATE;", "");
    let script = format!("BEGIN; {script}");
    let error = sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut case.db).await.unwrap_err();
    assert!(error.to_string().contains("foreign keys must be off here"), "{error}");
    assert_eq!(case.lines("SELECT a FROM t").await, ["a"]);
}

#[tokio::test]
async fn a_child_outside_the_schema_stops_a_drop() {
    let other = table("other", vec![id()]);
    let rows = "INSERT INTO t VALUES (1, 'a', 1);
        CREATE TABLE mine (t INTEGER REFERENCES t (id) ON DELETE CASCADE); INSERT INTO mine VALUES (1)";
    let case = Case::new(&schema([t(), other.clone()]), &schema([other]), Says::default(), rows).await;
    case.refused("a table that the schema does not know refers to table `t`").await;
}
