//! Crates with several databases, and databases of several crates.

use std::fs;

use schema_core::build;
use schema_core::ir::Dialect;

use crate::app::App;

const BUILD: &str = "
use schema_core::build::{Build, run_all};
use schema_core::ir::Dialect;
fn main() {
    run_all([
        Build::new(Dialect::Sqlite).module(\"shop\").schema_dir(\"schema/shop\").migrations(\"migrations/shop\"),
        Build::new(Dialect::Postgres).module(\"shop\").schema_dir(\"schema/server\").migrations(\"migrations/server\"),
        Build::new(Dialect::Sqlite).module(\"cache\").schema_dir(\"schema/cache\").migrations(\"migrations/cache\"),
    ]);
}
";

const ITEM: &str = "use schema_runtime::Table;
#[derive(Table)]
pub struct Item {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
}
";

const TOTAL: &str = "use schema_runtime::Table;
#[derive(Table)]
pub struct Total {
    #[column(primary_key)]
    pub id: i64,
}
";

fn app() -> App {
    let app = App::empty(Dialect::Sqlite, "");
    app.write("build.rs", BUILD);
    app.write("src/lib.rs", "pub mod cache;\npub mod shop;\n");
    app.write("src/shop.rs", ITEM).write("src/cache.rs", TOTAL);
    app
}

fn slugs(app: &App) -> Vec<String> {
    app.tree().into_keys().filter(|name| name.ends_with(".up.sql")).map(|name| without_version(&name)).collect()
}

/// `migrations/shop/1_x.up.sql` as `shop x`.
fn without_version(name: &str) -> String {
    let mut parts = name.split('/').skip(1);
    let (folder, file) = (parts.next().unwrap(), parts.next().unwrap());
    format!("{folder} {}", file.split_once('_').unwrap().1.trim_end_matches(".up.sql"))
}

fn seal(app: &App, name: &str, dialect: Dialect, module: &str) {
    let (schema, migrations) = (format!("schema/{name}"), format!("migrations/{name}"));
    let build = build::Build::new(dialect).module(module).schema_dir(schema).migrations(migrations);
    build::seal(&build.project(&app.path("")).unwrap(), None).unwrap();
}

#[test]
fn each_database_has_its_own_drafts_and_the_second_build_is_fresh() {
    let app = app();
    app.build();
    assert_eq!(slugs(&app), ["cache create_table_total", "server create_table_item", "shop create_table_item"]);
    app.assert_fresh();
    for (name, dialect, module) in
        [("shop", Dialect::Sqlite, "shop"), ("server", Dialect::Postgres, "shop"), ("cache", Dialect::Sqlite, "cache")]
    {
        seal(&app, name, dialect, module);
    }
    app.build();
    assert_eq!(slugs(&app).len(), 3);
    app.write("src/cache.rs", &TOTAL.replace("id: i64,", "id: i64,\n    pub n: Option<i64>,"));
    app.build();
    let mut slugs = slugs(&app);
    slugs.sort();
    assert_eq!(slugs[..2], ["cache add_column_total_n", "cache create_table_total"]);
    assert_eq!(slugs.len(), 4);
    app.assert_fresh();
}

#[test]
fn an_error_of_either_is_shown_once_at_its_field() {
    let app = app();
    app.build();
    seal(&app, "shop", Dialect::Sqlite, "shop");
    seal(&app, "server", Dialect::Postgres, "shop");
    app.write("src/shop.rs", &ITEM.replace("    pub name: String,\n", ""));
    let said = app.fails();
    assert_eq!(said.matches("column `name`").count(), 1, "{said}");
    assert!(said.contains("--> src/shop.rs:"), "{said}");
    app.write("src/shop.rs", &ITEM.replace("pub name: String", "#[column(type = \"jsonb\")]\n    pub name: String"));
    assert!(app.fails().contains("--> src/shop.rs:"), "what SQLite has no type for is an error, though PostgreSQL has");
}

#[test]
fn what_belongs_to_no_database_or_to_two_folders_is_said() {
    let app = app();
    app.write("src/lib.rs", &format!("pub mod cache;\npub mod shop;\n{}", TOTAL.replace("Total", "Lost")));
    let said = app.fails();
    assert!(said.contains("`Lost` belongs to no database") && said.contains("src/lib.rs:4:1"), "{said}");
    assert!(!said.contains("`Total`"), "{said}");

    let app = self::app();
    app.write("build.rs", &BUILD.replace("migrations/cache", "migrations/shop"));
    let said = app.fails();
    assert!(said.contains("two databases share the folder") && said.contains("migrations/shop"), "{said}");

    let app = self::app();
    app.write("build.rs", &BUILD.replace("module(\"cache\")", "module(\"cahce\")"));
    let said = app.fails();
    assert!(said.contains("names the module `cahce`, and the crate has none"), "{said}");
    assert!(said.contains("did you mean `cache`?"), "{said}");

    let app = self::app();
    let total = TOTAL.replace(
        "    pub id: i64,",
        "    pub id: i64,\n    #[column(references = crate::shop::Item)]\n    pub item: i64,",
    );
    app.write("src/cache.rs", &total);
    let said = app.fails();
    assert!(said.contains("`Item` is in a module that this database doesn't take its tables from"), "{said}");
}

#[test]
fn which_folder_is_embedded_has_to_be_said() {
    let app = App::empty(Dialect::Sqlite, "");
    app.write("build.rs", BUILD);
    let manifest = fs::read_to_string(app.path("Cargo.toml")).unwrap();
    app.write(
        "Cargo.toml",
        &manifest.replace("path = \"", "features = [\"sqlite\"], path = \"").replacen(
            "schema-core = { version = \"0.1.0\", features = [\"sqlite\"], ",
            "schema-core = { version = \"0.1.0\", ",
            1,
        ),
    );
    let embed = "\npub fn migrator() -> schema_runtime::migrate::Migrator { schema_runtime::migrate!() }\n";
    app.write("src/lib.rs", &format!("pub mod cache;\npub mod shop;\n{embed}"));
    app.write("src/shop.rs", ITEM).write("src/cache.rs", TOTAL);
    let said = app.fails();
    assert!(said.contains("the crate has several databases: name the folder of one"), "{said}");
    assert!(said.contains("`migrate!(\"migrations/server\")` or `migrate!(\"migrations/cache\")`"), "{said}");
    app.write(
        "src/lib.rs",
        &format!("pub mod cache;\npub mod shop;\n{}", embed.replace("!()", "!(\"migrations/cache\")")),
    );
    app.build();
}

/// A crate without tables of its own that owns the database of two others.
#[test]
fn crates_feed_one_database_and_an_edit_of_one_leaves_the_other_alone() {
    let app = App::empty(Dialect::Sqlite, "accounts = { path = \"accounts\" }\norders = { path = \"orders\" }\n");
    app.write(
        "build.rs",
        "fn main() {
    schema_core::build::Build::new(schema_core::ir::Dialect::Sqlite)
        .crate_root(\"accounts/src/lib.rs\")
        .crate_root(\"orders/src/lib.rs\")
        .run();
}
",
    );
    let manifest = fs::read_to_string(app.path("Cargo.toml")).unwrap();
    let runtime = manifest.lines().find(|line| line.starts_with("schema-runtime")).unwrap();
    for (name, more) in [("accounts", ""), ("orders", "accounts = { path = \"../accounts\" }\n")] {
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{runtime}\n{more}"
        );
        app.write(&format!("{name}/Cargo.toml"), &text);
    }
    app.write("accounts/src/lib.rs", &ITEM.replace("Item", "Account"));
    let order = ITEM
        .replace("Item", "Order")
        .replace("use schema", "use accounts::Account;\nuse schema")
        .replace("pub name: String", "#[column(references = Account)]\n    pub account_id: i64");
    app.write("orders/src/lib.rs", &order.replace("#[derive(Table)]", "#[derive(Table)]\n#[table(name = \"orders\")]"));
    app.write("src/lib.rs", "");
    app.build();
    assert_eq!(app.migrations(), ["create_tables_account_orders.down.sql", "create_tables_account_orders.up.sql"]);
    let up = app.tree().into_iter().find(|(name, _)| name.ends_with(".up.sql")).unwrap().1;
    assert!(up.contains("REFERENCES \"account\" (\"id\")"), "{up}");
    app.assert_fresh();

    app.edit_source("orders/src/lib.rs", "pub account_id: i64", "pub account_id: Option<i64>");
    let said = app.build();
    assert!(said.contains("Fresh accounts"), "{said}");
    assert!(said.contains("Checking orders"), "{said}");
    app.edit_source("orders/src/lib.rs", "#[column(references = Account)]", "#[column(references = accounts::Nobody)]");
    let said = app.fails();
    assert!(said.contains("no struct `Nobody` is found") && said.contains("orders/src/lib.rs"), "{said}");
}
