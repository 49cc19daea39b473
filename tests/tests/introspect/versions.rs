//! What one major version of PostgreSQL has and those before it have not.

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_runtime::introspect::Note;
use schema_tests::target::{Target, files};
use schema_tests::version::{left_out, since};

use super::{database, read, read_with_notes, table};

/// By the version that they need.
const NEWER: [(u32, &str); 18] = [
    (
        12,
        "CREATE SCHEMA app; CREATE COLLATION app.\"No.case\" (provider = icu, locale = 'und');
        CREATE DOMAIN d AS text COLLATE app.\"No.case\"; CREATE TYPE c AS (a text COLLATE app.\"No.case\");
        CREATE TABLE t (a text COLLATE app.\"No.case\", b text); CREATE INDEX i ON t (b COLLATE app.\"No.case\");
        CREATE TABLE p (a text) PARTITION BY LIST (a COLLATE app.\"No.case\")",
    ),
    (13, "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t; ALTER STATISTICS s SET STATISTICS 7"),
    (14, "CREATE TYPE span AS RANGE (SUBTYPE = int8, MULTIRANGE_TYPE_NAME = spans); CREATE TABLE t (s span, m spans)"),
    (14, "CREATE TABLE t (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT id FROM t; END"),
    (14, "CREATE TABLE t (id int, body text COMPRESSION pglz)"),
    (14, "CREATE TABLE t (id int); CREATE STATISTICS s ON (id + 1), (id * 2) FROM t"),
    (
        15,
        "CREATE TABLE t (a int, b int, CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a));
        CREATE UNIQUE INDEX i ON t (b) NULLS NOT DISTINCT",
    ),
    (15, "CREATE TABLE t (id int); CREATE VIEW v WITH (security_invoker = true) AS SELECT id FROM t"),
    (15, "CREATE TABLE t (a int, b int); CREATE PUBLICATION p FOR TABLE t (a) WHERE (a > 0) WITH (publish = 'insert')"),
    (15, "CREATE SCHEMA app; CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t, TABLES IN SCHEMA app"),
    (16, "CREATE COLLATION c (provider = icu, locale = 'und', rules = '&a < g'); CREATE TABLE t (a text COLLATE c)"),
    (17, "CREATE COLLATION c (provider = builtin, locale = 'C.UTF-8'); CREATE TABLE t (a text COLLATE c)"),
    (17, "CREATE TABLE t (id int); GRANT MAINTAIN, SELECT ON t TO pg_monitor; GRANT ALL ON t TO pg_read_all_data"),
    (
        17,
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE t_rest PARTITION OF t DEFAULT",
    ),
    (
        18,
        "CREATE TABLE t (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL, thrice int GENERATED ALWAYS AS (a * 3))",
    ),
    (
        18,
        "CREATE TABLE p (id int CONSTRAINT p_pkey PRIMARY KEY);
        CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0) NOT ENFORCED,
            CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) NOT ENFORCED)",
    ),
    (
        18,
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE ft (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL) SERVER s",
    ),
    (
        18,
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED);
        CREATE PUBLICATION p FOR TABLE t WITH (publish_generated_columns = stored)",
    ),
];

/// Each is read without a note, is made by its own files as it was read, and goes again.
#[tokio::test]
async fn what_newer_versions_have_is_read_and_made_again() {
    let mut failed = Vec::new();
    for (version, sql) in NEWER {
        if !since(version).await {
            left_out(&sql.split_whitespace().collect::<Vec<_>>().join(" "), version);
        } else if let Err(error) = round(sql).await {
            failed.push(format!("{error}\nof: {sql}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

async fn round(sql: &str) -> Result<(), String> {
    let mut target = Target::fresh(Dialect::Postgres).await;
    let nothing = target.schema().await;
    target.execute(sql).await?;
    let (schema, notes) = held(&mut target).await;
    let mut errors: Vec<String> = notes.iter().map(|note| format!("noted: {note}")).collect();
    let files = files(&nothing, &schema, &Intents::default())?;
    let mut target = Target::fresh(Dialect::Postgres).await;
    target.up(&files).await?;
    let made = held(&mut target).await.0;
    if made != schema {
        errors.push(format!("read: {schema:#?}\nmade: {made:#?}"));
    }
    target.down(&files).await?;
    if held(&mut target).await.0 != nothing {
        errors.push("the down leaves something".to_owned());
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

async fn held(target: &mut Target) -> (Schema, Vec<Note>) {
    let Target::Postgres(connection) = target else { unreachable!("a PostgreSQL database") };
    read_with_notes(connection).await
}

/// From PostgreSQL 18 on NOT NULL is a constraint, with a name that a rename of the table leaves behind (BUGS.md B44).
#[tokio::test]
async fn names_of_not_null_are_no_difference() {
    let by_hand = read(
        "CREATE TABLE old (id int PRIMARY KEY, a int CONSTRAINT mine NOT NULL, b int NOT NULL);
        ALTER TABLE old RENAME TO t; ALTER INDEX old_pkey RENAME TO t_pkey;",
    )
    .await;
    assert_eq!(by_hand, read("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL)").await);
    assert!(table(&by_hand, "t").checks.is_empty());
}

#[tokio::test]
async fn what_the_model_cannot_say_of_newer_constraints_is_noted() {
    let mut connection = database(
        "CREATE EXTENSION btree_gist; CREATE TABLE t (a int, b int, room int, at daterange);
        ALTER TABLE t ADD CONSTRAINT late NOT NULL a NOT VALID; -- from 18
        ALTER TABLE t ADD CONSTRAINT own NOT NULL b NO INHERIT; -- from 18
        ALTER TABLE t ADD CONSTRAINT over UNIQUE (room, at WITHOUT OVERLAPS); -- from 18",
    )
    .await;
    let (_, notes) = read_with_notes(&mut connection).await;
    let notes: Vec<&str> = notes.iter().map(|note| note.object.as_str()).collect();
    let expected = ["constraint late on public.t", "constraint over on public.t", "constraint own on public.t"];
    assert_eq!(notes, if since(18).await { &expected[..] } else { &[] });
}
