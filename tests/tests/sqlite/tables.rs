//! Tables that appear, go and are renamed.

use schema_core::ir::{ReferentialAction, Schema};

use crate::harness::{Case, ColumnExt as _, Says, TableExt as _, col, id, schema, table};

fn keep() -> schema_core::ir::Table {
    table("keep", vec![id()])
}

/// Two tables that refer to each other, one to itself, and a child of them.
fn cycle() -> Schema {
    let model = table("model", vec![id(), col("cover", "INTEGER").null()]);
    let image = table("image", vec![id(), col("model", "INTEGER")]);
    let node = table("node", vec![id(), col("up", "INTEGER").null()]);
    schema([
        keep(),
        model.refers("cover", "image", ReferentialAction::NoAction),
        image.refers("model", "model", ReferentialAction::Cascade).index("image_model_idx", &["model"]),
        node.refers("up", "node", ReferentialAction::Restrict),
        table("z_child", vec![id(), col("image", "INTEGER")]).refers("image", "image", ReferentialAction::Restrict),
    ])
}

const CYCLE_ROWS: &str = "INSERT INTO keep VALUES (1); INSERT INTO model VALUES (1, NULL);
    INSERT INTO image VALUES (1, 1); UPDATE model SET cover = 1; INSERT INTO node VALUES (1, NULL), (2, 1);
    INSERT INTO z_child VALUES (1, 1)";

#[tokio::test]
async fn b25_tables_in_a_circle_are_dropped_with_their_rows_and_come_back() {
    let mut case = Case::new(&cycle(), &schema([keep()]), Says::default(), CYCLE_ROWS).await;
    case.up().await;
    assert_eq!(case.lines("SELECT count(*) FROM keep").await, ["1"]);
    case.down().await;
    case.run(&CYCLE_ROWS.replace("INSERT INTO keep VALUES (1);", "")).await;
    case.up().await;
}

#[tokio::test]
async fn b25_tables_in_a_circle_are_created_and_taken_away_with_their_rows() {
    let mut case = Case::new(&schema([keep()]), &cycle(), Says::default(), "SELECT 1").await;
    case.up().await;
    case.run(CYCLE_ROWS).await;
    case.down().await;
    assert_eq!(case.lines("SELECT count(*) FROM keep").await, ["1"]);
    case.up().await;
}

#[tokio::test]
async fn a_dropped_parent_leaves_the_rows_of_a_child_that_stays() {
    let child = || table("child", vec![id(), col("keep", "INTEGER").null()]);
    let before = schema([keep(), child().refers("keep", "keep", ReferentialAction::Cascade)]);
    let rows = "INSERT INTO keep VALUES (1); INSERT INTO child VALUES (1, 1)";
    let mut case = Case::new(&before, &schema([child()]), Says::default(), rows).await;
    case.up().await;
    assert_eq!(case.lines("SELECT keep FROM child").await, ["1"]);
    let error = case.try_down().await.unwrap_err();
    assert!(
        error.contains("table `child` has rows that refer to no row of `keep`"),
        "the parent comes back empty: {error}"
    );
}

#[tokio::test]
async fn acyclic_tables_are_dropped_children_first_in_a_plain_transaction() {
    let child = table("a_child", vec![id(), col("keep", "INTEGER")]).refers("keep", "keep", ReferentialAction::Cascade);
    let other = table("other", vec![id()]);
    let rows = "INSERT INTO keep VALUES (1); INSERT INTO a_child VALUES (1, 1)";
    let before = schema([keep(), child, other.clone()]);
    let mut case = Case::new(&before, &schema([other]), Says::default(), rows).await;
    assert!(case.plan.steps.iter().all(|step| !step.up.no_transaction));
    case.up().await;
    case.down().await;
    case.up().await;
}

#[tokio::test]
async fn a_renamed_table_keeps_rows_children_and_triggers() {
    let named = |name: &str| {
        let mut parent = table(name, vec![id(), col("a", "TEXT").default("'x'")]).index("p_a_idx", &["a"]);
        parent.primary_key.as_mut().unwrap().name = "the_key".to_owned();
        let child = table("child", vec![id(), col("p", "INTEGER")]).refers("p", name, ReferentialAction::Cascade);
        schema([parent, child])
    };
    let rows = "INSERT INTO old VALUES (1, 'a'); INSERT INTO child VALUES (1, 1);
        CREATE TRIGGER t AFTER INSERT ON child BEGIN UPDATE old SET a = 'seen' WHERE id = new.p; END";
    let case = Case::new(&named("old"), &named("new one"), Says::default().table("old", "new one"), rows).await;
    assert!(!case.rebuilds());
    let mut case = case.round_trip(&[("SELECT a FROM \"new one\"", &["a"])]).await;
    case.run("INSERT INTO child VALUES (2, 1)").await;
    assert_eq!(case.lines("SELECT a FROM \"new one\"").await, ["seen"]);
}

