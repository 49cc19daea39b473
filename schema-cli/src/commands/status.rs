use std::fmt;
use std::path::PathBuf;

use schema_core::build::State;
use schema_core::diag::Finding;
use schema_runtime::connect::ConnectSettings;
use schema_runtime::migrate::{self, Entry};
use serde::Serialize;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::files::{Pair, relative};
use crate::migrations::Target;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, REMOVED, Report, count, findings_text, paint};

/// Show base, draft and, where a URL is given, the database
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Status {
    dialect: schema_core::ir::Dialect,
    /// The newest sealed migration.
    head: Option<i64>,
    sealed: usize,
    draft: Vec<Pair>,
    edited: Vec<PathBuf>,
    hand_written: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<Database>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Database {
    place: String,
    migrations: Vec<Entry>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Status, Failure> {
        let project = global.project()?;
        let state = State::load(&project)?;
        let status = state.status();
        let mut findings = state.warnings.clone();
        let pairs =
            |all: &[schema_core::migration::Migration]| all.iter().map(|one| Pair::new(&project, one)).collect();
        let database = match self.database.url() {
            None => None,
            Some(url) => match database_status(&state, &url) {
                Ok((database, found)) => {
                    findings.extend(found);
                    Some(database)
                }
                Err(failure) => {
                    findings.extend(failure.into_findings());
                    None
                }
            },
        };
        Ok(Status {
            dialect: project.dialect,
            head: status.head,
            sealed: status.sealed,
            draft: pairs(&status.draft),
            edited: status.edited.iter().map(|path| relative(&project, path)).collect(),
            hand_written: pairs(&status.hand_written),
            database,
            findings,
        })
    }
}

fn database_status(state: &State, url: &str) -> Result<(Database, Vec<Finding>), Failure> {
    let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
    let mut target = Target::open(state, url, &settings)?;
    let status = target.run(async |migrator, connection| migrator.status(connection).await)?;
    Ok((Database { place: target.place().to_owned(), migrations: status.entries }, status.findings))
}

impl Status {
    fn is_settled(&self) -> bool {
        let applied = |entry: &Entry| entry.state == migrate::State::Applied;
        self.draft.is_empty()
            && self.hand_written.is_empty()
            && self.findings.is_empty()
            && self.database.iter().flat_map(|database| &database.migrations).all(applied)
    }
}

impl Report for Status {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.is_settled())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = |text: &str| paint(HEADING, format!("{text:<10}"));
        let head = self.head.map_or_else(|| "empty".to_owned(), |head| head.to_string());
        writeln!(f, "{}{head}, {}, {}", label("base"), count(self.sealed, "sealed migration"), self.dialect)?;
        if self.draft.is_empty() {
            writeln!(f, "{}none", label("draft"))?;
        }
        self.draft.iter().try_for_each(|pair| writeln!(f, "{}{}", label("draft"), pair.up.display()))?;
        self.edited.iter().try_for_each(|path| writeln!(f, "{}{}", label("  edited"), path.display()))?;
        self.hand_written.iter().try_for_each(|pair| writeln!(f, "{}{}", label("by hand"), pair.up.display()))?;
        if let Some(database) = &self.database {
            writeln!(f, "{}{}", label("database"), database.place)?;
            database.migrations.iter().try_for_each(|entry| writeln!(f, "  {}", entry_text(entry)))?;
        }
        f.write_str(&findings_text(&self.findings))
    }
}

fn entry_text(entry: &Entry) -> String {
    let (word, style) = match entry.state {
        migrate::State::Applied => ("applied", ADDED),
        migrate::State::Pending => ("pending", CHANGED),
        migrate::State::Changed => ("changed", REMOVED),
        migrate::State::Missing => ("missing", REMOVED),
        migrate::State::Interrupted => ("interrupted", REMOVED),
        migrate::State::Paused => ("paused", CHANGED),
        migrate::State::Failed => ("failed", REMOVED),
    };
    let draft = if entry.draft { " (draft)" } else { "" };
    format!("{} {} {}{draft}", paint(style, format!("{word:<11}")), entry.version, entry.description)
}
