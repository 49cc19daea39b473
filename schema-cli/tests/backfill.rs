//! Backfills on the command line: written, shown, paused and resumed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use sqlx::{Connection, PgConnection};
use support::Shop;

const CUSTOMER: &str = r#"
#[derive(schema_runtime::Table)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
"#;

/// A crate whose table is sealed.
fn shop(dialect: Dialect, name: &str) -> Shop {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", name]).ends(0);
    shop.write("src/main.rs", CUSTOMER);
    draft(&Project::new(&shop.dir(), dialect).unwrap()).unwrap();
    shop.schema(&["seal"]).ends(0);
    shop
}

fn text_of(shop: &Shop, ending: &str) -> String {
    let file = shop.files().into_iter().find(|file| file.ends_with(ending)).unwrap_or_else(|| panic!("no {ending}"));
    shop.read(&format!("migrations/{file}"))
}

const LOWER: [&str; 7] =
    ["new", "--backfill", "customer.email", "--set", "lower(email)", "--where", "email <> '' OR id > 0"];

#[tokio::test]
async fn a_backfill_is_written_paused_resumed_and_applied() {
    let (shop, url) = (shop(Dialect::Postgres, "postgres"), schema_tests::postgres().await);
    let run = |arguments: &[&str]| shop.with(arguments, &[("DATABASE_URL", &url)]);
    run(&["migrate"]).ends(0);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let rows = "INSERT INTO customer SELECT n, CASE WHEN n % 2 = 0 THEN 'M' ELSE 'm' END || n FROM generate_series(1, 3000) AS n";
    sqlx::query(rows).execute(&mut connection).await.unwrap();
    shop.schema(&LOWER).ends(0).says("_fill_customer_email.up.sql").says("try it with migrate");
    let up = text_of(&shop, "_fill_customer_email.up.sql");
    assert!(up.starts_with("-- no-transaction\n-- fill customer.email (PostgreSQL)\n"), "{up}");
    assert!(up.contains("-- Data: rows with email <> '' OR id > 0 get lower(email) in `customer.email`\n"), "{up}");
    assert!(up.contains(r#"WHERE ((email <> '' OR id > 0) AND "email" IS DISTINCT FROM (lower(email)))"#), "{up}");
    let down = text_of(&shop, "_fill_customer_email.down.sql");
    assert!(down.contains("-- Data: they keep it, since nothing tells what `customer.email` held before\n"), "{down}");
    run(&["backfill", "status"]).ends(1).says("pending").says(r#""public"."customer"."email""#);
    run(&["backfill", "pause"]).ends(0).says("paused");
    run(&["migrate"]).ends(1).says("is paused; what is filled stays").says("cargo schema backfill resume");
    let paused = run(&["migrate", "--json"]).ends(1).json();
    assert!(paused["paused"].as_str().unwrap().contains("`fill customer email` is paused"), "{paused}");
    assert_eq!(run(&["backfill", "status", "--json"]).ends(1).json()["backfills"][0]["state"], "paused");
    run(&["backfill", "resume"]).ends(0);
    run(&["migrate"]).ends(0).says("fill customer email");
    run(&["backfill", "status"]).ends(0).says("no rows are to be filled");
    let left = "SELECT count(*) FROM customer WHERE email <> lower(email)";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&mut connection).await.unwrap(), 0);
    let untouched =
        "SELECT count(*) FROM customer WHERE id % 2 = 1 AND xmin = (SELECT xmin FROM customer WHERE id = 1)";
    assert_eq!(sqlx::query_scalar::<_, i64>(untouched).fetch_one(&mut connection).await.unwrap(), 1500);
    run(&["revert"]).ends(0);
    run(&["migrate"]).ends(0);
    run(&["backfill", "pause", "7"]).ends(2).complains("there is no backfill 7 that is pending or under way");
}

#[test]
fn on_sqlite_a_backfill_is_one_update() {
    let shop = shop(Dialect::Sqlite, "sqlite");
    shop.schema(&LOWER).ends(0);
    let up = text_of(&shop, "_fill_customer_email.up.sql");
    let update = r#"UPDATE "customer" SET "email" = (lower(email)) WHERE (email <> '' OR id > 0) AND "email" IS NOT (lower(email));"#;
    assert!(up.contains(update), "{up}");
    let url = shop.url();
    shop.with(&["migrate"], &[("DATABASE_URL", &url)]).ends(0);
    shop.with(&["revert"], &[("DATABASE_URL", &url)]).ends(0);
    shop.with(&["migrate"], &[("DATABASE_URL", &url)]).ends(0);
}

#[test]
fn a_column_that_is_unknown_is_answered_with_those_that_there_are() {
    let shop = shop(Dialect::Sqlite, "sqlite");
    shop.schema(&["new", "--backfill", "customer.mail", "--set", "1"])
        .ends(2)
        .complains("there is no column `customer.mail`")
        .complains("the table has `customer.id`, `customer.email`");
    shop.schema(&["new", "--backfill", "customer.email"]).ends(2).complains("--set <SQL>");
    shop.schema(&["new"]).ends(2).complains("<NAME>");
}
