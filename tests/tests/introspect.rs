//! Databases read back into the IR: each kind of thing made by SQL, and the real schemas of the corpus.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use schema_core::ir::{Object, ObjectKind, ObjectName, Schema, Table};
use schema_runtime::introspect::{self, Note};
use schema_tests::version::suited;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

#[path = "introspect/corpus.rs"]
mod corpus;
#[path = "introspect/faults.rs"]
mod faults;
#[path = "introspect/objects.rs"]
mod objects;
#[path = "introspect/sqlite.rs"]
mod sqlite;
#[path = "introspect/tables.rs"]
mod tables;
#[path = "introspect/versions.rs"]
mod versions;

/// A fresh database in which the SQL was run, what the server is too old for apart.
async fn database(sql: &str) -> PgConnection {
    let mut connection = PgConnection::connect(&schema_tests::postgres().await).await.unwrap();
    run(&mut connection, &suited(sql).await).await;
    connection
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    result.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
}

/// What a database holds after the SQL, without notes.
async fn read(sql: &str) -> Schema {
    let (schema, notes) = read_with_notes(&mut database(sql).await).await;
    assert_eq!(notes, []);
    schema
}

async fn read_with_notes(connection: &mut PgConnection) -> (Schema, Vec<Note>) {
    introspect::postgres_with_notes(connection).await.unwrap_or_else(|error| panic!("{error}"))
}

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.tables.get(&public(name)).unwrap_or_else(|| panic!("no table {name}: {:?}", schema.tables.keys()))
}

/// The one object of that kind and name.
fn object<'a>(schema: &'a Schema, kind: ObjectKind, name: &str) -> &'a Object {
    let mut found = schema.objects.values().filter(|object| object.id.kind == kind && object.id.name.name == name);
    let first = found.next().unwrap_or_else(|| panic!("no {kind:?} {name}: {:#?}", schema.objects.keys()));
    assert!(found.next().is_none(), "{kind:?} {name} is there twice");
    first
}

fn texts(object: &Object) -> Vec<&str> {
    object.create.iter().map(|text| text.as_str()).collect()
}

/// Every object of a kind by what it is on.
fn on<'a>(schema: &'a Schema, kind: ObjectKind, on: &str) -> &'a Object {
    let found = schema.objects.values().find(|object| object.id.kind == kind && object.id.on.as_deref() == Some(on));
    found.unwrap_or_else(|| panic!("no {kind:?} on {on}: {:#?}", schema.objects.keys()))
}
