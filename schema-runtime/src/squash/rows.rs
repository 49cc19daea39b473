//! Rows that migrations put in, as statements that put them in again.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::dialect::{qualified, quote};
use schema_core::ir::{Dialect, ObjectName, Schema, Table};

use crate::seed::is_root;
use crate::sides::{TextRow, Work, WorkError};

/// The rows of a database as literals, and the numbers that its sequences have given out.
pub(super) struct Contents {
    /// Tables that hold any, those that others refer to first.
    tables: Vec<Filled>,
    /// By their names, quoted.
    sequences: BTreeMap<String, String>,
}

struct Filled {
    name: ObjectName,
    columns: Vec<String>,
    overrides: bool,
    rows: Vec<TextRow>,
}

impl Contents {
    pub(super) async fn read(work: &mut Work, schema: &Schema) -> Result<Self, WorkError> {
        let dialect = work.dialect();
        let expanded = schema.expanded();
        let mut tables = Vec::new();
        for name in in_order(&expanded) {
            let Some(table) = expanded.tables.get(&name).filter(|_| is_root(&expanded, &name)) else { continue };
            let columns: Vec<String> =
                table.columns.iter().filter(|it| it.generated.is_none()).map(|it| it.name.clone()).collect();
            let shown = columns.iter().map(|column| literal(dialect, &quote(column)));
            let shown = shown.collect::<Vec<_>>().join(", ");
            let shown = if shown.is_empty() { "NULL".to_owned() } else { shown };
            let mut rows = work.rows(&format!("SELECT {shown} FROM {}", qualified(&name))).await?;
            rows.sort();
            if !rows.is_empty() {
                let overrides = dialect == Dialect::Postgres && table.columns.iter().any(|it| it.identity.is_some());
                tables.push(Filled { name, columns, overrides, rows });
            }
        }
        let mut sequences = BTreeMap::new();
        if dialect == Dialect::Postgres {
            for row in work.rows(SEQUENCES).await? {
                if let [Some(name), Some(value)] = row.as_slice() {
                    sequences.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(Self { tables, sequences })
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// The statements that make them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            let columns = table.columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ");
            let overriding = if table.overrides { " OVERRIDING SYSTEM VALUE" } else { "" };
            let row = |row: &TextRow| {
                let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL"));
                format!("    ({})", cells.collect::<Vec<_>>().join(", "))
            };
            let rows = table.rows.iter().map(row).collect::<Vec<_>>().join(",\n");
            let name = qualified(&table.name);
            text.push_str(&format!("\n-- rows of {}\n", table.name));
            text.push_str(&format!("INSERT INTO {name} ({columns}){overriding} VALUES\n{rows};\n"));
        }
        if !self.sequences.is_empty() {
            text.push_str("\n-- where sequences go on\n");
        }
        for (name, value) in &self.sequences {
            text.push_str(&format!("SELECT setval('{}', {value});\n", name.replace('\'', "''")));
        }
        text
    }

    /// What the other holds otherwise.
    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        let rows = |contents: &Self| -> BTreeMap<ObjectName, Vec<TextRow>> {
            contents.tables.iter().map(|table| (table.name.clone(), table.rows.clone())).collect()
        };
        let (expected, held) = (rows(self), rows(found));
        let names: BTreeSet<&ObjectName> = expected.keys().chain(held.keys()).collect();
        let differing = names.into_iter().filter(|name| expected.get(*name) != held.get(*name));
        let mut texts: Vec<String> = differing
            .map(|name| {
                let count = |all: &BTreeMap<ObjectName, Vec<TextRow>>| all.get(name).map_or(0, Vec::len);
                format!("table {name} holds other rows: {}, expected {}", count(&held), count(&expected))
            })
            .collect();
        if self.sequences != found.sequences {
            let (expected, found) = (&self.sequences, &found.sequences);
            texts.push(format!("sequences go on at other numbers: {found:?}, expected {expected:?}"));
        }
        texts
    }
}

const SEQUENCES: &str = "SELECT format('%I.%I', schemaname, sequencename), last_value::text FROM pg_sequences
    WHERE last_value IS NOT NULL ORDER BY 1";

/// A value as SQL: PostgreSQL reads an untyped literal as what the column is.
fn literal(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("quote_nullable({column}::text)"),
        Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql => format!("quote({column})"),
    }
}

/// Tables behind those that they refer to, as far as that goes.
fn in_order(schema: &Schema) -> Vec<ObjectName> {
    let mut left: Vec<&Table> = schema.tables.values().collect();
    let mut done: Vec<ObjectName> = Vec::new();
    while !left.is_empty() {
        let is_ready = |table: &&Table| {
            let refers =
                |name: &ObjectName| *name != table.name && !done.contains(name) && schema.tables.contains_key(name);
            !table.foreign_keys.iter().any(|key| refers(&key.references))
        };
        let (ready, waiting): (Vec<&Table>, Vec<&Table>) = left.iter().copied().partition(is_ready);
        // In a circle none is ready: the next by name is as good as any.
        let next = if ready.is_empty() { waiting.iter().take(1).copied().collect() } else { ready };
        left.retain(|table| !next.iter().any(|it| it.name == table.name));
        done.extend(next.into_iter().map(|table| table.name.clone()));
    }
    done
}
