//! The whole of Chinook, written as structs: the migrations made from them give the catalog of the corpus' own file,
//! and their downs an empty database.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use std::path::{Path, PathBuf};

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_core::scan::{ScanOptions, scan};
use schema_tests::corpus;
use schema_tests::target::{Target, files};

#[path = "chinook/postgres.rs"]
mod postgres;
#[path = "chinook/sqlite.rs"]
mod sqlite;

fn model(dialect: Dialect) -> Schema {
    let crate_dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let roots = vec![crate_dir.join(Path::new("tests/chinook")).join(format!("{}.rs", dialect.as_str()))];
    let scan = scan(&ScanOptions { crate_dir, roots, dialect, cache_dir: None, modules: Vec::new() }).expect("a scan");
    assert!(scan.findings.is_empty(), "{:#?}", scan.findings);
    scan.model.schema
}

async fn catalogs_are_equal(dialect: Dialect, tables: usize, ignore: impl Fn(&mut Schema)) {
    let model = model(dialect);
    assert_eq!(model.tables.len(), tables);
    let empty = Schema::empty(dialect);
    let files = files(&empty, &model, &Intents::default()).unwrap_or_else(|findings| panic!("{findings}"));

    let mut ours = Target::fresh(dialect).await;
    let mut theirs = Target::fresh(dialect).await;
    theirs.run(&corpus::read(&format!("samples/chinook.{}.sql", dialect.as_str()))).await;
    ours.up(&files).await.unwrap_or_else(|error| panic!("{error}"));

    let (mut made, mut given) = (ours.schema().await, theirs.schema().await);
    ignore(&mut made);
    ignore(&mut given);
    assert_eq!(made.tables.keys().collect::<Vec<_>>(), given.tables.keys().collect::<Vec<_>>());
    for (name, table) in &made.tables {
        assert_eq!(Some(table), given.tables.get(name));
    }
    assert_eq!(made, given);

    ours.down(&files).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ours.schema().await, empty);
    ours.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn structs_make_the_catalog_of_the_postgres_file() {
    catalogs_are_equal(Dialect::Postgres, 11, |_| {}).await;
}

/// The file gives its foreign keys no names, which SQLite lets nobody use.
#[tokio::test]
async fn structs_make_the_catalog_of_the_sqlite_file() {
    let unnamed = |schema: &mut Schema| {
        for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            key.name.clear();
        }
    };
    catalogs_are_equal(Dialect::Sqlite, 11, unnamed).await;
}
