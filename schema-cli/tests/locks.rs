//! `verify --locks`: what it prints and keeps, and what `check` says of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use support::Shop;

const CUSTOMER: &str = r#"
#[derive(schema_runtime::Table)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    email: String,
    REST
}

fn main() {}
"#;

fn shop() -> Shop {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", "postgres"]).ends(0);
    shop
}

/// What a build writes, without one.
fn build(shop: &Shop, rest: &str) {
    shop.write("src/main.rs", &CUSTOMER.replace("REST", rest));
    draft(&Project::new(&shop.dir(), Dialect::Postgres).unwrap()).unwrap();
}

/// A pair written by hand.
fn by_hand(shop: &Shop, name: &str, up: &str, down: &str) {
    shop.schema(&["new", name]).ends(0);
    for (direction, text) in [("up", up), ("down", down)] {
        let file = shop.files().into_iter().find(|file| file.ends_with(&format!("_{name}.{direction}.sql"))).unwrap();
        shop.write(&format!("migrations/{file}"), text);
    }
}

fn text_of(shop: &Shop, ending: &str) -> String {
    let file = shop.files().into_iter().find(|file| file.ends_with(ending)).unwrap();
    shop.read(&format!("migrations/{file}"))
}

#[test]
fn every_statement_is_measured_there_and_back() {
    let shop = shop();
    build(&shop, "");
    shop.schema(&["seal"]).ends(0);
    build(&shop, "#[column(backfill = \"1\")] age: i32,");
    by_hand(
        &shop,
        "index",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY by_age ON customer (age);\n",
        "DROP INDEX by_age;\n",
    );

    let ran = shop.schema(&["verify", "--locks"]).ends(0);
    for part in
        ["SHARE UPDATE EXCLUSIVE: builds by_age", "ACCESS EXCLUSIVE", "public.customer", "measured on PostgreSQL"]
    {
        assert!(ran.out.contains(part), "`{part}` is not in:\n{}", ran.out);
    }
    let record: serde_json::Value = serde_json::from_str(&shop.read("schema/locks.json")).unwrap();
    assert_eq!(record["files"].as_object().unwrap().len(), shop.files().len());
    let sealed = text_of(&shop, "create_table_customer.up.sql");
    assert!(!sealed.contains("-- Locks: "), "sealed files are never rewritten");
    assert!(text_of(&shop, "customer_age.up.sql").contains("\n-- Locks: ACCESS EXCLUSIVE on public.customer"));
    assert!(!text_of(&shop, "_index.up.sql").contains("-- Locks: "), "nor those written by hand");

    let before = (shop.read("schema/locks.json"), text_of(&shop, "customer_age.up.sql"));
    shop.schema(&["verify", "--locks"]).ends(0);
    build(&shop, "#[column(backfill = \"1\")] age: i32,");
    assert_eq!((shop.read("schema/locks.json"), text_of(&shop, "customer_age.up.sql")), before);

    shop.schema(&["seal", "--name", "renamed"]).ends(0);
    shop.schema(&["check"]).ends(0);
    shop.schema(&["verify", "--locks", "--check"]).ends(0);
    let json = shop.schema(&["verify", "--locks", "--json"]).ends(0).json();
    assert_eq!(json["survey"]["files"].as_array().unwrap().len(), shop.files().len());
    assert!(json["survey"]["files"][0]["statements"][0]["sql"].as_str().unwrap().starts_with("CREATE TABLE"));
}

#[test]
fn what_was_not_measured_is_a_finding_once_there_is_a_record() {
    let shop = shop();
    by_hand(&shop, "one", "CREATE TABLE a (id int);\n", "DROP TABLE a;\n");
    shop.schema(&["seal"]).ends(0);
    shop.schema(&["check"]).ends(0);
    shop.schema(&["verify", "--locks"]).ends(0);
    shop.schema(&["check"]).ends(0);
    by_hand(&shop, "two", "ALTER TABLE a ADD b int;\n", "ALTER TABLE a DROP b;\n");
    shop.schema(&["seal"]).ends(0);
    shop.schema(&["check"]).ends(1).says("holds no locks of this migration file").says("cargo schema verify --locks");
    let before = shop.read("schema/locks.json");
    shop.schema(&["verify", "--locks", "--check"]).ends(1).says("the record says otherwise of").says("_two.down.sql");
    assert_eq!(shop.read("schema/locks.json"), before);
    shop.schema(&["verify", "--locks"]).ends(0);
    shop.schema(&["check"]).ends(0);
}

#[test]
fn a_file_that_fails_is_named_with_its_line() {
    let shop = shop();
    by_hand(&shop, "one", "-- why\nCREATE TABLE a (id int);\nDROP TABLE b;\n", "DROP TABLE a;\n");
    let ran = shop.schema(&["verify", "--locks"]).ends(2);
    ran.complains("_one.up.sql:3:1").complains("table \"b\" does not exist");
    shop.schema(&["verify", "--check"]).ends(2).complains("--locks");
}

#[test]
fn sqlite_has_nothing_to_measure() {
    let shop = Shop::initialised();
    shop.schema(&["verify", "--locks"]).ends(0).says("SQLite locks the whole database");
}
