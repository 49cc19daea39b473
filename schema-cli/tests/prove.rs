//! `drift`, `prove` and `diff --from --to`: files and databases as sides, exit codes, JSON.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use std::process::Command;

use support::{Ran, Shop};
use tempfile::TempDir;

const OLD: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy TEXT);";
const NEW: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);";

const CUSTOMER: &str = r#"
#[derive(schema_runtime::Table)]
#[allow(dead_code)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
}

fn main() {}
"#;

/// A folder without a crate, with the two files in it.
fn files() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.sql"), OLD).unwrap();
    std::fs::write(folder.path().join("b.sql"), NEW).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-schema"));
    command.args(arguments).current_dir(folder.path()).env_remove("DATABASE_URL").output().unwrap().into()
}

#[test]
fn prove_prints_one_object_and_ends_by_what_holds() {
    let folder = files();
    let base = ["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", "sqlite", "--json"];
    let refused = run(&folder, &base).ends(1).json();
    assert_eq!(refused["refused"].as_array().unwrap().len(), 2);
    for dialect in ["sqlite", "postgres"] {
        let base = ["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", dialect, "--json"];
        let proved = run(&folder, &[&base[..], &["--consent", "drop_column", "--rows", "3"]].concat()).ends(0).json();
        for key in ["up", "down", "reached", "restored", "rows_kept"] {
            assert_eq!(proved[key], true, "{proved:#}");
        }
        assert_eq!(proved["rows"]["rows"], 3);
        assert_eq!(proved["refused"].as_array().unwrap().len(), 0);
        assert!(!proved["hazards"].as_array().unwrap().is_empty());
    }
}

#[test]
fn prove_says_it_in_words_too() {
    let folder = files();
    let base = ["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", "sqlite"];
    run(&folder, &base).ends(1).says("refused, nothing was run").says("column `legacy` is removed");
    let ran = run(&folder, &[&base[..], &["--rename", "users.legacy=age", "--consent", "all"]].concat());
    ran.ends(0).says("the catalog is what it was").says("2 migrations, run on");
    run(&folder, &["prove", "--from", "a.sql", "--to", "a.sql", "--dialect", "sqlite"]).ends(0).says("0 migrations");
}

#[test]
fn diff_lies_between_any_two_sides() {
    let folder = files();
    let base = ["diff", "--from", "a.sql", "--to", "b.sql", "--dialect", "sqlite"];
    run(&folder, &base).ends(1).says("- column legacy").says("column `legacy` is removed");
    let sql = run(&folder, &[&base[..], &["--sql", "--consent", "all"]].concat());
    sql.ends(1).says("up").says("DROP COLUMN");
    run(&folder, &["diff", "--from", "a.sql", "--to", "a.sql", "--dialect", "sqlite"])
        .ends(0)
        .says("both sides say the same");
    run(&folder, &["diff", "--from", "a.sql"]).ends(2).complains("--to");
}

#[test]
fn sides_that_are_none_are_named() {
    let folder = files();
    run(&folder, &["prove", "--from", "nothing", "--to", "b.sql"]).ends(2).complains("`nothing` is no side");
    run(&folder, &["prove", "--from", "gone.sql", "--to", "b.sql"]).ends(2).complains("`gone.sql` can't be read");
    run(&folder, &["prove", "--from", "a.sql", "--to", "b.sql"]).ends(2).complains("--dialect");
    let ran = run(&folder, &["prove", "--from", "sqlite:x.db", "--to", "postgres://localhost/x"]);
    ran.ends(2).complains("one side is for SQLite, the other for PostgreSQL");
    let ran =
        run(&folder, &["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", "sqlite", "--consent", "drop_all"]);
    ran.ends(2).complains("there is no consent `drop_all`");
    let ran =
        run(&folder, &["prove", "--from", "a.sql", "--to", "b.sql", "--dialect", "postgres", "--pg-bin", "nowhere"]);
    ran.ends(2).complains("looked for `initdb` and `postgres` in `nowhere`");
    let ran = run(&folder, &["prove", "--from", "sqlite:gone.db", "--to", "b.sql"]);
    ran.ends(2).complains("gone.db");
    assert!(!folder.path().join("gone.db").exists());
}

#[test]
fn drift_compares_a_database_with_the_base_and_the_structs() {
    let shop = Shop::initialised();
    shop.write("src/main.rs", CUSTOMER);
    let url = shop.url();
    let database = ["--database-url", url.as_str()];
    let with = |arguments: &[&'static str]| [arguments, &database[..]].concat();
    shop.schema(&with(&["drift"])).ends(2).complains("shop.db");
    shop.build("write").ends(0);
    shop.schema(&with(&["migrate"])).ends(0);
    shop.schema(&with(&["drift", "--models"])).ends(0).says("no drift: the database holds what the models says");
    shop.schema(&with(&["drift"])).ends(1).says("+ table customer is there and shouldn't be");
    shop.schema(&["seal"]).ends(0);
    shop.schema(&with(&["drift"])).ends(0).says("no drift");
    let clean = shop.schema(&with(&["drift", "--json"])).ends(0).json();
    assert_eq!(clean["differences"].as_array().unwrap().len(), 0);
}
