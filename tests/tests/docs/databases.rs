//! `docs/databases.md`: what differs between the databases, drafted by the build step for each and run on a server of each
//! kind. `UPDATE_DOCS=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use schema_core::build::{Project, draft};
use schema_core::ir::Dialect;
use schema_tests::named;
use schema_tests::target::Target;

use crate::page::Page;

const DIALECTS: [Dialect; 4] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MariaDb, Dialect::MySql];

const TYPES: &[&str] = &[
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f32",
    "f64",
    "String",
    "Vec<u8>",
    "uuid::Uuid",
    "rust_decimal::Decimal",
    "chrono::NaiveDate",
    "chrono::NaiveTime",
    "chrono::NaiveDateTime",
    "chrono::DateTime<chrono::Utc>",
    "time::Date",
    "time::PrimitiveDateTime",
    "time::OffsetDateTime",
    "serde_json::Value",
    "std::net::IpAddr",
    "Vec<String>",
];

/// Where an attribute stands.
enum Attribute {
    Table(&'static str),
    /// The field's type, and what is in `#[column(..)]`.
    Field(&'static str, &'static str),
    /// What stands beside the struct, and the field's type.
    Item(&'static str, &'static str),
}

use Attribute::{Field, Item, Table};

const ATTRIBUTES: &[Attribute] = &[
    Table("strict"),
    Table("without_rowid"),
    Table("comment = \"all of them\""),
    Table("schema = \"app\""),
    Table("charset = \"latin1\""),
    Table("with(fillfactor = 80)"),
    Table("partition_by(range(id))"),
    Table("partitioning = \"HASH (id) PARTITIONS 4\""),
    Table("row_security"),
    Table("check(\"a > 0\", name = \"t_a_positive\")"),
    Table("unique(a, b)"),
    Table("unique(a, nulls_not_distinct)"),
    Table("unique(a, deferrable)"),
    Table("exclude(using = gist, a with \"=\", name = \"t_alone\")"),
    Table("index(a desc)"),
    Table("index(a, where = \"a > 0\")"),
    Table("index(a, include(b))"),
    Table("index(expr = \"lower(b)\", name = \"t_lower\")"),
    Table("index(b prefix = 20)"),
    Table("index(a, using = hash)"),
    Table("index(b, using = fulltext)"),
    Field("i64", "identity, unique"),
    Field("i64", "default = \"7\""),
    Field("i64", "generated = \"a + 1\", stored"),
    Field("Option<i64>", "generated = \"a + 1\""),
    Field("String", "collate = \"C\""),
    Field("String", "collate = \"NOCASE\""),
    Field("String", "collate = \"utf8mb4_bin\""),
    Field("String", "comment = \"as typed\""),
    Field("String", "type = \"datetime(6)\", default = \"CURRENT_TIMESTAMP(6)\", on_update = \"CURRENT_TIMESTAMP(6)\""),
    Field("String", "type = \"set('x','y')\""),
    Field("i64", "references = T, on_delete = cascade"),
    Field("i64", "references = T, deferrable = initially_deferred"),
    Item("#[derive(SqlEnum)]\npub enum V { New, Old }", "V"),
    Item("#[derive(Domain)]\n#[domain(check(\"VALUE > 0\", name = \"v_positive\"))]\npub struct V(i64);", "V"),
    Item("#[derive(Composite)]\npub struct V { x: i64, y: i64 }", "V"),
    Item("schema! { sequence(\"numbers\"); }", "i64"),
    Item("schema! { extension(\"citext\"); }", "i64"),
    Item("#[derive(View)]\n#[view(sql = \"SELECT a FROM t\")]\npub struct W { a: i64 }", "i64"),
];

/// What happens, and what shows it: the tests of one database.
type Shown = (&'static str, &'static [&'static str]);

/// A question, and the answers for PostgreSQL, SQLite, and MariaDB with MySQL.
const RUNS: &[(&str, [Shown; 3])] = &[
    (
        "a file fails at its second statement",
        [
            ("nothing of it stays", &["migrator::postgres::a_failure_names_the_line_and_leaves_nothing"]),
            ("nothing of it stays", &["migrator::sqlite::a_failed_file_leaves_nothing_and_the_files_before_it_stay"]),
            (
                "the first stays, and is recorded: `migrate` goes on with the second, `revert` undoes the first",
                &[
                    "migrator::mariadb::a_statement_that_fails_keeps_what_is_done_and_the_next_run_goes_on_with_it",
                    "migrator::mariadb::what_was_done_of_a_file_that_failed_can_be_undone",
                ],
            ),
        ],
    ),
    (
        "a definition within a transaction",
        [
            (
                "is undone with it",
                &["migrator::processes::a_process_killed_inside_a_file_leaves_nothing_and_the_next_run_applies_it"],
            ),
            (
                "is undone with it",
                &["migrator::processes::a_process_killed_inside_a_rebuild_leaves_nothing_and_the_next_run_applies_it"],
            ),
            ("commits it, so files go by steps", &["mariadb::facts::every_definition_commits_what_is_open"]),
        ],
    ),
    (
        "two runs at once",
        [
            (
                "the second waits: an advisory lock, sqlx's own",
                &["migrator::processes::a_lock_that_another_process_holds_is_waited_for_and_then_named"],
            ),
            (
                "the second waits: a lock on a file beside the database",
                &["migrator::processes::eight_processes_on_one_new_file_apply_each_migration_once"],
            ),
            ("the second waits: `GET_LOCK`", &["migrator::mariadb::the_lock_is_the_one_of_sqlx"]),
        ],
    ),
    (
        "a table is in use",
        [
            (
                "the statement gives up after `lock_timeout`, so that others get through, and is tried again",
                &["migrator::postgres::a_table_that_is_in_use_is_tried_again_with_the_limits_set_anew"],
            ),
            ("the file is busy: it is tried again", &["migrator::sqlite::a_busy_database_is_tried_again"]),
            (
                "the statement gives up after `lock_wait_timeout`, and is tried again",
                &["migrator::mariadb::a_table_that_others_hold_is_tried_again_and_they_are_named"],
            ),
        ],
    ),
    (
        "rows are filled",
        [
            (
                "in batches, each a transaction",
                &["migrator::backfill::rows_are_filled_in_batches_up_down_and_up_again"],
            ),
            ("by one `UPDATE`", &["schema_core::build::tests::a_backfill_is_one_statement_where_there_are_no_batches"]),
            (
                "in batches on MariaDB, by one `UPDATE` on MySQL",
                &[
                    "migrator::mariadb_backfill::rows_of_mariadb_are_filled_in_batches_up_down_and_up_again",
                    "schema_core::build::tests::a_backfill_is_one_statement_where_there_are_no_batches",
                ],
            ),
        ],
    ),
    (
        "values that do not fit their type",
        [
            ("are refused", &["postgres::b04_a_shorter_varchar_refuses_what_it_would_cut"]),
            ("are refused by STRICT tables", &["sqlite::guards::a_value_of_another_class_stops_strict"]),
            (
                "are refused: strict mode is set while files run",
                &[
                    "mariadb::facts::without_strict_mode_values_are_cut_and_made_up",
                    "migrator::mariadb::values_are_refused_rather_than_cut_whatever_the_session_began_with",
                ],
            ),
        ],
    ),
    (
        "plain sqlx applies the same files",
        [
            ("yes, and either goes on where the other stopped", &["migrator::sqlx_turns::on_postgres_too"]),
            (
                "yes, and either goes on where the other stopped",
                &["migrator::sqlx_turns::what_sqlx_applied_is_reverted_here_and_the_other_way_round"],
            ),
            (
                "yes; it keeps off a file that is half applied",
                &[
                    "migrator::mariadb::what_sqlx_applied_on_mariadb_is_reverted_here_and_the_other_way_round",
                    "migrator::mariadb::plain_sqlx_keeps_off_what_this_runner_left_half_applied",
                ],
            ),
        ],
    ),
];

/// The statements that a crate's first migration holds, line by line, or what is said against it.
fn drafted(dialect: Dialect, source: &str) -> Result<(Vec<String>, String), String> {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
    fs::write(dir.path().join("src/lib.rs"), source).unwrap();
    let project = Project::new(dir.path(), dialect).unwrap();
    let drafted = draft(&project).map_err(|findings| findings[0].message.clone())?;
    let files: Vec<String> = drafted.into_iter().map(|migration| migration.up).collect();
    let lines = files.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with("--"));
    let lines = lines.map(|line| line.trim().trim_end_matches([',', ';']).to_owned()).collect();
    Ok((lines, files.join("\n")))
}

fn with_column(ty: &str, attribute: &str) -> String {
    let attribute = if attribute.is_empty() { String::new() } else { format!("#[column({attribute})] ") };
    table("", &format!("{attribute}pub v: {ty}"))
}

fn table(attribute: &str, field: &str) -> String {
    let attribute = if attribute.is_empty() { String::new() } else { format!("#[table({attribute})]\n") };
    format!(
        "#[derive(Table)]\n{attribute}pub struct T {{\n#[column(primary_key)] pub id: i64,\npub a: i64,\npub b: String,\n{field}\n}}\n"
    )
}

impl Attribute {
    /// The source with the attribute, and without it.
    fn sources(&self) -> [String; 2] {
        match self {
            Self::Table(attribute) => [table(attribute, ""), table("", "")],
            Self::Field(ty, attribute) => [with_column(ty, attribute), table("", "")],
            Self::Item(item, ty) => [format!("{}{item}\n", with_column(ty, "")), with_column("i64", "")],
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Table(attribute) => code(attribute),
            Self::Field(ty, attribute) => code(&format!("#[column({attribute})] v: {ty}")),
            Self::Item(item, _) => code(&item.replace('\n', " ")),
        }
    }

    /// What a database gets for it, or what is said against it.
    async fn cell(&self, dialect: Dialect) -> String {
        let [with, without] = self.sources();
        let (usual, _) = drafted(dialect, &without).unwrap();
        match drafted(dialect, &with) {
            Err(message) => refused(&message),
            Ok((lines, script)) => {
                if let Err(error) = run(dialect, &script).await {
                    let is_open =
                        ["does not exist", "no default operator class"].iter().any(|part| error.contains(part));
                    return match dialect == Dialect::Postgres && is_open {
                        true => "for a server with an extension or a collation of that name".to_owned(),
                        false => format!("{REFUSED} {error}"),
                    };
                }
                let own: Vec<&String> = lines.iter().filter(|line| !usual.contains(line) && !line.is_empty()).collect();
                match own.as_slice() {
                    [] => "as without it".to_owned(),
                    own => own.iter().map(|line| code(line)).collect::<Vec<_>>().join(" "),
                }
            }
        }
    }
}

/// Applies a script to a fresh database; there is no MySQL server to apply it to.
async fn run(dialect: Dialect, script: &str) -> Result<(), String> {
    if dialect == Dialect::MySql {
        return Ok(());
    }
    Target::fresh(dialect).await.file(script).await.map_err(|error| error.replace('\n', " "))
}

/// What is drafted must be taken: no cell may say this. Only on PostgreSQL types, collations and index methods are an open set.
const REFUSED: &str = "the server refuses";

/// What is said, without what it is said of, which is the same in all cells.
fn refused(message: &str) -> String {
    format!("refused: {}", message.trim_start_matches("table `t`: ").trim_start_matches("column `v`: "))
}

fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    let edge = if text.contains('`') { " " } else { "" };
    format!("{fence}{edge}{}{edge}{fence}", text.replace('|', "\\|"))
}

const HEAD: &str = "PostgreSQL | SQLite | MariaDB | MySQL |\n|---|---|---|---|---|\n";

/// Cells of a row; MySQL's says so where it is MariaDB's.
fn row(first: &str, mut cells: Vec<String>) -> String {
    if cells.len() == 4 && cells[3] == cells[2] {
        cells[3] = "as MariaDB".to_owned();
    }
    format!("| {first} | {} |\n", cells.join(" | "))
}

async fn types() -> String {
    let mut out = format!("| Rust | {HEAD}");
    for ty in TYPES {
        let mut cells = Vec::new();
        for dialect in DIALECTS {
            let cell = match drafted(dialect, &with_column(ty, "")) {
                Err(message) => refused(&message),
                Ok((lines, script)) => {
                    let name = dialect.quote("v");
                    let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
                    match run(dialect, &script).await {
                        Ok(()) => code(line.trim_end_matches(" NOT NULL")),
                        Err(error) => format!("{REFUSED} {error}"),
                    }
                }
            };
            cells.push(cell);
        }
        out += &row(&code(ty), cells);
    }
    out
}

async fn attributes() -> String {
    let mut out = format!("| written | {HEAD}");
    for attribute in ATTRIBUTES {
        let mut cells = Vec::new();
        for dialect in DIALECTS {
            cells.push(attribute.cell(dialect).await);
        }
        let all_refused = cells.iter().all(|cell| cell.starts_with("refused"));
        assert!(!all_refused, "{}: {cells:#?}", attribute.written());
        out += &row(&attribute.written(), cells);
    }
    out
}

fn runs() -> String {
    let mut out = "| | PostgreSQL | SQLite | MariaDB, MySQL |\n|---|---|---|---|\n".to_owned();
    for (question, answers) in RUNS {
        let cell = |(answer, tests): &Shown| {
            let mut cell = (*answer).to_owned();
            for test in *tests {
                let _ = write!(cell, " <sub>{}</sub>", code(test));
            }
            cell
        };
        out += &row(question, answers.iter().map(cell).collect());
    }
    out
}

#[test]
fn every_answer_is_shown_by_a_test_that_exists() {
    let tests: BTreeSet<&str> =
        RUNS.iter().flat_map(|(_, answers)| answers).flat_map(|(_, tests)| *tests).copied().collect();
    let missing: Vec<&&str> = tests.iter().filter(|test| named::body(test).is_none()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(RUNS.iter().flat_map(|(_, answers)| answers).all(|(_, tests)| !tests.is_empty()));
}

#[tokio::test]
async fn the_page_is_what_the_build_drafts_and_the_servers_take() {
    let page = Page::read("docs/databases.md");
    let mut text = page.text.clone();
    for (name, table) in [("types", types().await), ("attributes", attributes().await), ("runs", runs())] {
        let (before, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        text = format!("{before}<!-- {name} -->\n{table}<!-- end -->{after}");
    }
    let refused: Vec<&str> = text.lines().filter(|line| line.contains(REFUSED)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page.path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&page.path).unwrap(), text, "`UPDATE_DOCS=1` writes it");
}
