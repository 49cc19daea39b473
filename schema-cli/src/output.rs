//! How results reach the user: text with colours on a terminal, or one JSON object.

use std::fmt::Display;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use schema_core::diag::{Finding, Severity};
use serde::Serialize;

use crate::excerpt::excerpt;
use crate::failure::Failure;

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
pub(crate) const QUIET: Style = AnsiColor::BrightBlack.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// How a command ended that has something to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to do, or done.
    Done,
    /// There are differences or findings.
    Differences,
    /// Part of it failed; what it shows says which.
    Failed,
}

impl Outcome {
    pub(crate) fn differences_if(there_are: bool) -> Self {
        if there_are { Self::Differences } else { Self::Done }
    }
}

/// A command's result: `Display` is its text, `Serialize` its JSON.
pub(crate) trait Report: Display + Serialize {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }
}

/// Prints what a command returned, and says how the process ends.
pub(crate) fn finish<R: Report>(result: Result<R, Failure>, json: bool) -> ExitCode {
    match result {
        Ok(report) => {
            if json {
                print_json(&report);
            } else {
                anstream::println!("{}", report.to_string().trim_end());
            }
            match report.outcome() {
                Outcome::Done => ExitCode::SUCCESS,
                Outcome::Differences => ExitCode::from(1),
                Outcome::Failed => ExitCode::from(2),
            }
        }
        Err(failure) => {
            if json {
                print_json(&failure);
            } else {
                failure.findings().iter().for_each(|finding| anstream::eprintln!("{}", Styled(finding)));
            }
            ExitCode::from(2)
        }
    }
}

fn print_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => anstream::println!("{text}"),
        Err(error) => anstream::eprintln!("error: the result can't be written as JSON: {error}"),
    }
}

/// A piece of text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A finding as the compiler would show it.
pub(crate) struct Styled<'a>(pub(crate) &'a Finding);

impl Display for Styled<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let label = match self.0.severity {
            Severity::Error => paint(ERROR, "error"),
            Severity::Warning => paint(WARNING, "warning"),
        };
        write!(f, "{label}: {}", self.0.message)?;
        if let Some(place) = &self.0.place {
            match excerpt(place, self.0.severity) {
                Some(excerpt) => write!(f, "\n{excerpt}")?,
                None => write!(f, "\n  {} {place}", paint(QUIET, "-->"))?,
            }
        }
        self.0.help.iter().try_for_each(|line| write!(f, "\n  {} {line}", paint(HEADING, "help:")))
    }
}

/// Findings one below the other, as errors on standard error look.
pub(crate) fn findings_text(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{}\n", Styled(finding))).collect()
}

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