#[tokio::test]
async fn derived_names_follow_a_renamed_table() {
    let named = |name: &str| schema([table(name, vec![id(), col("a", "TEXT")]).unique(&["a"])]);
    let says = Says::default().table("old", "new");
    let case = Case::new(&named("old"), &named("new"), says, "INSERT INTO old VALUES (1, 'a')").await;
    case.round_trip(&[("SELECT a FROM \"new\"", &["a"])]).await;
}

#[tokio::test]
async fn b50_a_table_changes_its_case_alone() {
    let named = |name: &str| {
        let child = table("child", vec![id(), col("p", "INTEGER")]).refers("p", name, ReferentialAction::Cascade);
        schema([table(name, vec![id()]), child])
    };
    let rows = "INSERT INTO Item VALUES (1); INSERT INTO child VALUES (1, 1)";
    let case = Case::new(&named("Item"), &named("item"), Says::default().table("Item", "item"), rows).await;
    case.round_trip(&[("SELECT name FROM sqlite_schema WHERE type = 'table' AND lower(name) = 'item'", &["item"])])
        .await;
}

#[tokio::test]
async fn two_tables_swap_their_names() {
    let a = |name: &str| table(name, vec![id(), col("a", "TEXT")]);
    let b = |name: &str| table(name, vec![id(), col("b", "TEXT")]);
    let says = Says::default().table("x", "y").table("y", "x");
    let rows = "INSERT INTO x VALUES (1, 'a'); INSERT INTO y VALUES (2, 'b')";
    let case = Case::new(&schema([a("x"), b("y")]), &schema([a("y"), b("x")]), says, rows).await;
    case.round_trip(&[("SELECT a FROM y", &["a"]), ("SELECT b FROM x", &["b"])]).await;
}

#[tokio::test]
async fn everything_changes_at_once() {
    let before = schema([
        table("gone", vec![id(), col("keep", "INTEGER")]).refers("keep", "keep", ReferentialAction::Cascade),
        keep(),
        table("old", vec![id(), col("a", "TEXT"), col("gone", "INTEGER").null()]).refers(
            "gone",
            "gone",
            ReferentialAction::SetNull,
        ),
    ]);
    let after = schema([
        keep().with(col("new", "INTEGER").null()).refers("new", "new", ReferentialAction::SetNull),
        table("new", vec![id(), col("b", "TEXT"), col("fresh", "INTEGER").null()]).refers(
            "fresh",
            "fresh",
            ReferentialAction::Cascade,
        ),
        table("fresh", vec![id(), col("keep", "INTEGER").null()]).refers("keep", "keep", ReferentialAction::Cascade),
    ]);
    let says = Says::default().table("old", "new").column("new", "a", "b");
    let rows = "INSERT INTO keep VALUES (1); INSERT INTO gone VALUES (1, 1); INSERT INTO old VALUES (1, 'x', NULL)";
    let mut case = Case::new(&before, &after, says, rows).await;
    for _ in 0..2 {
        case.up().await;
        assert_eq!(case.lines("SELECT b FROM \"new\"").await, ["x"]);
        assert_eq!(case.lines("SELECT count(*) FROM keep").await, ["1"]);
        case.down().await;
        assert_eq!(case.lines("SELECT a FROM old").await, ["x"]);
    }
}

#[tokio::test]
async fn a_renamed_table_takes_the_name_of_a_dropped_one() {
    let child = |parent: &str| {
        table("child", vec![id(), col("p", "INTEGER").null()]).refers("p", parent, ReferentialAction::Cascade)
    };
    let before = schema([
        table("taken", vec![id(), col("old", "TEXT")]),
        table("other", vec![id(), col("new", "TEXT")]),
        child("other"),
    ]);
    let after = schema([table("taken", vec![id(), col("new", "TEXT")]), child("taken")]);
    let rows =
        "INSERT INTO taken VALUES (1, 'gone'); INSERT INTO other VALUES (1, 'kept'); INSERT INTO child VALUES (1, 1)";
    let mut case = Case::new(&before, &after, Says::default().table("other", "taken"), rows).await;
    for _ in 0..2 {
        case.up().await;
        assert_eq!(case.lines("SELECT new FROM taken").await, ["kept"]);
        case.down().await;
        assert_eq!(case.lines("SELECT count(old) FROM taken").await, ["0"]);
        assert_eq!(case.lines("SELECT new FROM other JOIN child ON child.p = other.id").await, ["kept"]);
    }
}

#[tokio::test]
async fn a_parent_loses_its_key_while_its_child_goes() {
    let child = table("c", vec![id()]).refers("id", "keep", ReferentialAction::NoAction);
    let mut keyless = keep();
    keyless.primary_key = None;
    let rows = "INSERT INTO keep VALUES (1); INSERT INTO c VALUES (1)";
    let mut case = Case::new(&schema([keep(), child]), &schema([keyless]), Says::default(), rows).await;
    case.up().await;
    case.down().await;
    case.up().await;
    assert_eq!(case.lines("SELECT id FROM keep").await, ["1"]);
}
