use std::fmt;

use schema_runtime::drift::{Difference, Drift, Kind, drift};
use schema_runtime::sides::Side;
use serde::Serialize;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, Outcome, QUIET, REMOVED, Report, findings_text, paint};
use crate::sides::{BenchArgs, side, stated};

/// Say how a database differs from what was sealed
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Compare with what the structs say now, instead of the sealed base
    #[arg(long)]
    models: bool,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Found {
    expected: &'static str,
    #[serde(flatten)]
    drift: Drift,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Found, Failure> {
        let name = if self.models { "models" } else { "snapshot" };
        let (expected, _) = side(global, name, None)?;
        let database = Side::Url(self.database.required_url()?);
        let (first, second) = (stated(&expected)?, stated(&database)?);
        let dialect = match (first, second) {
            (Some(first), Some(second)) if first != second => {
                return Err(Failure::new(format!("the crate is for {first}, and the database is {second}")));
            }
            (first, second) => first.or(second).ok_or_else(|| Failure::new("nothing says which database it is"))?,
        };
        let drift = self.bench.run(dialect, async |bench| drift(&expected, &database, bench).await)?;
        Ok(Found { expected: name, drift })
    }
}

impl Report for Found {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.drift.is_clean())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.drift.kept.is_empty() {
            let names: Vec<&str> = self.drift.kept.iter().map(String::as_str).collect();
            writeln!(f, "{}", paint(QUIET, format!("kept, see `cargo schema purge`: {}", names.join(", "))))?;
        }
        if self.drift.is_clean() {
            return write!(f, "no drift: the database holds what the {} says", self.expected);
        }
        for difference in &self.drift.differences {
            writeln!(f, "{}", line(difference))?;
        }
        for order in &self.drift.column_order {
            let (found, expected) = (order.found.join(", "), order.expected.join(", "));
            writeln!(
                f,
                "{}",
                paint(CHANGED, format!("~ {}: its columns are in the order {found}, not {expected}", order.object))
            )?;
        }
        f.write_str(&findings_text(&self.drift.findings))
    }
}

fn line(difference: &Difference) -> String {
    let (sign, style) = match difference.kind {
        Kind::Missing => ("-", REMOVED),
        Kind::Unexpected => ("+", ADDED),
        Kind::Different => ("~", CHANGED),
    };
    paint(style, format!("{sign} {difference}"))
}
