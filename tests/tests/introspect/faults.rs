//! What can't be read is named, and the rest is read all the same.

use schema_core::ir::ObjectKind;
use schema_tests::version::since;

use super::{database, object, read, read_with_notes, run, table};

#[tokio::test]
async fn an_invalid_index_is_noted() {
    let mut connection = database("CREATE TABLE iv (a int); INSERT INTO iv VALUES (1), (1)").await;
    let failed = sqlx::raw_sql("CREATE UNIQUE INDEX CONCURRENTLY iv_a ON iv (a)").execute(&mut connection).await;
    assert!(failed.is_err());
    let (schema, notes) = read_with_notes(&mut connection).await;
    let notes: Vec<&str> = notes.iter().map(|note| note.object.as_str()).collect();
    assert_eq!(notes, ["index public.iv_a"]);
    assert!(table(&schema, "iv").indexes.is_empty());
}

#[tokio::test]
async fn a_damaged_entry_is_noted_and_the_rest_is_read() {
    let mut connection = database(
        "CREATE FUNCTION good() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION bad() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE t (id int);",
    )
    .await;
    run(&mut connection, "UPDATE pg_proc SET prolang = 999999 WHERE proname = 'bad'").await;
    let (schema, notes) = read_with_notes(&mut connection).await;
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["function public.bad: cache lookup failed for language 999999"]);
    object(&schema, ObjectKind::Function, "good");
    table(&schema, "t");
}

#[tokio::test]
async fn what_the_model_cannot_say_is_noted() {
    let mut connection = database(
        "CREATE TYPE row_type AS (id int); CREATE TABLE typed OF row_type;
        CREATE TABLE t (id int PRIMARY KEY); CLUSTER t USING t_pkey; ALTER TABLE t ALTER id SET (n_distinct = 5);
        CREATE TYPE shell;
        CREATE UNLOGGED SEQUENCE s; -- from 15",
    )
    .await;
    let (_, notes) = read_with_notes(&mut connection).await;
    let notes: Vec<&str> = notes.iter().map(|note| note.object.as_str()).collect();
    let mut expected =
        vec!["index public.t_pkey", "table public.t, column id", "table public.typed", "type public.shell"];
    if since(15).await {
        expected.insert(1, "sequence public.s");
    }
    assert_eq!(notes, expected);
}

/// A role that owns nothing reads as much as a superuser: the catalog is open to all.
#[tokio::test]
async fn a_role_without_privileges_reads_the_same() {
    let sql = "CREATE TABLE t (id serial PRIMARY KEY); CREATE VIEW v AS SELECT id FROM t;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA hidden; CREATE TABLE hidden.h (a int);
        DO $$ BEGIN CREATE ROLE nobody_at_all; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";
    let mut connection = database(sql).await;
    let all = read_with_notes(&mut connection).await;
    run(&mut connection, "SET ROLE nobody_at_all").await;
    assert_eq!(read_with_notes(&mut connection).await, all);
}

#[tokio::test]
async fn odd_names_and_foreign_things_stay_apart() {
    let schema = read(
        "CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
        CREATE SCHEMA a; CREATE SCHEMA \"B.c\";
        CREATE TABLE a.t (id int); CREATE TABLE \"B.c\".t (id int); CREATE TABLE \"T\" (\"Foo\" int, foo int);
        CREATE TABLE t (h hstore, \"select\" text, CONSTRAINT \"we\"\"ird\" CHECK (\"select\" <> '')) ;
        CREATE INDEX tri ON t USING gist (\"select\" gist_trgm_ops (siglen = 32)); -- from 13
        CREATE INDEX tri ON t USING gist (\"select\" gist_trgm_ops); -- before 13
        CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY); COMMENT ON TABLE _sqlx_migrations IS 'theirs';
        CREATE TABLE _schema_migrations (version bigserial PRIMARY KEY);",
    )
    .await;
    let names: Vec<String> = schema.tables.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["B.c.t", "a.t", "T", "t"]);
    assert_eq!(table(&schema, "t").checks[0].name, "we\"ird");
    let opclass = if since(13).await { "gist_trgm_ops(siglen='32')" } else { "gist_trgm_ops" };
    assert_eq!(table(&schema, "t").indexes[0].keys[0].opclass.as_deref(), Some(opclass));
    let kinds: Vec<ObjectKind> = schema.objects.keys().map(|id| id.kind).collect();
    assert_eq!(kinds, [ObjectKind::Extension, ObjectKind::Extension]);
    assert!(schema.sequences.is_empty(), "{:?}", schema.sequences);
}
