use std::fmt;
use std::path::{Path, PathBuf};

use schema_core::build::{Project, adopt};
use schema_core::ir::Dialect;
use schema_core::snapshot::{Snapshot, recorded_dialect};
use serde::Serialize;

use super::init_manifest::{self, Checkout};
use crate::args::Global;
use crate::database;
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, QUIET, Report, count, paint};

/// Prepare a crate: dependencies, build.rs, schema/, migrations/
///
/// Writes what is missing and changes nothing that is there, so it can be run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database to write SQL for [default: that of schema/, else sqlite]
    #[arg(long, value_parser = database::parse_dialect, value_name = database::DIALECTS)]
    dialect: Option<Dialect>,
    /// A checkout of this project, for path dependencies [default: the one this program was built from]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Take what the structs say now as what the existing migrations make
    #[arg(long)]
    adopt: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Initialised {
    dialect: Dialect,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) path: &'static str,
    pub(super) action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Created,
    Changed,
    Unchanged,
    /// The file is the user's: the note says what it must hold.
    ByHand,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Initialised, Failure> {
        let crate_dir = global.crate_dir()?;
        let dialect = self.dialect(global.stated_dialect(&crate_dir)?)?;
        let project = global.project_of(&crate_dir, dialect)?;
        let checkout = Checkout::find(self.path.as_deref())?;
        let steps = vec![
            manifest(&crate_dir, dialect, &checkout, &[])?,
            build_script(&crate_dir, dialect)?,
            self.base(&project)?,
            migrations(&project.migrations)?,
        ];
        Ok(Initialised { dialect, steps })
    }

    fn dialect(&self, stated: Option<Dialect>) -> Result<Dialect, Failure> {
        match (self.dialect, stated) {
            (Some(asked), Some(stated)) if asked != stated => {
                Err(Failure::new(format!("the crate's database is {stated}, --dialect says {asked}"))
                    .help("leave --dialect out, or remove schema/, migrations/ and what build.rs says, to start over"))
            }
            (asked, stated) => Ok(asked.or(stated).unwrap_or(Dialect::Sqlite)),
        }
    }

    fn base(&self, project: &Project) -> Result<Step, Failure> {
        let path = "schema/";
        if self.adopt {
            let covered = adopt(project)?;
            let note = format!("the structs as they are, for {}", count(covered, "existing migration"));
            return Ok(Step { path, action: Action::Created, note: Some(note) });
        }
        if recorded_dialect(&project.schema_dir).is_some() {
            return Ok(Step { path, action: Action::Unchanged, note: None });
        }
        Snapshot::empty(project.dialect)
            .write(&project.schema_dir)
            .map_err(|error| Failure::new(format!("`{}` can't be written: {error}", project.schema_dir.display())))?;
        Ok(Step { path, action: Action::Created, note: None })
    }
}

pub(super) fn manifest(
    dir: &Path,
    dialect: Dialect,
    checkout: &Checkout,
    sqlx_features: &[&str],
) -> Result<Step, Failure> {
    let path = dir.join("Cargo.toml");
    let text = read(&path)?;
    let added = init_manifest::add_dependencies(&text, dialect, checkout, sqlx_features)
        .map_err(|error| Failure::new(format!("`{}` can't be changed: {error}", path.display())))?;
    if added.names.is_empty() {
        return Ok(Step { path: "Cargo.toml", action: Action::Unchanged, note: None });
    }
    write(&path, &added.text)?;
    Ok(Step { path: "Cargo.toml", action: Action::Changed, note: Some(format!("adds {}", added.names.join(", "))) })
}

pub(super) fn build_script(dir: &Path, dialect: Dialect) -> Result<Step, Failure> {
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

/// Line endings are part of a migration's checksum (BUGS.md B29).
pub(super) fn migrations(folder: &Path) -> Result<Step, Failure> {
    let path = "migrations/.gitattributes";
    let file = folder.join(".gitattributes");
    if file.exists() {
        return Ok(Step { path, action: Action::Unchanged, note: None });
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("`{}` can't be made: {error}", folder.display())))?;
    write(&file, "*.sql text eol=lf\n")?;
    Ok(Step { path, action: Action::Created, note: None })
}

pub(super) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::new(format!("`{}` can't be read: {error}", path.display())))
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::new(format!("`{}` can't be written: {error}", path.display())))
}

impl Report for Initialised {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.steps.iter().any(|step| step.action == Action::ByHand))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.action {
            Action::Created => paint(ADDED, "created  "),
            Action::Changed => paint(CHANGED, "changed  "),
            Action::Unchanged => paint(QUIET, "unchanged"),
            Action::ByHand => paint(CHANGED, "to do    "),
        };
        write!(f, "{action} {}", self.path)?;
        match &self.note {
            Some(note) => write!(f, " ({note})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Initialised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        let url = match self.dialect {
            Dialect::Sqlite => "sqlite://dev.db",
            Dialect::MariaDb => "mariadb://localhost/dev",
            Dialect::MySql => "mysql://localhost/dev",
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
