//! Names of indexes that pass from one table to another. SQLite has each name once in the whole database, so such
//! indexes go before any table changes, and come after every one has.

use std::collections::{BTreeMap, BTreeSet};

use super::alter;
use super::values::Fills;
use crate::ir::{ObjectName, Table};
use crate::plan::Step;

type Tables = BTreeMap<ObjectName, Table>;

/// The names, in lower case.
pub(super) fn names(before: &Tables, after: &Tables) -> BTreeSet<String> {
    let (held, wanted) = (owners(before), owners(after));
    let passes = |name: &String, owner: &ObjectName| wanted.get(name).is_some_and(|other| *other != owner);
    held.into_iter().filter(|(name, owner)| passes(name, owner)).map(|(name, _)| name).collect()
}

fn owners(tables: &Tables) -> BTreeMap<String, &ObjectName> {
    let indexes = tables.values().flat_map(|table| table.indexes.iter().map(move |index| (index, &table.name)));
    indexes.map(|(index, owner)| (index.name.to_ascii_lowercase(), owner)).collect()
}

/// The tables without the indexes of these names.
pub(super) fn without(tables: &Tables, names: &BTreeSet<String>) -> Tables {
    let mut tables = tables.clone();
    for table in tables.values_mut() {
        table.indexes.retain(|index| !names.contains(&index.name.to_ascii_lowercase()));
    }
    tables
}

/// The steps that drop or create the indexes by which the tables differ.
pub(super) fn steps(before: &Tables, after: &Tables) -> Vec<Step> {
    let pairs = before.iter().filter_map(|(name, table)| Some((table, after.get(name)?)));
    let none = Fills::default();
    pairs.filter(|(old, new)| old != new).map(|(old, new)| alter::step(old, new, [&none, &none], before)).collect()
}
