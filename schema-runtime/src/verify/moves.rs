//! What became of which table and column, by the names that a file's statements change.

use std::collections::BTreeMap;

use schema_core::diff::Renames;
use schema_core::ir::{Dialect, ObjectName, Schema};

use super::text::{Move, Named, Text};
use crate::seed::{Correspondence, sample_value};

/// A table on its way: its name by now, and those of its columns.
struct Way {
    now: ObjectName,
    columns: BTreeMap<String, String>,
}

/// How two schemas correspond when these names change between them. A name that another one takes over does not
/// correspond to itself.
pub(crate) fn correspondence(before: &Schema, after: &Schema, moves: &[Move]) -> Correspondence {
    let mut ways: BTreeMap<&ObjectName, Way> = before
        .tables
        .iter()
        .map(|(name, table)| {
            let columns = table.columns.iter().map(|column| (column.name.clone(), column.name.clone())).collect();
            (name, Way { now: name.clone(), columns })
        })
        .collect();
    let mut correspondence = Correspondence::default();
    for each in moves {
        match each {
            Move::Table(table, name) => go(&mut ways, table, |way| way.now.name.clone_from(name)),
            Move::Schema(table, schema) => go(&mut ways, table, |way| way.now.schema = Some(schema.clone())),
            Move::Columns(table, pairs) => go(&mut ways, table, |way| {
                for name in way.columns.values_mut() {
                    if let Some((_, new)) = pairs.iter().find(|(old, _)| old == name) {
                        name.clone_from(new);
                    }
                }
            }),
            Move::Label(ty, old, new) => {
                if let Some(name) = before.enums.keys().find(|name| ty.is(name)) {
                    let key = (name.clone(), old.clone());
                    correspondence.labels.insert(key.clone(), new.clone());
                    correspondence.renamed_labels.insert(key, new.clone());
                }
            }
        }
    }
    for (former, way) in ways {
        let Some(table) = after.tables.get(&way.now) else { continue };
        correspondence.tables.insert(former.clone(), way.now);
        let stay = way.columns.into_iter().filter(|(_, now)| table.column(now).is_some());
        correspondence.columns.extend(stay.map(|(old, now)| ((former.clone(), old), now)));
    }
    fill(after, &mut correspondence);
    correspondence
}

/// The renames that files carry out between two schemas, one file after the other.
pub(crate) fn renamed(dialect: Dialect, before: &Schema, after: &Schema, ups: &[&str]) -> Renames {
    let moves: Vec<Move> = ups.iter().flat_map(|up| Text::of(dialect, up).moves).collect();
    let correspondence = correspondence(before, after, &moves);
    let mut renames = Renames::default();
    for ((former, old), now) in &correspondence.columns {
        let Some(table) = correspondence.tables.get(former).filter(|_| old != now) else { continue };
        renames.columns.insert((table.clone(), now.clone()), old.clone());
    }
    let tables = correspondence.tables.into_iter().filter(|(former, now)| former != now);
    renames.tables = tables.map(|(former, now)| (now, former)).collect();
    renames.labels = correspondence.renamed_labels.into_iter().map(|((ty, old), now)| ((ty, now), old)).collect();
    renames
}

fn go(ways: &mut BTreeMap<&ObjectName, Way>, table: &Named, change: impl FnOnce(&mut Way)) {
    if let Some(way) = ways.values_mut().find(|way| table.is(&way.now)) {
        change(way);
    }
}

/// A value for each new column that needs one: which rows the new schema holds must not depend on what the file gives them.
fn fill(after: &Schema, correspondence: &mut Correspondence) {
    for name in correspondence.tables.values() {
        let Some(table) = after.tables.get(name) else { continue };
        let is_old = |column: &str| {
            let mut all = correspondence.columns.iter();
            all.any(|((former, _), now)| correspondence.tables.get(former) == Some(name) && now == column)
        };
        for column in &table.columns {
            let has_value = column.nullable || column.default.is_some() || column.generated.is_some();
            if !has_value && column.identity.is_none() && !is_old(&column.name) {
                let checks: Vec<String> = table.checks.iter().map(|check| check.expression.clone()).collect();
                let relevant: Vec<String> =
                    checks.into_iter().filter(|text| crate::seed::mentions(text, &column.name)).collect();
                let value = sample_value(after, &column.ty, &relevant);
                correspondence.backfills.insert((name.clone(), column.name.clone()), value);
            }
        }
    }
}
