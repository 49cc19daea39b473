//! `purge`: the list, what is old enough, exit codes, JSON.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use support::Shop;

const ON_SQLITE: [&str; 3] = [
    r#"CREATE TABLE "_kept_1_users$legacy" ("_kept_row" INTEGER PRIMARY KEY, "_kept_value");
INSERT INTO "_kept_1_users$legacy" VALUES (1, 'old'), (2, NULL), (3, 'older');
"#,
    "DROP TABLE \"_kept_1_users$legacy\";\n",
    "_kept_1_users$legacy",
];

const ON_MARIADB: [&str; 3] = [
    "ALTER TABLE users ADD `_kept_1_legacy` varchar(20);\nINSERT INTO users VALUES (1, 'old'), (2, NULL), (3, 'older');\n",
    "DELETE FROM users;\nALTER TABLE users DROP COLUMN `_kept_1_legacy`;\n",
    "users._kept_1_legacy",
];

#[test]
fn what_is_kept_is_listed_first_and_removed_when_that_is_said() {
    let shop = Shop::initialised();
    let url = shop.url();
    is_removed(&shop, &url, ON_SQLITE, "3 rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mariadb_what_is_kept_is_listed_first_and_removed_when_that_is_said() {
    // A column holds values, not rows: NULL is none.
    is_removed(&Shop::of("mariadb"), &schema_tests::mariadb().await, ON_MARIADB, "2 rows");
}

/// What keeps the values, what brings them back, and where they are meanwhile.
fn is_removed(shop: &Shop, url: &str, [kept, back, place]: [&str; 3], rows: &str) {
    let file = |name: &str, up: &str, down: &str| {
        shop.write(&format!("migrations/{name}.up.sql"), up);
        shop.write(&format!("migrations/{name}.down.sql"), down);
    };
    file("1_users", "CREATE TABLE users (id INTEGER PRIMARY KEY);\n", "DROP TABLE users;\n");
    file("2_keep", kept, back);
    let purge = |arguments: &[&str]| shop.schema(&[&["purge", "--database-url", url], arguments].concat());
    shop.schema(&["migrate", "--database-url", url]).ends(0);

    purge(&["--dry-run"]).ends(1).says("- values of users.legacy").says(rows).says("--yes removes 1 of 1 thing");
    purge(&["--older-than", "30d", "--yes"]).ends(0).says("nothing is to be removed");
    purge(&["--older-than", "30"]).ends(2).complains("such as `30d`");
    let listed = purge(&["--json"]).ends(1).json();
    assert_eq!(listed["kept"][0]["place"], place);
    assert_eq!((&listed["kept"][0]["version"], &listed["removed"]), (&2.into(), &false.into()));

    purge(&["--yes"]).ends(0).says("removed 1 of 1 thing");
    purge(&[]).ends(0).says("nothing is kept");
    shop.schema(&["revert", "--database-url", url]).ends(2).complains("has been purged");
}
