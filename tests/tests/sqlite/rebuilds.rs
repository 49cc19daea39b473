//! What a rebuild keeps: children, triggers, views, indexes, counters, row numbers.

use schema_core::ir::{IndexKey, IndexTarget, ReferentialAction};

use crate::harness::{Case, ColumnExt as _, Says, TableExt as _, col, id, index, schema, table};

const ROOM: &str = "INSERT INTO room VALUES (1, 'a');";

async fn parent_with(on_delete: ReferentialAction) {
    let room = table("room", vec![id(), col("mode", "TEXT").default("'draft'")]);
    let note = table("note", vec![id(), col("room_id", "INTEGER").null()]).refers("room_id", "room", on_delete);
    let after = room.clone().change("mode", col("mode", "TEXT").default("'final'"));
    let rows = format!("{ROOM} INSERT INTO note VALUES (1, 1), (2, 1)");
    let case = Case::new(&schema([room, note.clone()]), &schema([after, note]), Says::default(), &rows).await;
    assert!(case.rebuilds());
    let mut case = case
        .round_trip(&[
            ("SELECT count(*) FROM room", &["1"]),
            ("SELECT room_id FROM note", &["1", "1"]),
            ("SELECT dflt_value FROM pragma_table_info('room') WHERE name = 'mode'", &["'final'"]),
        ])
        .await;
    case.run("INSERT INTO room (id) VALUES (2); DELETE FROM room WHERE id = 2").await;
    let orphan = sqlx::query("INSERT INTO note VALUES (3, 99)").execute(&mut case.db).await;
    assert!(orphan.unwrap_err().to_string().contains("FOREIGN KEY"), "the child's key still works");
}

#[tokio::test]
async fn b01_a_rebuilt_parent_keeps_the_rows_of_cascading_children() {
    parent_with(ReferentialAction::Cascade).await;
}

#[tokio::test]
async fn b01_a_rebuilt_parent_keeps_the_references_of_children_set_to_null() {
    parent_with(ReferentialAction::SetNull).await;
}

#[tokio::test]
async fn b01_a_rebuilt_parent_keeps_children_without_an_action() {
    parent_with(ReferentialAction::NoAction).await;
    parent_with(ReferentialAction::Restrict).await;
}

#[tokio::test]
async fn a_table_that_refers_to_itself_is_rebuilt_with_its_references() {
    let node = table("node", vec![id(), col("up", "INTEGER").null(), col("t", "TEXT").default("'x'")]);
    let node = node.refers("up", "node", ReferentialAction::Cascade);
    let after = node.clone().change("t", col("t", "TEXT").default("'y'"));
    let rows = "INSERT INTO node VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c')";
    let mut case = Case::new(&schema([node]), &schema([after]), Says::default(), rows)
        .await
        .round_trip(&[
            ("SELECT up FROM node ORDER BY id", &["NULL", "1", "2"]),
            ("SELECT \"table\" FROM pragma_foreign_key_list('node')", &["node"]),
        ])
        .await;
    case.run("DELETE FROM node WHERE id = 1").await;
    assert_eq!(case.lines("SELECT count(*) FROM node").await, ["0"], "the cascade still works");
}

#[tokio::test]
async fn a_rebuild_never_gives_a_deleted_rows_number_again() {
    let before = table("t", vec![id().identity(), col("a", "TEXT")]);
    let after = before.clone().check("a_long", "length(a) > 0");
    let rows = "INSERT INTO t (a) VALUES ('x'), ('y'), ('z'); DELETE FROM t WHERE id > 1";
    let mut case = Case::new(&schema([before]), &schema([after]), Says::default(), rows)
        .await
        .round_trip(&[("SELECT seq FROM sqlite_sequence WHERE name = 't'", &["3"])])
        .await;
    case.run("INSERT INTO t (a) VALUES ('new')").await;
    assert_eq!(case.lines("SELECT id FROM t").await, ["1", "4"]);
}

#[tokio::test]
async fn a_rebuild_of_an_emptied_table_keeps_its_counter() {
    let before = table("t", vec![id().identity(), col("a", "TEXT")]);
    let after = before.clone().check("a_long", "length(a) > 0");
    let rows = "INSERT INTO t (a) VALUES ('x'), ('y'); DELETE FROM t";
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.round_trip(&[("SELECT seq FROM sqlite_sequence", &["2"])]).await;
}

#[tokio::test]
async fn rows_without_an_integer_key_keep_their_numbers() {
    let before = table("t", vec![col("k", "TEXT"), col("rowid", "TEXT").null(), col("a", "INTEGER")]);
    let after = before.clone().check("a_positive", "a > 0");
    let rows = "INSERT INTO t VALUES ('x', 'r', 1), ('y', 'r', 2), ('z', 'r', 3); DELETE FROM t WHERE k = 'y'";
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.round_trip(&[("SELECT _rowid_ || k || \"rowid\" FROM t ORDER BY 1", &["1xr", "3zr"])]).await;
}

