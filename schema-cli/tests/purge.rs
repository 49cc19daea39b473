//! `purge`: the list, what is old enough, exit codes, JSON.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use schema_tests::target::Target;
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

/// As a build drafts it, applied and sealed.
fn changed(shop: &Shop, url: &str, source: &str) {
    shop.write("src/main.rs", source);
    draft(&Project::new(&shop.dir(), Dialect::Sqlite).unwrap()).unwrap();
    shop.schema(&["migrate", "--database-url", url]).ends(0);
    shop.schema(&["seal"]).ends(0);
}

#[tokio::test]
async fn values_and_labels_that_are_kept_come_back_by_a_revert() {
    let shop = Shop::initialised();
    let url = shop.url();
    let source = |table: &str, legacy: &str, moods: &str, allow: &str| {
        format!(
            "#[derive(schema_runtime::Table)] {table} struct Note {{ #[column(primary_key)] id: i64, {legacy} mood: Mood }}\n\
             #[derive(schema_runtime::SqlEnum)] {allow} enum Mood {{ {moods} }}\nfn main() {{}}\n"
        )
    };
    let keep = "allow(drop_column(\"legacy\", keep, reason = \"r\"))";
    let label = "#[sql_enum(allow(drop_label(\"Low\", map_to = \"Ok\", keep, reason = \"r\")))]";
    changed(&shop, &url, &source("", "legacy: Option<String>,", "Ok, Low", ""));
    let mut db = Target::open(&url).await;
    db.run("INSERT INTO note VALUES (1, 'old', 'Low'), (2, NULL, 'Ok')").await;
    let rows = db.rows("SELECT legacy, mood FROM note ORDER BY id").await;
    changed(&shop, &url, &source(&format!("#[table({keep})]"), "", "Ok", label));
    assert_eq!(db.rows("SELECT mood FROM note").await, [[Some("Ok".to_owned())], [Some("Ok".to_owned())]]);
    shop.schema(&["revert", "--target", &first_version(&shop), "--database-url", &url]).ends(0);
    assert_eq!(db.rows("SELECT legacy, mood FROM note ORDER BY id").await, rows);
    shop.schema(&["migrate", "--database-url", &url]).ends(0);
}

fn first_version(shop: &Shop) -> String {
    shop.files()[0].split_once('_').unwrap().0.to_owned()
}

#[tokio::test]
async fn what_was_recorded_without_being_run_is_not_reverted() {
    let shop = Shop::initialised();
    let url = shop.url();
    let mut db = Target::open(&format!("{url}?mode=rwc")).await;
    db.run("CREATE TABLE note (id INTEGER PRIMARY KEY); INSERT INTO note VALUES (1)").await;
    shop.write("migrations/1_note.up.sql", "CREATE TABLE note (id INTEGER PRIMARY KEY);\n");
    shop.write("migrations/1_note.down.sql", "DROP TABLE note;\n");
    shop.write("migrations/2_more.up.sql", "ALTER TABLE note ADD COLUMN more TEXT;\n");
    shop.write("migrations/2_more.down.sql", "ALTER TABLE note DROP COLUMN more;\n");
    shop.schema(&["migrate", "--baseline", "1", "--database-url", &url]).ends(0);
    shop.schema(&["migrate", "--database-url", &url]).ends(0);
    let refused = shop.schema(&["revert", "--target", "0", "--database-url", &url]).ends(2);
    refused
        .complains("migration 1 `note` can't be reverted: it was recorded here without being run")
        .complains("revert --target 1");
    shop.schema(&["revert", "--target", "1", "--database-url", &url]).ends(0);
    assert_eq!(db.rows("SELECT CAST(id AS TEXT) FROM note").await.len(), 1);
}
