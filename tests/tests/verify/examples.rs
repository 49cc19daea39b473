//! The examples that ship with the project.

use std::path::Path;

use schema_core::build::{Project, State};
use schema_core::ir::Dialect;
use schema_runtime::verify::{Chain, Options, Point, Verification, verify};

use crate::bed::{assert_clean, assert_survives, bench};

/// Without kills for the long one: that takes a minute.
async fn example(name: &str, dialect: Dialect, crash: bool) -> Verification {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let state = State::load(&Project::new(&folder, dialect).unwrap()).unwrap();
    let (label, schema) = ("the base".to_owned(), state.base.schema.clone());
    let points = state.base.head.map(|version| Point { version, label, schema }).into_iter().collect();
    let chain = Chain { migrations: &state.migrations, points };
    verify(&bench(dialect).await, &chain, &Options { crash, ..Options::default() }, &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn the_six_releases_hold_with_rows_in_every_table() {
    let verification = example("releases", Dialect::Sqlite, false).await;
    assert_clean(&verification);
    for migration in &verification.migrations[2..] {
        assert_eq!((migration.compared, &migration.rows.lacking[..]), (32, &[][..]), "{migration:#?}");
    }
}

#[tokio::test]
async fn the_example_for_postgresql_holds() {
    assert_survives(&example("postgres", Dialect::Postgres, true).await, 10);
}
