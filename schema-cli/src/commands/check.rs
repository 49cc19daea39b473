use std::fmt;

use schema_core::build::State;
use schema_core::diag::Finding;
use schema_core::released::broken;
use schema_runtime::released::release;
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::{Outcome, Report, count, findings_text};

/// For CI: do structs, base and migration files agree, and is everything sealed?
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Would the crate's version at this tag, branch or commit survive what the structs no longer have?
    #[arg(long, value_name = "TAG")]
    released: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<String>,
}

/// What the structs of today no longer have, and the release uses.
fn survived(state: &State, tag: &str) -> Result<Vec<Finding>, Failure> {
    let release = release(&state.project, tag)?;
    let (scan, _) = state.compare()?;
    let errors: Vec<Finding> = scan.findings.into_iter().filter(Finding::is_error).collect();
    if errors.is_empty() { Ok(broken(&release, &scan.model.schema)) } else { Err(errors.into()) }
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Checked, Failure> {
        let project = global.project()?;
        let state = State::load(&project);
        let findings = match &self.released {
            None => state.and_then(|state| state.check()).unwrap_or_else(|findings| findings),
            Some(tag) => survived(&state.map_err(Failure::from)?, tag)?,
        };
        Ok(Checked { findings, released: self.released.clone() })
    }
}

impl Report for Checked {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.findings.iter().any(Finding::is_error))
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(tag)) = (self.findings.is_empty(), &self.released) {
            return write!(f, "nothing that {tag} uses goes, and it gives all that rows must have");
        }
        if self.findings.is_empty() {
            return f.write_str("structs, base and migrations agree, and everything is sealed");
        }
        write!(f, "{}\n{}", findings_text(&self.findings), count(self.findings.len(), "finding"))
    }
}
