//! The real schemas of the corpus.

use schema_runtime::introspect;
use schema_tests::corpus;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

/// What the model can't say of them.
const EXPECTED: [&str; 0] = [];

/// psql's own commands are no SQL.
fn plain(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
}

/// Two databases made by one file are equal, and nothing in them is left out.
#[tokio::test]
async fn the_postgres_files_are_read_whole() {
    let mut all = corpus::list("dumps", ".sql");
    all.extend(corpus::list("samples", ".postgres.sql"));
    assert!(all.len() > 20, "{all:?}");
    for file in corpus::loadable(all).await {
        let text = plain(&corpus::read(&file));
        let mut first = super::database(&text).await;
        let (schema, notes) = super::read_with_notes(&mut first).await;
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert_eq!(notes, EXPECTED, "{file}");
        assert!(!schema.tables.is_empty(), "{file}");
        assert_eq!(super::read_with_notes(&mut first).await.0, schema, "{file}, a second look");
        let mut second = super::database(&text).await;
        assert_eq!(super::read_with_notes(&mut second).await.0, schema, "{file}, a second database");
    }
}

#[tokio::test]
async fn the_sqlite_files_are_read_whole() {
    let all = corpus::list("samples", ".sqlite.sql");
    assert_eq!(all.len(), 2, "{all:?}");
    for file in all {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(corpus::read(&file))).execute(&mut connection).await.unwrap();
        let (schema, notes) = introspect::sqlite_with_notes(&mut connection).await.unwrap();
        assert!(notes.is_empty() && !schema.tables.is_empty(), "{file}: {notes:?}");
        assert_eq!(introspect::sqlite(&mut connection).await.unwrap(), schema, "{file}");
    }
}
