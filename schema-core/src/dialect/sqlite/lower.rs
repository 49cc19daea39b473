//! Schemas as SQLite sees them: enums lowered to TEXT and a check.

use std::collections::BTreeMap;

use crate::dialect::{literal, quote};
use crate::ir::{Check, ObjectName, Schema, SqlType, Table};
use crate::names::{Kind, derived};

/// The schema without enums: their columns are TEXT, with a named check over the labels.
pub(super) fn lowered(schema: &Schema) -> BTreeMap<ObjectName, Table> {
    schema.tables.iter().map(|(name, table)| (name.clone(), lowered_table(schema, table))).collect()
}

fn lowered_table(schema: &Schema, table: &Table) -> Table {
    let mut lowered = table.clone();
    for column in &mut lowered.columns {
        let labels = column.ty.named().and_then(|name| schema.enums.get(name)).map(|found| &found.labels);
        if let Some(labels) = labels {
            column.ty = SqlType::builtin("TEXT");
            lowered.checks.push(label_check(&table.name.name, &column.name, labels));
        }
        column.comment = None;
    }
    lowered.comment = None;
    lowered.sort();
    lowered
}

fn label_check(table: &str, column: &str, labels: &[String]) -> Check {
    let labels = labels.iter().map(|label| literal(label)).collect::<Vec<_>>().join(", ");
    Check::new(derived(table, &[column], Kind::Check), format!("{} IN ({labels})", quote(column)))
}
