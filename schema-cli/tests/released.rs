//! `check --released`: what a released version that runs on would not survive.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use std::process::Command;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use support::Shop;

const RELEASED: &str = r#"
#[derive(schema_runtime::Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    note: Option<String>,
    unused: Option<String>,
}

#[derive(schema_runtime::Table)]
struct Log {
    #[column(primary_key)]
    id: i64,
}

mod store;

fn main() {}
"#;

const STORE: &str = r#"
async fn save(db: &sqlx::PgPool) {
    sqlx::query("INSERT INTO item (id, name, note) VALUES ($1, $2, $3)").execute(db).await;
    sqlx::query_scalar!("SELECT name FROM item");
}
"#;

const TODAY: &str = r#"
schema_runtime::schema! { allow(drop_table("log", reason = "unread")); }

#[derive(schema_runtime::Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "name", online)]
    title: String,
    #[column(backfill = "''")]
    note: String,
    #[column(backfill = "1")]
    kind: i32,
    unused: Option<String>,
}

fn main() {}
"#;

fn git(shop: &Shop, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").current_dir(shop.dir()).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn released() -> Shop {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", "postgres"]).ends(0);
    shop.write("src/main.rs", RELEASED);
    shop.write("src/store.rs", STORE);
    let record = r#"{"db_name": "PostgreSQL", "query": "SELECT note FROM item WHERE name = $1"}"#;
    shop.write(".sqlx/query-1.json", record);
    draft(&Project::new(&shop.dir(), Dialect::Postgres).unwrap()).unwrap();
    shop.schema(&["seal"]).ends(0);
    git(&shop, &["init", "-q"]);
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "state"]);
    git(&shop, &["tag", "v1"]);
    shop
}

#[test]
fn what_the_release_uses_is_named_by_file_and_line() {
    let shop = released();
    shop.schema(&["check", "--released", "v1"]).ends(0).says("nothing that v1 uses goes");
    shop.write("src/main.rs", TODAY);
    let ran = shop.schema(&["check", "--released", "v1"]).ends(1);
    for part in [
        "table `item`: column `name` goes, and v1 still uses it",
        "--> v1:src/main.rs:6:5",
        "also at v1:src/store.rs:3:17: INSERT INTO item (id, name, note)",
        "also at v1:src/store.rs:4:25: SELECT name FROM item",
        "also at v1:.sqlx/query-1.json:1:1: SELECT note FROM item WHERE name = $1",
        "table `item`: column `note` becomes NOT NULL, and v1 may insert NULL",
        "table `item`: column `kind` is new and NOT NULL, and v1 inserts rows without it",
        "table `log` goes, and v1 still uses it",
        "--> v1:src/main.rs:12:8",
        "table `item`: column `title` is new and NOT NULL",
        "5 findings",
    ] {
        assert!(ran.out.contains(part), "`{part}` is not in:\n{}", ran.out);
    }
    let json = shop.schema(&["check", "--released", "v1", "--json"]).ends(1).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 5, "{json}");

    let status = Command::new("git").current_dir(shop.dir()).args(["status", "--short"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout).trim(), "M src/main.rs", "the checkout stays as it is");
}

#[test]
fn what_cannot_be_read_is_said() {
    let shop = released();
    shop.schema(&["check", "--released", "v9"]).ends(2).complains("git knows no `v9` here");
    shop.write(".sqlx/query-2.json", "{");
    shop.write("src/main.rs", &RELEASED.replace("String,", "Strange,"));
    git(&shop, &["add", "-A"]);
    git(&shop, &["commit", "-q", "-m", "broken"]);
    shop.schema(&["check", "--released", "HEAD"])
        .ends(2)
        .complains("--> HEAD:src/main.rs:6:11")
        .complains("this is no record of a query");
}

#[test]
fn a_base_that_went_is_brought_back_from_git_and_not_made_anew() {
    let shop = released();
    std::fs::remove_dir_all(shop.dir().join("schema")).unwrap();
    for command in ["check", "status", "seal"] {
        let ran = shop.schema(&[command]).ends(2).complains("help: bring it back: `git checkout HEAD -- schema`");
        assert!(!ran.err.contains("cargo schema init"), "{}", ran.err);
    }
}
