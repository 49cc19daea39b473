//! What a rule sees, and what it says.

use super::history::History;
use super::source::Statement;
use super::statement::{Edit, Kind};
use crate::ir::{Dialect, ObjectName};
use crate::kept;

/// A hazard met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) code: &'static str,
    /// Line and column in the file.
    pub(super) place: (usize, usize),
    /// The statement, counted from 0 within its file; `None`: the file itself.
    pub(super) statement: Option<usize>,
    pub(super) message: String,
}

/// One statement of a file, and what stands around it.
pub(super) struct Judge<'a> {
    pub(super) dialect: Dialect,
    /// False for a file that starts with `-- no-transaction`.
    pub(super) in_transaction: bool,
    pub(super) statements: &'a [Statement],
    pub(super) at: usize,
    /// Before the statement.
    pub(super) history: &'a History,
    /// After all files.
    pub(super) last: &'a History,
    pub(super) found: &'a mut Vec<Found>,
}

impl<'a> Judge<'a> {
    /// A hazard at the start of the statement.
    pub(super) fn say(&mut self, code: &'static str, message: impl Into<String>) {
        self.say_at(0, code, message);
    }

    /// A hazard at a byte of the statement.
    pub(super) fn say_at(&mut self, offset: usize, code: &'static str, message: impl Into<String>) {
        let Some(place) = self.statements.get(self.at).map(|statement| statement.place_of(offset)) else { return };
        self.found.push(Found { code, place, statement: Some(self.at), message: message.into() });
    }

    /// Whether somebody else may be using the table: this file did not make it.
    pub(super) fn in_use(&self, table: &ObjectName) -> bool {
        !self.history.is_new_object(table)
    }

    /// Whether this file drops the table later or puts it aside, with all that is on it.
    pub(super) fn goes(&self, table: &ObjectName) -> bool {
        self.after().any(|kind| match kind {
            Kind::Drop(drop) => drop.names.contains(table),
            Kind::AlterTable(alter) => {
                let aside = |edit: &Edit| matches!(edit, Edit::SetSchema { schema } if kept::is_kept(schema));
                alter.name == *table && alter.actions.iter().any(|action| aside(&action.edit))
            }
            _ => false,
        })
    }

    /// Statements of the file before this one.
    pub(super) fn before(&self) -> impl Iterator<Item = &'a Kind> + use<'a> {
        self.statements.get(..self.at).unwrap_or_default().iter().map(|statement| &statement.kind)
    }

    /// Statements of the file behind this one.
    pub(super) fn after(&self) -> impl Iterator<Item = &'a Kind> + use<'a> {
        self.statements.get(self.at + 1..).unwrap_or_default().iter().map(|statement| &statement.kind)
    }
}
