//! What `build.rs` says of a crate's folders, databases and further crates holds for the command line too.

use crate::support::Shop;

fn table(name: &str) -> String {
    format!(
        "#[derive(schema_runtime::Table)]\npub struct {name} {{\n    #[column(primary_key)]\n    pub id: i64,\n}}\n"
    )
}

fn script(body: &str) -> String {
    format!(
        "use schema_core::build::{{Build, run_all}};\nuse schema_core::ir::Dialect;\nfn main() {{\n    {body}\n}}\n"
    )
}

#[test]
fn structs_of_the_crates_beside_it_count() {
    let shop = Shop::initialised();
    shop.rename_package("shop-of-crates");
    shop.write("src/main.rs", &(table("Item") + "fn main() {}\n"));
    shop.write("../orders/src/lib.rs", &table("Purchase"));
    shop.schema(&["diff"]).ends(1).says("item");
    shop.write("build.rs", &script("Build::new(Dialect::Sqlite).crate_root(\"../orders/src/lib.rs\").run();"));
    shop.schema(&["diff"]).ends(1).says("item").says("purchase");
    shop.build("write").ends(0);
    shop.schema(&["seal"]).ends(0);
    shop.schema(&["check"]).ends(0);
    shop.schema(&["migrate", "--database-url", &shop.url()]).ends(0);
    shop.schema(&["drift", "--database-url", &shop.url(), "--models"]).ends(0);
}

#[test]
fn a_crate_that_another_one_names_is_told_where_to_go() {
    let shop = Shop::new();
    shop.schema(&["status"])
        .ends(2)
        .complains("help: `cargo schema init` prepares a crate")
        .complains("help: if another crate's build.rs names this one's files, go to that crate's folder");
}

#[test]
fn of_several_databases_the_folder_of_one_tells_the_rest() {
    let shop = Shop::initialised();
    shop.rename_package("shop-of-databases");
    shop.write("src/main.rs", "mod cache;\nmod shop;\nfn main() {}\n");
    shop.write("src/cache.rs", &table("Total"));
    shop.write("src/shop.rs", &table("Item"));
    let builds = "run_all([
        Build::new(Dialect::Sqlite).module(\"shop\").schema_dir(\"schema/shop\").migrations(\"migrations/shop\"),
        Build::new(Dialect::Sqlite).module(\"cache\").schema_dir(\"schema/cache\").migrations(\"migrations/cache\"),
    ]);";
    shop.write("build.rs", &script(builds));
    shop.build("write").ends(0);
    shop.schema(&["status"])
        .ends(2)
        .complains("the crate has several databases")
        .complains("help: say which one is meant: --schema-dir schema/shop, or --schema-dir schema/cache");
    shop.schema(&["seal", "--schema-dir", "schema/cache"]).ends(0);
    shop.schema(&["check", "--schema-dir", "./schema/cache"]).ends(0);
    shop.schema(&["check", "--schema-dir", "schema/shop"]).ends(1).says("create_table_item");
    shop.schema(&["migrate", "--schema-dir", "schema/cache", "--database-url", &shop.url()]).ends(0).says("total");
}

#[test]
fn what_the_script_computes_is_asked_for_with_its_place() {
    let shop = Shop::initialised();
    shop.write("src/main.rs", &(table("Item") + "fn main() {}\n"));
    shop.write("src/tables.rs", &table("Item"));
    shop.write("build.rs", &script("let file = find(); Build::new(Dialect::Sqlite).crate_root(file).run();"));
    shop.schema(&["diff"])
        .ends(2)
        .complains("what `crate_root` gets is computed, and only the build knows it")
        .complains("--> build.rs:4:52")
        .complains("help: write it there as a string, or give --crate-root");
    shop.schema(&["diff", "--crate-root", "src/main.rs"]).ends(1).says("item");
    shop.write("Cargo.toml", &shop.read("Cargo.toml").replace("[package]", "[package]\nbuild = \"build/main.rs\""));
    shop.write("build/main.rs", &script("Build::new(Dialect::Sqlite).run();"));
    shop.schema(&["diff"]).ends(1).says("item");
}
