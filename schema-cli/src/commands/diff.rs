use std::fmt;

use schema_core::build::State;
use schema_core::diag::Finding;
use serde::Serialize;

use crate::args::Global;
use crate::describe::{self, Line};
use crate::failure::Failure;
use crate::output::{ADDED, Outcome, REMOVED, Report, findings_text, paint};

/// List what the structs change in the base; writes nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the migrations, up and down, instead of the list
    #[arg(long)]
    sql: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Diff {
    changes: Vec<Line>,
    findings: Vec<Finding>,
    migrations: Vec<Pair>,
    #[serde(skip)]
    shows_sql: bool,
}

#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    up: String,
    down: String,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Diff, Failure> {
        let state = State::load(&global.project()?)?;
        let (_, comparison) = state.compare()?;
        let pairs = comparison.plan.pairs(state.project.dialect).into_iter();
        Ok(Diff {
            changes: describe::lines(&comparison.changes),
            findings: comparison.findings,
            migrations: pairs.map(|pair| Pair { name: pair.slug, up: pair.up, down: pair.down }).collect(),
            shows_sql: self.sql,
        })
    }
}

impl Report for Diff {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.changes.is_empty() || self.findings.iter().any(Finding::is_error))
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() && self.findings.is_empty() {
            return f.write_str("no difference: the structs say what the base says");
        }
        if self.shows_sql {
            for pair in &self.migrations {
                writeln!(f, "{}\n{}", paint(ADDED, format!("-- {} up", pair.name)), pair.up)?;
                writeln!(f, "{}\n{}", paint(REMOVED, format!("-- {} down", pair.name)), pair.down)?;
            }
        } else {
            f.write_str(&describe::text(&self.changes))?;
        }
        f.write_str(&findings_text(&self.findings))
    }
}
