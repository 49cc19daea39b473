//! The schema as it stands between two steps.
//!
//! Each step is written against the names and definitions that hold when it runs, and its down runs in the same
//! state; so both directions always name what exists.

use std::collections::BTreeMap;

use crate::dialect::postgres::{mention, nextval};
use crate::diff::{column_names, expression_texts};
use crate::ir::{
    Column, CompositeType, Domain, EnumType, ForeignKey, Index, IndexKey, IndexTarget, ObjectName, ReplicaIdentity,
    Schema, SqlType, Table, TypeKind,
};

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
    Exclusion,
    Index,
    ForeignKey,
}

impl Item {
    pub(super) fn new(kind: ItemKind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    /// Index-backed items share one set of names with the tables of their schema; others are the table's own.
    pub(super) fn is_relation(&self) -> bool {
        matches!(self.kind, ItemKind::PrimaryKey | ItemKind::Unique | ItemKind::Exclusion | ItemKind::Index)
    }
}

/// Every constraint and index of the table.
pub(super) fn items(table: &Table) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    items.extend(table.primary_key.iter().map(|key| Item::new(ItemKind::PrimaryKey, &key.name)));
    items.extend(table.uniques.iter().map(|unique| Item::new(ItemKind::Unique, &unique.name)));
    items.extend(table.checks.iter().map(|check| Item::new(ItemKind::Check, &check.name)));
    items.extend(table.exclusions.iter().map(|exclusion| Item::new(ItemKind::Exclusion, &exclusion.name)));
    items.extend(table.indexes.iter().map(|index| Item::new(ItemKind::Index, &index.name)));
    items.extend(table.foreign_keys.iter().map(|key| Item::new(ItemKind::ForeignKey, &key.name)));
    items
}

/// The columns an item names, and the expressions it is made of.
pub(super) fn parts_of<'a>(table: &'a Table, item: &Item) -> (Vec<&'a str>, Vec<&'a str>) {
    fn strs<'a>(names: &'a [String], more: &'a [String]) -> Vec<&'a str> {
        names.iter().chain(more).map(String::as_str).collect()
    }
    let by_name = |name: &String| *name == item.name;
    match item.kind {
        ItemKind::PrimaryKey => {
            let key = table.primary_key.as_ref();
            (key.map_or_else(Vec::new, |key| strs(&key.columns, &key.include)), Vec::new())
        }
        ItemKind::Unique => {
            let unique = table.uniques.iter().find(|unique| by_name(&unique.name));
            (unique.map_or_else(Vec::new, |unique| strs(&unique.columns, &unique.include)), Vec::new())
        }
        ItemKind::Exclusion => {
            let exclusion = table.exclusions.iter().find(|exclusion| by_name(&exclusion.name));
            exclusion.map_or_else(Default::default, |exclusion| {
                let keys = exclusion.elements.iter().map(|element| &element.key);
                keys_parts(keys, &exclusion.include, exclusion.predicate.as_deref())
            })
        }
        ItemKind::Check => {
            let check = table.checks.iter().find(|check| by_name(&check.name));
            (Vec::new(), check.map(|check| check.expression.as_str()).into_iter().collect())
        }
        ItemKind::ForeignKey => {
            let key = table.foreign_keys.iter().find(|key| by_name(&key.name));
            (key.map_or_else(Vec::new, |key| strs(&key.columns, &key.set_columns)), Vec::new())
        }
        ItemKind::Index => {
            table.indexes.iter().find(|index| by_name(&index.name)).map_or_else(Default::default, index_parts)
        }
    }
}

fn index_parts(index: &Index) -> (Vec<&str>, Vec<&str>) {
    keys_parts(index.keys.iter(), &index.include, index.predicate.as_deref())
}

fn keys_parts<'a>(
    keys: impl Iterator<Item = &'a IndexKey>,
    include: &'a [String],
    predicate: Option<&'a str>,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut columns: Vec<&str> = include.iter().map(String::as_str).collect();
    let mut expressions: Vec<&str> = predicate.into_iter().collect();
    for key in keys {
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
        ItemKind::Exclusion => table.exclusions.retain(|exclusion| exclusion.name != item.name),
        ItemKind::Index => table.indexes.retain(|index| index.name != item.name),
        ItemKind::ForeignKey => table.foreign_keys.retain(|key| key.name != item.name),
    }
}

/// Gives the table an item of another one.
pub(super) fn copy(table: &mut Table, from: &Table, item: &Item) {
    fn named<T: Clone>(items: &[T], is: impl Fn(&T) -> bool) -> Option<T> {
        items.iter().find(|item| is(item)).cloned()
    }
    let name = &item.name;
    match item.kind {
        ItemKind::PrimaryKey => table.primary_key.clone_from(&from.primary_key),
        ItemKind::Unique => table.uniques.extend(named(&from.uniques, |unique| unique.name == *name)),
        ItemKind::Check => table.checks.extend(named(&from.checks, |check| check.name == *name)),
        ItemKind::Exclusion => table.exclusions.extend(named(&from.exclusions, |exclusion| exclusion.name == *name)),
        ItemKind::Index => table.indexes.extend(named(&from.indexes, |index| index.name == *name)),
        ItemKind::ForeignKey => table.foreign_keys.extend(named(&from.foreign_keys, |key| key.name == *name)),
    }
}

