//! Plans of MariaDB.

use std::fmt::Write as _;

use schema_core::advise::queries::{Candidate, Plan, Sizes, Statement};
use schema_core::ir::{Dialect, Schema};

use crate::sides::{Work, WorkError};

/// What stands for a parameter: it is a text, a number and a date. How many rows have it is taken from statistics, as for
/// all equal values, and not counted among the made-up rows.
const VALUE: &str = "'20200101'";
const SESSION: &str = "SET SESSION use_stat_tables = 'preferably', eq_range_index_dive_limit = 1";

/// Has the planner take tables for as large as they are.
pub(super) async fn prepare(work: &mut Work, schema: &Schema, sizes: Sizes<'_>) -> Result<(), WorkError> {
    let mut sql = format!("{SESSION};\n");
    for table in schema.tables.values() {
        let _ = writeln!(
            sql,
            "REPLACE INTO mysql.table_stats (db_name, table_name, cardinality) VALUES (DATABASE(), {}, {});",
            Dialect::MariaDb.literal(&table.name.name),
            sizes.rows(table)
        );
    }
    work.execute(&format!("{sql}FLUSH TABLES")).await
}

pub(super) async fn plan(work: &mut Work, statement: &Statement<'_>) -> Result<Plan, WorkError> {
    let parameters = statement.parameters();
    let values = vec![VALUE; parameters].join(", ");
    let using = if parameters == 0 { String::new() } else { format!(" USING {values}") };
    let explain = Dialect::MariaDb.literal(&format!("EXPLAIN FORMAT=JSON {}", statement.sql));
    let rows = work.rows(&format!("EXECUTE IMMEDIATE {explain}{using}")).await?;
    let text = rows.into_iter().next().and_then(|row| row.into_iter().next()?).unwrap_or_default();
    Plan::mariadb(&text).map_err(|error| WorkError::of(&format!("its plan can't be read: {error}")))
}

/// What the server would refuse, or we would: the next index can be tried.
fn impossible(message: &str) -> WorkError {
    const FEATURE_NOT_SUPPORTED: &str = "0A000";
    WorkError { code: Some(FEATURE_NOT_SUPPORTED.to_owned()), ..WorkError::of(message) }
}

/// The plan where the index is there. A definition commits, so it is dropped afterwards.
pub(super) async fn with_index(
    work: &mut Work,
    schema: &Schema,
    statement: &Statement<'_>,
    candidate: &Candidate,
) -> Result<Plan, WorkError> {
    let dialect = Dialect::MariaDb;
    if candidate.is_over_expression() {
        return Err(impossible("MariaDB has no indexes over expressions"));
    }
    if candidate.needs_a_prefix(schema) {
        return Err(impossible("how long a prefix of the text tells rows apart is not known"));
    }
    work.execute(&candidate.sql(dialect)).await?;
    let tried = plan(work, statement).await;
    let (index, table) = (dialect.quote(candidate.name()), dialect.qualified(candidate.table()));
    work.execute(&format!("DROP INDEX {index} ON {table}")).await?;
    tried
}
