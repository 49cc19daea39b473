use std::fmt;

use schema_core::build::Fold;
use schema_runtime::squash::{Proof, squash};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::Pair;
use crate::output::{ADDED, HEADING, Outcome, QUIET, REMOVED, Report, count, paint};
use crate::sides::BenchArgs;

/// Fold old migrations into one baseline that makes the same, and prove it
///
/// The baseline gets the version of the newest that it stands for. A new database runs it; one that has all of the folded
/// migrations gets it in their place at its next `migrate`, and nothing runs. One that has only a part of them is refused: bring it
/// up to date before.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The oldest migration that stays
    #[arg(long, value_name = "VERSION")]
    before: i64,
    /// Prove it, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Squashed {
    version: i64,
    /// How many migrations the baseline stands for.
    folded: usize,
    proof: Proof,
    /// None where nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<Pair>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Squashed, Failure> {
        let project = global.project()?;
        let fold = Fold::new(&project, self.before)?;
        let (baseline, proof) = self.bench.run(project.dialect, async |bench| squash(bench, &fold).await)?;
        let writes = proof.faults.is_empty() && !self.dry_run;
        let written = writes.then(|| fold.write(&baseline)).transpose()?;
        let written = written.map(|migration| Pair::new(&project, &migration));
        Ok(Squashed { version: fold.version(), folded: fold.folded.len(), proof, written })
    }
}

impl Report for Squashed {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.proof.faults.is_empty())
    }
}

impl fmt::Display for Squashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = &self.proof;
        let folded = count(self.folded, "migration");
        writeln!(f, "{}", paint(HEADING, format!("{} baseline of {folded}", self.version)))?;
        proof.faults.iter().try_for_each(|text| writeln!(f, "  {}", paint(REMOVED, text)))?;
        proof.notes.iter().try_for_each(|text| writeln!(f, "  {}", paint(QUIET, text)))?;
        if !proof.faults.is_empty() {
            writeln!(f, "the baseline is not equal to what it stands for, so nothing is written")?;
            return write!(
                f,
                "  {} fold less: `--before` a version in front of what is named",
                paint(HEADING, "help:")
            );
        }
        let by = if proof.dumped { format!("catalog, {}", proof.dumped_by) } else { "catalog".to_owned() };
        let behind = count(proof.behind, "migration");
        let proven =
            format!("proven equal: {by}, {}; up, down, up again; {behind} behind it", count(proof.rows, "row"));
        writeln!(f, "{}", paint(ADDED, proven))?;
        match &self.written {
            Some(pair) => {
                writeln!(
                    f,
                    "{} {}, and removed the {folded} that it stands for",
                    paint(ADDED, "wrote"),
                    pair.up.display()
                )?;
                f.write_str(
                    "commit migrations/ and schema/; each database takes it over with its next `cargo schema migrate`",
                )
            }
            None => f.write_str("nothing is written"),
        }
    }
}
