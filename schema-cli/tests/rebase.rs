//! Two branches that both change the schema, merged (BUGS.md B34, B35).

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use schema_tests::target::Target;
use sqlx::{Connection, PgConnection};
use support::{Ran, Shop};

/// A crate in git, with a sealed base on its branch `main`.
struct Team {
    shop: Shop,
    dialect: Dialect,
}

impl Team {
    fn new(dialect: Dialect, source: &str) -> Self {
        let shop = Shop::new();
        shop.schema(&["init", "--dialect", dialect.as_str()]).ends(0);
        let team = Self { shop, dialect };
        team.git(&["init", "-q", "-b", "main"]).ends(0);
        team.shop.write(".gitignore", "target\n");
        team.seals(source);
        team
    }

    fn project(&self) -> Project {
        Project::new(&self.shop.dir(), self.dialect).unwrap()
    }

    /// Changes the structs, and commits them with their draft.
    fn drafts(&self, source: &str) {
        self.shop.write("src/main.rs", &(source.to_owned() + "\nfn main() {}\n"));
        draft(&self.project()).unwrap();
        self.commits();
    }

    /// The same, sealed.
    fn seals(&self, source: &str) {
        self.shop.write("src/main.rs", &(source.to_owned() + "\nfn main() {}\n"));
        draft(&self.project()).unwrap();
        self.shop.schema(&["seal"]).ends(0);
        self.commits();
    }

    fn commits(&self) {
        self.git(&["add", "-A"]).ends(0);
        self.git(&["commit", "-q", "-m", "state"]).ends(0);
    }

    fn git(&self, arguments: &[&str]) -> Ran {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let editor = ("GIT_EDITOR", "true");
        let mut command = Command::new("git");
        command
            .current_dir(self.shop.dir())
            .args(identity)
            .args(arguments)
            .env(editor.0, editor.1)
            .output()
            .unwrap()
            .into()
    }

    /// What the sources are after the merge.
    fn resolves(&self, source: &str) {
        self.shop.write("src/main.rs", &(source.to_owned() + "\nfn main() {}\n"));
    }

    /// Files of the migrations folder that git calls this.
    fn versions(&self) -> Vec<i64> {
        let versions = self.shop.files().into_iter().filter(|name| name.ends_with(".up.sql"));
        versions.map(|name| name.split_once('_').unwrap().0.parse().unwrap()).collect()
    }

    fn errors(&self) -> String {
        let errors = draft(&self.project()).unwrap_err();
        errors.iter().map(|finding| format!("{finding}\n")).collect()
    }
}

fn item(columns: &str) -> String {
    format!("#[derive(schema_runtime::Table)]\nstruct Item {{\n    #[column(primary_key)]\n    id: i64,\n{columns}}}\n")
}

const NAME: &str = "    name: String,\n";
const NAME_GIVEN: &str = "    #[column(default = \"''\")]\n    name: String,\n";
const A: &str = "    a: Option<String>,\n";
const B: &str = "    b: Option<i64>,\n";

