//! Tables that appear and tables that go.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Change;
use crate::ir::{ObjectName, Schema, Table};

/// Each list in the order in which they do, found once: plans ask for every item of every table.
pub(super) struct Turnover<'a> {
    /// Parents first.
    pub(super) created: Vec<&'a Table>,
    /// By their names before any rename, children first.
    pub(super) dropped: Vec<&'a ObjectName>,
    created_by_name: BTreeMap<&'a ObjectName, &'a Table>,
    dropped_names: BTreeSet<&'a ObjectName>,
    /// What has children once all is done.
    parents: BTreeSet<&'a ObjectName>,
}

impl<'a> Turnover<'a> {
    pub(super) fn of(from: &Schema, to: &'a Schema, changes: &'a [Change]) -> Self {
        let (mut created, mut dropped) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::CreateTable(table) => created.push(table),
                Change::DropTable(table) => dropped.push(&table.name),
                _ => {}
            }
        }
        created.sort_by_cached_key(|table| to.depth(&table.name));
        dropped.sort_by_cached_key(|name| std::cmp::Reverse(from.depth(name)));
        Self {
            created_by_name: created.iter().map(|table| (&table.name, *table)).collect(),
            dropped_names: dropped.iter().copied().collect(),
            parents: to.tables.values().flat_map(Table::parents).collect(),
            created,
            dropped,
        }
    }

    pub(super) fn created(&self, name: &ObjectName) -> Option<&'a Table> {
        self.created_by_name.get(name).copied()
    }

    pub(super) fn is_created(&self, name: &ObjectName) -> bool {
        self.created_by_name.contains_key(name)
    }

    pub(super) fn is_dropped(&self, name: &ObjectName) -> bool {
        self.dropped_names.contains(name)
    }

    /// Whether tables below this one are there already, with their rows.
    pub(super) fn has_staying_descendant(&self, to: &Schema, name: &ObjectName) -> bool {
        self.parents.contains(name) && to.descendants(name).iter().any(|below| !self.is_created(below))
    }
}
