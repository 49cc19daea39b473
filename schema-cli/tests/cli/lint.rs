//! `cargo schema lint` on files of a crate that uses sqlx, with or without this tool.

use crate::support::{Shop, workspace};

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nsqlx = { version = \"0.9\", features = [\"postgres\"] }\n";

/// A crate that knows nothing of this tool.
fn plain() -> Shop {
    let shop = Shop::new();
    shop.write("Cargo.toml", MANIFEST);
    shop.write("migrations/1_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(20));\n");
    shop.write(
        "migrations/2_name.sql",
        "ALTER TABLE users ALTER name TYPE varchar(50);\nCREATE INDEX i ON users (name);\n",
    );
    shop
}

#[test]
fn a_plain_sqlx_crate_is_judged_without_any_preparation() {
    let shop = plain();
    let ran = shop.schema(&["lint"]).ends(1);
    let ran = ran.says("warning: H33 CREATE INDEX: `users` takes no writes while the index is built");
    ran.says("--> migrations/2_name.sql:2:1").says("help: CONCURRENTLY").says("3 statements in 2 files: 1 finding");
    let json = shop.schema(&["lint", "--json"]).ends(1).json();
    assert_eq!((&json["dialect"], &json["statements"]), (&"postgres".into(), &3.into()));
    assert_eq!(json["hazards"][0]["code"], "H33");
    assert_eq!(json["hazards"][0]["place"]["line"], 2);
    shop.schema(&["lint", "--after", "2"]).ends(0).says("0 statements in 0 files: 0 findings");
}

#[test]
fn named_files_are_judged_after_those_that_run_before_them() {
    let shop = plain();
    let file = shop.dir().join("migrations/2_name.sql");
    let file = file.to_str().unwrap();
    let json = shop.schema(&["lint", file, "--json"]).ends(1).json();
    assert_eq!((&json["files"], json["hazards"].as_array().unwrap().len()), (&1.into(), 1));
    shop.write("by_hand.sql", "DROP TABLE users;");
    let other = shop.dir().join("by_hand.sql");
    shop.schema(&["lint", other.to_str().unwrap(), "--dialect", "postgres"]).ends(1).says("H47");
    shop.schema(&["lint", "nowhere.sql"]).ends(2).complains("`nowhere.sql` does not exist");
}

#[test]
fn a_reason_above_a_statement_allows_it() {
    let shop = plain();
    shop.write(
        "migrations/2_name.sql",
        "-- schema: allow(H33, reason = \"a hundred rows\")\nCREATE INDEX i ON users (name);\n",
    );
    shop.schema(&["lint"]).ends(0).says("2 statements in 2 files: 0 findings");
    shop.write("migrations/2_name.sql", "-- schema: allow(H33)\nSELECT 1;\n");
    shop.schema(&["lint"]).ends(1).says("error: an allow needs a reason\n  --> migrations/2_name.sql:1:1");
}

#[test]
fn what_nobody_says_the_database_of_is_refused() {
    let shop = plain();
    shop.write("Cargo.toml", &MANIFEST.replace("\"postgres\"", "\"postgres\", \"sqlite\""));
    shop.schema(&["lint"]).ends(2).complains("give --dialect postgres, sqlite, mariadb or mysql");
}

#[test]
fn generated_files_have_said_what_there_is() {
    let shop = plain();
    for (example, dialect) in [
        ("postgres", "postgres"),
        ("quickstart", "sqlite"),
        ("releases", "sqlite"),
        ("mariadb", "mariadb"),
        ("quickstart/mariadb", "mariadb"),
    ] {
        let folder = workspace().join("examples").join(example).join("migrations");
        shop.schema(&["lint", folder.to_str().unwrap(), "--dialect", dialect]).ends(0).says(": 0 findings");
    }
}
