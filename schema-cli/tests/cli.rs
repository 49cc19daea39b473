//! `cargo schema` in a crate made by `cargo new`, as the README walks through it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "cli/advise.rs"]
mod advise;
#[path = "cli/diagram.rs"]
mod diagram;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/lint.rs"]
mod lint;
#[path = "cli/places.rs"]
mod places;
mod support;
#[path = "cli/terminal.rs"]
mod terminal;

use schema_tests::target::ask;
use support::{Shop, workspace};

const CUSTOMER: &str = r#"
#[derive(schema_runtime::Table)]
#[allow(dead_code)]
struct Customer {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    email: String,
    phone: Option<String>,
}

fn main() {}
"#;

/// The same, with its first draft.
fn drafted() -> Shop {
    let shop = with_customer();
    shop.build("write").ends(0);
    shop
}

fn with_customer() -> Shop {
    let shop = Shop::initialised();
    shop.write("src/main.rs", CUSTOMER);
    shop
}

#[test]
fn init_prepares_a_new_crate_and_changes_nothing_the_second_time() {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", "sqlite"]).ends(0).says("created   build.rs").says("cargo schema migrate");
    for path in ["build.rs", "schema/snapshot.json", "migrations/.gitattributes"] {
        assert!(shop.dir().join(path).is_file(), "{path}");
    }
    assert!(shop.read("Cargo.toml").contains("schema-runtime = { path = "));
    let before = (shop.read("Cargo.toml"), shop.read("build.rs"), shop.read("schema/snapshot.json"));

    let second = shop.schema(&["init", "--json"]).ends(0).json();

    let actions: Vec<&str> =
        second["steps"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["unchanged"; 4]);
    assert_eq!(second["dialect"], "sqlite");
    assert_eq!(before, (shop.read("Cargo.toml"), shop.read("build.rs"), shop.read("schema/snapshot.json")));
}

/// On SQLite, which needs no server.
#[test]
fn sizes_are_exported_into_the_schema_folder() {
    let shop = drafted();
    let url = shop.url();
    shop.schema(&["stats", "--database-url", &url]).ends(2).complains("can't open");
    shop.schema(&["migrate", "--database-url", &url]).ends(0);
    shop.schema(&["seal"]).ends(0);
    let json = shop.schema(&["stats", "--database-url", &url, "--json"]).ends(0).json();
    assert_eq!((&json["file"], &json["tables"]["customer"]["rows"]), (&"schema/stats.json".into(), &0.into()));
    assert!(shop.read("schema/stats.json").contains("\"customer\": {\n      \"rows\": 0,"));
    shop.schema(&["stats", "--database-url", &url, "--measure"]).ends(2).complains("only PostgreSQL is measured");
    shop.schema(&["stats", "--database-url", "postgres://nobody@localhost:1/x"]).ends(2);
}

#[test]
fn init_leaves_an_existing_build_script_alone_and_says_what_to_add() {
    let shop = Shop::new();
    shop.write("build.rs", "fn main() {}\n");
    shop.schema(&["init"]).ends(1).says("to do     build.rs (add to its main: schema_core::build::Build::new(");
    assert_eq!(shop.read("build.rs"), "fn main() {}\n");
}

#[test]
fn init_refuses_a_second_dialect_and_a_folder_that_is_no_checkout() {
    let shop = Shop::initialised();
    shop.schema(&["init", "--dialect", "postgres"])
        .ends(2)
        .complains("the crate's database is SQLite, --dialect says PostgreSQL");
    shop.schema(&["init", "--path", "."]).ends(2).complains("is no checkout of this project");
}

