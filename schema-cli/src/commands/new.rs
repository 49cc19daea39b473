use std::fmt;

use schema_core::build::new_empty;
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::Pair;
use crate::output::{ADDED, Report, paint};

/// Write an empty pair of migration files to fill in by hand
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it does: `"correct the country codes"`
    name: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Made {
    migration: Pair,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Made, Failure> {
        let project = global.project()?;
        let made = new_empty(&project, &self.name)?;
        Ok(Made { migration: Pair::new(&project, &made) })
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
        f.write_str("write both ways, try them with migrate and revert, then `cargo schema seal`")
    }
}
