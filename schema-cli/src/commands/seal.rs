use std::fmt;

use schema_core::build::{State, seal};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::Pair;
use crate::output::{ADDED, Report, paint};

/// Make the draft history: its files are never written again, and the base moves on
///
/// Migrations written by hand since the last seal are sealed with it. A draft edited by hand is sealed as it stands.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Call the draft's files this
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Sealed {
    sealed: Vec<Pair>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Sealed, Failure> {
        let project = global.project()?;
        let status = State::load(&project)?.status();
        if status.draft.is_empty() && status.hand_written.is_empty() {
            return Ok(Sealed { sealed: Vec::new() });
        }
        let sealed = seal(&project, self.name.as_deref())?;
        Ok(Sealed { sealed: sealed.iter().map(|migration| Pair::new(&project, migration)).collect() })
    }
}

impl Report for Sealed {}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sealed.is_empty() {
            return f
                .write_str("nothing to seal: there is no draft (`cargo build` writes one when the structs change)");
        }
        self.sealed.iter().try_for_each(|pair| writeln!(f, "{} {}", paint(ADDED, "sealed"), pair.up.display()))?;
        f.write_str("commit migrations/ and schema/ together with the structs")
    }
}