#[test]
fn a_change_goes_from_struct_to_database_and_back() {
    let shop = with_customer();
    let url = shop.url();

    shop.schema(&["diff"]).ends(1).says("+ table customer (3 columns: id, email, phone)");
    shop.schema(&["diff", "--sql"]).ends(1).says("CREATE TABLE \"customer\"").says("DROP TABLE \"customer\"");
    shop.build("write").ends(0);
    let draft = shop.files();
    assert_eq!(draft.len(), 2, "{draft:?}");
    shop.schema(&["check"]).ends(1);
    shop.schema(&["status", "--database-url", &url]).ends(1);

    shop.schema(&["migrate", "--dry-run", "--database-url", &url]).ends(2).complains("can't open");
    shop.schema(&["migrate", "--database-url", &url]).ends(0).says("create table customer");
    shop.schema(&["migrate", "--database-url", &url]).ends(0).says("nothing to do");
    shop.schema(&["revert", "--dry-run", "--database-url", &url]).ends(1).says("DROP TABLE");
    shop.schema(&["revert", "--database-url", &url]).ends(0);
    shop.schema(&["migrate", "--dry-run", "--database-url", &url]).ends(1).says("CREATE TABLE");
    shop.schema(&["migrate", "--database-url", &url]).ends(0);

    shop.schema(&["seal"]).ends(0);
    assert_eq!(shop.files(), draft);
    shop.schema(&["diff"]).ends(0).says("no difference");
    shop.schema(&["check"]).ends(0);
    shop.schema(&["status", "--database-url", &url]).ends(0);
    shop.build("check").ends(0);
}

#[test]
fn a_removed_field_is_refused_by_the_build_at_the_struct_and_by_check() {
    let shop = drafted();
    shop.schema(&["seal"]).ends(0);
    shop.write("src/main.rs", &CUSTOMER.replace("    phone: Option<String>,\n", ""));

    shop.build("write")
        .ends(101)
        .complains("src/main.rs:4")
        .complains("allow(drop_column(\"phone\"")
        .complains("renamed_from");
    shop.schema(&["check"]).ends(1).says("phone");
    assert_eq!(shop.files().len(), 2);
}

#[test]
fn an_edited_draft_is_kept_until_it_is_discarded() {
    let shop = drafted();
    let up = shop.files().into_iter().find(|name| name.ends_with(".up.sql")).unwrap();
    let edited = shop.read(&format!("migrations/{up}")) + "-- by hand\n";
    shop.write(&format!("migrations/{up}"), &edited);

    shop.schema(&["check"]).ends(1);
    assert_eq!(shop.read(&format!("migrations/{up}")), edited);
    shop.schema(&["discard"]).ends(0);
    assert_eq!(shop.files(), Vec::<String>::new());
}

#[test]
fn new_writes_an_empty_pair_that_migrate_applies() {
    let shop = Shop::initialised();
    let made = shop.schema(&["new", "fill in countries", "--json"]).ends(0).json();
    assert!(made["migration"]["down"].as_str().unwrap().ends_with("_fill_in_countries.down.sql"), "{made}");
    let files = shop.files();
    assert!(
        files[0].ends_with("_fill_in_countries.down.sql") && files[1].ends_with("_fill_in_countries.up.sql"),
        "{files:?}"
    );
    shop.schema(&["migrate", "--database-url", &shop.url()]).ends(0);
}

#[test]
fn errors_end_with_2_and_are_json_on_request() {
    let shop = Shop::initialised();
    shop.schema(&["migrate"]).ends(2).complains("error: no database is named").complains("--database-url");
    let failure = shop.schema(&["migrate", "--json"]).ends(2).json();
    assert_eq!(failure["errors"][0]["message"], "no database is named");
    shop.schema(&["frobnicate"]).ends(2);
    shop.schema(&["diff", "--manifest-dir", "src"]).ends(2).complains("has no Cargo.toml");
}

#[test]
fn a_password_never_reaches_the_output() {
    let shop = Shop::initialised();
    let url = "postgres://me:s3cret@127.0.0.1:1/nowhere";
    for (command, code) in [("migrate", 2), ("revert", 2), ("status", 1)] {
        let ran = shop.with(&[command], &[("DATABASE_URL", url)]).ends(code);
        assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"), "{}{}", ran.out, ran.err);
    }
    shop.write(".env", "DATABASE_URL postgres://me:s3cret@host/db\n");
    let ran = shop.schema(&["status"]).ends(2);
    assert!(ran.err.contains("`") && !ran.err.contains("s3cret"), "{}", ran.err);
}

#[test]
fn the_url_is_read_from_a_dotenv_file() {
    let shop = drafted();
    shop.schema(&["seal"]).ends(0);
    shop.write(".env", &format!("DATABASE_URL={}\n", shop.url()));
    shop.schema(&["migrate"]).ends(0).says("create table customer");
}

