//! The schemas between the present one and the wanted one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::state::{self, Item, ItemKind, items, parts_of};
use super::super::{relation_names, renames};
use super::{Exchange, Exchanges, is_over};
use crate::dialect::postgres::mention;
use crate::dialect::quote;
use crate::diff::{Change, Part, TableChange, column_names, expression_texts};
use crate::ir::{Check, Column, Index, IndexKey, ObjectName, Schema, SqlType, Table};
use crate::names;

impl Exchanges {
    /// All that changes but the columns in exchange, and what is over them.
    pub(super) fn before(&self, from: &Schema, to: &Schema, changes: &[Change]) -> Schema {
        let mut before = to.clone();
        for (name, table) in &mut before.tables {
            let change = changes.iter().find_map(|change| match change {
                Change::AlterTable(change) if change.to.name == *name => Some(change),
                _ => None,
            });
            let own: Vec<&Exchange> = self.columns.iter().filter(|it| it.table == *name).collect();
            let touched = self.touched(table);
            let former_names: BTreeSet<String> = own.iter().map(|it| it.from.name.clone()).collect();
            for exchange in &own {
                if let Some(column) = table.column_mut(&exchange.to.name) {
                    column.clone_from(&exchange.from);
                }
            }
            let former = change.map(|change| Former::of(change, &own));
            for item in touched {
                match &former {
                    Some(former) => former.bring_back(table, &item, &former_names),
                    // A new table's foreign key comes once it has something to refer to.
                    None if !is_there(from, changes, name) => state::remove(table, &item),
                    None => {}
                }
            }
            table.sort();
        }
        self.point_to_former_names(&mut before);
        with_types_of(&before, &before, from)
    }

    /// What refers to a column, or is owned by it, knows it by its former name.
    fn point_to_former_names(&self, schema: &mut Schema) {
        for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            for name in &mut key.referenced_columns {
                if let Some(exchange) = self.at(&key.references, name) {
                    name.clone_from(&exchange.from.name);
                }
            }
        }
        for (table, column) in schema.sequences.values_mut().filter_map(|sequence| sequence.owned_by.as_mut()) {
            if let Some(exchange) = self.at(table, column) {
                column.clone_from(&exchange.from.name);
            }
        }
    }

    /// The base with the new columns, and with all that the target has over them, under names for the time being.
    pub(super) fn expanded(&self, base: &Schema, target: &Schema, ends: (&Schema, &Schema)) -> Schema {
        let mut expanded = base.clone();
        for exchange in &self.columns {
            let Some(table) = expanded.tables.get_mut(&exchange.table) else { continue };
            table.columns.push(exchange.newcomer());
        }
        for table in expanded.tables.values_mut() {
            let checks = self.not_null_checks(&table.name, ends);
            table.checks.extend(checks.into_iter().map(|(_, check)| check));
        }
        for source in target.tables.values() {
            for item in self.touched(source) {
                let Some(table) = expanded.tables.get_mut(&source.name) else { continue };
                let name = twin_name(ends, &source.name, &item, self.words.0);
                self.add_twin(table, source, &item, &name);
            }
        }
        expanded.tables.values_mut().for_each(Table::sort);
        expanded
    }

    /// Checks that stand for NOT NULL until the columns change places, with the columns that they are for: with a valid
    /// one PostgreSQL need not look at the rows then (HAZARDS.md row 10).
    pub(super) fn not_null_checks(&self, table: &ObjectName, ends: (&Schema, &Schema)) -> Vec<(&Exchange, Check)> {
        let required = self.columns.iter().filter(|it| it.table == *table && !it.to.nullable);
        let check = |exchange: &Exchange| {
            let item = Item::new(ItemKind::Check, &names::shortened(&exchange.to.name, "not_null"));
            let name = twin_name(ends, table, &item, self.words.0);
            Check::new(name, format!("{} IS NOT NULL", quote(&exchange.incoming)))
        };
        required.map(|exchange| (exchange, check(exchange))).collect()
    }

    /// The item over the new columns. A key is but its index until they change places.
    fn add_twin(&self, table: &mut Table, source: &Table, item: &Item, name: &str) {
        let mut only = Table::new(source.name.clone());
        state::copy(&mut only, source, item);
        self.point_to_newcomers(&mut only);
        let unique = |columns: &[String], include: &[String]| Index {
            unique: true,
            include: include.to_vec(),
            ..Index::new(name, columns.iter().map(IndexKey::column).collect())
        };
        if let Some(key) = &only.primary_key {
            table.indexes.push(Index { storage: key.storage.clone(), ..unique(&key.columns, &key.include) });
        }
        for key in &only.uniques {
            let index = unique(&key.columns, &key.include);
            let nulls_not_distinct = key.nulls_not_distinct;
            table.indexes.push(Index { storage: key.storage.clone(), nulls_not_distinct, ..index });
        }
        if !matches!(item.kind, ItemKind::PrimaryKey | ItemKind::Unique) {
            state::rename_item(&mut only, item, name);
            state::copy(table, &only, &Item::new(item.kind, name));
        }
    }

    fn point_to_newcomers(&self, table: &mut Table) {
        let own: BTreeMap<String, String> = self
            .columns
            .iter()
            .filter(|it| it.table == table.name)
            .map(|it| (it.to.name.clone(), it.incoming.clone()))
            .collect();
        for name in column_names(table) {
            if let Some(incoming) = own.get(name) {
                name.clone_from(incoming);
            }
        }
        for text in expression_texts(table) {
            if let Some(renamed) = mention::renamed(text, &own) {
                *text = renamed;
            }
        }
        for key in &mut table.foreign_keys {
            for name in &mut key.referenced_columns {
                if let Some(exchange) = self.at(&key.references, name) {
                    name.clone_from(&exchange.incoming);
                }
            }
        }
    }
}

