//! Columns that appear, go, are renamed, change their type or their NOT NULL.

use schema_core::ir::ReferentialAction;

use crate::harness::{Case, ColumnExt as _, Says, TableExt as _, col, id, schema, table};

const ROWS: &str = "INSERT INTO ev VALUES (1, 'a'), (2, 'b')";

fn ev() -> schema_core::ir::Table {
    table("ev", vec![id(), col("a", "TEXT")])
}

#[tokio::test]
async fn plain_columns_are_added_without_a_rebuild() {
    let after = ev().with(col("n", "INTEGER").null()).with(col("s", "TEXT").default("'it''s'"));
    let case = Case::new(&schema([ev()]), &schema([after]), Says::default(), ROWS).await;
    assert!(!case.rebuilds());
    case.round_trip(&[("SELECT coalesce(n, '-') || s FROM ev", &["-it's", "-it's"])]).await;
}

#[tokio::test]
async fn b40_what_add_column_refuses_on_rows_is_rebuilt() {
    let after = ev()
        .with(col("at", "TEXT").default("CURRENT_TIMESTAMP"))
        .with(col("code", "TEXT").null())
        .unique(&["code"])
        .with(col("par", "INTEGER").default("1"))
        .refers("par", "ev", ReferentialAction::NoAction)
        .with(col("len", "INTEGER").null().generated("length(a)", true));
    let case = Case::new(&schema([ev()]), &schema([after]), Says::default(), ROWS).await;
    assert!(case.rebuilds());
    case.round_trip(&[
        ("SELECT DISTINCT length(at) FROM ev", &["19"]),
        ("SELECT count(DISTINCT at) FROM ev", &["1"]),
        ("SELECT par || coalesce(code, '-') || len FROM ev", &["1-1", "1-1"]),
    ])
    .await;
}

#[tokio::test]
async fn a_nullable_reference_is_added_in_place() {
    let after = ev().with(col("par", "INTEGER").null()).refers("par", "ev", ReferentialAction::SetNull);
    let case = Case::new(&schema([ev()]), &schema([after]), Says::default(), ROWS).await;
    assert!(!case.rebuilds());
    case.round_trip(&[("SELECT par FROM ev", &["NULL", "NULL"])]).await;
}

#[tokio::test]
async fn a_not_null_column_takes_its_backfill() {
    let after = ev().with(col("b", "TEXT"));
    let says = Says::default().backfill("ev", "b", "upper(a)");
    let case = Case::new(&schema([ev()]), &schema([after]), says, ROWS).await;
    case.round_trip(&[("SELECT b FROM ev ORDER BY id", &["A", "B"])]).await;
}

#[tokio::test]
async fn nulls_take_the_backfill_when_a_column_becomes_not_null() {
    let before = ev().with(col("b", "TEXT").null());
    let after = ev().with(col("b", "TEXT"));
    let says = Says::default().backfill("ev", "b", "'was null'");
    let rows = "INSERT INTO ev VALUES (1, 'a', NULL), (2, 'b', 'kept')";
    let mut case = Case::new(&schema([before]), &schema([after]), says, rows).await;
    case.up().await;
    assert_eq!(case.lines("SELECT b FROM ev ORDER BY id").await, ["was null", "kept"]);
    case.down().await;
    assert_eq!(case.lines("SELECT \"notnull\" FROM pragma_table_info('ev') WHERE name = 'b'").await, ["0"]);
    case.up().await;
}

#[tokio::test]
async fn a_dropped_column_comes_back_empty_or_restored() {
    let before = ev().with(col("n", "INTEGER").null()).with(col("b", "TEXT"));
    let says = Says::default().restore("ev", "b", "'back'");
    let rows = "INSERT INTO ev VALUES (1, 'a', 5, 'x')";
    let mut case = Case::new(&schema([before]), &schema([ev()]), says, rows).await;
    assert!(!case.rebuilds());
    case.up().await;
    case.down().await;
    assert_eq!(case.lines("SELECT a || coalesce(n, '-') || b FROM ev").await, ["a-back"]);
    case.up().await;
    assert_eq!(case.lines("SELECT count(*) FROM pragma_table_info('ev')").await, ["2"]);
}

#[tokio::test]
async fn a_dropped_column_takes_its_indexes_and_constraints_with_it() {
    let before = ev().with(col("n", "INTEGER").null().default("3")).unique(&["n"]).check("n_small", "n < 9");
    let before = before.with(col("m", "INTEGER").null()).index("ev_m_a_idx", &["m", "a"]);
    let rows = "INSERT INTO ev (id, a) VALUES (1, 'a')";
    let case = Case::new(&schema([before]), &schema([ev()]), Says::default(), rows).await;
    case.round_trip(&[("SELECT a FROM ev", &["a"])]).await;
}

