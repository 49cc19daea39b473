use std::fmt;

use schema_core::build::{Fill, new_backfill, new_empty};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::Pair;
use crate::output::{ADDED, Report, paint};

/// Write a pair of migration files: an empty one to fill in by hand, or one that fills a column's rows
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it does: `"correct the country codes"` [default with --backfill: the column]
    #[arg(required_unless_present = "backfill")]
    name: Option<String>,
    /// Fill this column, in batches that can be paused and resumed: `users.email`
    #[arg(long, value_name = "TABLE.COLUMN", requires = "value")]
    backfill: Option<String>,
    /// What its rows get, an expression on the row: `"lower(email)"`
    #[arg(long = "set", value_name = "SQL", requires = "backfill")]
    value: Option<String>,
    /// Which rows [default: all that do not hold it]
    #[arg(long = "where", value_name = "SQL", requires = "backfill")]
    condition: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Made {
    migration: Pair,
    #[serde(skip)]
    is_written: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Made, Failure> {
        let project = global.project()?;
        let fill = self.fill();
        let made = match &fill {
            Some(fill) => new_backfill(&project, self.name.as_deref(), fill)?,
            None => new_empty(&project, self.name.as_deref().unwrap_or_default())?,
        };
        Ok(Made { migration: Pair::new(&project, &made), is_written: fill.is_some() })
    }

    fn fill(&self) -> Option<Fill> {
        let (column, value) = self.backfill.clone().zip(self.value.clone())?;
        Some(Fill { column, value, condition: self.condition.clone() })
    }
}

impl Report for Made {}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = [Some(&self.migration.up), self.migration.down.as_ref()];
        files
            .into_iter()
            .flatten()
            .try_for_each(|path| writeln!(f, "{} {}", paint(ADDED, "created"), path.display()))?;
        f.write_str(match self.is_written {
            true => "look it over, try it with migrate, then `cargo schema seal`",
            false => "write both ways, try them with migrate and revert, then `cargo schema seal`",
        })
    }
}
