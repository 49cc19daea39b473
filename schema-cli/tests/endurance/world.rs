//! A crate with migrations, databases with rows that they are for, and what an undisturbed run makes of them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use schema_core::ir::Dialect;
use schema_tests::nested::without_surroundings;
use schema_tests::target::{Target, ask};
use tempfile::TempDir;

use crate::files::{before, files};
use crate::support::{Ran, Shop};

/// So long no run takes, whatever happens to it.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);
pub(crate) const UP: &[&str] = &["migrate"];
pub(crate) const DOWN: &[&str] = &["revert", "--target", "0"];
const ROWS: u32 = 3_000;

/// All that can be seen of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    catalog: Vec<String>,
    rows: Vec<String>,
    records: Vec<String>,
}

/// What an undisturbed run leaves, and how long it takes.
pub(crate) struct World {
    pub(crate) dialect: Dialect,
    pub(crate) shop: Shop,
    pub(crate) up: Duration,
    pub(crate) down: Duration,
    pub(crate) applied: Seen,
    pub(crate) reverted: Seen,
}

/// A database with rows, before any migration.
pub(crate) struct Place {
    pub(crate) url: String,
    folder: Option<TempDir>,
}

impl Place {
    /// The SQLite file.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.as_ref().expect("a file").path().join("app.db")
    }
}

impl World {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        let shop = Shop::of(dialect.as_str());
        for (name, up, down) in files(dialect) {
            shop.write(&format!("migrations/{name}.up.sql"), &up);
            shop.write(&format!("migrations/{name}.down.sql"), &down);
        }
        let nothing = Seen { catalog: Vec::new(), rows: Vec::new(), records: Vec::new() };
        let mut world = Self {
            dialect,
            shop,
            up: Duration::ZERO,
            down: Duration::ZERO,
            applied: nothing.clone(),
            reverted: nothing,
        };
        let place = world.place().await;
        let start = Instant::now();
        world.run(&place.url, UP).ends(0);
        world.up = start.elapsed();
        world.applied = world.seen(&place.url).await;
        let start = Instant::now();
        world.run(&place.url, DOWN).ends(0);
        world.down = start.elapsed();
        world.reverted = world.seen(&place.url).await;
        world
    }

    /// A fresh one, on the server that all tests share.
    pub(crate) async fn place(&self) -> Place {
        let (url, folder) = match self.dialect {
            Dialect::Postgres => (schema_tests::postgres().await, None),
            Dialect::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (format!("sqlite:{}", folder.path().join("app.db").display()), Some(folder))
            }
            _ => (schema_tests::mariadb().await, None),
        };
        self.fill(&url).await;
        Place { url, folder }
    }

    /// Puts the tables with their rows into an empty database.
    pub(crate) async fn fill(&self, url: &str) {
        let url = if self.dialect == Dialect::Sqlite { format!("{url}?mode=rwc") } else { url.to_owned() };
        ask(&url, &before(self.dialect, ROWS)).await;
    }

    /// The program, in the crate.
    pub(crate) fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-schema"));
        command.arg("schema").args(arguments).current_dir(self.shop.dir());
        without_surroundings(&mut command).env("DATABASE_URL", url);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, url: &str, arguments: &[&str]) -> Child {
        self.command(url, arguments).spawn().unwrap()
    }

    pub(crate) fn run(&self, url: &str, arguments: &[&str]) -> Ran {
        self.command(url, arguments).output().unwrap().into()
    }

    pub(crate) async fn seen(&self, url: &str) -> Seen {
        let mut target = Target::open(url).await;
        let schema = target.schema().await;
        let mut catalog: Vec<String> = format!("{schema:#?}").lines().map(str::to_owned).collect();
        if self.dialect == Dialect::Postgres {
            catalog.extend(told(&mut target, VALID).await);
        }
        let mut rows = Vec::new();
        for (name, table) in &schema.tables {
            let columns: Vec<String> =
                table.columns.iter().map(|column| as_text(self.dialect, &self.dialect.quote(&column.name))).collect();
            let sql = format!("SELECT {} FROM {} ORDER BY id", columns.join(", "), self.dialect.qualified(name));
            rows.push(format!("{name}: {columns:?}"));
            rows.extend(told(&mut target, &sql).await);
        }
        let records = records(&mut target).await;
        target.close().await;
        Seen { catalog, rows, records }
    }

    /// Runs until it must have gone well, and compares.
    pub(crate) async fn goes_on(&self, url: &str, arguments: &[&str]) -> Result<(), String> {
        let ran = self.run(url, arguments);
        if ran.code != 0 {
            return Err(format!("`{}` does not go on: {}", arguments.join(" "), ran.err));
        }
        self.compare(url, arguments).await
    }

    /// What is there is what an undisturbed run leaves.
    pub(crate) async fn compare(&self, url: &str, arguments: &[&str]) -> Result<(), String> {
        let expected = if arguments == UP { &self.applied } else { &self.reverted };
        let found = self.seen(url).await;
        let parts = [
            ("the catalog", &expected.catalog, &found.catalog),
            ("rows", &expected.rows, &found.rows),
            ("records", &expected.records, &found.records),
        ];
        let differences: String =
            parts.iter().map(|(what, expected, found)| difference(what, expected, found)).collect();
        match differences.is_empty() {
            true => Ok(()),
            false => Err(format!("after `{}`:{differences}", arguments.join(" "))),
        }
    }

    /// Goes on to the end, takes all back, and compares both.
    pub(crate) async fn there_and_back(&self, url: &str) -> Result<(), String> {
        self.goes_on(url, UP).await?;
        self.goes_on(url, DOWN).await
    }
}

