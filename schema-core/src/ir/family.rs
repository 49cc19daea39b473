//! Partitions and inheritance: what a table has from its parents.

use std::borrow::Cow;

use super::{Column, ObjectName, Schema, Table};

impl Table {
    /// The table it is a partition of, or those it inherits from.
    pub fn parents(&self) -> impl Iterator<Item = &ObjectName> {
        self.partition_of.iter().map(|of| &of.parent).chain(&self.inherits)
    }
}

impl Column {
    /// The column as a new child gets it from this one of its parent: the comment, the numbering and the statistics
    /// target are no child's.
    #[must_use]
    pub fn inherited(&self) -> Self {
        let fresh = Self::new(self.name.clone(), self.ty.clone());
        Self {
            identity: None,
            identity_options: fresh.identity_options,
            comment: None,
            statistics: None,
            ..self.clone()
        }
    }
}

impl Schema {
    /// The same with the columns written out of partitions that have exactly their parent's.
    #[must_use]
    pub fn expanded(&self) -> Cow<'_, Self> {
        let mut open: Vec<ObjectName> = self.with_borrowed_columns().map(|table| table.name.clone()).collect();
        if open.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut expanded = self.clone();
        open.sort_by_cached_key(|name| self.depth(name));
        for name in open {
            let parent = expanded.tables.get(&name).and_then(|table| table.partition_of.as_ref());
            let columns = parent.and_then(|of| expanded.tables.get(&of.parent)).map(|parent| &parent.columns);
            let columns: Vec<Column> = columns.into_iter().flatten().map(Column::inherited).collect();
            if let Some(table) = expanded.tables.get_mut(&name) {
                table.columns = columns;
            }
        }
        Cow::Owned(expanded)
    }

    fn with_borrowed_columns(&self) -> impl Iterator<Item = &Table> {
        self.tables.values().filter(|table| table.partition_of.is_some() && table.columns.is_empty())
    }

    /// The table with the constraints and indexes that it has of its parents, too.
    #[must_use]
    pub fn with_inherited_items(&self, table: &Table) -> Table {
        let mut whole = table.clone();
        for ancestor in self.ancestors(table) {
            let is_partition = table.partition_of.is_some();
            whole.checks.extend(ancestor.checks.iter().filter(|check| !check.no_inherit).cloned());
            if is_partition {
                whole.uniques.extend(ancestor.uniques.iter().cloned());
                whole.exclusions.extend(ancestor.exclusions.iter().cloned());
                whole.foreign_keys.extend(ancestor.foreign_keys.iter().cloned());
                whole.indexes.extend(ancestor.indexes.iter().cloned());
                whole.primary_key = whole.primary_key.or_else(|| ancestor.primary_key.clone());
            }
        }
        whole
    }

    /// Everything above the table, nearest first.
    #[must_use]
    pub fn ancestors(&self, table: &Table) -> Vec<&Table> {
        let mut found: Vec<&Table> = table.parents().filter_map(|parent| self.tables.get(parent)).collect();
        let mut at = 0;
        while let Some(table) = found.get(at) {
            let parents = table.parents().filter_map(|parent| self.tables.get(parent));
            let new: Vec<&Table> = parents.filter(|new| found.iter().all(|known| known.name != new.name)).collect();
            found.extend(new);
            at += 1;
        }
        found
    }

    /// How many generations of parents a table has.
    #[must_use]
    pub fn depth(&self, name: &ObjectName) -> usize {
        self.depth_within(name, self.tables.len())
    }

    /// A table can't be its own ancestor; `limit` ends the search where a source says that it is.
    fn depth_within(&self, name: &ObjectName, limit: usize) -> usize {
        let Some(table) = self.tables.get(name).filter(|_| limit > 0) else { return 0 };
        table.parents().map(|parent| 1 + self.depth_within(parent, limit - 1)).max().unwrap_or(0)
    }

    /// The tables that have it as a parent.
    pub fn children<'a>(&'a self, name: &'a ObjectName) -> impl Iterator<Item = &'a Table> {
        self.tables.values().filter(move |table| table.parents().any(|parent| parent == name))
    }

    /// Its children, their children and so on, parents first.
    #[must_use]
    pub fn descendants(&self, name: &ObjectName) -> Vec<ObjectName> {
        let mut found: Vec<ObjectName> = Vec::new();
        let mut open = vec![name.clone()];
        while let Some(parent) = open.pop() {
            for child in self.children(&parent).filter(|child| child.name != *name) {
                if !found.contains(&child.name) {
                    found.push(child.name.clone());
                    open.push(child.name.clone());
                }
            }
        }
        found.sort_by_cached_key(|name| (self.depth(name), name.clone()));
        found
    }
}
