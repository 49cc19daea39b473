use std::fmt;

use schema_runtime::prove::{Options, Proof, prove};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::{ADDED, HEADING, Outcome, QUIET, REMOVED, Report, count, findings_text, paint};
use crate::sides::{Sides, WayArgs};

/// Run a change on a copy that holds rows: up, compared, down, compared, up again
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where it starts: `models`, `snapshot`, a database URL or a `.sql` file
    #[arg(long, value_name = "SIDE")]
    from: String,
    /// Where it leads
    #[arg(long, value_name = "SIDE")]
    to: String,
    /// How many rows each table gets
    #[arg(long, value_name = "N", default_value_t = Options::default().rows)]
    rows: usize,
    #[command(flatten)]
    way: WayArgs,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Proved(Proof);

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Proved, Failure> {
        let Sides { from, to, dialect, options } = self.way.sides(global, &self.from, &self.to)?;
        let options = Options { rows: self.rows, ..options };
        let proof = self.way.bench.run(dialect, async |bench| prove(&from, &to, &options, bench).await)?;
        Ok(Proved(proof))
    }
}

impl Report for Proved {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.0.holds())
    }
}

impl fmt::Display for Proved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = &self.0;
        if !proof.refused.is_empty() {
            writeln!(f, "{}", paint(HEADING, "refused, nothing was run; `--consent` gives what is asked for"))?;
            return f.write_str(&findings_text(&proof.refused));
        }
        let mut fact = |holds: bool, yes: &str, no: &str| {
            let (style, text) = if holds { (ADDED, yes) } else { (REMOVED, no) };
            writeln!(f, "{}", paint(style, text))
        };
        fact(proof.up, "up        it runs, and runs again", "up        it fails")?;
        fact(
            proof.reached,
            "reached   the catalog is what it shall be",
            "reached   the catalog is not what it shall be",
        )?;
        fact(proof.down, "down      it runs", "down      it fails")?;
        fact(proof.restored, "restored  the catalog is what it was", "restored  the catalog is not what it was")?;
        fact(proof.rows_kept, "rows      all that survive are kept", "rows      some are changed or lost")?;
        let migrations = count(proof.migrations.len(), "migration");
        writeln!(f, "{migrations}, run on {}", count(proof.rows.rows, "row"))?;
        if !proof.hazards.is_empty() {
            let codes: Vec<&str> = proof.hazards.iter().copied().collect();
            writeln!(f, "hazards: {} (`cargo schema explain CODE`)", codes.join(", "))?;
        }
        proof.differences.iter().try_for_each(|line| writeln!(f, "{}", paint(REMOVED, line)))?;
        let quiet = proof.column_order.iter().chain(&proof.stated).chain(&proof.rows.lacking).chain(&proof.notes);
        quiet.into_iter().try_for_each(|line| writeln!(f, "{}", paint(QUIET, line)))
    }
}