impl Exchange {
    /// The new column until the two change places: it is filled by the trigger, so nothing else gives it values.
    pub(super) fn newcomer(&self) -> Column {
        Column {
            name: self.incoming.clone(),
            nullable: true,
            default: None,
            identity: None,
            identity_options: Default::default(),
            ..self.to.clone()
        }
    }
}

/// A table that was there before, under the names of today, those apart that live on beside the new ones.
struct Former<'a> {
    change: &'a TableChange,
    table: Table,
    renamed: BTreeMap<String, String>,
}

impl<'a> Former<'a> {
    fn of(change: &'a TableChange, exchanged: &[&Exchange]) -> Self {
        let mut renamed: BTreeMap<String, String> = change.renamed_columns.iter().cloned().collect();
        renamed.retain(|_, new| !exchanged.iter().any(|it| it.is_rename() && it.to.name == *new));
        let mut table = change.from.clone();
        for name in column_names(&mut table) {
            if let Some(new) = renamed.get(name) {
                name.clone_from(new);
            }
        }
        Self { change, table, renamed }
    }

    /// Gives the table the item as it was; none where there was none over these columns, or where its text is under former
    /// names or for former types.
    fn bring_back(&self, table: &mut Table, item: &Item, columns: &BTreeSet<String>) {
        state::remove(table, item);
        let renamed = self.change.parts.iter().find_map(|part| match part {
            Part::RenameIndex { from, to } | Part::RenameConstraint { from, to } if *to == item.name => Some(from),
            _ => None,
        });
        let before = Item::new(item.kind, renamed.unwrap_or(&item.name));
        let changed = self.renamed.keys().cloned();
        let changed = changed.chain(self.retyped_in_place(columns)).collect();
        let is_readable = !parts_of(&self.table, &before).1.iter().any(|it| mention::mentions(it, &changed));
        let refers = item.kind == ItemKind::ForeignKey;
        if !is_readable || !refers && !is_over(&self.table, &before, columns) {
            return;
        }
        let mut only = Table::new(self.table.name.clone());
        state::copy(&mut only, &self.table, &before);
        state::rename_item(&mut only, &before, &item.name);
        state::copy(table, &only, item);
    }
}

impl Former<'_> {
    fn retyped_in_place(&self, exchanged: &BTreeSet<String>) -> impl Iterator<Item = String> {
        self.change.parts.iter().filter_map(|part| match part {
            Part::AlterColumn { from, to } if from.ty != to.ty && !exchanged.contains(&to.name) => {
                Some(to.name.clone())
            }
            _ => None,
        })
    }
}

/// Whether the table was there before.
fn is_there(from: &Schema, changes: &[Change], table: &ObjectName) -> bool {
    let renamed = changes.iter().any(|change| matches!(change, Change::RenameTable { to, .. } if to == table));
    renamed || from.tables.contains_key(table)
}

/// The schema, with the enums of another one's columns, which a third one holds.
pub(super) fn with_types_of(schema: &Schema, columns_of: &Schema, holder: &Schema) -> Schema {
    let mut schema = schema.clone();
    let columns = columns_of.tables.values().flat_map(|table| &table.columns);
    for name in columns.filter_map(|column| SqlType::named(&column.ty)) {
        if let Some(ty) = holder.enums.get(name) {
            schema.enums.entry(name.clone()).or_insert_with(|| ty.clone());
            schema.namespaces.extend(name.schema.iter().filter(|it| holder.namespaces.contains(*it)).cloned());
        }
    }
    schema
}

/// What the item over the new columns is called until they change places.
pub(super) fn twin_name(ends: (&Schema, &Schema), table: &ObjectName, item: &Item, word: &str) -> String {
    let is_taken = |name: &str| {
        [ends.0, ends.1].into_iter().any(|schema| {
            let mut relations = schema.tables.values().flat_map(relation_names);
            let constraints = schema.tables.get(table).into_iter().flat_map(items);
            relations.any(|it| it == table.sibling(name)) || constraints.into_iter().any(|it| it.name == name)
        })
    };
    renames::free_name(&item.name, word, |name| !is_taken(name))
}
