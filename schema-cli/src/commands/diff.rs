use std::fmt;

use schema_core::build::State;
use schema_core::describe::{Line, lines};
use schema_core::diag::Finding;
use schema_core::model::Intents;
use schema_core::plan::DraftPair;
use schema_runtime::prove::Way;
use schema_runtime::sides::Bench;
use serde::Serialize;

use crate::args::Global;
use crate::describe;
use crate::failure::Failure;
use crate::output::{ADDED, Outcome, REMOVED, Report, findings_text, paint};
use crate::sides::{Sides, WayArgs};

/// List what the structs change in the base, or what lies between any two sides; writes nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the migrations, up and down, instead of the list
    #[arg(long)]
    sql: bool,
    /// Where to start instead of the base: `models`, `snapshot`, a database URL or a `.sql` file
    #[arg(long, value_name = "SIDE", requires = "to")]
    from: Option<String>,
    /// Where to lead instead of to the structs
    #[arg(long, value_name = "SIDE", requires = "from")]
    to: Option<String>,
    #[command(flatten)]
    way: WayArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Diff {
    changes: Vec<Line>,
    findings: Vec<Finding>,
    migrations: Vec<Pair>,
    #[serde(skip)]
    shows_sql: bool,
    #[serde(skip)]
    is_between_sides: bool,
}

#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    up: String,
    down: String,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Diff, Failure> {
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            return self.between(global, from, to);
        }
        let state = State::load(&global.project()?)?;
        let (scan, comparison) = state.compare()?;
        let pairs = comparison.plan.pairs(state.project.dialect);
        Ok(self.diff(lines(&comparison.changes, &scan.model.intents), comparison.findings, pairs))
    }

    fn between(&self, global: &Global, from: &str, to: &str) -> Result<Diff, Failure> {
        let Sides { from, to, dialect, options } = self.way.sides(global, from, to)?;
        let read = async |bench: &Bench| Ok((from.read(bench).await?.schema, to.read(bench).await?.schema));
        let (from, to) = self.way.bench.run(dialect, read)?;
        let way = Way::new(&from, &to, &options);
        let pairs = way.plan.pairs(dialect);
        Ok(Diff { is_between_sides: true, ..self.diff(lines(&way.changes, &Intents::default()), way.findings, pairs) })
    }

    fn diff(&self, changes: Vec<Line>, findings: Vec<Finding>, pairs: Vec<DraftPair>) -> Diff {
        Diff {
            changes,
            findings,
            migrations: pairs.into_iter().map(|pair| Pair { name: pair.slug, up: pair.up, down: pair.down }).collect(),
            shows_sql: self.sql,
            is_between_sides: false,
        }
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
            let same =
                if self.is_between_sides { "both sides say the same" } else { "the structs say what the base says" };
            return write!(f, "no difference: {same}");
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