#[tokio::test]
async fn a_base_column_goes_together_with_the_column_computed_from_it() {
    let before = ev().with(col("n", "INTEGER").default("2")).with(col("t", "INTEGER").null().generated("n * 2", false));
    let case =
        Case::new(&schema([before]), &schema([ev()]), Says::default(), "INSERT INTO ev (id, a) VALUES (1, 'a')").await;
    case.round_trip(&[("SELECT a FROM ev", &["a"])]).await;
}

#[tokio::test]
async fn a_computed_expression_changes_and_is_computed_anew() {
    let with = |sql: &str| schema([ev().with(col("t", "TEXT").null().generated(sql, true)).index("ev_t_idx", &["t"])]);
    let case =
        Case::new(&with("a || 1"), &with("a || 2"), Says::default(), "INSERT INTO ev (id, a) VALUES (1, 'a')").await;
    case.round_trip(&[("SELECT t FROM ev WHERE t = 'a2'", &["a2"])]).await;
}

#[tokio::test]
async fn b09_two_columns_swap_their_names() {
    let before = table("sw", vec![id(), col("a", "INTEGER"), col("b", "INTEGER").null()]).index("sw_idx", &["a"]);
    let after = table("sw", vec![id(), col("b", "INTEGER"), col("a", "INTEGER").null()]).index("sw_idx", &["b"]);
    let says = Says::default().column("sw", "a", "b").column("sw", "b", "a");
    let case = Case::new(&schema([before]), &schema([after]), says, "INSERT INTO sw VALUES (1, 1, 2)").await;
    assert!(!case.rebuilds());
    case.round_trip(&[("SELECT a || ' ' || b FROM sw", &["2 1"])]).await;
}

#[tokio::test]
async fn a_chain_of_renames_reaches_children_checks_triggers_and_views() {
    let parent = |code: &str, old: &str| {
        let p = table("p", vec![id(), col(code, "TEXT"), col(old, "TEXT").null()]);
        p.unique(&[code]).check("code_set", &format!("length({code}) > 0"))
    };
    let child = |code: &str| {
        let mut c = table("c", vec![id(), col("p", "TEXT")]).refers("p", "p", ReferentialAction::Cascade);
        c.foreign_keys[0].referenced_columns = vec![code.to_owned()];
        c
    };
    let rename_unique = |mut p: schema_core::ir::Table| {
        p.uniques[0].name = "p_key".to_owned();
        p
    };
    let before = schema([rename_unique(parent("a", "b")), child("a")]);
    let after = schema([rename_unique(parent("b", "c")), child("b")]);
    let says = Says::default().column("p", "a", "b").column("p", "b", "c");
    let rows = "INSERT INTO p VALUES (1, 'x', 'old'); INSERT INTO c VALUES (1, 'x');
        CREATE VIEW v AS SELECT a AS it FROM p;
        CREATE TRIGGER t AFTER INSERT ON c BEGIN UPDATE p SET b = new.id WHERE a = new.p; END";
    let mut case = Case::new(&before, &after, says, rows).await;
    assert!(!case.rebuilds());
    case.up().await;
    case.run("INSERT INTO c VALUES (7, 'x')").await;
    assert_eq!(case.lines("SELECT c FROM p").await, ["7"]);
    assert_eq!(case.lines("SELECT it FROM v").await, ["x"]);
    case.down().await;
    assert_eq!(case.lines("SELECT b FROM p WHERE a = 'x'").await, ["7"]);
    case.up().await;
}

#[tokio::test]
async fn a_rename_and_a_rebuild_of_one_table_go_together() {
    let before = ev().check("a_set", "a <> ''").index("ev_a_idx", &["a"]);
    let after =
        table("ev", vec![id(), col("b", "VARCHAR(9)")]).check("a_set", "b <> ''").check("b_short", "length(b) < 9");
    let after = after.index("ev_b_idx", &["b"]);
    let says = Says::default().column("ev", "a", "b");
    let case = Case::new(&schema([before]), &schema([after]), says, ROWS).await;
    case.round_trip(&[("SELECT b FROM ev ORDER BY id", &["a", "b"])]).await;
}