/// `main` adds column `a`, `feature` column `b`; `feature` is checked out.
fn parted(dialect: Dialect) -> Team {
    let team = Team::new(dialect, &item(NAME));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&item(&[NAME, B].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    // Versions are seconds, and the base took one: the two shall not have the same one.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    team.seals(&item(&[NAME, A].concat()));
    team.git(&["switch", "-q", "feature"]).ends(0);
    team
}

async fn execute(url: &str, sql: &str) {
    let mut database = Target::open(url).await;
    database.run(sql).await;
    database.close().await;
}

async fn names(url: &str) -> Vec<String> {
    let mut database = Target::open(url).await;
    let names = database.rows("SELECT name FROM item ORDER BY id").await;
    database.close().await;
    names.into_iter().flatten().flatten().collect()
}

#[tokio::test]
async fn b34_a_branch_is_put_behind_what_main_did_meanwhile() {
    let team = parted(Dialect::Sqlite);
    put_behind(&team, &team.shop.url()).await;
}

#[tokio::test]
async fn b34_on_mariadb_a_branch_is_put_behind_what_main_did_meanwhile() {
    put_behind(&parted(Dialect::MariaDb), &schema_tests::mariadb().await).await;
}

async fn put_behind(team: &Team, url: &str) {
    let shop = &team.shop;
    let run = |arguments: &[&str]| shop.with(arguments, &[("DATABASE_URL", url)]);
    team.git(&["switch", "-q", "main"]).ends(0);
    run(&["migrate"]).ends(0);
    execute(url, "INSERT INTO item (id, name, a) VALUES (1, 'x', 'y')").await;
    team.git(&["switch", "-q", "feature"]).ends(0);
    let feature = *team.versions().last().unwrap();

    team.git(&["merge", "-q", "main"]).ends(1);
    let errors = team.errors();
    assert!(errors.contains("merge conflict of git") && errors.contains("`cargo schema rebase` puts"), "{errors}");
    let dry = shop.schema(&["rebase", "--dry-run"]).ends(1).says("main stays, feature goes behind it");
    assert!(!dry.out.contains("wrote"), "{}", dry.out);
    team.resolves(&item(&[NAME, A, B].concat()));
    let ran = shop.schema(&["rebase"]).ends(0).says("either order leads to the same: catalog, and 8 rows compared");
    assert!(!ran.out.contains("warning"), "{}", ran.out);
    let versions = team.versions();
    assert_eq!(versions.len(), 3);
    assert_eq!(versions[2], versions[1] + 1, "feature was earlier than main");
    assert!(!versions.contains(&feature));
    shop.schema(&["check"]).ends(0);
    team.commits();
    shop.schema(&["rebase"]).ends(0);

    run(&["migrate"]).ends(0).says("applied");
    assert_eq!(names(url).await, ["x"]);
    execute(url, "UPDATE item SET b = 7").await;
    run(&["revert", "--target", "0"]).ends(0);
    run(&["migrate"]).ends(0);
    shop.schema(&["verify", "--no-crash"]).ends(0);
}

#[test]
fn b35_a_merge_that_git_finds_clean_and_is_wrong_stops_the_build_and_can_be_mended() {
    let team = parted(Dialect::Sqlite);
    team.git(&["merge", "-q", "-X", "ours", "-m", "merged", "main"]).ends(0);
    let errors = team.errors();
    assert!(
        errors.contains("the base knows nothing of the migration, which was sealed or drafted by commit"),
        "{errors}"
    );
    assert!(errors.contains("_add_column_item_a.up.sql") && errors.contains("`cargo schema rebase`"), "{errors}");
    team.resolves(&item(&[NAME, A, B].concat()));
    team.shop.schema(&["rebase"]).ends(0).says("main stays, ");
    team.shop.schema(&["check"]).ends(0);
    team.commits();

    // Undoing the last migration by hand leaves the other's column where it is.
    let last = team.versions()[2];
    for name in team.shop.files().iter().filter(|name| name.starts_with(&last.to_string())) {
        fs::remove_file(team.shop.dir().join("migrations").join(name)).unwrap();
    }
    let errors = team.errors();
    assert!(errors.contains(&format!("the files of the sealed migration {last} are missing")), "{errors}");
}

#[test]
fn two_migrations_of_one_version_are_told_apart() {
    let team = Team::new(Dialect::Sqlite, &item(NAME));
    let base = team.versions()[0];
    let seals_as = |column: &str, slug: &str| {
        team.resolves(&item(&[NAME, column].concat()));
        let ran = team.shop.schema(&["new", slug]).ends(0);
        let file =
            ran.out.split_whitespace().find(|word| word.ends_with(".up.sql")).unwrap().trim_matches('`').to_owned();
        let own = file.rsplit('/').next().unwrap().split_once('_').unwrap().0.to_owned();
        for way in ["up", "down"] {
            let folder = team.shop.dir().join("migrations");
            let target = folder.join(format!("{}_{slug}.{way}.sql", base + 10));
            fs::rename(folder.join(format!("{own}_{slug}.{way}.sql")), target).unwrap();
        }
        team.shop.write(
            &format!("migrations/{}_{slug}.up.sql", base + 10),
            &format!("INSERT INTO item VALUES ({}, 'x');\n", slug.len()),
        );
        team.shop.write(
            &format!("migrations/{}_{slug}.down.sql", base + 10),
            &format!("DELETE FROM item WHERE id = {};\n", slug.len()),
        );
        team.resolves(&item(NAME));
        team.shop.schema(&["seal"]).ends(0);
        team.commits();
    };
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    seals_as(B, "mine");
    team.git(&["switch", "-q", "main"]).ends(0);
    seals_as(A, "theirs");
    team.git(&["merge", "-q", "feature"]).ends(1);
    let ran = team.shop.schema(&["rebase", "--json"]).ends(0).json();
    assert_eq!(ran["first"], "main");
    assert_eq!(ran["migrations"][0]["from"], base + 10);
    assert_eq!(ran["migrations"][0]["to"], base + 11);
    assert_eq!(team.versions(), [base, base + 10, base + 11]);
    assert_eq!(team.shop.read(&format!("migrations/{}_mine.up.sql", base + 11)), "INSERT INTO item VALUES (4, 'x');\n");
    team.shop.schema(&["check"]).ends(0);
}

#[test]
fn a_contradiction_is_named_by_object_and_drafted_anew() {
    let team = Team::new(Dialect::Postgres, &item("    size: i32,\n    note: String,\n"));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    const NOTE: &str = "    #[column(allow(drop_not_null, reason = \"unknown\"))]\n    note: Option<String>,\n";
    team.seals(&item(&["    size: i64,\n", NOTE].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    team.seals(&item("    #[column(type = \"numeric\")]\n    size: f64,\n    note: String,\n    a: Option<String>,\n"));
    team.git(&["switch", "-q", "feature"]).ends(0);
    team.git(&["merge", "-q", "main"]).ends(1);
    let before = team.shop.files();
    let ran =
        team.shop.schema(&["rebase"]).ends(1).says("table item: column size: type: numeric in main, bigint in feature");
    assert!(!ran.out.contains("note"), "{}", ran.out);
    let json = team.shop.schema(&["rebase", "--json"]).ends(1).json();
    assert_eq!(json["clashes"][0]["part"], "column size", "{json}");
    assert_eq!(team.shop.files(), before, "nothing is written");

    team.shop.schema(&["rebase", "--redraft"]).ends(0).says("removed");
    team.resolves(&item(&["    #[column(type = \"numeric\")]\n    size: f64,\n", NOTE, A].concat()));
    let drafted = draft(&team.project()).unwrap();
    assert_eq!(drafted.len(), 1);
    assert!(drafted[0].up.contains("DROP NOT NULL"), "{}", drafted[0].up);
    team.shop.schema(&["seal"]).ends(0);
    team.shop.schema(&["check"]).ends(0);
}

#[test]
fn what_both_add_alike_fails_with_its_reason() {
    both_add_alike(Dialect::Sqlite, "duplicate column name: a");
    both_add_alike(Dialect::MariaDb, "Duplicate column name 'a'");
}

fn both_add_alike(dialect: Dialect, reason: &str) {
    let team = Team::new(dialect, &item(NAME));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&item(&[NAME, A].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    team.seals(&item(&[NAME, A, B].concat()));
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.shop
        .schema(&["rebase"])
        .ends(1)
        .says(&format!("of feature fails after the migrations of main: {reason}"))
        .says("table item: column a: both made the same of it (changed)")
        .says("cargo schema rebase --redraft");
}

#[test]
fn what_depends_on_the_order_is_shown_by_rows_and_taken_only_when_it_is_accepted() {
    depends_on_the_order(Dialect::Sqlite);
    depends_on_the_order(Dialect::MariaDb);
}

fn depends_on_the_order(dialect: Dialect) {
    let team = Team::new(dialect, &item(NAME));
    let fills = |name: &str, sql: &str| {
        let before = team.shop.files();
        team.shop.schema(&["new", name]).ends(0);
        let up =
            team.shop.files().into_iter().find(|file| !before.contains(file) && file.ends_with(".up.sql")).unwrap();
        team.shop.write(&format!("migrations/{up}"), &format!("{sql};\n"));
        team.shop.write(&format!("migrations/{}", up.replace(".up.", ".down.")), "-- Irreversible: it is a test\n");
        team.shop.schema(&["seal"]).ends(0);
        team.commits();
    };
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    fills("upper", "UPDATE item SET name = upper(substr(name, 1, 9)) || 'ß'");
    team.git(&["switch", "-q", "main"]).ends(0);
    fills("suffix", "UPDATE item SET name = substr(name, 1, 9) || 'x'");
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.shop
        .schema(&["rebase"])
        .ends(1)
        .says("with feature first: table item: column name: 8 of 8 values differ")
        .says("--accept-order");
    assert_eq!(team.shop.schema(&["rebase", "--json"]).ends(1).json()["written"], serde_json::Value::Null);
    team.shop.schema(&["rebase", "--accept-order"]).ends(0).says("the order is accepted: main goes first");
    team.shop.schema(&["check"]).ends(0);
}

#[test]
fn each_commit_of_a_git_rebase_is_put_behind() {
    let team = Team::new(Dialect::Sqlite, &item(NAME));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&item(&[NAME, B].concat()));
    let c = "    c: Option<i64>,\n";
    team.seals(&item(&[NAME, B, c].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    team.seals(&item(&[NAME, A].concat()));
    team.git(&["switch", "-q", "feature"]).ends(0);
    team.git(&["rebase", "-q", "main"]).ends(1);
    for columns in [[NAME, A, B, ""].concat(), [NAME, A, B, c].concat()] {
        team.resolves(&item(&columns));
        team.shop.schema(&["rebase"]).ends(0).says("either order leads to the same");
        team.shop.schema(&["check"]).ends(0);
        team.git(&["add", "-A"]).ends(0);
        team.git(&["rebase", "--continue"]);
    }
    assert_eq!(team.git(&["status", "--short"]).out, "");
    assert_eq!(team.versions().len(), 4);
    assert!(team.git(&["log", "--oneline"]).out.lines().count() == 4);
    team.shop.schema(&["verify", "--no-crash"]).ends(0);
}

#[test]
fn drafts_of_both_branches_become_history_in_a_row() {
    let team = Team::new(Dialect::Sqlite, &item(NAME));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.drafts(&item(&[NAME, B].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    team.drafts(&item(&[NAME, A].concat()));
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.resolves(&item(&[NAME, A, B].concat()));
    team.shop.schema(&["rebase"]).ends(0);
    assert!(!team.shop.dir().join("schema/draft.json").exists());
    team.shop.schema(&["check"]).ends(0);
    assert_eq!(team.versions().len(), 3);
}

#[tokio::test]
async fn what_a_database_has_applied_keeps_its_number() {
    let team = parted(Dialect::Sqlite);
    let shop = &team.shop;
    let url = shop.url();
    let run = |arguments: &[&str]| shop.with(arguments, &[("DATABASE_URL", &url)]);
    run(&["migrate"]).ends(0);
    execute(&url, "INSERT INTO item (id, name, b) VALUES (1, 'x', 7)").await;
    let feature = team.versions()[1];
    team.git(&["merge", "-q", "main"]).ends(1);
    team.resolves(&item(&[NAME, A, B].concat()));
    let redraft = shop.schema(&["rebase", "--redraft", "--database-url", &url]).ends(2);
    redraft.complains(&format!("migration {feature} is applied in a database"));
    shop.schema(&["rebase", "--database-url", &url]).ends(0);
    assert!(team.versions().contains(&feature));
    run(&["migrate", "--allow-out-of-order"]).ends(0);
    assert_eq!(names(&url).await, ["x"]);
    run(&["status"]).ends(0);
    shop.schema(&["check"]).ends(0);
}

/// A base of two migrations, which `feature` went on from; `main` is checked out.
fn with_two() -> Team {
    let team = Team::new(Dialect::Sqlite, &item(""));
    team.seals(&item(NAME_GIVEN));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&item(&[NAME_GIVEN, B].concat()));
    team.git(&["switch", "-q", "main"]).ends(0);
    team
}

#[test]
fn a_branch_goes_behind_a_baseline_of_what_it_comes_from() {
    let team = with_two();
    team.shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    team.commits();
    team.seals(&item(&[NAME_GIVEN, A].concat()));
    team.git(&["switch", "-q", "feature"]).ends(0);
    team.git(&["merge", "-q", "main"]).ends(1);
    team.resolves(&item(&[NAME_GIVEN, A, B].concat()));
    team.shop.schema(&["rebase"]).ends(0).says("either order leads to the same");
    team.shop.schema(&["check"]).ends(0);
    assert_eq!(team.versions().len(), 3);
    team.shop.schema(&["verify", "--no-crash"]).ends(0);
}

#[test]
fn a_branch_goes_behind_a_baseline_alone() {
    let team = with_two();
    team.shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    team.commits();
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.resolves(&item(&[NAME_GIVEN, B].concat()));
    team.shop.schema(&["rebase"]).ends(0);
    team.shop.schema(&["check"]).ends(0);
    assert_eq!(team.versions().len(), 2);
}

#[test]
fn a_baseline_that_holds_more_than_the_branch_knows_is_said_and_drafted_on() {
    let team = with_two();
    team.seals(&item(&[NAME_GIVEN, A].concat()));
    let a = *team.versions().last().unwrap();
    team.shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    team.commits();
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.resolves(&item(&[NAME_GIVEN, A, B].concat()));
    team.shop
        .schema(&["rebase"])
        .ends(2)
        .complains(&format!("main folded migration {a} into a baseline, and the lines parted before it"))
        .complains("cargo schema rebase --redraft");
    team.shop.schema(&["rebase", "--redraft"]).ends(0);
    assert_eq!(draft(&team.project()).unwrap().len(), 1);
    team.shop.schema(&["seal"]).ends(0);
    team.shop.schema(&["verify", "--no-crash"]).ends(0);
}

#[test]
fn a_squash_on_the_branch_has_to_wait() {
    let team = with_two();
    team.seals(&item(&[NAME_GIVEN, A].concat()));
    team.git(&["switch", "-q", "feature"]).ends(0);
    team.shop.schema(&["squash", "--before", "30000101000000"]).ends(0);
    team.commits();
    team.git(&["merge", "-q", "main"]).ends(1);
    team.shop
        .schema(&["rebase"])
        .ends(2)
        .complains("feature folded migrations into a baseline")
        .complains("undo the squash");
}

#[test]
fn without_two_lines_there_is_a_clear_error() {
    let shop = Shop::initialised();
    shop.schema(&["rebase"]).ends(2).complains("the crate is in no git checkout with a commit");
    let team = Team::new(Dialect::Sqlite, &item(NAME));
    team.shop
        .schema(&["rebase"])
        .ends(2)
        .complains("no merge or rebase of git is under way")
        .complains("git merge main");
    team.git(&["branch", "-m", "trunk"]).ends(0);
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&item(&[NAME, B].concat()));
    team.git(&["switch", "-q", "trunk"]).ends(0);
    team.seals(&item(&[NAME, A].concat()));
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.shop
        .schema(&["rebase"])
        .ends(2)
        .complains("nothing tells which of the two lines others have already")
        .complains("`cargo schema rebase --onto trunk` or `--onto feature`");
    team.shop.schema(&["rebase", "--onto", "nowhere"]).ends(2).complains("git knows no `nowhere` here");
    team.resolves(&item(&[NAME, A, B].concat()));
    team.shop.schema(&["rebase", "--onto", "feature"]).ends(0).says("feature stays, trunk goes behind it");
    team.shop.schema(&["check"]).ends(0);
}

#[test]
fn an_edit_that_no_commit_holds_is_not_written_over() {
    let team = parted(Dialect::Sqlite);
    team.git(&["merge", "-q", "main"]).ends(1);
    let file = team.shop.files().pop().unwrap();
    let text = team.shop.read(&format!("migrations/{file}"));
    team.shop.write(&format!("migrations/{file}"), &(text + "-- mine\n"));
    team.shop.schema(&["rebase"]).ends(2).complains("it was edited since, and would be lost").complains(&file);
}

#[tokio::test]
async fn on_postgres_indexes_labels_and_backfills_of_two_branches_go_in_a_row() {
    const MOOD: &str = "#[derive(schema_runtime::SqlEnum)]\nenum Mood { Ok, Bad }\n";
    let base = item(&[NAME, "    mood: Mood,\n"].concat()) + MOOD;
    let team = Team::new(Dialect::Postgres, &base);
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    let feature = item(
        "    #[column(index)]\n    name: String,\n    mood: Mood,\n    #[column(backfill = \"id / 2\")]\n    twice: i64,\n",
    ) + MOOD;
    team.seals(&feature);
    team.git(&["switch", "-q", "main"]).ends(0);
    let mood = MOOD.replace("Ok,", "Fine, Ok,");
    let main = item(
        "    #[column(allow(drop_not_null, reason = \"unknown\"))]\n    name: Option<String>,\n    mood: Mood,\n    #[column(unique)]\n    code: Option<i64>,\n",
    ) + &mood;
    team.seals(&main);
    let url = schema_tests::postgres().await;
    let run = |arguments: &[&str]| team.shop.with(arguments, &[("DATABASE_URL", &url)]);
    run(&["migrate"]).ends(0);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let rows = "INSERT INTO item (id, name, mood, code) SELECT n, 'n' || n, 'Ok', n FROM generate_series(1, 50) AS n";
    sqlx::query(rows).execute(&mut connection).await.unwrap();

    team.git(&["merge", "-q", "feature"]).ends(1);
    let both = "    #[column(index)]\n    name: Option<String>,\n    mood: Mood,\n    #[column(unique)]\n    code: Option<i64>,\n    #[column(backfill = \"id / 2\")]\n    twice: i64,\n";
    team.resolves(&(item(both) + &mood));
    let ran = team.shop.schema(&["rebase", "--json"]).ends(0).json();
    assert!(ran["commutation"]["compared"].as_u64().unwrap() > 0, "{ran}");
    assert_eq!(ran["findings"].as_array().unwrap().len(), 0, "{ran}");
    team.shop.schema(&["check"]).ends(0);
    run(&["migrate"]).ends(0);
    run(&["drift"]).ends(0);
    let twice = "SELECT count(*) FROM item WHERE twice = id / 2 AND code = id AND name IS NOT NULL";
    assert_eq!(sqlx::query_scalar::<_, i64>(twice).fetch_one(&mut connection).await.unwrap(), 50);
    run(&["revert", "--steps", &ran["migrations"].as_array().unwrap().len().to_string()]).ends(0);
    run(&["migrate"]).ends(0);
    assert_eq!(sqlx::query_scalar::<_, i64>(twice).fetch_one(&mut connection).await.unwrap(), 50);
}

#[test]
fn on_postgres_labels_that_both_add_in_one_place_depend_on_the_order() {
    let mood =
        |labels: &str| item("    mood: Mood,\n") + "#[derive(schema_runtime::SqlEnum)]\nenum Mood { " + labels + " }\n";
    let team = Team::new(Dialect::Postgres, &mood("Ok, Bad"));
    team.git(&["switch", "-q", "-c", "feature"]).ends(0);
    team.seals(&mood("Ok, Bad, Mine"));
    team.git(&["switch", "-q", "main"]).ends(0);
    team.seals(&mood("Ok, Bad, Theirs"));
    team.git(&["merge", "-q", "feature"]).ends(1);
    team.shop
        .schema(&["rebase"])
        .ends(1)
        .says("with feature first: enum mood labels is Ok, Bad, Theirs, Mine, expected Ok, Bad, Mine, Theirs");
    team.resolves(&mood("Ok, Bad, Mine, Theirs"));
    let ran = team.shop.schema(&["rebase", "--accept-order"]).ends(0);
    assert!(!ran.out.contains("warning"), "{}", ran.out);
    team.shop.schema(&["check"]).ends(0);
}
