//! Constraints and indexes that appear and go.

use schema_core::ir::{Deferrable, IndexKey, PrimaryKey, ReferentialAction};

use crate::harness::{Case, ColumnExt as _, Says, TableExt as _, col, id, index, schema, table};

fn t() -> schema_core::ir::Table {
    table("t", vec![id(), col("a", "TEXT"), col("n", "INTEGER")])
}

const ROWS: &str = "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)";

#[tokio::test]
async fn unique_check_and_foreign_key_are_added_in_one_rebuild() {
    let parent = table("p", vec![id()]);
    let after = t().unique(&["a", "n"]).check("n_set", "n > 0").refers("n", "p", ReferentialAction::Cascade);
    let rows = format!("INSERT INTO p VALUES (1), (2); {ROWS}");
    let case = Case::new(&schema([t(), parent.clone()]), &schema([after, parent]), Says::default(), &rows).await;
    assert_eq!(case.plan.steps.len(), 1);
    case.round_trip(&[("SELECT a || n FROM t ORDER BY id", &["x1", "y2"])]).await;
}

#[tokio::test]
async fn a_parents_new_key_comes_before_the_reference_to_it() {
    let child = |refers: bool| {
        let child = table("a_child", vec![id(), col("p", "TEXT")]);
        if refers { child.refers("p", "parent", ReferentialAction::NoAction) } else { child }
    };
    let parent = table("parent", vec![id(), col("code", "TEXT")]);
    let mut referring = child(true);
    referring.foreign_keys[0].referenced_columns = vec!["code".to_owned()];
    referring.foreign_keys[0].deferrable = Some(Deferrable::InitiallyDeferred);
    let before = schema([child(false), parent.clone()]);
    let after = schema([referring, parent.unique(&["code"])]);
    let rows = "INSERT INTO parent VALUES (1, 'x'); INSERT INTO a_child VALUES (1, 'x')";
    let case = Case::new(&before, &after, Says::default(), rows).await;
    case.round_trip(&[("SELECT p FROM a_child", &["x"])]).await;
    let case = Case::new(&after, &before, Says::default(), rows).await;
    case.round_trip(&[("SELECT p FROM a_child", &["x"])]).await;
}

#[tokio::test]
async fn indexes_come_change_and_go_without_a_rebuild() {
    let mut unique = index("t_a_idx", vec![IndexKey::column("a")]);
    let before = t().add_index(unique.clone()).index("t_old", &["n"]);
    unique.unique = true;
    let after = t().add_index(unique).index("t_new", &["n", "a"]);
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), ROWS).await;
    assert!(!case.rebuilds());
    case.round_trip(&[("SELECT name FROM pragma_index_list('t') ORDER BY name", &["t_a_idx", "t_new"])]).await;
}

#[tokio::test]
async fn a_primary_key_moves_to_other_columns() {
    let mut after = t();
    after.primary_key = Some(PrimaryKey::new("t_pkey", vec!["n".to_owned(), "a".to_owned()]));
    let case = Case::new(&schema([t()]), &schema([after]), Says::default(), ROWS).await;
    case.round_trip(&[("SELECT rowid || ' ' || id FROM t ORDER BY 1", &["1 1", "2 2"])]).await;
}

#[tokio::test]
async fn a_new_integer_key_takes_the_numbers_that_rows_have() {
    let mut before = table("t", vec![col("a", "TEXT")]);
    before.primary_key = None;
    let after = table("t", vec![id().identity(), col("a", "TEXT")]);
    let rows = "INSERT INTO t VALUES ('x'), ('y'), ('z'); DELETE FROM t WHERE a = 'y'";
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.round_trip(&[("SELECT id || a FROM t ORDER BY id", &["1x", "3z"])]).await;
}

#[tokio::test]
async fn autoincrement_comes_and_goes() {
    let after = t().change("id", id().identity());
    let case = Case::new(&schema([t()]), &schema([after]), Says::default(), ROWS).await;
    case.round_trip(&[("SELECT seq FROM sqlite_sequence WHERE name = 't'", &["2"])]).await;
}

#[tokio::test]
async fn a_collation_and_a_default_change() {
    let before = t().unique(&["a"]);
    let after = before.clone().change("a", col("a", "TEXT").collate("NOCASE").default("lower('X')"));
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), ROWS).await;
    let mut case = case.round_trip(&[("SELECT a FROM t WHERE a = 'X'", &["x"])]).await;
    assert!(sqlx::query("INSERT INTO t VALUES (3, 'X', 1)").execute(&mut case.db).await.is_err());
}