#[tokio::test]
async fn b50_a_column_changes_its_case_alone() {
    let after = table("ev", vec![id(), col("A", "TEXT")]);
    let says = Says::default().column("ev", "a", "A");
    let case = Case::new(&schema([ev()]), &schema([after]), says, ROWS).await;
    case.round_trip(&[("SELECT name FROM pragma_table_info('ev')", &["id", "A"])]).await;
}

#[tokio::test]
async fn values_that_survive_are_converted_both_ways() {
    let before = table("t", vec![id(), col("a", "TEXT"), col("b", "INTEGER"), col("c", "TEXT"), col("d", "TEXT")]);
    let after = table("t", vec![id(), col("a", "INTEGER"), col("b", "TEXT"), col("c", "REAL"), col("d", "BLOB")]);
    let rows = "INSERT INTO t VALUES (1, '7', 7, '1.5', 'x'), (2, '-12', 0, '2', '')";
    let mut case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.up().await;
    let types = "SELECT typeof(a) || typeof(b) || typeof(c) || typeof(d) FROM t";
    assert_eq!(case.lines(types).await, ["integertextrealblob"; 2]);
    case.down().await;
    assert_eq!(case.lines(types).await, ["textintegertexttext"; 2]);
    assert_eq!(case.lines("SELECT a || b || d FROM t ORDER BY id").await, ["77x", "-120"]);
}

#[tokio::test]
async fn a_declared_type_of_the_same_affinity_touches_no_value() {
    let after = table("ev", vec![id(), col("a", "VARCHAR(1)")]);
    let case = Case::new(&schema([ev()]), &schema([after]), Says::default(), "INSERT INTO ev VALUES (1, 'long')").await;
    case.round_trip(&[("SELECT a FROM ev", &["long"])]).await;
}

#[tokio::test]
async fn a_down_that_would_forbid_a_null_stored_since_is_refused() {
    let after = ev().change("a", col("a", "TEXT").null());
    let mut case = Case::new(&schema([ev()]), &schema([after]), Says::default(), ROWS).await;
    case.up().await;
    case.run("INSERT INTO ev VALUES (3, NULL)").await;
    let error = case.try_down().await.unwrap_err();
    assert!(error.contains("column `a` holds NULL"), "{error}");
    case.reopen().await;
    case.run("DELETE FROM ev WHERE a IS NULL").await;
    case.down().await;
    assert_eq!(case.lines("SELECT a FROM ev").await, ["a", "b"]);
}

#[tokio::test]
async fn a_computed_column_turned_plain_keeps_what_was_computed() {
    let before = ev().with(col("b", "TEXT").null().generated("upper(a)", false));
    let after = ev().with(col("b", "TEXT").null());
    let case =
        Case::new(&schema([before]), &schema([after]), Says::default(), "INSERT INTO ev (id, a) VALUES (1, 'x')").await;
    case.round_trip(&[("SELECT b FROM ev", &["X"])]).await;
}

#[tokio::test]
async fn a_column_called_null_is_renamed_and_the_keyword_is_not() {
    let named = |column: &str, sql: &str| schema([ev().with(col(column, "REAL").null()).check("c", sql)]);
    let before = named("null", "\"null\" IS NULL OR \"null\" = 1");
    let after =
        schema([named("x", "\"x\" IS NULL OR \"x\" = 1").tables.into_values().next().unwrap().check("d", "x < 9")]);
    let says = Says::default().column("ev", "null", "x");
    let case = Case::new(&before, &after, says, "INSERT INTO ev VALUES (1, 'a', 1)").await;
    case.round_trip(&[("SELECT x FROM ev", &["1.0"])]).await;
}

#[tokio::test]
async fn a_key_column_without_rowid_that_is_in_a_unique_constraint_too_is_renamed() {
    let named = |name: &str| {
        let mut t = table("t", vec![col(name, "INTEGER"), col("b", "INTEGER")]).unique(&[name, "b"]);
        t.without_rowid = true;
        let mut c = table("c", vec![id(), col("t", "INTEGER")]).refers("t", "t", ReferentialAction::Cascade);
        c.foreign_keys[0].referenced_columns = vec![name.to_owned()];
        schema([t, c])
    };
    let says = Says::default().column("t", "a", "z");
    let case =
        Case::new(&named("a"), &named("z"), says, "INSERT INTO t VALUES (1, 2); INSERT INTO c VALUES (1, 1)").await;
    case.round_trip(&[("SELECT z || b FROM t", &["12"]), ("SELECT t FROM c", &["1"])]).await;
}
