//! The expressions of a table whose columns change, as they read before and after.

use std::collections::BTreeMap;

use super::text::{mentions, squeezed};
use crate::dialect::postgres::mention;
use crate::ir::{Dialect, Generated};

/// Tells whether an expression of the base and one of the target say the same.
///
/// PostgreSQL holds the columns of an expression by number: it follows a rename by itself. Where that is not so, or the text
/// does not tell, an expression over a renamed column is never the same, since the name may mean another column now
/// (BUGS.md B09).
pub(super) struct Reading<'a> {
    dialect: Dialect,
    renamed: &'a [(String, String)],
    /// New names of columns, by the former ones.
    former: BTreeMap<String, String>,
    /// Those new names.
    later: BTreeMap<String, String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(dialect: Dialect, renamed: &'a [(String, String)]) -> Self {
        let former = renamed.iter().cloned().collect();
        let later = renamed.iter().map(|(_, new)| (new.clone(), new.clone())).collect();
        Self { dialect, renamed, former, later }
    }

    /// An expression of the base under the new names, to be compared; `None` where it is like none of the target.
    pub(super) fn before(&self, text: &str) -> Option<String> {
        let names_former = || self.renamed.iter().any(|(old, _)| mentions(text, old));
        match self.dialect {
            Dialect::Postgres => self.under(&self.former, text),
            _ => (!names_former()).then(|| squeezed(text)),
        }
    }

    /// An expression of the target, to be compared.
    pub(super) fn after(&self, text: &str) -> String {
        match self.dialect {
            Dialect::Postgres => self.under(&self.later, text).unwrap_or_else(|| squeezed(text)),
            _ => squeezed(text),
        }
    }

    /// How a column of the base is computed, in the words of the target where both say the same.
    pub(super) fn generated(&self, before: &Generated, after: Option<&Generated>) -> Generated {
        let is_same = |after: &&Generated| self.before(&before.expression) == Some(self.after(&after.expression));
        let expression = match after.filter(is_same) {
            Some(after) => after.expression.clone(),
            None if self.dialect == Dialect::Postgres => {
                mention::renamed(&before.expression, &self.former).unwrap_or_else(|| before.expression.clone())
            }
            None => before.expression.clone(),
        };
        Generated { expression, ..before.clone() }
    }

    fn under(&self, names: &BTreeMap<String, String>, text: &str) -> Option<String> {
        if self.renamed.is_empty() {
            return Some(squeezed(text));
        }
        mention::renamed(text, names).map(|text| squeezed(&text))
    }
}
