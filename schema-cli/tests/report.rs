//! `cargo schema report`: what it says of drafts, versions and ranges, and how it ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "report/action.rs"]
mod action;
#[path = "report/docs.rs"]
mod docs;
#[path = "support/mod.rs"]
mod support;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use schema_tests::nested::without_surroundings;
use support::Shop;

const MODELS: &str = "
ALLOWED
#[derive(schema_runtime::Table)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    FIELDS
}

fn main() {}
";

fn models(shop: &Shop, allowed: &str, fields: &str) {
    shop.write("src/main.rs", &MODELS.replace("ALLOWED", allowed).replace("FIELDS", fields));
}

fn dialect(name: &str) -> Dialect {
    if name == "sqlite" { Dialect::Sqlite } else { Dialect::Postgres }
}

/// What a build writes, without one.
fn build(shop: &Shop, name: &str, allowed: &str, fields: &str) {
    models(shop, allowed, fields);
    draft(&Project::new(&shop.dir(), dialect(name)).unwrap()).unwrap();
}

/// Three versions: a table, a column more, and as a draft that column gone.
fn shop(name: &str) -> Shop {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", name]).ends(0);
    build(&shop, name, "", "email: String,");
    shop.schema(&["seal"]).ends(0);
    build(&shop, name, "", "email: String, phone: Option<String>,");
    shop.schema(&["seal"]).ends(0);
    let allowed = "#[table(allow(drop_column(\"phone\", reason = \"nobody calls | any more\")))]";
    build(&shop, name, allowed, "email: String,");
    shop
}

fn versions(shop: &Shop) -> Vec<String> {
    let mut versions: Vec<String> =
        shop.files().iter().map(|name| name.split_once('_').unwrap().0.to_owned()).collect();
    versions.dedup();
    versions
}

fn file(shop: &Shop, ending: &str) -> String {
    shop.files().into_iter().find(|file| file.ends_with(ending)).unwrap()
}

#[test]
fn a_draft_is_reported_on_with_its_reasons() {
    for name in ["sqlite", "postgres"] {
        let shop = shop(name);
        let ran = shop.schema(&["report"]).ends(0);
        assert!(ran.out.starts_with("<!-- cargo schema report -->\n## Schema report: draft\n"), "{}", ran.out);
        let ty = if name == "sqlite" { "TEXT" } else { "text" };
        let ran =
            ran.says("- **What it does:** 1 migration: removes column `phone` of table `customer`; rows change in");
        let row = format!("| removed | column `phone` of table `customer` | `{ty}` | nobody calls \\| any more |");
        let ran = ran.says(&row);
        let ran =
            ran.says("| up | definitions yes, rows not fully | ").says("_The base against what the draft leads to._");
        let ran = ran.says("| `schema/draft.json` |  | record of the draft |").says("| base: changes |");
        let ran = ran.says("- [x] Sealed files are what was sealed, and every file has its pair: 2 sealed migrations");
        let ran = ran.says("- [x] Structs, base and files agree: the draft is what the structs say");
        let ran = ran.says("- [ ] Up, down and up again run on rows: not run (`cargo schema report --verify`)");
        let ran = ran.says("| H12 DROP COLUMN | 1 file |").says("### Blockers\n\nNone.");
        assert!(!ran.out.contains("proved"), "{}", ran.out);
        let named = shop.schema(&["report", "--draft"]).ends(0).out;
        assert_eq!(ran.out, named.replace("report --draft", "report"), "without an argument it is the draft");
        if name == "postgres" {
            let last = versions(&shop).pop().unwrap();
            let ran = ran.says(": releases that know `customer.phone` must be gone before.");
            ran.says(&format!("- Last, {last}: releases")).says("- [ ] Locks, rewrites and scans measured: not run");
        }
    }
}

#[test]
fn boxes_are_ticked_by_the_runs_with_their_figures() {
    for name in ["sqlite", "postgres"] {
        let shop = shop(name);
        let ran = shop.schema(&["report", "--verify", "--rows", "3"]).ends(0);
        let ran = ran.says("- [x] Up, down and up again run on rows: 1 migration; 3 rows put in");
        let ran = ran.says("- [x] Catalogs are what they must be after each: 1 migration");
        let ran = ran.says("- [x] Rows are what they must be after each: 3 rows compared; ");
        let ran = ran.says("- [x] Killed behind each statement, the next run mends it: ");
        let ran = ran.says("definitions yes, rows not fully; proved").says("it is the way back, and was run");
        let ran = ran.says(&format!("cargo schema verify --rows 3 --only {}", versions(&shop).pop().unwrap()));
        if name == "postgres" {
            let ran =
                ran.says("- [x] Locks, rewrites and scans measured: ").says("`ACCESS EXCLUSIVE on public.customer`");
            ran.says("measured for this report on PostgreSQL");
        }
        let quick = shop.schema(&["report", "..", "--verify", "--no-crash"]).ends(0);
        let quick = quick.says("- [ ] Killed behind each statement, the next run mends it: not run");
        quick.says("- [x] All migrations from nothing, back, and again: by the runner itself");
    }
}

