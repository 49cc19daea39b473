//! The files as a reviewer reads them.

use schema_core::hazard;
use schema_core::ir::{Dialect, ReferentialAction};

use crate::harness::{Case, ColumnExt as _, Says, SchemaExt as _, TableExt as _, col, enum_col, id, schema, table};

async fn texts(case: Case) -> String {
    for code in case.plan.steps.iter().flat_map(|step| &step.hazards) {
        assert!(hazard::find(code).is_some(), "{code} is explained nowhere");
    }
    let pairs = case.plan.pairs(Dialect::Sqlite);
    pairs.iter().map(|pair| format!("==> {0}.up\n{1}\n==> {0}.down\n{2}", pair.slug, pair.up, pair.down)).collect()
}

#[tokio::test]
async fn a_rebuild_reads_as_its_recipe() {
    let user = |columns| table("user", columns).unique(&["email"]).index("user_org_idx", &["org"]);
    let before =
        user(vec![id().identity(), col("email", "TEXT"), col("org", "INTEGER").null(), col("age", "TEXT").null()]);
    let after = user(vec![
        id().identity(),
        col("email", "TEXT").collate("NOCASE"),
        col("org", "INTEGER"),
        col("age", "INTEGER").null(),
    ]);
    let after = after.refers("org", "org", ReferentialAction::Cascade);
    let rest = || {
        let post =
            table("post", vec![id(), col("author", "INTEGER")]).refers("author", "user", ReferentialAction::Cascade);
        [table("org", vec![id()]), post]
    };
    let (before, after) = (schema(rest().into_iter().chain([before])), schema(rest().into_iter().chain([after])));
    let says = Says::default().backfill("user", "org", "1");
    insta::assert_snapshot!(texts(Case::new(&before, &after, says, "SELECT 1").await).await);
}

#[tokio::test]
async fn native_changes_read_as_they_are() {
    let before = table("t", vec![id(), col("a", "TEXT"), col("old", "TEXT").null()]).index("t_old_idx", &["old"]);
    let after =
        table("t", vec![id(), col("b", "TEXT"), enum_col("mood", "mood").default("'ok'")]).index("t_b_idx", &["b"]);
    let (before, after) = (schema([before]), schema([after]).labels("mood", &["ok", "sad"]));
    let says = Says::default().column("t", "a", "b");
    insta::assert_snapshot!(texts(Case::new(&before, &after, says, "SELECT 1").await).await);
}

#[tokio::test]
async fn new_and_dropped_tables_read_as_they_are() {
    let keep = || table("keep", vec![id()]);
    let gone = table("gone", vec![id(), col("up", "INTEGER").null()]).refers("up", "gone", ReferentialAction::SetNull);
    let mut new =
        table("new", vec![col("k", "TEXT"), col("keep", "INTEGER"), col("n", "REAL").null().default("1 + 1")]);
    (new.strict, new.without_rowid) = (true, true);
    let new =
        new.refers("keep", "keep", ReferentialAction::Restrict).check("n_set", "n > 0").index("new_n_idx", &["n"]);
    let (before, after) = (schema([keep(), gone]), schema([keep(), new]));
    insta::assert_snapshot!(texts(Case::new(&before, &after, Says::default(), "SELECT 1").await).await);
}
