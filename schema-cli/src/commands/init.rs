use std::fmt;
use std::path::{Path, PathBuf};

use schema_core::ir::{Dialect, Schema};
use schema_core::snapshot::Snapshot;
use serde::Serialize;

use super::init_manifest::{self, Checkout};
use crate::database;
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, QUIET, Report, paint};

/// Prepare a crate: build.rs, dependencies, schema/, migrations/
///
/// Writes what is missing and changes nothing that is there, so it can be run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database to write SQL for [default: that of schema/ or of DATABASE_URL, else sqlite]
    #[arg(long, value_parser = database::parse_dialect, value_name = "sqlite|postgres")]
    dialect: Option<Dialect>,
    /// A checkout of this project, for path dependencies [default: the one this program was built from]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Initialised {
    dialect: Dialect,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    path: &'static str,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Created,
    Changed,
    Unchanged,
    /// The file is the user's: the note says what it must hold.
    ByHand,
}

impl Args {
    pub(crate) fn run(&self, crate_dir: &Path) -> Result<Initialised, Failure> {
        let dialect = self.dialect(crate_dir)?;
        let checkout = Checkout::find(self.path.as_deref())?;
        let steps = vec![
            manifest(crate_dir, dialect, &checkout)?,
            build_script(crate_dir, dialect)?,
            snapshot(crate_dir, dialect)?,
            migrations(crate_dir)?,
            gitattributes(crate_dir)?,
        ];
        Ok(Initialised { dialect, steps })
    }

    fn dialect(&self, crate_dir: &Path) -> Result<Dialect, Failure> {
        let recorded = database::recorded_dialect(crate_dir)?;
        match (self.dialect, recorded) {
            (Some(asked), Some(recorded)) if asked != recorded => Err(Failure::new(format!(
                "`schema/snapshot.json` says {recorded}, --dialect says {asked}"
            ))
            .help("a crate has one database: leave --dialect out, or remove schema/ and migrations/ to start over")),
            (Some(dialect), _) | (None, Some(dialect)) => Ok(dialect),
            (None, None) => Ok(database::dialect_of_environment().unwrap_or(Dialect::Sqlite)),
        }
    }
}

fn manifest(dir: &Path, dialect: Dialect, checkout: &Checkout) -> Result<Step, Failure> {
    let path = dir.join("Cargo.toml");
    let text = read(&path)?;
    let added = init_manifest::add_dependencies(&text, dialect, checkout)
        .map_err(|error| Failure::new(format!("`{}` can't be changed: {error}", path.display())))?;
    if added.names.is_empty() {
        return Ok(Step { path: "Cargo.toml", action: Action::Unchanged, note: None });
    }
    write(&path, &added.text)?;
    Ok(Step { path: "Cargo.toml", action: Action::Changed, note: Some(format!("adds {}", added.names.join(", "))) })
}

fn build_script(dir: &Path, dialect: Dialect) -> Result<Step, Failure> {
    let path = dir.join("build.rs");
    let call = format!("schema_core::build::Build::new(schema_core::ir::Dialect::{dialect:?}).run();");
    if !path.exists() {
        let text = format!(
            "//! Compares the structs with `schema/` and writes the difference to `migrations/`.\n\nfn main() {{\n    {call}\n}}\n"
        );
        write(&path, &text)?;
        return Ok(Step { path: "build.rs", action: Action::Created, note: None });
    }
    if read(&path)?.contains("schema_core::") {
        return Ok(Step { path: "build.rs", action: Action::Unchanged, note: None });
    }
    Ok(Step { path: "build.rs", action: Action::ByHand, note: Some(format!("add to its main: {call}")) })
}

fn snapshot(dir: &Path, dialect: Dialect) -> Result<Step, Failure> {
    let folder = dir.join("schema");
    if folder.join("snapshot.json").exists() {
        return Ok(Step { path: "schema/snapshot.json", action: Action::Unchanged, note: None });
    }
    let empty = Snapshot { schema: Schema::empty(dialect), head: None, chain: String::new() };
    empty.write(&folder).map_err(|error| Failure::new(format!("`{}` can't be written: {error}", folder.display())))?;
    Ok(Step { path: "schema/snapshot.json", action: Action::Created, note: None })
}

fn migrations(dir: &Path) -> Result<Step, Failure> {
    let folder = dir.join("migrations");
    if folder.is_dir() {
        return Ok(Step { path: "migrations/", action: Action::Unchanged, note: None });
    }
    std::fs::create_dir(&folder)
        .map_err(|error| Failure::new(format!("`{}` can't be made: {error}", folder.display())))?;
    Ok(Step { path: "migrations/", action: Action::Created, note: None })
}

/// Line endings are part of a migration's checksum (BUGS.md B29).
fn gitattributes(dir: &Path) -> Result<Step, Failure> {
    const LINES: [&str; 2] = ["/migrations/*.sql text eol=lf", "/schema/** text eol=lf"];
    let path = dir.join(".gitattributes");
    let before = if path.exists() { read(&path)? } else { String::new() };
    let missing: Vec<&str> = LINES.into_iter().filter(|line| !before.lines().any(|known| known.trim() == *line)).collect();
    if missing.is_empty() {
        return Ok(Step { path: ".gitattributes", action: Action::Unchanged, note: None });
    }
    let action = if path.exists() { Action::Changed } else { Action::Created };
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    write(&path, &format!("{before}{gap}{}\n", missing.join("\n")))?;
    Ok(Step { path: ".gitattributes", action, note: None })
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::new(format!("`{}` can't be read: {error}", path.display())))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::new(format!("`{}` can't be written: {error}", path.display())))
}

impl Report for Initialised {
    fn outcome(&self) -> Outcome {
        match self.steps.iter().any(|step| step.action == Action::ByHand) {
            true => Outcome::Differences,
            false => Outcome::Done,
        }
    }
}

impl fmt::Display for Initialised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let action = match step.action {
                Action::Created => paint(ADDED, "created  "),
                Action::Changed => paint(CHANGED, "changed  "),
                Action::Unchanged => paint(QUIET, "unchanged"),
                Action::ByHand => paint(CHANGED, "to do    "),
            };
            write!(f, "{action} {}", step.path)?;
            match &step.note {
                Some(note) => writeln!(f, " ({note})")?,
                None => writeln!(f)?,
            }
        }
        let url = match self.dialect {
            Dialect::Sqlite => "sqlite://dev.db?mode=rwc",
            Dialect::Postgres => "postgres://localhost/dev",
        };
        write!(f, "\n{}: declare a table, for example\n\n{EXAMPLE}\n", paint(HEADING, "next"))?;
        write!(
            f,
            "then `cargo build`, read what appeared in migrations/, and apply it:\n\n    \
             cargo schema migrate --database-url {url}"
        )
    }
}

const EXAMPLE: &str = "    \
    #[derive(schema_runtime::Table, sqlx::FromRow)]
    pub struct Customer {
        #[column(primary_key, identity)]
        pub id: i64,
        #[column(unique)]
        pub email: String,
        pub phone: Option<String>,
    }
";
