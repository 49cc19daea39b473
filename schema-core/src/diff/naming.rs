//! Which object of the base is which object of the target: by name, and through renames.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Renames;
use super::types::staying_sequences;
use crate::dialect::postgres::nextval;
use crate::ir::{Column, ForeignKey, IndexKey, IndexTarget, ObjectName, Schema, SqlType, Table, TypeKind};

/// Former name to new name, of what stays.
pub(super) type Map<K> = BTreeMap<K, K>;

/// The base's names in terms of the target's.
pub(super) struct Naming {
    /// Tables that stay.
    pub(super) tables: Map<ObjectName>,
    /// Enums, domains and composite types that stay.
    pub(super) types: Map<(TypeKind, ObjectName)>,
    /// Of those the ones that get another name, whatever they are: they share one space of names.
    renamed_types: Map<ObjectName>,
    /// Sequences that stay.
    pub(super) sequences: Map<ObjectName>,
    /// By the table's former name: its columns that stay, where those are not simply all of them under their names.
    columns: BTreeMap<ObjectName, Map<String>>,
}

impl Naming {
    pub(super) fn new(from: &Schema, to: &Schema, renames: &Renames) -> Self {
        let tables = survivors(from.tables.keys(), to.tables.keys(), |new| renames.tables.get(new));
        let types = staying_types(from, to, renames);
        let renamed_types = types.iter().filter(|(old, new)| old != new);
        let renamed_types = renamed_types.map(|((_, old), (_, new))| (old.clone(), new.clone())).collect();
        let columns = tables
            .iter()
            .filter_map(|(old, new)| {
                let (before, after) = (from.tables.get(old)?, to.tables.get(new)?);
                let differ = !renames.columns.is_empty() || !same_column_names(before, after);
                differ.then(|| (old.clone(), column_survivors(before, after, renames)))
            })
            .collect();
        let mut naming = Self { tables, types, renamed_types, sequences: Map::new(), columns };
        naming.sequences = staying_sequences(from, to, &naming);
        naming
    }

    /// The new name of a table; of one that goes, its own.
    pub(super) fn table(&self, old: &ObjectName) -> ObjectName {
        self.tables.get(old).unwrap_or(old).clone()
    }

    /// The new name of a column; of one that goes, its own.
    pub(super) fn column(&self, table: &ObjectName, old: &str) -> String {
        self.columns.get(table).and_then(|columns| columns.get(old)).map_or_else(|| old.to_owned(), Clone::clone)
    }

    /// Columns that stay of a table of the base that stays, former name to new name.
    pub(super) fn columns(&self, table: &Table) -> Cow<'_, Map<String>> {
        let all = || table.columns.iter().map(|column| (column.name.clone(), column.name.clone())).collect();
        self.columns.get(&table.name).map_or_else(|| Cow::Owned(all()), Cow::Borrowed)
    }

    pub(super) fn ty(&self, ty: &SqlType) -> SqlType {
        match ty {
            SqlType::Builtin(_) => ty.clone(),
            SqlType::Named(name) => SqlType::Named(self.renamed_types.get(name).unwrap_or(name).clone()),
            SqlType::Array(element) => SqlType::Array(Box::new(self.ty(element))),
        }
    }

    /// A table of the base with other objects under their new names, its own columns under their former ones.
    pub(super) fn outside(&self, table: &Table) -> Table {
        let mut mapped = table.clone();
        mapped.name = self.table(&table.name);
        for column in &mut mapped.columns {
            column.ty = self.ty(&column.ty);
            self.rename_sequence(column);
        }
        mapped.inherits.iter_mut().for_each(|parent| *parent = self.table(parent));
        if let Some(of) = &mut mapped.partition_of {
            of.parent = self.table(&of.parent);
        }
        for key in &mut mapped.foreign_keys {
            self.rename_reference(key);
        }
        mapped
    }

    /// A table of the base with everything under its new name, expressions apart.
    pub(super) fn inside(&self, table: &Table) -> Table {
        let mut mapped = self.outside(table);
        let rename = |name: &mut String| *name = self.column(&table.name, name);
        mapped.columns.iter_mut().for_each(|column: &mut Column| rename(&mut column.name));
        column_names(&mut mapped).into_iter().for_each(rename);
        mapped
    }

    fn rename_sequence(&self, column: &mut Column) {
        let sequence = column.default.as_deref().and_then(nextval::sequence);
        if let Some((old, new)) = sequence.and_then(|name| self.sequences.get_key_value(&name))
            && old != new
        {
            column.default = Some(nextval::default(new));
        }
    }

    fn rename_reference(&self, key: &mut ForeignKey) {
        for column in &mut key.referenced_columns {
            *column = self.column(&key.references, column);
        }
        key.references = self.table(&key.references);
    }
}