#[tokio::test]
async fn b38_triggers_that_the_schema_does_not_know_are_carried_over() {
    let w = table("w", vec![id(), col("n", "INTEGER"), col("t", "TEXT")]).check("n_over_5", "n > 5");
    let w = w.unique(&["t"]).index("w_n_idx", &["n"]);
    let parent = table("p", vec![id()]);
    let log = table("log", vec![id(), col("what", "TEXT")]);
    let after = w.clone().refers("n", "p", ReferentialAction::NoAction);
    let rows = "INSERT INTO p VALUES (6), (7); INSERT INTO w VALUES (1, 6, 'a'), (2, 7, 'b');
        CREATE TRIGGER \"w's own\" AFTER INSERT ON w BEGIN INSERT INTO log (what) VALUES ('w ' || new.t); END;
        CREATE TRIGGER other AFTER INSERT ON p BEGIN UPDATE w SET t = t || '!' WHERE n = new.id; END;
        CREATE VIEW seen AS SELECT t FROM w";
    let (before, after) = (schema([w, parent.clone(), log.clone()]), schema([after, parent, log]));
    let case = Case::new(&before, &after, Says::default(), rows).await;
    let mut case = case
        .round_trip(&[
            (
                "SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name",
                &["other", "seen", "w's own"],
            ),
            ("SELECT t FROM seen ORDER BY t", &["a", "b"]),
        ])
        .await;
    for round in ["open", "reopened"] {
        case.run("INSERT INTO p (id) VALUES ((SELECT max(id) + 1 FROM p)); DELETE FROM log").await;
        case.run(&format!("INSERT INTO w VALUES (NULL, (SELECT max(id) FROM p), '{round}')")).await;
        assert_eq!(case.lines("SELECT what FROM log").await, [format!("w {round}")]);
        assert_eq!(case.lines("PRAGMA integrity_check").await, ["ok"]);
        case.reopen().await;
    }
}

#[tokio::test]
async fn partial_unique_expression_and_descending_indexes_survive() {
    let lower = IndexKey { target: IndexTarget::Expression("lower(a)".to_owned()), ..IndexKey::column("a") };
    let nocase = IndexKey { collation: Some("NOCASE".to_owned()), descending: true, ..IndexKey::column("a") };
    let mut partial = index("t_partial", vec![IndexKey::column("b")]);
    partial.predicate = Some("b > 0".to_owned());
    let mut unique = index("t_unique", vec![lower]);
    unique.unique = true;
    let before = table("t", vec![id(), col("a", "TEXT"), col("b", "INTEGER")]);
    let before = before.add_index(partial).add_index(unique).add_index(index("t_nocase", vec![nocase]));
    let after = before.clone().change("b", col("b", "INTEGER").null());
    let rows = "INSERT INTO t VALUES (1, 'A', 1), (2, 'b', -1)";
    let mut case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await.round_trip(&[]).await;
    let twice = sqlx::query("INSERT INTO t VALUES (3, 'a', 1)").execute(&mut case.db).await;
    assert!(twice.unwrap_err().to_string().contains("UNIQUE"));
}

#[tokio::test]
async fn strict_without_rowid_collations_and_generated_columns_survive() {
    let mut before = table(
        "t",
        vec![
            col("k", "TEXT").collate("NOCASE"),
            col("n", "INTEGER"),
            col("twice", "INTEGER").null().generated("n * 2", false),
            col("thrice", "INTEGER").null().generated("n * 3", true),
        ],
    );
    (before.strict, before.without_rowid) = (true, true);
    let before = before.index("t_thrice_idx", &["thrice"]);
    let after = before.clone().check("n_positive", "n > 0");
    let rows = "INSERT INTO t (k, n) VALUES ('a', 1), ('B', 2)";
    let mut case = Case::new(&schema([before]), &schema([after]), Says::default(), rows)
        .await
        .round_trip(&[("SELECT k || twice || thrice FROM t ORDER BY k", &["a23", "B46"])])
        .await;
    let twice = sqlx::query("INSERT INTO t (k, n) VALUES ('A', 1)").execute(&mut case.db).await;
    assert!(twice.unwrap_err().to_string().contains("UNIQUE"));
    let text = sqlx::query("INSERT INTO t (k, n) VALUES ('c', 'x')").execute(&mut case.db).await;
    assert!(text.unwrap_err().to_string().contains("cannot store TEXT"));
}

#[tokio::test]
async fn strict_and_without_rowid_come_and_go() {
    let before = table("t", vec![col("k", "TEXT"), col("n", "INTEGER")]);
    let mut after = before.clone();
    (after.strict, after.without_rowid) = (true, true);
    let rows = "INSERT INTO t VALUES ('a', 1), ('b', 2)";
    let case = Case::new(&schema([before]), &schema([after]), Says::default(), rows).await;
    case.round_trip(&[("SELECT k || n FROM t ORDER BY k", &["a1", "b2"])]).await;
}

#[tokio::test]
async fn names_with_quotes_keywords_and_other_scripts_are_rebuilt() {
    let text = "a\"b'c";
    let before = table(
        text,
        vec![col("order", "INTEGER"), col("größe %", "TEXT").default("'it''s'"), col("[x]", "TEXT").null()],
    );
    let before = before.check("\"odd\" 'name'", "\"größe %\" <> ''").index("i\"x'", &["größe %"]);
    let child = table("таблица", vec![id(), col("p", "INTEGER").null()]);
    let after = before.clone().change("[x]", col("[x]", "TEXT").default("'-'"));
    let rows = "INSERT INTO \"a\"\"b'c\" VALUES (1, 'x', NULL), (2, 'y', 'z'); INSERT INTO \"таблица\" VALUES (1, 2)";
    let says = Says::default().backfill(text, "[x]", "'filled'");
    let mut case = Case::new(&schema([before, child.clone()]), &schema([after, child]), says, rows).await;
    case.up().await;
    assert_eq!(case.lines("SELECT \"größe %\" || \"[x]\" FROM \"a\"\"b'c\" ORDER BY 1").await, ["xfilled", "yz"]);
    case.down().await;
    case.up().await;
}
