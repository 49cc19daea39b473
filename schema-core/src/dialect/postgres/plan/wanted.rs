//! Names that must be free by the end of a change.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::relation_names;
use crate::ir::{ObjectName, Schema, Table};

/// The names of the relations that there shall be, gathered once something that goes asks for them: most changes take
/// nothing away, and there may be thousands.
pub(super) struct Wanted<'a> {
    to: &'a Schema,
    names: OnceCell<BTreeSet<ObjectName>>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(to: &'a Schema) -> Self {
        Self { to, names: OnceCell::new() }
    }

    /// Whether a table, or an index of it, has one of them.
    pub(super) fn is_held_by(&self, table: &Table) -> bool {
        let wanted = self.names.get_or_init(|| self.to.tables.values().flat_map(relation_names).collect());
        relation_names(table).any(|name| wanted.contains(&name))
    }
}
