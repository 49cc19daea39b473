//! From changes to reversible steps, and from steps to migration files.

mod pairs;

use crate::diag::Finding;
use crate::dialect::{mysql, postgres, sqlite};
use crate::diff::Change;
use crate::ir::{Dialect, Schema};
use crate::model::Intents;
use crate::stats::Work;
pub(crate) use pairs::{Drafted, IN_STEP, drafted};
pub use pairs::{ExchangePart, exchange_part};

/// One reversible step. Its down undoes exactly its up; a plan's down is its steps' downs in reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, for the file's comment and its name: `add column users.email`.
    pub title: String,
    /// The object it changes, by which files are named: `users`.
    pub subject: String,
    /// Schema or data: the two never share a file.
    pub kind: StepKind,
    /// Whether other steps may share its file.
    pub alone: bool,
    /// Forward.
    pub up: Script,
    /// Back.
    pub down: Script,
    /// What happens to rows, when anything does: `existing rows get 'user'`; on the way back with `down: ` before it.
    pub data_impact: Vec<String>,
    /// Hazards by code of [`crate::hazard`], for the file's comment.
    pub hazards: Vec<&'static str>,
    /// What else the file says of it.
    pub notes: Vec<String>,
    /// What must be gone before: releases that this step breaks. Such steps share files with their like only.
    pub contract: Option<String>,
}

impl Step {
    /// A step that changes definitions.
    #[must_use]
    pub fn schema(subject: impl std::fmt::Display, title: impl Into<String>, up: Script, down: Script) -> Self {
        Self {
            title: title.into(),
            subject: subject.to_string(),
            kind: StepKind::Schema,
            alone: false,
            up,
            down,
            data_impact: Vec::new(),
            hazards: Vec::new(),
            notes: Vec::new(),
            contract: None,
        }
    }

    /// A step that changes rows.
    #[must_use]
    pub fn data(subject: impl std::fmt::Display, title: impl Into<String>, up: Script, down: Script) -> Self {
        Self { kind: StepKind::Data, ..Self::schema(subject, title, up, down) }
    }

    /// What undoes the step, as a step.
    #[must_use]
    pub(crate) fn inverted(self) -> Self {
        use pairs::{FOR_THE_WAY_BACK, ON_THE_WAY_BACK, UNDO};
        let turned = |line: String| {
            line.strip_prefix(ON_THE_WAY_BACK).map_or_else(|| format!("{ON_THE_WAY_BACK}{line}"), str::to_owned)
        };
        let start = if self.down.statements.is_empty() { FOR_THE_WAY_BACK } else { UNDO };
        Self {
            title: format!("{start}{}", self.title),
            up: self.down,
            down: self.up,
            data_impact: self.data_impact.into_iter().map(turned).collect(),
            hazards: Vec::new(),
            ..self
        }
    }

    /// The same, with a hazard by its code.
    #[must_use]
    pub fn hazard(mut self, code: &'static str) -> Self {
        self.hazards.push(code);
        self
    }

    /// The same, with something else to know.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// The same, with a word on what happens to rows.
    #[must_use]
    pub fn impact(mut self, text: impl Into<String>) -> Self {
        self.data_impact.push(text.into());
        self
    }
}

/// What becomes, on the way back, of rows that got a value for NULL.
pub(crate) fn they_keep_it(column: &str) -> String {
    format!("down: they keep it where `{column}` stays, since nothing tells them from others")
}

/// What a step touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Definitions.
    Schema,
    /// Rows.
    Data,
}

/// Statements that run together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Each without its final semicolon. Empty: nothing to do, said so in the file.
    pub statements: Vec<String>,
    /// The file starts with `-- no-transaction`: on PostgreSQL it then holds one statement; on SQLite the script
    /// opens and commits its own transaction.
    pub no_transaction: bool,
}

impl From<Vec<String>> for Script {
    fn from(statements: Vec<String>) -> Self {
        Self { statements, no_transaction: false }
    }
}

/// Steps in the order they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One pair of files, before it has a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPair {
    /// For the file name: `add_users_email`, ASCII, at most 60 bytes.
    pub slug: String,
    /// The whole text of the up file.
    pub up: String,
    /// The whole text of the down file.
    pub down: String,
    /// What the up file works on, and the hazards of it.
    pub work: Work,
}

/// Puts changes into an order in which each statement finds what it needs, as steps that can be undone.
///
/// # Errors
/// What the database can't do, or can't undo without being told how.
pub fn plan(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Result<Plan, Vec<Finding>> {
    if changes.is_empty() {
        return Ok(Plan::default());
    }
    let steps = match to.dialect {
        Dialect::Postgres => postgres::plan::steps(from, to, changes, intents)?,
        Dialect::Sqlite => sqlite::plan::steps(from, to, changes, intents)?,
        Dialect::MariaDb | Dialect::MySql => mysql::plan::steps(from, to, changes, intents)?,
    };
    Ok(Plan { steps })
}

impl Plan {
    /// The pairs of files that hold the steps. Schema steps share a file, data steps share one, a step that must be
    /// alone has its own.
    #[must_use]
    pub fn pairs(&self, dialect: Dialect) -> Vec<DraftPair> {
        pairs::pairs(&self.steps, dialect)
    }
}
