//! SQLite: what is kept as text, and what it leans on.

use schema_core::ir::{ObjectKind, ObjectName, Schema, Use};
use schema_runtime::introspect::{self, Note};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::{object, texts};

async fn read(sql: &str) -> (Schema, Vec<Note>) {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    introspect::sqlite_with_notes(&mut connection).await.unwrap()
}

#[tokio::test]
async fn views_triggers_and_virtual_tables_are_read_with_what_they_use() {
    let (schema, notes) = read(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE log (what TEXT);
        CREATE VIEW v AS SELECT name FROM Users;
        CREATE VIEW w AS SELECT * FROM v;
        CREATE TRIGGER logged AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (new.name); END;
        CREATE TRIGGER instead INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE search USING fts5(body);",
    )
    .await;
    assert_eq!(notes, []);
    let names: Vec<&str> = schema.tables.keys().map(|name| name.name.as_str()).collect();
    assert_eq!(names, ["log", "users"]);
    let table = |name: &str| Use::Table(ObjectName::bare(name));
    let view = object(&schema, ObjectKind::View, "v");
    assert_eq!(texts(view), ["CREATE VIEW \"v\" AS\nSELECT name FROM Users"]);
    assert_eq!(view.uses.iter().collect::<Vec<_>>(), [&table("users")]);
    let over = object(&schema, ObjectKind::View, "w");
    assert_eq!(over.uses.iter().collect::<Vec<_>>(), [&Use::Object(view.id.clone())]);
    let trigger = object(&schema, ObjectKind::Trigger, "logged");
    assert_eq!((trigger.id.on.as_deref(), trigger.drop[0].as_str()), (Some("users"), "DROP TRIGGER \"logged\""));
    assert_eq!(trigger.uses.iter().collect::<Vec<_>>(), [&table("log"), &table("users")]);
    assert_eq!(object(&schema, ObjectKind::Trigger, "instead").id.on.as_deref(), Some("v"));
    let search = object(&schema, ObjectKind::Raw, "search");
    assert_eq!(texts(search), ["CREATE VIRTUAL TABLE search USING fts5(body)"]);
    assert_eq!(search.drop[0].as_str(), "DROP TABLE \"search\"");
}

#[tokio::test]
async fn a_damaged_definition_is_noted_and_the_rest_is_read() {
    let (schema, notes) = read(
        "CREATE TABLE good (id INTEGER PRIMARY KEY); CREATE TABLE bad (id INTEGER);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE bad (id INTEGER, CHECK' WHERE name = 'bad';",
    )
    .await;
    let names: Vec<&str> = schema.tables.keys().map(|name| name.name.as_str()).collect();
    assert_eq!((names, notes.len(), notes[0].object.as_str()), (vec!["good"], 1, "table `bad`"));
}