/// Gives an item another name.
pub(super) fn rename_item(table: &mut Table, item: &Item, to: &str) {
    let names: Vec<&mut String> = match item.kind {
        ItemKind::PrimaryKey => table.primary_key.iter_mut().map(|key| &mut key.name).collect(),
        ItemKind::Unique => table.uniques.iter_mut().map(|unique| &mut unique.name).collect(),
        ItemKind::Check => table.checks.iter_mut().map(|check| &mut check.name).collect(),
        ItemKind::Exclusion => table.exclusions.iter_mut().map(|exclusion| &mut exclusion.name).collect(),
        ItemKind::Index => table.indexes.iter_mut().map(|index| &mut index.name).collect(),
        ItemKind::ForeignKey => table.foreign_keys.iter_mut().map(|key| &mut key.name).collect(),
    };
    for name in names.into_iter().filter(|name| **name == item.name) {
        to.clone_into(name);
    }
    if let Some(ReplicaIdentity::Index(name)) = &mut table.replica_identity
        && item.is_relation()
        && *name == item.name
    {
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
    for table in schema.tables.values_mut() {
        let parents = table.partition_of.iter_mut().map(|of| &mut of.parent).chain(&mut table.inherits);
        parents.filter(|parent| **parent == *from).for_each(|parent| *parent = to.clone());
    }
    let owners = schema.sequences.values_mut().filter_map(|sequence| sequence.owned_by.as_mut());
    owners.filter(|(table, _)| table == from).for_each(|(table, _)| *table = to.clone());
    // A sequence that is owned goes with its table to another schema.
    let owned = schema.sequences.values().filter(|it| it.owned_by.as_ref().is_some_and(|(table, _)| table == to));
    let left: Vec<ObjectName> = owned.map(|it| it.name.clone()).filter(|name| name.schema != to.schema).collect();
    for name in left {
        rename_sequence(schema, &name, &to.sibling(&name.name));
    }
}

/// The defaults that PostgreSQL stores follow the sequence.
pub(super) fn rename_sequence(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    if let Some(mut sequence) = schema.sequences.remove(from) {
        sequence.name = to.clone();
        schema.sequences.insert(to.clone(), sequence);
    }
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        if column.default.as_deref().and_then(nextval::sequence).as_ref() == Some(from) {
            column.default = Some(nextval::default(to));
        }
    }
}

/// The expressions that PostgreSQL stores follow the column.
pub(super) fn rename_column(schema: &mut Schema, table: &ObjectName, from: &str, to: &str) {
    let renames = BTreeMap::from([(from.to_owned(), to.to_owned())]);
    let swap = |name: &mut String| {
        if name == from {
            to.clone_into(name);
        }
    };
    for name in std::iter::once(table.clone()).chain(schema.descendants(table)) {
        if let Some(table) = schema.tables.get_mut(&name) {
            table.columns.iter_mut().for_each(|column: &mut Column| swap(&mut column.name));
            column_names(table).into_iter().for_each(swap);
            for text in expression_texts(table) {
                if let Some(renamed) = mention::renamed(text, &renames) {
                    *text = renamed;
                }
            }
        }
    }
    let owners = schema.sequences.values_mut().filter_map(|sequence| sequence.owned_by.as_mut());
    owners.filter(|(owner, _)| owner == table).for_each(|(_, column)| swap(column));
    for key in all_foreign_keys(schema).filter(|key| key.references == *table) {
        key.referenced_columns.iter_mut().for_each(swap);
    }
}

pub(super) fn rename_type(schema: &mut Schema, kind: TypeKind, from: &ObjectName, to: &ObjectName) {
    let name = || to.clone();
    match kind {
        TypeKind::Enum => moved(&mut schema.enums, from, to, |ty| EnumType { name: name(), ..ty }),
        TypeKind::Domain => moved(&mut schema.domains, from, to, |ty| Domain { name: name(), ..ty }),
        TypeKind::Composite => moved(&mut schema.composites, from, to, |ty| CompositeType { name: name(), ..ty }),
    }
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        rename_within(&mut column.ty, from, to);
    }
    schema.domains.values_mut().for_each(|domain| rename_within(&mut domain.ty, from, to));
    let attributes = schema.composites.values_mut().flat_map(|composite| &mut composite.attributes);
    attributes.for_each(|attribute| rename_within(&mut attribute.ty, from, to));
}

fn moved<T>(types: &mut BTreeMap<ObjectName, T>, from: &ObjectName, to: &ObjectName, renamed: impl Fn(T) -> T) {
    if let Some(ty) = types.remove(from) {
        types.insert(to.clone(), renamed(ty));
    }
}

fn rename_within(ty: &mut SqlType, from: &ObjectName, to: &ObjectName) {
    match ty {
        SqlType::Builtin(_) => {}
        SqlType::Named(name) if name == from => *name = to.clone(),
        SqlType::Named(_) => {}
        SqlType::Array(element) => rename_within(element, from, to),
    }
}

fn all_foreign_keys(schema: &mut Schema) -> impl Iterator<Item = &mut ForeignKey> {
    schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys)
}
