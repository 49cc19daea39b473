use std::fmt;

use schema_core::build::State;
use schema_runtime::connect::ConnectSettings;
use schema_runtime::migrate::{BackfillState, Backfilling};
use serde::Serialize;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::migrations::Target;
use crate::output::{ADDED, CHANGED, Outcome, QUIET, REMOVED, Report, paint};

/// Show, pause and resume the filling of rows, while it runs or between two runs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show how far each backfill is that is pending or under way
    Status(Which),
    /// Let a running one end behind its batch, and none begin or go on
    Pause(Which),
    /// Let the next `migrate` go on
    Resume(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The version of its file [default: all]
    version: Option<i64>,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Backfills {
    place: String,
    backfills: Vec<Backfilling>,
    #[serde(skip)]
    ends_with: Outcome,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Backfills, Failure> {
        let (Action::Status(which) | Action::Pause(which) | Action::Resume(which)) = &self.action;
        let url = which.database.required_url()?;
        let state = State::load(&global.project()?)?;
        let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
        let mut target = Target::open(&state, &url, &settings)?;
        let version = which.version;
        let backfills = match self.action {
            Action::Status(_) => target.run(async |migrator, connection| migrator.backfills(connection).await)?,
            Action::Pause(_) => {
                target.run(async |migrator, connection| migrator.pause_backfill(connection, version).await)?
            }
            Action::Resume(_) => {
                target.run(async |migrator, connection| migrator.resume_backfill(connection, version).await)?
            }
        };
        let is_meant = |one: &Backfilling| version.is_none_or(|version| version == one.version);
        let backfills: Vec<_> = backfills.into_iter().filter(is_meant).collect();
        let is_status = matches!(self.action, Action::Status(_));
        let ends_with = Outcome::differences_if(is_status && !backfills.is_empty());
        Ok(Backfills { place: target.place().to_owned(), backfills, ends_with })
    }
}

impl Report for Backfills {
    fn outcome(&self) -> Outcome {
        self.ends_with
    }
}

impl fmt::Display for Backfills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.backfills.is_empty() {
            return write!(f, "no rows are to be filled: {}", self.place);
        }
        self.backfills.iter().try_for_each(|one| writeln!(f, "{}", line(one)))
    }
}

fn line(one: &Backfilling) -> String {
    let (word, style) = match one.state {
        BackfillState::Pending => ("pending", CHANGED),
        BackfillState::Running => ("running", ADDED),
        BackfillState::Interrupted => ("interrupted", REMOVED),
        BackfillState::Paused => ("paused", CHANGED),
    };
    let back = if one.reverting { " (on the way back)" } else { "" };
    let progress = one.progress.as_ref().map(|progress| {
        let second = if progress.pass > 1 { ", second pass" } else { "" };
        format!(
            "\n            {} of about {} rows seen{second}, {} filled in {} batches since {}",
            progress.rows_seen, progress.rows_estimated, progress.rows_filled, progress.batches, progress.started
        )
    });
    format!(
        "{} {} {}{back} {}{}",
        paint(style, format!("{word:<11}")),
        one.version,
        one.description,
        paint(QUIET, format!("{}.{}", one.table, one.column)),
        progress.unwrap_or_default()
    )
}