/// What goes on is said where a run fails.
pub(crate) fn says_how_to_go_on(ran: &Ran) -> Result<(), String> {
    let says = |text: &str| ran.err.contains(text);
    match ran.code {
        0 => Ok(()),
        2 if says("run again") || says("cargo schema ") => Ok(()),
        code => Err(format!("it ends with {code} and does not say how to go on: {}", ran.err)),
    }
}

/// Ends a run that takes longer than any may.
pub(crate) fn finish(mut child: Child, limit: Duration) -> Result<Ran, String> {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > limit {
            child.kill().unwrap();
            let ran = Ran::from(child.wait_with_output().unwrap());
            return Err(format!("it hangs: no end within {limit:?}: {}", ran.err));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(child.wait_with_output().unwrap().into())
}

/// Whether indexes and constraints hold for all rows.
const VALID: &str = "SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_s%' \
    UNION ALL SELECT conname || ' ' || convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE '\\_s%' ORDER BY 1";

fn as_text(dialect: Dialect, expression: &str) -> String {
    format!("CAST({expression} AS {})", if dialect.is_mysql() { "CHAR" } else { "TEXT" })
}

/// The rows of a query, each as one line.
async fn told(target: &mut Target, sql: &str) -> Vec<String> {
    let rows = target.rows(sql).await;
    rows.into_iter()
        .map(|row| row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join("|"))
        .collect()
}

/// What the migrator has written down; of times and durations nothing.
async fn records(target: &mut Target) -> Vec<String> {
    let dialect = target.dialect();
    let success = if dialect.is_mysql() { "success" } else { "CASE WHEN success THEN 1 ELSE 0 END" };
    let mut records = Vec::new();
    for (table, columns) in [
        ("_sqlx_migrations", vec!["version", success]),
        ("_schema_migrations", vec!["version", "phase"]),
        ("_schema_backfills", vec!["version"]),
        ("_schema_steps", vec!["version", "done"]),
    ] {
        let columns: Vec<String> = columns.iter().map(|column| as_text(dialect, column)).collect();
        // A backfill that has filled nothing holds nothing.
        let condition = if table == "_schema_backfills" { "WHERE batches > 0 " } else { "" };
        let sql = format!("SELECT {} FROM {table} {condition}ORDER BY version", columns.join(", "));
        // A table that is made when it is needed first holds nothing.
        if target.execute(&format!("SELECT 1 FROM {table}")).await.is_ok() {
            records.extend(told(target, &sql).await.into_iter().map(|row| format!("{table} {row}")));
        }
    }
    records
}

/// The first lines that differ.
fn difference(what: &str, expected: &[String], found: &[String]) -> String {
    let mut text = String::new();
    if expected != found {
        let _ = write!(text, "\n  {what} differ: {} lines, and {} without disturbance", found.len(), expected.len());
        let pairs = (0..expected.len().max(found.len())).map(|at| (expected.get(at), found.get(at)));
        for (expected, found) in pairs.filter(|(expected, found)| expected != found).take(4) {
            let _ = write!(text, "\n    expected {expected:?}, found {found:?}");
        }
    }
    text
}
