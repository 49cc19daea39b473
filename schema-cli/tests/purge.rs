//! `purge`: the list, what is old enough, exit codes, JSON.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use support::Shop;

const KEPT: &str = r#"CREATE TABLE "_kept_1_users$legacy" ("_kept_row" INTEGER PRIMARY KEY, "_kept_value");
INSERT INTO "_kept_1_users$legacy" VALUES (1, 'old'), (2, NULL);
"#;

#[test]
fn what_is_kept_is_listed_first_and_removed_when_that_is_said() {
    let shop = Shop::initialised();
    let file = |name: &str, up: &str, down: &str| {
        shop.write(&format!("migrations/{name}.up.sql"), up);
        shop.write(&format!("migrations/{name}.down.sql"), down);
    };
    file("1_users", "CREATE TABLE users (id INTEGER PRIMARY KEY);\n", "DROP TABLE users;\n");
    file("2_keep", KEPT, "DROP TABLE \"_kept_1_users$legacy\";\n");
    let url = shop.url();
    let purge = |arguments: &[&str]| shop.schema(&[&["purge", "--database-url", &url], arguments].concat());
    shop.schema(&["migrate", "--database-url", &url]).ends(0);

    purge(&["--dry-run"]).ends(1).says("- values of users.legacy").says("2 rows").says("--yes removes 1 of 1 thing");
    purge(&["--older-than", "30d", "--yes"]).ends(0).says("nothing is to be removed");
    purge(&["--older-than", "30"]).ends(2).complains("such as `30d`");
    let listed = purge(&["--json"]).ends(1).json();
    assert_eq!(listed["kept"][0]["place"], "_kept_1_users$legacy");
    assert_eq!((&listed["kept"][0]["version"], &listed["removed"]), (&2.into(), &false.into()));

    purge(&["--yes"]).ends(0).says("removed 1 of 1 thing");
    purge(&[]).ends(0).says("nothing is kept");
    shop.schema(&["revert", "--database-url", &url]).ends(2).complains("has been purged");
}
