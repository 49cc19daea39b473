use std::fmt;

use schema_core::build::State;
use schema_core::diag::Finding;
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::{Outcome, Report, count, findings_text};

/// For CI: do structs, base and migration files agree, and is everything sealed?
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    findings: Vec<Finding>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Checked, Failure> {
        let project = global.project()?;
        let findings = State::load(&project).and_then(|state| state.check()).unwrap_or_else(|findings| findings);
        Ok(Checked { findings })
    }
}

impl Report for Checked {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.findings.iter().any(Finding::is_error))
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return f.write_str("structs, base and migrations agree, and everything is sealed");
        }
        write!(f, "{}\n{}", findings_text(&self.findings), count(self.findings.len(), "finding"))
    }
}
