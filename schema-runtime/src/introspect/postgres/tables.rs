//! What is left to do when a table's parts are all read.

use std::collections::BTreeMap;

use schema_core::ir::Column;

use super::Reader;

impl Reader<'_> {
    /// A partition whose columns are its parent's lists none.
    pub(super) fn tables_done(&mut self) {
        let parents: BTreeMap<i64, Vec<Column>> = self
            .tables
            .iter()
            .filter(|(_, draft)| draft.table.partition_by.is_some())
            .map(|(oid, draft)| (*oid, draft.table.columns.clone()))
            .collect();
        for (oid, mut draft) in std::mem::take(&mut self.tables) {
            let parent = self.parents.get(&oid).and_then(|of| of.first()).and_then(|oid| parents.get(oid));
            if draft.partition
                && let Some(parent) = parent
                && parent.iter().map(inherited).eq(draft.table.columns.iter().map(without_identity))
            {
                draft.table.columns.clear();
            }
            draft.table.sort();
            self.schema.tables.insert(draft.table.name.clone(), draft.table);
        }
        for domain in self.schema.domains.values_mut() {
            domain.checks.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
}

/// What PARTITION OF makes of a parent's column.
fn inherited(column: &Column) -> Column {
    Column { comment: None, statistics: None, ..without_identity(column) }
}

/// Partitions share the parent's identity, and before PostgreSQL 17 they do not even say so.
fn without_identity(column: &Column) -> Column {
    Column { identity: None, identity_options: Default::default(), ..column.clone() }
}
