//! CREATE TABLE, of plain tables, partitions and children.

use std::borrow::Cow;

use super::{ddl, sequence};
use crate::dialect::qualified;
use crate::ir::{Check, Column, PartitionBy, PartitionOf, Schema, Table};

/// The table with its columns, keys, checks and exclusion constraints, made as its parents want it.
pub(super) fn table(table: &Table, within: &Schema) -> Vec<String> {
    let given = heritage(table, within);
    let mut statements = match (&table.partition_of, &given) {
        (Some(of), Some(_)) => vec![partition(table, of)],
        (None, Some(given)) if !table.inherits.is_empty() => child(table, given),
        _ => vec![alone(&without_late_keys(table), &table.columns, &parents_checks(table, within), "")],
    };
    let made = given.is_some();
    let given = given.unwrap_or_default();
    for column in &table.columns {
        let fresh = Column::new(column.name.clone(), column.ty.clone());
        let from = given.iter().find(|given| given.name == column.name).unwrap_or(&fresh);
        statements.extend(ddl::column_settings(&table.name, from, column));
    }
    if !made {
        statements.extend(table.partition_of.iter().map(|of| ddl::attach(&table.name, of)));
        let parents = table.inherits.iter().map(|parent| format!("INHERIT {}", qualified(parent)));
        statements.extend(parents.map(|inherit| ddl::alter_table(&table.name, inherit)));
        statements.extend(late_keys(table).map(|key| ddl::add_constraint(&table.name, &key)));
    }
    statements
}

/// Keys of a partition that is attached: had it them before, the parent would take their indexes for its own.
fn late_keys(table: &Table) -> impl Iterator<Item = String> {
    let keys = table.primary_key.iter().map(ddl::primary_key).chain(table.uniques.iter().map(ddl::unique));
    keys.filter(|_| table.partition_of.is_some())
}

fn without_late_keys(table: &Table) -> Cow<'_, Table> {
    if table.partition_of.is_none() {
        return Cow::Borrowed(table);
    }
    Cow::Owned(Table { primary_key: None, uniques: Vec::new(), ..table.clone() })
}

/// The columns that the table's parents give it, where those and the table's own agree so far that it can be made as
/// their child: a partition has exactly its parent's, other children have them first.
fn heritage(table: &Table, within: &Schema) -> Option<Vec<Column>> {
    let mut inherited: Vec<Column> = Vec::new();
    for parent in table.parents().filter_map(|parent| within.tables.get(parent)) {
        for column in parent.columns.iter().map(Column::inherited) {
            match inherited.iter_mut().find(|known| known.name == column.name) {
                Some(known) => known.nullable &= column.nullable,
                None => inherited.push(column),
            }
        }
    }
    let agrees = if table.partition_of.is_some() {
        table.columns.is_empty() || table.columns.iter().map(Column::inherited).eq(inherited.iter().cloned())
    } else {
        let same = |(column, given): (&Column, &Column)| column.name == given.name && column.ty == given.ty;
        table.columns.len() >= inherited.len() && table.columns.iter().zip(&inherited).all(same)
    };
    agrees.then_some(inherited)
}

/// Checks that a table must have before it can become a child.
pub(super) fn parents_checks(table: &Table, within: &Schema) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let mut open: Vec<&Table> = table.parents().filter_map(|parent| within.tables.get(parent)).collect();
    while let Some(parent) = open.pop() {
        let here = parent.checks.iter().filter(|check| !check.no_inherit);
        let known = |name: &str| table.checks.iter().any(|check| check.name == name);
        for check in here.filter(|check| !known(&check.name)) {
            if checks.iter().all(|held| held.name != check.name) {
                checks.push(Check { not_valid: false, ..check.clone() });
            }
        }
        open.extend(parent.parents().filter_map(|parent| within.tables.get(parent)));
    }
    checks.sort_by(|a, b| a.name.cmp(&b.name));
    checks
}

fn alone(table: &Table, columns: &[Column], more_checks: &[Check], inherits: &str) -> String {
    let mut lines: Vec<String> = columns.iter().map(ddl::column).collect();
    lines.extend(constraints(table));
    lines.extend(more_checks.iter().map(ddl::check));
    let body = if lines.is_empty() { "()".to_owned() } else { format!("(\n    {}\n)", lines.join(",\n    ")) };
    format!("{} {body}{inherits}{}", create(table), options(table))
}

fn partition(table: &Table, of: &PartitionOf) -> String {
    let lines: Vec<String> = constraints(table).collect();
    let body = if lines.is_empty() { String::new() } else { format!(" (\n    {}\n)", lines.join(",\n    ")) };
    format!("{} PARTITION OF {}{body} {}{}", create(table), qualified(&of.parent), of.bound, options(table))
}

/// A child with the columns that only it has, and what it has otherwise of its parents' ones.
fn child(table: &Table, inherited: &[Column]) -> Vec<String> {
    let parents: Vec<String> = table.inherits.iter().map(qualified).collect();
    let own = table.columns.get(inherited.len()..).unwrap_or_default();
    let mut statements = vec![alone(table, own, &[], &format!(" INHERITS ({})", parents.join(", ")))];
    for (given, column) in inherited.iter().zip(&table.columns) {
        let alter = |action: String| ddl::alter_column_only(&table.name, &column.name, action);
        if given.default != column.default {
            statements.push(alter(ddl::default_action(column.default.as_deref())));
        }
        if given.nullable && !column.nullable {
            statements.push(alter("SET NOT NULL".to_owned()));
        }
        statements.extend(column.identity.map(|identity| {
            let options = sequence::in_parentheses(&column.identity_options);
            alter(format!("ADD GENERATED {} AS IDENTITY{options}", ddl::identity_kind(identity)))
        }));
    }
    statements
}

fn create(table: &Table) -> String {
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    format!("CREATE {unlogged}TABLE {}", qualified(&table.name))
}

/// The constraints that CREATE TABLE can hold.
fn constraints(table: &Table) -> impl Iterator<Item = String> {
    let checks = table.checks.iter().filter(|check| !check.not_valid || check.not_enforced);
    let keys = table.primary_key.iter().map(ddl::primary_key).chain(table.uniques.iter().map(ddl::unique));
    keys.chain(checks.map(ddl::check)).chain(table.exclusions.iter().map(ddl::exclusion))
}

fn options(table: &Table) -> String {
    let mut sql = table.partition_by.as_ref().map_or_else(String::new, partition_by);
    if !table.storage.is_empty() {
        sql += &format!(" WITH ({})", ddl::settings(&table.storage));
    }
    sql
}

fn partition_by(by: &PartitionBy) -> String {
    let keys: Vec<String> = by.keys.iter().map(ddl::index_key).collect();
    format!(" PARTITION BY {} ({})", by.strategy.as_sql(), keys.join(", "))
}