#[test]
fn versions_and_ranges_are_read_from_a_scratch_database() {
    for name in ["sqlite", "postgres"] {
        let shop = shop(name);
        let all = versions(&shop);
        let ran = shop.schema(&["report", &all[0]]).ends(0);
        let ran = ran.says(&format!("## Schema report: migration {} (create table customer)", all[0]));
        let ran = ran.says("| added | table `customer` | `2 columns: id, email` |").says("| base: comes |");
        assert!(!ran.out.contains("Structs, base and files"), "an old version has nothing to do with today's structs");
        let ran = shop.schema(&["report", &format!("{}..{}", all[0], all[1])]).ends(0);
        let ran = ran.says("| added | column `phone` of table `customer` |").says("_Read from a scratch database");
        assert!(!ran.out.contains("create_table"), "the start of a range is not in it");
        // The column comes and goes in between.
        let ran = shop.schema(&["report", &format!("{}..", all[0])]).ends(0);
        ran.says("- **What it does:** 2 migrations: no object of the schema changes");
        let json = shop.schema(&["report", "..", "--json"]).ends(0).json();
        assert_eq!(json["versions"].as_array().unwrap().len(), 3);
        assert_eq!(json["changes"][0]["object"], "table customer");
    }
}

#[test]
fn renames_are_those_that_the_files_carry_out() {
    let shop = Shop::initialised();
    build(&shop, "sqlite", "", "email: String,");
    shop.schema(&["seal"]).ends(0);
    build(&shop, "sqlite", "", "#[column(renamed_from = \"email\")] mail: String,");
    shop.schema(&["report"]).ends(0).says("| renamed | column `mail` of table `customer` | `was email` |");
    shop.schema(&["seal"]).ends(0);
    let ran = shop.schema(&["report"]).ends(0).says("| renamed | column `mail` of table `customer` | `was email` |");
    ran.says("_Read from a scratch database");
}

#[test]
fn what_a_commit_does_not_have_is_reported_on() {
    let shop = shop("sqlite");
    let all = versions(&shop);
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]);
        let ran = without_surroundings(command.args(arguments).current_dir(shop.dir())).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["add", &format!("migrations/{}", file(&shop, "create_table_customer.up.sql"))]);
    git(&["commit", "--quiet", "--message", "one"]);
    let json = shop.schema(&["report", "--since", "main", "--json"]).ends(0).json();
    let found: Vec<String> = json["versions"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!((found, &json["subject"]), (all[1..].to_vec(), &"migrations since main".into()));
    git(&["add", "migrations"]);
    git(&["commit", "--quiet", "--message", "all"]);
    shop.schema(&["discard"]).ends(0);
    build(&shop, "sqlite", "", "email: String, phone: Option<String>,");
    let ran = shop.schema(&["report", "--since", "main"]).ends(0).says("- **What it does:** 0 migrations");
    ran.says("- **Undoing it:** there is nothing to undo\n").says("- **What it costs:** nothing is run\n");
    shop.schema(&["report", "--since", "v9"]).ends(2).complains("git knows no `v9` here");
}

#[test]
fn a_down_that_forgets_is_a_blocker() {
    let shop = shop("sqlite");
    let down = file(&shop, "drop_column_customer_phone.down.sql");
    shop.write(&format!("migrations/{down}"), "SELECT 1;\n");
    let ran = shop.schema(&["report"]).ends(1);
    let ran =
        ran.says("- **Blockers:** 1 blocker in the way").says("the draft was edited by hand, and the build would");
    ran.says("Option: `cargo schema seal` keeps the edit and closes the draft").says("| draft, edited by hand |");
    let ran = shop.schema(&["report", "--verify"]).ends(1);
    let ran = ran.says("run, and it does not hold").says("column phone is missing").says("- **Blockers:** 2 blockers");
    let ran =
        ran.says("- [ ] Catalogs are what they must be after each: **failed**").says("it is the way back, and fails");
    ran.says("must do what it says, and undo it**\n  - Why: down: table customer: column phone is missing");
    shop.schema(&["seal"]).ends(0);
    shop.schema(&["report"]).ends(0);
    shop.schema(&["report", "--verify"]).ends(1).says("Option: no database has applied it yet: take back the seal");
}

#[test]
fn what_the_source_does_not_allow_is_a_blocker() {
    let shop = shop("sqlite");
    shop.schema(&["discard"]).ends(0);
    models(&shop, "", "email: String,");
    let ran = shop.schema(&["report"]).ends(1).says("## Schema report: draft");
    let ran = ran.says("Why: table `customer`: column `phone` is removed, which loses its values (src/main.rs:");
    let ran = ran.says("Option: to drop it: `#[table(allow(drop_column(\"phone\", reason = \"..\")))]`");
    ran.says("_The base against the structs; the draft is not written._").says("| removed | column `phone` of");
    models(&shop, "", "email: String, phone: Option<String>, age: Option<i64>,");
    shop.schema(&["report"]).ends(1).says("the migrations are behind the structs");
}

