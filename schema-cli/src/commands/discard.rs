use std::fmt;
use std::path::PathBuf;

use schema_core::build::discard;
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::relative;
use crate::output::{REMOVED, Report, paint};

/// Remove the draft's files, also edited ones; the next build writes them anew
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
pub(crate) struct Discarded {
    removed: Vec<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Discarded, Failure> {
        let project = global.project()?;
        let removed = discard(&project)?.iter().map(|path| relative(&project, path)).collect();
        Ok(Discarded { removed })
    }
}

impl Report for Discarded {}

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.removed.is_empty() {
            return f.write_str("nothing to discard: there is no draft");
        }
        self.removed.iter().try_for_each(|path| writeln!(f, "{} {}", paint(REMOVED, "removed"), path.display()))
    }
}
