//! Pairs of files for what no struct can say: empty ones, and backfills in the form that the planner writes.

use super::lifecycle::{apply, lock, now, pair_paths, slug};
use super::project::Project;
use super::state::State;
use super::update::groundwork;
use crate::backfill::{self, Backfill};
use crate::diag::Finding;
use crate::dialect::postgres::plan::is_volatile;
use crate::dialect::{mysql, parenthesised};
use crate::ir::{Dialect, Table};
use crate::migration::{Migration, next_version};
use crate::plan::{Plan, Script, Step};

/// Rows that are to be filled by a migration of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// `users.email`, with its schema before it where that is not `public`.
    pub column: String,
    /// An expression on the row: `lower(email)`.
    pub value: String,
    /// Which rows; all of them where nothing is said.
    pub condition: Option<String>,
}

/// Makes an empty pair to be written by hand. The next seal takes it into the chain.
///
/// # Errors
/// When the name has no letter or digit, or the state is at fault.
pub fn new_empty(project: &Project, name: &str) -> Result<Migration, Vec<Finding>> {
    let _lock = lock(project)?;
    let name = name.trim().replace(['\n', '\r'], " ");
    let texts = [format!("-- Up: {name}\n"), format!("-- Down: undoes {name}\n")];
    write(&State::load(project)?, &name, texts)
}

/// Makes a pair that fills rows, in batches where a table of PostgreSQL or MariaDB has a key. Without a `name` it is named by the column.
///
/// # Errors
/// As [`new_empty`]; also a column that neither the base nor the draft has.
pub fn new_backfill(project: &Project, name: Option<&str>, fill: &Fill) -> Result<Migration, Vec<Finding>> {
    let _lock = lock(project)?;
    let state = State::load(project)?;
    let schema = state.target().unwrap_or_else(|| state.base.schema.clone());
    let (table, column) = find(schema.tables.values(), &fill.column)?;
    let pair = Plan { steps: vec![step(table, column, fill, project.dialect)] }.pairs(project.dialect).pop();
    let texts = pair.map(|pair| [pair.up, pair.down]).unwrap_or_default();
    write(&state, name.unwrap_or(&format!("fill {}", fill.column)), texts)
}

fn write(state: &State, name: &str, [up, down]: [String; 2]) -> Result<Migration, Vec<Finding>> {
    let version = next_version(now(), state.newest());
    let (up_path, down_path) = pair_paths(&state.project, version, &slug(name)?);
    let mut writes = groundwork(state)?;
    writes.set(up_path, up);
    writes.set(down_path, down);
    apply(state, &writes, None)?;
    let made = State::load(&state.project)?.migrations.into_iter().find(|migration| migration.version == version);
    made.ok_or_else(|| vec![Finding::error(None, format!("the migration {version} is gone as soon as it was written"))])
}

fn find<'a>(tables: impl Iterator<Item = &'a Table>, name: &'a str) -> Result<(&'a Table, &'a str), Vec<Finding>> {
    let bare = name.strip_prefix("public.").unwrap_or(name);
    let mut alike = Vec::new();
    for table in tables {
        let Some(column) = bare.strip_prefix(&format!("{}.", table.name)) else { continue };
        if table.column(column).is_some() {
            return Ok((table, column));
        }
        alike.extend(table.columns.iter().map(|column| format!("`{}.{}`", table.name, column.name)));
    }
    let help = match alike.as_slice() {
        [] => "write `--backfill table.column`, of a table in the structs' base or draft".to_owned(),
        columns => format!("the table has {}", columns.join(", ")),
    };
    Err(vec![Finding::error(None, format!("there is no column `{name}`")).help(help)])
}

/// A row that has its value does not meet the condition, so a run that was killed can begin anew. A value that differs from
/// row to row can't be told by looking at it, so those rows get it that have none.
fn step(table: &Table, column: &str, fill: &Fill, dialect: Dialect) -> Step {
    let (name, value) = (dialect.quote(column), parenthesised(&fill.value));
    let missing = match dialect {
        _ if varies(dialect, &fill.value) => format!("{name} IS NULL"),
        Dialect::Postgres => format!("{name} IS DISTINCT FROM {value}"),
        Dialect::Sqlite => format!("{name} IS NOT {value}"),
        Dialect::MariaDb | Dialect::MySql => mysql::differs(table, column, &fill.value),
    };
    let condition = match &fill.condition {
        Some(condition) => format!("{} AND {missing}", parenthesised(condition)),
        None => missing,
    };
    let batches = Backfill::new(dialect, table, column, &fill.value, &condition);
    let up = match batches {
        Some(batches) => Script { statements: vec![batches.block()], no_transaction: true },
        None if dialect.is_mysql() => vec![mysql::update(table, column, &fill.value, &condition)].into(),
        None => vec![backfill::statement(dialect, &table.name, column, &fill.value, &condition)].into(),
    };
    let rows =
        fill.condition.as_deref().map_or_else(|| "rows".to_owned(), |condition| format!("rows with {condition}"));
    let full = format!("{}.{column}", table.name);
    Step::data(&table.name, format!("fill {full}"), up, Script::default())
        .hazard("H57")
        .hazard("H68")
        .impact(format!("{rows} get {} in `{full}`", fill.value))
        .impact(format!("down: they keep it, since nothing tells what `{full}` held before"))
}

/// Whether two rows, or two runs, get two values.
fn varies(dialect: Dialect, value: &str) -> bool {
    const FUNCTIONS: [&str; 4] = ["rand(", "uuid(", "uuid_short(", "sysdate("];
    let value_in_lower_case = value.to_ascii_lowercase();
    is_volatile(value)
        || (dialect.is_mysql() && FUNCTIONS.iter().any(|function| value_in_lower_case.contains(function)))
}
