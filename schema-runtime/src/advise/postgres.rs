//! Plans of PostgreSQL.

use std::fmt::Write as _;

use schema_core::advise::queries::{Candidate, Plan, Sizes};
use schema_core::dialect::{literal, qualified, quote};
use schema_core::ir::{ForeignKey, ObjectName, Schema, Table};

use crate::sides::{Work, WorkError};

/// Of a prepared statement; a plan that doesn't depend on the values of parameters is what an application gets in the end.
const SESSION: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off";

const NAME: &str = "schema_advised";

/// Has the planner take tables for as large as they are, and columns for as varied.
pub(super) async fn prepare(work: &mut Work, schema: &Schema, sizes: Sizes<'_>) -> Result<(), WorkError> {
    let mut sql = format!("{SESSION}; SET search_path = {};\n", search_path(schema));
    for table in schema.tables.values() {
        for (column, number) in values(table, schema, sizes) {
            let (on, column) = (qualified(&table.name), quote(&column));
            let _ = writeln!(sql, "ALTER TABLE {on} ALTER COLUMN {column} SET (n_distinct = {number});");
        }
    }
    work.execute(&format!("{sql}ANALYZE;")).await?;
    work.execute(&format!("BEGIN; {} COMMIT", statistics(schema, sizes, |_| true))).await
}

/// What the planner is to believe of these tables, written over what it counted.
fn statistics(schema: &Schema, sizes: Sizes<'_>, of: impl Fn(&Table) -> bool) -> String {
    let mut sql = "SET LOCAL allow_system_table_mods = on;\n".to_owned();
    for table in schema.tables.values().filter(|table| of(table)) {
        let on = literal(&qualified(&table.name));
        // The planner multiplies the rows in a page, which it takes from these numbers, with the pages that the file has.
        let _ = writeln!(
            sql,
            "UPDATE pg_class SET reltuples = {}, relpages = greatest(1, pg_relation_size(oid) / current_setting('block_size')::int)
                WHERE oid = {on}::regclass AND relkind = 'r';",
            rows(table, schema, sizes),
        );
        // How often a made-up value stands in the rows says nothing where it is known how many there are.
        let known: Vec<String> = values(table, schema, sizes).iter().map(|(column, _)| literal(column)).collect();
        if !known.is_empty() {
            let _ = writeln!(
                sql,
                "UPDATE pg_statistic s SET stakind1 = 0, stakind2 = 0, stakind3 = 0, stakind4 = 0, stakind5 = 0 FROM pg_attribute a
                    WHERE s.starelid = {on}::regclass AND a.attrelid = s.starelid AND a.attnum = s.staattnum AND a.attname IN ({});",
                known.join(", ")
            );
        }
    }
    sql
}

/// Unqualified names may mean what is in any schema of the crate.
fn search_path(schema: &Schema) -> String {
    let mut names = vec!["public"];
    for name in schema.tables.keys().filter_map(|name| name.schema.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(quote).collect::<Vec<_>>().join(", ")
}

/// Columns of which something is known about how many values they have: what an export says; and a foreign key's as many
/// as there are rows that it can refer to. Negative numbers are shares of the rows, as PostgreSQL has them.
fn values(table: &Table, schema: &Schema, sizes: Sizes<'_>) -> Vec<(String, String)> {
    let rows = sizes.rows(table);
    let number = |values: u64| if values >= rows { "-1".to_owned() } else { values.to_string() };
    let exported = |column: &str| sizes.few_values(table, column).map(&number);
    let referring = |column: &str| {
        let is_its = |key: &&ForeignKey| matches!(key.columns.as_slice(), [only] if only == column);
        let parent = schema.tables.get(&table.foreign_keys.iter().find(is_its)?.references)?;
        Some(number(sizes.rows(parent)))
    };
    let known = |name: &String| Some((name.clone(), exported(name).or_else(|| referring(name))?));
    table.columns.iter().filter_map(|column| known(&column.name)).collect()
}

/// Of a partition that no export knows, its share of the parent's.
fn rows(table: &Table, schema: &Schema, sizes: Sizes<'_>) -> u64 {
    let parent = table.partition_of.as_ref().and_then(|partition| schema.tables.get(&partition.parent));
    let Some(parent) = parent.filter(|_| sizes.known(table).is_none()) else { return sizes.rows(table) };
    let siblings = schema.tables.values().filter(|it| is_partition(it, &parent.name)).count();
    rows(parent, schema, sizes) / u64::try_from(siblings).unwrap_or(u64::MAX).max(1)
}

fn is_partition(table: &Table, parent: &ObjectName) -> bool {
    table.partition_of.as_ref().is_some_and(|partition| partition.parent == *parent)
}

/// A new index has the server count the table's rows again.
pub(super) async fn made(
    work: &mut Work,
    schema: &Schema,
    sizes: Sizes<'_>,
    candidate: &Candidate,
) -> Result<(), WorkError> {
    if candidate.is_over_expression() {
        work.execute(&format!("ANALYZE {}", qualified(candidate.table()))).await?;
    }
    work.execute(&statistics_of(candidate, schema, sizes)).await
}

/// What it counted is written in place, so no rollback takes it back; and what is prepared outlives its transaction.
pub(super) async fn unmade(
    work: &mut Work,
    schema: &Schema,
    sizes: Sizes<'_>,
    candidate: &Candidate,
) -> Result<(), WorkError> {
    forget(work).await;
    work.execute(&format!("BEGIN; {} COMMIT", statistics_of(candidate, schema, sizes))).await
}

/// An index counts the rows of its table and of that one's partitions, and of no others.
fn statistics_of(candidate: &Candidate, schema: &Schema, sizes: Sizes<'_>) -> String {
    statistics(schema, sizes, |table| table.name == *candidate.table() || is_within(table, candidate.table(), schema))
}

/// Whether it is a partition, at whatever depth.
fn is_within(table: &Table, name: &ObjectName, schema: &Schema) -> bool {
    let parent = table.partition_of.as_ref().and_then(|partition| schema.tables.get(&partition.parent));
    parent.is_some_and(|parent| parent.name == *name || is_within(parent, name, schema))
}

pub(super) async fn plan(work: &mut Work, sql: &str) -> Result<Plan, WorkError> {
    let plan = prepared(work, sql).await?;
    if !plan.is_pruned {
        return Ok(plan);
    }
    // Of partitions that NULL leaves out nothing is shown.
    work.execute("SET enable_partition_pruning = off").await?;
    let whole = prepared(work, sql).await?;
    work.execute("SET enable_partition_pruning = on").await?;
    Ok(whole)
}

async fn prepared(work: &mut Work, sql: &str) -> Result<Plan, WorkError> {
    work.execute(&format!("PREPARE {NAME} AS {sql}")).await?;
    let plan = explained(work).await;
    forget(work).await;
    plan
}

/// In a transaction that failed, nothing can be taken back.
async fn forget(work: &mut Work) {
    let _ = work.execute(&format!("DEALLOCATE {NAME}")).await;
}

async fn explained(work: &mut Work) -> Result<Plan, WorkError> {
    let count = format!("SELECT cardinality(parameter_types)::text FROM pg_prepared_statements WHERE name = '{NAME}'");
    let count = work.rows(&count).await?;
    let count: usize = count.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or(0);
    let values = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
    let rows = work.rows(&format!("EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE {NAME}{values}")).await?;
    let text = rows.into_iter().next().and_then(|row| row.into_iter().next()?).unwrap_or_default();
    Plan::postgres(&text).map_err(|error| WorkError::of(&format!("its plan can't be read: {error}")))
}
