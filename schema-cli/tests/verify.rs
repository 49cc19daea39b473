//! `verify`: what it prints of the crate's migrations, and how it ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use support::Shop;

/// A pair written by hand, and its version.
fn by_hand(shop: &Shop, name: &str, up: &str, down: &str) -> String {
    shop.schema(&["new", name]).ends(0);
    let file = |direction: &str| {
        shop.files().into_iter().find(|file| file.ends_with(&format!("_{name}.{direction}.sql"))).unwrap()
    };
    for (direction, text) in [("up", up), ("down", down)] {
        shop.write(&format!("migrations/{}", file(direction)), text);
    }
    file("up").split_once('_').unwrap().0.to_owned()
}

#[test]
fn what_a_down_forgets_is_named_and_ends_with_1() {
    forgets("sqlite");
}

#[test]
fn on_mariadb_what_a_down_forgets_is_named_and_ends_with_1() {
    let shop = forgets("mariadb");
    shop.schema(&["verify", "--locks"]).ends(0).says("do not tell what a statement locked");
}

fn forgets(dialect: &str) -> Shop {
    let shop = Shop::of(dialect);
    let table = "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, b VARCHAR(20));\n";
    let first = by_hand(&shop, "table", table, "DROP TABLE a;\n");
    shop.schema(&["verify"]).ends(0).says("1 migration verified");
    by_hand(&shop, "index", "CREATE INDEX a_b ON a (b);\n", "SELECT 1;\n");
    let ran = shop.schema(&["verify", "--rows", "3"]).ends(1);
    let ran = ran.says("down ok, catalog wrong, rows ok, up again wrong; 3 rows put in, 3 compared");
    ran.says("down: table a: index a_b is there and shouldn't be").says("2 migrations verified, 1 of them at fault");
    shop.schema(&["verify", "--only", &first]).ends(0);
    shop.schema(&["verify", "--only", "7"]).ends(2).complains("there is no migration 7");
    let [once, twice] = [(); 2].map(|()| shop.schema(&["verify", "--json"]).ends(1));
    assert_eq!(once.out, twice.out);
    assert_eq!(once.json()["migrations"][1]["restored"], "fails");
    shop.schema(&["verify", "--locks", "--rows", "3"]).ends(2).complains("cannot be used with");
    shop
}
