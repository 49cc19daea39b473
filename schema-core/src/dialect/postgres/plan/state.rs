//! The schema as it stands between two steps.
//!
//! Each step is written against the names and definitions that hold when it runs, and its down runs in the same
//! state; so both directions always name what exists.

use crate::ir::{Column, ForeignKey, Index, IndexTarget, ObjectName, PrimaryKey, Schema, SqlType, Table};

/// A constraint or index of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) name: String,
}

/// In the order in which they can be added; they are dropped in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ItemKind {
    PrimaryKey,
    Unique,
    Check,
    Index,
    ForeignKey,
}

impl Item {
    pub(super) fn new(kind: ItemKind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    /// Index-backed items share one set of names with the tables of their schema; others are the table's own.
    pub(super) fn is_relation(&self) -> bool {
        matches!(self.kind, ItemKind::PrimaryKey | ItemKind::Unique | ItemKind::Index)
    }
}

/// Every constraint and index of the table.
pub(super) fn items(table: &Table) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    items.extend(table.primary_key.iter().map(|key| Item::new(ItemKind::PrimaryKey, &key.name)));
    items.extend(table.uniques.iter().map(|unique| Item::new(ItemKind::Unique, &unique.name)));
    items.extend(table.checks.iter().map(|check| Item::new(ItemKind::Check, &check.name)));
    items.extend(table.indexes.iter().map(|index| Item::new(ItemKind::Index, &index.name)));
    items.extend(table.foreign_keys.iter().map(|key| Item::new(ItemKind::ForeignKey, &key.name)));
    items
}

/// The columns an item names, and the expressions it is made of.
pub(super) fn parts_of<'a>(table: &'a Table, item: &Item) -> (Vec<&'a str>, Vec<&'a str>) {
    fn strs(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let by_name = |name: &String| *name == item.name;
    match item.kind {
        ItemKind::PrimaryKey => {
            (table.primary_key.as_ref().map_or_else(Vec::new, |key: &PrimaryKey| strs(&key.columns)), Vec::new())
        }
        ItemKind::Unique => {
            let unique = table.uniques.iter().find(|unique| by_name(&unique.name));
            (unique.map_or_else(Vec::new, |unique| strs(&unique.columns)), Vec::new())
        }
        ItemKind::Check => {
            let check = table.checks.iter().find(|check| by_name(&check.name));
            (Vec::new(), check.map(|check| check.expression.as_str()).into_iter().collect())
        }
        ItemKind::ForeignKey => {
            let key = table.foreign_keys.iter().find(|key| by_name(&key.name));
            (key.map_or_else(Vec::new, |key| strs(&key.columns)), Vec::new())
        }
        ItemKind::Index => {
            table.indexes.iter().find(|index| by_name(&index.name)).map_or_else(Default::default, index_parts)
        }
    }
}

fn index_parts(index: &Index) -> (Vec<&str>, Vec<&str>) {
    let mut columns: Vec<&str> = index.include.iter().map(String::as_str).collect();
    let mut expressions: Vec<&str> = index.predicate.as_deref().into_iter().collect();
    for key in &index.keys {
        match &key.target {
            IndexTarget::Column(name) => columns.push(name),
            IndexTarget::Expression(text) => expressions.push(text),
        }
    }
    (columns, expressions)
}

/// Removes an item from the table.
pub(super) fn remove(table: &mut Table, item: &Item) {
    match item.kind {
        ItemKind::PrimaryKey => table.primary_key = None,
        ItemKind::Unique => table.uniques.retain(|unique| unique.name != item.name),
        ItemKind::Check => table.checks.retain(|check| check.name != item.name),
        ItemKind::Index => table.indexes.retain(|index| index.name != item.name),
        ItemKind::ForeignKey => table.foreign_keys.retain(|key| key.name != item.name),
    }
}

/// Gives an item another name.
pub(super) fn rename_item(table: &mut Table, item: &Item, to: &str) {
    let names: Vec<&mut String> = match item.kind {
        ItemKind::PrimaryKey => table.primary_key.iter_mut().map(|key| &mut key.name).collect(),
        ItemKind::Unique => table.uniques.iter_mut().map(|unique| &mut unique.name).collect(),
        ItemKind::Check => table.checks.iter_mut().map(|check| &mut check.name).collect(),
        ItemKind::Index => table.indexes.iter_mut().map(|index| &mut index.name).collect(),
        ItemKind::ForeignKey => table.foreign_keys.iter_mut().map(|key| &mut key.name).collect(),
    };
    for name in names.into_iter().filter(|name| **name == item.name) {
        to.clone_into(name);
    }
}

pub(super) fn rename_table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut table) = schema.tables.remove(from) {
        table.name = to.clone();
        schema.tables.insert(to.clone(), table);
    }
    for key in all_foreign_keys(schema).filter(|key| key.references == *from) {
        key.references = to.clone();
    }
}

pub(super) fn rename_column(schema: &mut Schema, table: &ObjectName, from: &str, to: &str) {
    let swap = |name: &mut String| {
        if name == from {
            to.clone_into(name);
        }
    };
    if let Some(table) = schema.tables.get_mut(table) {
        table.columns.iter_mut().for_each(|column: &mut Column| swap(&mut column.name));
        table.primary_key.iter_mut().flat_map(|key| &mut key.columns).for_each(swap);
        table.uniques.iter_mut().flat_map(|unique| &mut unique.columns).for_each(swap);
        table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(swap);
        for index in &mut table.indexes {
            index.include.iter_mut().for_each(swap);
            for key in &mut index.keys {
                if let IndexTarget::Column(name) = &mut key.target {
                    swap(name);
                }
            }
        }
    }
    for key in all_foreign_keys(schema).filter(|key| key.references == *table) {
        key.referenced_columns.iter_mut().for_each(swap);
    }
}

pub(super) fn rename_enum(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut ty) = schema.enums.remove(from) {
        ty.name = to.clone();
        schema.enums.insert(to.clone(), ty);
    }
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        rename_type(&mut column.ty, from, to);
    }
}

fn rename_type(ty: &mut SqlType, from: &ObjectName, to: &ObjectName) {
    match ty {
        SqlType::Builtin(_) => {}
        SqlType::Named(name) if name == from => *name = to.clone(),
        SqlType::Named(_) => {}
        SqlType::Array(element) => rename_type(element, from, to),
    }
}

fn all_foreign_keys(schema: &mut Schema) -> impl Iterator<Item = &mut ForeignKey> {
    schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys)
}
