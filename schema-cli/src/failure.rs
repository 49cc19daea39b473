//! What ends a command with exit code 2.

use schema_core::diag::Finding;
use schema_runtime::Error;
use serde::Serialize;

/// Why a command could not do its work: everything that is wrong, at once.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// Never empty.
    errors: Vec<Finding>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { errors: vec![Finding::error(None, message)] }
    }

    /// Adds a way out to the last error.
    pub(crate) fn help(mut self, line: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.help.push(line.into());
        }
        self
    }

    /// Refuses to go on where there is an error among the findings.
    pub(crate) fn of_errors(mut findings: Vec<Finding>) -> Result<(), Self> {
        findings.retain(Finding::is_error);
        if findings.is_empty() { Ok(()) } else { Err(findings.into()) }
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.errors
    }

    pub(crate) fn findings(&self) -> &[Finding] {
        &self.errors
    }
}

impl From<Vec<Finding>> for Failure {
    fn from(errors: Vec<Finding>) -> Self {
        Self { errors }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(findings) => findings.into(),
            other => from_text(&other.to_string()),
        }
    }
}

/// The runtime's messages carry their help as the compiler does.
fn from_text(text: &str) -> Failure {
    let mut parts = text.split("\n  help: ");
    let failure = Failure::new(parts.next().unwrap_or_default());
    parts.fold(failure, Failure::help)
}
