//! What a reviewer of a change wants to know: what it does, that it undoes itself, what it costs (`cargo schema report`).
//!
//! [`choose`] finds the migrations that are meant, [`Report::of`] puts together what is known of them, and
//! [`Report::markdown`] prints it as a comment of a pull request. What has to be run is run by others and handed in as
//! [`Facts`]: nothing here says of itself that it holds.

mod blockers;
mod details;
mod escape;
mod markdown;
mod notes;
mod select;
mod summary;
#[cfg(test)]
mod tests;
mod validation;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::advise::Advice;
use crate::build::State;
use crate::describe::Line;
use crate::diag::Finding;
use crate::ir::Dialect;
use crate::lint;
use crate::locks::Locks;
use crate::snapshot::FileChange;

pub use blockers::Blocker;
pub use details::{ChangedFile, Detail, Direction, Standing};
pub use markdown::{LIMIT, MARKER};
pub use notes::{FileLocks, HazardNote, Notes};
pub use select::{Chosen, Wanted, choose};
pub use summary::Summary;
pub use validation::{Check, Outcome};

/// A report on some migrations.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The database.
    pub dialect: Dialect,
    /// What it is about: `draft`, `migration 20260102030405 (rename)`, `migrations A..B`.
    pub subject: String,
    /// The versions it is about, in order.
    pub versions: Vec<i64>,
    /// The three answers in short.
    pub summary: Summary,
    /// Each file: its direction, whether there is a way back, what happens to rows.
    pub migrations: Vec<Detail>,
    /// What becomes of the schema.
    pub changes: Vec<Line>,
    /// How that is known, or why it isn't.
    pub changes_basis: String,
    /// The files that the change consists of.
    pub files: Vec<ChangedFile>,
    /// The commands that say the same as was run for this report.
    pub commands: Vec<String>,
    /// What was looked at, and what came of it.
    pub validation: Vec<Check>,
    /// Locks, time, when to run.
    pub notes: Notes,
    /// What stands in the way.
    pub blockers: Vec<Blocker>,
}

/// What is known of the migrations that are chosen.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The crate.
    pub state: &'a State,
    /// What the report is about.
    pub chosen: &'a Chosen,
    /// What becomes of the schema.
    pub changes: Changes,
    /// Errors in the migrations folder and the records of it.
    pub faults: Vec<Finding>,
    /// What keeps structs and draft from agreeing; `None` where the structs of today have no say.
    pub structs: Option<Vec<Finding>>,
    /// What the linter says of the files.
    pub lint: lint::Report,
    /// Advice on the tables that change; `None` where the structs of today have no say.
    pub advice: Option<Vec<Advice>>,
    /// What came of running the migrations, if they were run.
    pub proof: Option<Proof>,
    /// What was measured of them for this report, or why it could not be.
    pub measured: Option<Result<Locks, String>>,
    /// The commands that say the same.
    pub commands: Vec<String>,
    /// The command that runs what was not run.
    pub verifying: String,
}

/// What becomes of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Object by object.
    pub lines: Vec<Line>,
    /// The files of the base that record it, relative to the schema folder.
    pub files: BTreeMap<PathBuf, FileChange>,
    /// How that is known, or why it isn't.
    pub basis: String,
}

/// What came of running migrations there, back and there again, on rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// One for each.
    pub migrations: Vec<Proved>,
    /// What is wrong with all of them together; `None` where they were not run together.
    pub whole: Option<Vec<String>>,
}

/// What came of one migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// Its version.
    pub version: i64,
    /// The last version of those that were tried as one with it; its own where it was tried alone.
    pub through: i64,
    /// Its description.
    pub description: String,
    /// Why there is no way back, if there is none.
    pub irreversible: Option<String>,
    /// Whether the up, the down and the second up run.
    pub runs: Outcome,
    /// Whether the catalog is each time what it must be.
    pub catalogs: Outcome,
    /// Whether rows are each time what they must be.
    pub rows: Outcome,
    /// How many rows were put in.
    pub put_in: usize,
    /// How many rows were compared.
    pub compared: usize,
    /// How often the runner was killed, and how often another run mended that.
    pub kills: Option<(usize, usize)>,
    /// What is wrong, in words.
    pub faults: Vec<String>,
    /// What isn't as it was, as the file says.
    pub stated: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Proved {
    /// Whether a version was tried, alone or with others.
    pub(crate) fn is_about(&self, version: i64) -> bool {
        (self.version..=self.through).contains(&version)
    }
}

impl Report {
    /// Puts together what is known.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let migrations = details::details(facts);
        let blockers = blockers::blockers(facts);
        let notes = notes::notes(facts);
        let summary = summary::summary(facts, &migrations, &notes, blockers.len());
        Self {
            dialect: facts.state.project.dialect,
            subject: facts.chosen.title.clone(),
            versions: facts.chosen.versions.clone(),
            summary,
            migrations,
            changes: facts.changes.lines.clone(),
            changes_basis: facts.changes.basis.clone(),
            files: details::files(facts),
            commands: facts.commands.clone(),
            validation: validation::validation(facts),
            notes,
            blockers,
        }
    }

    /// True when something stands in the way.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        !self.blockers.is_empty()
    }
}

/// `1 migration`, `2 migrations`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
