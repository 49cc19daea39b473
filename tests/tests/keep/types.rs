//! Types that go, and types that change, while what is kept holds values of them.

use schema_core::decl::AllowCode;
use schema_core::ir::{Dialect, TypeKind};
use schema_core::model::{Allow, Intents, Placed};

use crate::way::{Way, column, intents, public, refused, table};

const TYPES: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN year AS int CHECK (VALUE > 1900);
    CREATE TYPE point2 AS (x int, m mood); CREATE DOMAIN place AS point2;";
const BEFORE: &str = "CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'ok', ms mood[], y year, p place);";
const ROWS: &str = "INSERT INTO t SELECT n, CASE WHEN n > 2 THEN 'sad'::mood END, ARRAY['ok', 'sad']::mood[], 2000 + n,
    ROW(n, 'ok')::point2::place FROM generate_series(1, 5) AS n;";

fn dropped(code: AllowCode, name: &str) -> Allow {
    Allow { code, keep: false, ..table(name) }
}

fn types() -> [Allow; 4] {
    let (domain, composite) = (AllowCode::DropDomain, AllowCode::DropType);
    [(AllowCode::DropEnum, "mood"), (domain, "year"), (composite, "point2"), (domain, "place")]
        .map(|(code, name)| dropped(code, name))
}

#[tokio::test]
async fn types_that_go_with_a_kept_column_are_kept_too() {
    let columns = ["m", "ms", "y", "p"].map(|name| column("t", name));
    let intents = intents(columns.into_iter().chain(types()));
    let before = format!("{TYPES}{BEFORE}");
    let mut way = Way::new(Dialect::Postgres, &before, ROWS, "CREATE TABLE t (id int PRIMARY KEY);", &intents).await;
    way.round(&["t"]).await;
    way.up().await;
    // The names are free again.
    way.db.run("CREATE TYPE mood AS ENUM ('other'); DROP TYPE mood; INSERT INTO t VALUES (6)").await;
    way.down().await;
    way.sees("SELECT m::text, p::text FROM t WHERE id > 4 ORDER BY id", &["sad|(5,ok)", "ok|NULL"]).await;
}

#[tokio::test]
async fn types_that_go_with_a_kept_table_are_kept_too() {
    let other = "CREATE TABLE other (id int);";
    let before = format!("{TYPES}{BEFORE}{other}");
    let intents = intents([table("t")].into_iter().chain(types()));
    let mut way = Way::new(Dialect::Postgres, &before, ROWS, other, &intents).await;
    way.round(&["t"]).await;
}

#[tokio::test]
async fn a_type_that_stays_may_get_another_name_and_more_labels() {
    let before = format!("{TYPES}{BEFORE}");
    let after = "CREATE TYPE feeling AS ENUM ('new', 'sad', 'fine'); CREATE DOMAIN year AS int CHECK (VALUE > 1900);
        CREATE TYPE point2 AS (x int, m feeling); CREATE DOMAIN place AS point2; CREATE TABLE t (id int PRIMARY KEY, y year, p place);";
    let mut intents = intents(["m", "ms"].map(|name| column("t", name)));
    intents.type_renames.insert((TypeKind::Enum, public("feeling")), Placed::bare(public("mood")));
    intents.label_renames.insert((public("feeling"), "fine".to_owned()), Placed::bare("ok".to_owned()));
    let after = after.replace("'new', ", "");
    let mut way = Way::new(Dialect::Postgres, &before, ROWS, &after, &intents).await;
    way.round(&["t"]).await;
}

#[tokio::test]
async fn labels_may_come_while_a_column_is_put_aside() {
    let before =
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok');";
    let after = "CREATE TYPE mood AS ENUM ('new', 'sad', 'ok'); CREATE TABLE t (id int PRIMARY KEY);";
    let rows = "INSERT INTO t VALUES (1, 'sad'), (2, 'ok')";
    let mut way = Way::new(Dialect::Postgres, before, rows, after, &intents([column("t", "m")])).await;
    way.round(&["t"]).await;
}

#[tokio::test]
async fn a_type_that_changes_its_values_is_refused() {
    let cases = [
        ("CREATE TYPE ty AS ENUM ('a', 'b');", "CREATE TYPE ty AS ENUM ('a');"),
        ("CREATE DOMAIN ty AS int;", "CREATE DOMAIN ty AS bigint;"),
        ("CREATE TYPE ty AS (x int, y int);", "CREATE TYPE ty AS (x int);"),
    ];
    let mut errors = String::new();
    for (before, after) in cases {
        let before = format!("{before} CREATE TABLE t (id int, v ty); CREATE TABLE s (v ty);");
        let after = format!("{after} CREATE TABLE t (id int);");
        errors += &refused(Dialect::Postgres, &before, &after, &intents([column("t", "v"), table("s")])).await;
        errors += "\n";
    }
    insta::assert_snapshot!(errors, @r"
    column `t.v` can't be kept: its enum `ty` changes, and its values would change with it
    table `s` can't be kept: its enum `ty` changes, and its values would change with it
    column `t.v` can't be kept: its domain `ty` changes, and its values would change with it
    table `s` can't be kept: its domain `ty` changes, and its values would change with it
    column `t.v` can't be kept: its type `ty` changes, and its values would change with it
    table `s` can't be kept: its type `ty` changes, and its values would change with it
    ");
}

/// New rows would have to do without a value, which the domain forbids.
#[tokio::test]
async fn a_domain_that_takes_no_null_is_refused() {
    let before = "CREATE DOMAIN d AS int NOT NULL; CREATE TABLE t (id int, v d);";
    let after = "CREATE DOMAIN d AS int NOT NULL; CREATE TABLE t (id int);";
    let error = refused(Dialect::Postgres, before, after, &intents([column("t", "v")])).await;
    insta::assert_snapshot!(error, @"column `t.v` can't be kept: its domain `d` is NOT NULL, and new rows have no value for it");
}

#[tokio::test]
async fn a_purged_type_cannot_come_back() {
    let intents: Intents = intents(["m", "ms", "y", "p"].map(|name| column("t", name)).into_iter().chain(types()));
    let before = format!("{TYPES}{BEFORE}");
    let mut way = Way::new(Dialect::Postgres, &before, ROWS, "CREATE TABLE t (id int PRIMARY KEY);", &intents).await;
    way.up().await;
    way.db.run("ALTER TABLE t DROP _kept_0_m, DROP _kept_0_ms, DROP _kept_0_y, DROP _kept_0_p; DROP SCHEMA _kept_0_public CASCADE").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    assert!(error.contains("as which it was kept, has been purged"), "{error}");
}
