//! What must step aside, within one step, while columns change to another type of the same name.

use std::collections::{BTreeMap, BTreeSet};

use super::removals::{drop_item_sql, item_sql, with_comment};
use super::state::{ItemKind, items, parts_of};
use crate::dialect::postgres::ddl;
use crate::dialect::postgres::mention::mentions;
use crate::ir::{Column, ObjectName, Schema, Table};

/// Columns by table.
pub(super) type Columns = BTreeMap<ObjectName, BTreeSet<String>>;

/// Statements before and after the change.
#[derive(Default)]
pub(super) struct Around {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    /// Generated columns that are dropped and added again.
    pub(super) replaced: Columns,
}

/// Takes away and brings back everything whose definition holds the columns' type: foreign keys, expressions,
/// partial indexes, generated columns with all that is on them (BUGS.md B05).
pub(super) fn around(schema: &Schema, changing: &Columns) -> Around {
    let mut unstable = changing.clone();
    let mut replaced = Columns::new();
    for (name, columns) in changing {
        let Some(table) = schema.tables.get(name) else { continue };
        let generated: BTreeSet<String> = replaced_columns(table, columns).map(|column| column.name.clone()).collect();
        unstable.entry(name.clone()).or_default().extend(generated.iter().cloned());
        replaced.insert(name.clone(), generated);
    }
    let mut dropped: Vec<(ItemKind, String, String)> = Vec::new();
    for table in schema.tables.values() {
        let own = (unstable.get(&table.name), replaced.get(&table.name));
        for item in items(table) {
            let (named, expressions) = parts_of(table, &item);
            let holds = |columns: Option<&BTreeSet<String>>| {
                named.iter().any(|name| columns.is_some_and(|columns| columns.contains(*name)))
            };
            let touched = match item.kind {
                ItemKind::ForeignKey => holds(own.0) || references(table, &item.name, &unstable),
                _ => {
                    holds(own.1) || expressions.iter().any(|text| own.0.is_some_and(|columns| mentions(text, columns)))
                }
            };
            if let Some(add) = item_sql(table, &item).filter(|_| touched) {
                dropped.push((item.kind, drop_item_sql(&table.name, &item), add));
            }
        }
    }
    dropped.sort_by_key(|(kind, ..)| *kind);
    let mut around = Around { replaced, ..Around::default() };
    around.before = dropped.iter().rev().map(|(_, drop, _)| drop.clone()).collect();
    for table in schema.tables.values() {
        let columns = around.replaced.get(&table.name);
        for column in
            table.columns.iter().filter(|column| columns.is_some_and(|columns| columns.contains(&column.name)))
        {
            around.before.push(ddl::drop_column(&table.name, &column.name));
            around.after.extend(with_comment(&table.name, column));
        }
    }
    around.after.extend(dropped.into_iter().map(|(_, _, add)| add));
    around
}

fn replaced_columns<'a>(table: &'a Table, changing: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Column> {
    table.columns.iter().filter(|column| {
        let generated = column.generated.as_ref();
        generated.is_some_and(|generated| changing.contains(&column.name) || mentions(&generated.expression, changing))
    })
}

fn references(table: &Table, key: &str, unstable: &Columns) -> bool {
    table.foreign_keys.iter().filter(|known| known.name == key).any(|key| {
        let other = unstable.get(&key.references);
        key.referenced_columns.iter().any(|column| other.is_some_and(|columns| columns.contains(column)))
    })
}
