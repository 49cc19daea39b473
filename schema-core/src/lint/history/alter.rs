//! ALTER TABLE: what its actions make of what was known.

use std::collections::BTreeMap;

use super::table::known;
use super::{History, Known, Renamed, index_of};
use crate::ir::{Dialect, ObjectName};
use crate::lint::statement::{Action, AlterTable, ColumnDef, ConstraintKind, Edit, Named};

/// When MariaDB and MySQL do an action, wherever in the statement it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Keys and indexes go.
    Keys,
    /// Columns go and change, by the names that they had before.
    Columns,
    /// Columns and indexes get other names, all at once: they can change places.
    Names,
    /// Everything else, by the names that columns have by then.
    Rest,
    /// The table gets another name.
    Table,
}

fn turn(edit: &Edit) -> Turn {
    match edit {
        Edit::DropConstraint { .. } | Edit::DropIndex { .. } => Turn::Keys,
        Edit::DropColumn { .. }
        | Edit::Modify { from: None, .. }
        | Edit::SetDefault { .. }
        | Edit::DropDefault { .. } => Turn::Columns,
        Edit::RenameColumn { .. } | Edit::Modify { from: Some(_), .. } | Edit::RenameIndex { .. } => Turn::Names,
        Edit::RenameTo { .. } => Turn::Table,
        _ => Turn::Rest,
    }
}

/// The actions in the order in which they are done, those together that are done at once.
pub(in crate::lint) fn in_turn(dialect: Dialect, alter: &AlterTable) -> Vec<Vec<&Action>> {
    let mut actions: Vec<&Action> = alter.actions.iter().collect();
    if !dialect.is_mysql() {
        return actions.into_iter().map(|action| vec![action]).collect();
    }
    actions.sort_by_key(|action| turn(&action.edit));
    let are_at_once = |a: &&Action, b: &&Action| [a, b].iter().all(|action| turn(&action.edit) == Turn::Names);
    actions.chunk_by(are_at_once).map(<[_]>::to_vec).collect()
}

impl History {
    /// Takes in what actions of ALTER TABLE do that are done at once.
    pub(in crate::lint) fn act(&mut self, name: &ObjectName, actions: &[&Action]) {
        self.rename_columns(name, renamed_columns(actions));
        self.rename_indexes(name, actions);
        actions.iter().for_each(|action| self.act_alone(name, &action.edit));
    }

    /// What an action does beside giving names.
    fn act_alone(&mut self, name: &ObjectName, edit: &Edit) {
        let file = self.file;
        match edit {
            Edit::AddColumn { column, .. } => {
                let entry = self.tables.entry(name.clone()).or_default();
                entry.columns.insert(column.name.clone(), known(column, Some(file)));
                self.inline(name, column);
            }
            Edit::DropColumn { name: column, .. } => self.drop_column(name, column),
            Edit::AddConstraint(constraint) => self.add_constraint(name, constraint),
            Edit::DropConstraint { constraint, .. } => {
                let gone = self.tables.get_mut(name).and_then(|table| table.constraints.remove(constraint));
                if let Some(Known { kind: ConstraintKind::ForeignKey { columns, .. }, .. }) = gone {
                    self.dropped_keys.insert((name.clone(), columns), file);
                }
            }
            Edit::Modify { column, .. } => self.modify(name, column),
            Edit::AddIndex(index) => self.add_index(name, index),
            Edit::DropIndex { name: index, .. } => self.drop_index(name, index),
            Edit::RenameTo { name: to } => self.rename(name, name.sibling(to)),
            Edit::SetSchema { schema } => self.rename(name, ObjectName::qualified(schema, &name.name)),
            edit => {
                if let Some(table) = self.tables.get_mut(name) {
                    table.edit(edit, file);
                }
            }
        }
    }

    /// A unique one is a constraint.
    fn drop_index(&mut self, table: &ObjectName, name: &str) {
        let name_in_full = index_of(table, name);
        if self.indexes.remove(&name_in_full).is_none()
            && let Some(table) = self.tables.get_mut(table)
        {
            table.constraints.remove(&Named::key(name));
        }
        self.dropped_indexes.insert(name_in_full, self.file);
    }

