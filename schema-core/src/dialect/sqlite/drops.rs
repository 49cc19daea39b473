//! DROP TABLE, and the order of tables.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::{self, Guards, OnFailure};
use super::rebuild;
use crate::dialect::{literal, quote};
use crate::ir::{ObjectName, Table};
use crate::plan::Script;

/// The tables with those that others refer to first; where they refer to each other in a circle, by name.
pub(in crate::dialect) fn parents_first<'a>(tables: &[&'a Table]) -> Vec<&'a Table> {
    let mut pending = tables.iter().map(|table| (&table.name, *table)).collect::<BTreeMap<_, _>>();
    let mut ordered = Vec::new();
    while let Some(next) = next_parent(&pending) {
        ordered.extend(pending.remove(&next));
    }
    ordered
}

fn next_parent(pending: &BTreeMap<&ObjectName, &Table>) -> Option<ObjectName> {
    let waits = |table: &&Table| {
        table.foreign_keys.iter().any(|key| key.references != table.name && pending.contains_key(&key.references))
    };
    let ready = pending.values().find(|table| !waits(table));
    ready.or_else(|| pending.values().next()).map(|table| table.name.clone())
}

/// Drops `dropped`, children first. `all` are the tables there are then.
///
/// DROP TABLE deletes all rows first when foreign keys are on, with every cascade (HAZARDS.md row 47): where
/// anything still refers to the table by then, they are off.
pub(super) fn script(dropped: &[&Table], all: &BTreeMap<ObjectName, Table>) -> Script {
    let order = parents_first(dropped).into_iter().rev().collect::<Vec<_>>();
    if referred_when_dropped(&order, all) { without_foreign_keys(&order, all) } else { plain(&order) }
}

fn referred_when_dropped(order: &[&Table], all: &BTreeMap<ObjectName, Table>) -> bool {
    let mut left = all.values().collect::<Vec<_>>();
    order.iter().any(|table| {
        let referred = left.iter().any(|other| other.foreign_keys.iter().any(|key| key.references == table.name));
        left.retain(|other| other.name != table.name);
        referred
    })
}

fn plain(order: &[&Table]) -> Script {
    let mut guards = Guards::new(OnFailure::Abort);
    let mut drops = Vec::new();
    for table in order {
        drops.push(no_unknown_child(&mut guards, &table.name.name, &[&table.name.name]));
        drops.push(drop_table(table));
    }
    drops.extend(guard::prove_views_and_triggers());
    drops.extend(guards.drop());
    let statements = guards.create().into_iter().chain(drops).collect();
    Script { statements, no_transaction: false }
}

fn without_foreign_keys(order: &[&Table], all: &BTreeMap<ObjectName, Table>) -> Script {
    let names = order.iter().map(|table| &table.name).collect::<BTreeSet<_>>();
    let children = order.iter().flat_map(|table| rebuild::children(&table.name, all)).collect::<BTreeSet<_>>();
    let kept = children.into_iter().filter(|child| !names.iter().any(|name| name.name == **child)).collect::<Vec<_>>();
    let known = names.iter().map(|name| name.name.as_str()).chain(kept.iter().copied()).collect::<Vec<_>>();
    let mut guards = Guards::new(OnFailure::Rollback);
    let mut left = all.clone();
    left.retain(|name, _| !names.contains(name));
    rebuild::without_foreign_keys(&mut guards, &kept, [all, &left], |guards| {
        let checks = order.iter().map(|table| no_unknown_child(guards, &table.name.name, &known)).collect::<Vec<_>>();
        let drops = order.iter().map(|table| drop_table(table));
        checks.into_iter().chain(drops).chain(guard::prove_views_and_triggers()).collect()
    })
}

fn drop_table(table: &Table) -> String {
    format!("DROP TABLE {}", quote(&table.name.name))
}

/// Asserts that no table outside the schema refers to this one.
pub(super) fn no_unknown_child(guards: &mut Guards, table: &str, known: &[&str]) -> String {
    let known = known.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    guards.assert(
        format!("a table that the schema does not know refers to table `{table}`; drop its foreign key first"),
        &format!(
            "NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.\"name\") AS k WHERE \
             s.\"type\" = 'table' AND k.\"table\" = {} COLLATE NOCASE AND s.\"name\" COLLATE NOCASE NOT IN ({known}))",
            literal(table)
        ),
    )
}