#[test]
fn the_crate_is_named_by_its_folder_or_manifest_from_anywhere() {
    let shop = with_customer();
    let manifest = shop.dir().join("Cargo.toml");
    for (option, value) in [("--manifest-dir", shop.dir()), ("--manifest-path", manifest)] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-schema"))
            .args(["diff", option])
            .arg(value)
            .current_dir(workspace())
            .output()
            .unwrap();
        support::Ran::from(output).ends(1).says("+ table customer");
    }
}

#[test]
fn explain_knows_codes_and_consents() {
    let shop = Shop::new();
    shop.schema(&["explain", "h12"]).ends(0).says("DROP COLUMN");
    shop.schema(&["explain", "drop_column"]).ends(0).says("DROP COLUMN");
    assert_eq!(shop.schema(&["explain", "drop_column", "--json"]).json()["hazards"][0]["code"], "H12");
    shop.schema(&["explain", "H10"]).ends(0).says("When: ").says("Automatic: partly: on PostgreSQL");
    let row = shop.schema(&["explain", "H21", "--json"]).json()["hazards"][0].clone();
    assert_eq!((row["automatic"].as_str(), row["versions"].as_str()), (Some("yes"), Some("")));
    assert_eq!(
        shop.schema(&["explain", "--json"]).json()["hazards"].as_array().map(Vec::len),
        Some(schema_core::hazard::all().count())
    );
    shop.schema(&["explain", "H999"]).ends(2).complains("`cargo schema explain` lists them");
}

#[test]
fn an_existing_sqlx_project_is_adopted_as_it_is() {
    let shop = with_customer();
    let old = "CREATE TABLE customer (id INTEGER PRIMARY KEY);\n";
    shop.write("migrations/20240101000000_start.sql", old);
    shop.schema(&["diff"]).ends(1).says("+ table customer");

    shop.schema(&["init", "--adopt"]).ends(0).says("for 1 existing migration");

    shop.schema(&["diff"]).ends(0);
    shop.schema(&["check"]).ends(0);
    assert_eq!(shop.read("migrations/20240101000000_start.sql"), old);
    shop.schema(&["init", "--adopt"]).ends(2).complains("only a project without either can be adopted");
}

#[test]
fn shells_get_completions_and_man_a_page_of_each_command() {
    let shop = Shop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        shop.schema(&["completions", shell]).ends(0).says("cargo-schema").says("before-contract");
    }
    shop.schema(&["completions", "tcsh"]).ends(2).complains("possible values: bash, elvish, fish");
    let man = |folder: &str| {
        let json = shop.schema(&["man", folder, "--json"]).ends(0).json();
        let pages = json["pages"].as_array().unwrap().iter().map(|page| shop.dir().join(page.as_str().unwrap()));
        pages.map(|page| std::fs::read_to_string(page).unwrap()).collect::<Vec<_>>()
    };
    let pages = man("a");
    assert!(pages.iter().any(|page| page.contains("cargo\\-schema\\-backfill\\-pause")), "{pages:#?}");
    assert_eq!(pages, man("b"));
}

#[tokio::test]
async fn a_pull_into_a_crate_that_lacks_the_module_makes_the_base_the_second_time() {
    let shop = Shop::initialised();
    let url = shop.url();
    ask(&format!("{url}?mode=rwc"), "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").await;
    shop.write("src/main.rs", "fn main() {}\n");
    let pulled = shop.schema(&["pull", "--database-url", &url]).ends(1);
    pulled
        .says("add to it: pub mod schema;")
        .says("run this command again once the module is added: it makes the base");
    assert_eq!(shop.files(), Vec::<String>::new());
    shop.write("src/main.rs", "pub mod schema;\nfn main() {}\n");
    shop.schema(&["pull", "--database-url", &url]).ends(0).says("cargo schema migrate --baseline");
    assert_eq!(shop.files().len(), 2);
    let version = shop.files()[0].split_once('_').unwrap().0.to_owned();
    shop.schema(&["migrate", "--baseline", &version, "--database-url", &url]).ends(0);
    shop.schema(&["drift", "--database-url", &url]).ends(0);
    shop.schema(&["diff"]).ends(0);
}