    /// Takes in a column as MODIFY and CHANGE say it is, under the name that it has by then.
    fn modify(&mut self, table: &ObjectName, column: &ColumnDef) {
        let entry = self.tables.entry(table.clone()).or_default();
        let before = entry.columns.remove(&column.name);
        let mut after = known(column, before.and_then(|before| before.added));
        after.not_null |= entry.is_in_primary_key(&column.name);
        entry.columns.insert(column.name.clone(), after);
        self.inline(table, column);
    }

    /// Indexes and keys go with their columns: the whole of them on PostgreSQL, with the last one on MariaDB and MySQL.
    fn drop_column(&mut self, table: &ObjectName, column: &str) {
        let is_left_over = |columns: &mut Vec<String>, goes_whole: bool| {
            let before = columns.len();
            columns.retain(|it| it != column);
            before == columns.len() || !(goes_whole || columns.is_empty())
        };
        let goes_whole = !self.dialect.is_mysql();
        self.indexes.retain(|_, index| index.table != *table || is_left_over(&mut index.leading, goes_whole));
        if let Some(entry) = self.tables.get_mut(table) {
            entry.columns.remove(column);
            entry.constraints.retain(|known| match &mut known.kind {
                ConstraintKind::Key { columns, .. } => is_left_over(columns, goes_whole),
                ConstraintKind::ForeignKey { columns, .. } => is_left_over(columns, true),
                _ => true,
            });
        }
    }

    /// Columns get other names at once, and all that names them follows.
    fn rename_columns(&mut self, table: &ObjectName, names: Names) {
        if names.is_empty() {
            return;
        }
        for (name, other) in &mut self.tables {
            if name == table {
                other.rename_columns(&names);
            }
            other.constraints.values_mut().for_each(|known| rename_referenced(&mut known.kind, table, &names));
        }
        let indexes = self.indexes.values_mut().filter(|index| index.table == *table);
        indexes.for_each(|index| rename_each(&mut index.leading, &names));
        let dropped = std::mem::take(&mut self.dropped_keys).into_iter().map(|((of, mut columns), file)| {
            if of == *table {
                rename_each(&mut columns, &names);
            }
            ((of, columns), file)
        });
        self.dropped_keys = dropped.collect();
        self.renames.push(Renamed::Columns(table.clone(), names));
    }

    /// Those that are keys are constraints.
    fn rename_indexes(&mut self, table: &ObjectName, actions: &[&Action]) {
        let pairs = actions.iter().filter_map(|action| match &action.edit {
            Edit::RenameIndex { from, to } => Some((from, to)),
            _ => None,
        });
        let (mut indexes, mut keys) = (Vec::new(), Vec::new());
        for (from, to) in pairs {
            match self.indexes.remove(&index_of(table, from)) {
                Some(index) => indexes.push((index_of(table, to), index)),
                None => keys.push((Named::key(from), to)),
            }
        }
        self.indexes.extend(indexes);
        if let Some(entry) = self.tables.get_mut(table) {
            entry.constraints.rename(&keys, self.file);
        }
    }
}

/// Former names to new ones.
pub(super) type Names = BTreeMap<String, String>;

fn renamed_columns(actions: &[&Action]) -> Names {
    let pair = |action: &&Action| match &action.edit {
        Edit::RenameColumn { from, to } => Some((from.clone(), to.clone())),
        Edit::Modify { from: Some(from), column } => Some((from.clone(), column.name.clone())),
        _ => None,
    };
    actions.iter().filter_map(pair).collect()
}

pub(super) fn rename_each<'a>(columns: impl IntoIterator<Item = &'a mut String>, names: &Names) {
    for column in columns {
        if let Some(to) = names.get(column) {
            column.clone_from(to);
        }
    }
}

fn rename_referenced(kind: &mut ConstraintKind, table: &ObjectName, names: &Names) {
    if let ConstraintKind::ForeignKey { parent, referenced, .. } = kind
        && parent == table
    {
        rename_each(referenced, names);
    }
}