fn staying_types(from: &Schema, to: &Schema, renames: &Renames) -> Map<(TypeKind, ObjectName)> {
    let names = |schema: &Schema| schema.types().map(|(kind, name)| (kind, name.clone())).collect::<Vec<_>>();
    let renamed = renames.types.iter().map(|((kind, new), old)| ((*kind, new.clone()), (*kind, old.clone())));
    let renamed: BTreeMap<_, _> = renamed.collect();
    survivors(names(from).iter(), names(to).iter(), |new| renamed.get(new))
}

/// Every place at which the table's constraints, indexes and partition key name its columns.
pub(crate) fn column_names(table: &mut Table) -> Vec<&mut String> {
    let mut names: Vec<&mut String> = Vec::new();
    names.extend(table.primary_key.iter_mut().flat_map(|key| key.columns.iter_mut().chain(&mut key.include)));
    names.extend(table.uniques.iter_mut().flat_map(|unique| unique.columns.iter_mut().chain(&mut unique.include)));
    names.extend(table.foreign_keys.iter_mut().flat_map(|key| key.columns.iter_mut().chain(&mut key.set_columns)));
    let mut keys: Vec<&mut IndexKey> = table.partition_by.iter_mut().flat_map(|by| &mut by.keys).collect();
    for exclusion in &mut table.exclusions {
        keys.extend(exclusion.elements.iter_mut().map(|element| &mut element.key));
        names.extend(&mut exclusion.include);
    }
    for index in &mut table.indexes {
        keys.extend(&mut index.keys);
        names.extend(&mut index.include);
    }
    names.extend(keys.into_iter().filter_map(|key| match &mut key.target {
        IndexTarget::Column(name) => Some(name),
        IndexTarget::Expression(_) => None,
    }));
    names
}

/// The SQL text of the table's constraints, indexes, partition key and generated columns.
pub(crate) fn expression_texts(table: &mut Table) -> Vec<&mut String> {
    let mut texts: Vec<&mut String> = table.checks.iter_mut().map(|check| &mut check.expression).collect();
    let generated = table.columns.iter_mut().filter_map(|column| column.generated.as_mut());
    texts.extend(generated.map(|generated| &mut generated.expression));
    let mut keys: Vec<&mut IndexKey> = table.partition_by.iter_mut().flat_map(|by| &mut by.keys).collect();
    for exclusion in &mut table.exclusions {
        keys.extend(exclusion.elements.iter_mut().map(|element| &mut element.key));
        texts.extend(&mut exclusion.predicate);
    }
    for index in &mut table.indexes {
        keys.extend(&mut index.keys);
        texts.extend(&mut index.predicate);
    }
    texts.extend(keys.into_iter().filter_map(|key| match &mut key.target {
        IndexTarget::Expression(text) => Some(text),
        IndexTarget::Column(_) => None,
    }));
    texts
}

/// The renames, with those that children's columns follow because they are their parents'.
pub(super) fn with_inherited(renames: &Renames, from: &Schema, to: &Schema) -> Renames {
    let mut renames = renames.clone();
    for (parent, new, old) in renames.columns.clone().into_iter().map(|((parent, new), old)| (parent, new, old)) {
        for child in to.descendants(&parent) {
            let former = renames.tables.get(&child).unwrap_or(&child);
            if from.tables.get(former).is_some_and(|table| table.column(&old).is_some()) {
                renames.columns.entry((child, new.clone())).or_insert_with(|| old.clone());
            }
        }
    }
    renames
}

fn same_column_names(before: &Table, after: &Table) -> bool {
    before.columns.len() == after.columns.len()
        && before.columns.iter().zip(&after.columns).all(|(before, after)| before.name == after.name)
}

fn column_survivors(before: &Table, after: &Table, renames: &Renames) -> Map<String> {
    let new_names = after.columns.iter().map(|column| &column.name);
    survivors(before.columns.iter().map(|column| &column.name), new_names, |new| {
        renames.columns.get(&(after.name.clone(), new.clone()))
    })
}

/// Pairs former names with new ones: stated renames first, then what still bears the same name.
pub(super) fn survivors<'a, K: Ord + Clone + 'a>(
    from: impl Iterator<Item = &'a K>,
    to: impl Iterator<Item = &'a K>,
    former: impl Fn(&K) -> Option<&'a K>,
) -> Map<K> {
    let from: BTreeSet<&K> = from.collect();
    let mut map = Map::new();
    let mut plain = Vec::new();
    for new in to {
        match former(new).filter(|old| from.contains(old) && !map.contains_key(*old)) {
            Some(old) => map.extend([(old.clone(), new.clone())]),
            None => plain.push(new),
        }
    }
    for new in plain.into_iter().filter(|new| from.contains(new)) {
        map.entry(new.clone()).or_insert_with(|| new.clone());
    }
    map
}
