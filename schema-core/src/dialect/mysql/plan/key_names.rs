//! Indexes and unique keys that have another name and are otherwise the same.
//!
//! Each is renamed before anything else of its table changes: beside a changed column or option the server makes the
//! index anew instead (tests/algorithm-results.md, row H37).

use std::collections::BTreeSet;

use crate::ir::{Index, Table, Unique};

/// The former name and the new one of each.
pub(super) fn renamed(before: &Table, after: &Table) -> Vec<(String, String)> {
    let (held, wanted) = (names(before), names(after));
    let goes = |name: &str| !wanted.contains(name);
    let is_new = |name: &str| !held.contains(name);
    let mut taken = BTreeSet::new();
    let mut pairs = Vec::new();
    let mut pair = |from: &str, candidates: Vec<&str>| {
        let to = candidates.into_iter().find(|to| is_new(to) && taken.insert((*to).to_owned()));
        pairs.extend(to.map(|to| (from.to_owned(), to.to_owned())));
    };
    for unique in before.uniques.iter().filter(|unique| goes(&unique.name)) {
        let alike = |other: &&Unique| Unique { name: unique.name.clone(), ..(*other).clone() } == *unique;
        pair(&unique.name, after.uniques.iter().filter(alike).map(|other| other.name.as_str()).collect());
    }
    for index in before.indexes.iter().filter(|index| goes(&index.name)) {
        let alike = |other: &&Index| Index { name: index.name.clone(), ..(*other).clone() } == *index;
        pair(&index.name, after.indexes.iter().filter(alike).map(|other| other.name.as_str()).collect());
    }
    pairs
}

/// The table once they are renamed.
pub(super) fn with_names(table: &Table, pairs: &[(String, String)]) -> Table {
    let mut table = table.clone();
    let names = table.uniques.iter_mut().map(|unique| &mut unique.name);
    for name in names.chain(table.indexes.iter_mut().map(|index| &mut index.name)) {
        if let Some((_, new)) = pairs.iter().find(|(old, _)| old == name) {
            name.clone_from(new);
        }
    }
    table
}

fn names(table: &Table) -> BTreeSet<&str> {
    let uniques = table.uniques.iter().map(|unique| unique.name.as_str());
    uniques.chain(table.indexes.iter().map(|index| index.name.as_str())).collect()
}