#[test]
fn files_at_fault_are_blockers_and_nothing_is_run() {
    let shop = shop("sqlite");
    let all = versions(&shop);
    let sealed = format!("migrations/{}", file(&shop, "create_table_customer.up.sql"));
    shop.write(&sealed, &(shop.read(&sealed) + "SELECT 1;\n"));
    let ran = shop.schema(&["report", &all[0], "--verify"]).ends(1);
    let ran =
        ran.says("the sealed migration was edited (migrations/").says("Option: undo the edit: `git checkout HEAD");
    ran.says("- [ ] Sealed files are what was sealed, and every file has its pair: **failed**, 1 error")
        .says("not run");
    std::fs::remove_file(shop.dir().join("migrations").join(file(&shop, "drop_column_customer_phone.down.sql")))
        .unwrap();
    shop.schema(&["report"]).ends(1).says("the migration has no down file");
}

#[test]
fn hazards_of_files_by_hand_are_blockers_until_they_are_allowed() {
    let shop = shop("postgres");
    shop.schema(&["new", "index"]).ends(0);
    let (up, down) = (file(&shop, "_index.up.sql"), file(&shop, "_index.down.sql"));
    shop.write(&format!("migrations/{up}"), "CREATE INDEX by_email ON customer (email);\n");
    shop.write(&format!("migrations/{down}"), "DROP INDEX by_email;\n");
    let ran = shop.schema(&["report"]).ends(1);
    let ran = ran
        .says("- **The safe form, or a reason for this one**\n  - Why: H33 CREATE INDEX: `customer` takes no writes");
    ran.says("`-- schema: allow(H33, reason = \"..\")`").says("`migrate --before-contract` leaves out");
    let ran = shop.schema(&["report"]).ends(1).says("| added | index `by_email` of table `customer` |");
    assert_eq!(ran.out.matches("| base: changes |").count(), 1, "the draft's, and none of what is written by hand");
    let shop = Shop::initialised();
    shop.write("src/main.rs", "fn main() {}\n");
    shop.schema(&["new", "table"]).ends(0);
    shop.write(&format!("migrations/{}", file(&shop, "_table.up.sql")), "CREATE TABLE t (id INTEGER PRIMARY KEY);\n");
    shop.write(&format!("migrations/{}", file(&shop, "_table.down.sql")), "DROP TABLE t;\n");
    let ran = shop.schema(&["report"]).ends(0).says("| added | table `t` |");
    assert!(!ran.out.contains("base: "), "{}", ran.out);
}

#[test]
fn what_does_not_exist_is_refused() {
    let shop = shop("sqlite");
    let all = versions(&shop);
    let ran = shop.schema(&["report", "7"]).ends(2).complains("there is no migration 7");
    ran.complains(&format!("the nearest is {}", all[0]));
    let backwards = format!("{}..{}", all[2], all[0]);
    shop.schema(&["report", &backwards])
        .ends(2)
        .complains("leads backwards")
        .complains(&format!("{}..{}", all[0], all[2]));
    shop.schema(&["report", "x..y"]).ends(2).complains("`x` is no version");
    shop.schema(&["report", "7", "--draft"]).ends(2).complains("cannot be used with");
    let json = shop.schema(&["report", "7", "--json"]).ends(2).json();
    assert_eq!(json["errors"][0]["message"], "there is no migration 7");
    shop.schema(&["report", "--out", "none/r.md"]).ends(2).complains("`none/r.md` can't be written");

    let empty = Shop::initialised();
    empty.write("src/main.rs", "fn main() {}\n");
    empty.schema(&["report"]).ends(2).complains("there are no migrations to report on");
    empty.schema(&["report", "--draft"]).ends(2).complains("there is no draft");
}

#[test]
fn the_file_holds_the_markdown_and_json_has_all_of_it() {
    let shop = shop("sqlite");
    let text = shop.schema(&["report"]).ends(0).out;
    let json = shop.schema(&["report", "--out", "r.md", "--json"]).ends(0).json();
    assert_eq!(shop.read("r.md").trim_end(), text.trim_end());
    let mut keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "blockers",
        "changes",
        "changes_basis",
        "commands",
        "dialect",
        "file",
        "files",
        "migrations",
        "notes",
        "subject",
        "summary",
        "validation",
        "versions",
    ];
    assert_eq!(keys, expected);
    assert_eq!(json["migrations"][1]["direction"], "down");
    assert_eq!(json["changes"][0]["reason"], "nobody calls | any more");
    assert_eq!(json["validation"][0]["outcome"], "passed");
    shop.schema(&["report", "--out", "r.md"]).ends(0).says("wrote r.md: nothing stands in the way");
}
