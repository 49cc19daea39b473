//! Rows that migrations put in, as statements that put them in again.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{Column, Dialect, ObjectName, Schema, Table};

use crate::seed::{is_root, literal_of};
use crate::sides::{TextRow, Work, WorkError};

/// The rows of a database as literals, and the numbers that its sequences have given out.
pub(super) struct Contents {
    dialect: Dialect,
    /// Tables that hold any, those that others refer to first.
    tables: Vec<Filled>,
    /// By their names as statements have them.
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
            let own: Vec<&Column> = table.columns.iter().filter(|it| it.generated.is_none()).collect();
            let columns = own.iter().map(|it| it.name.clone()).collect();
            let shown = own.iter().map(|column| literal_of(dialect, column)).collect::<Vec<_>>().join(", ");
            let shown = if shown.is_empty() { "NULL".to_owned() } else { shown };
            let mut rows = work.rows(&format!("SELECT {shown} FROM {}", dialect.qualified(&name))).await?;
            rows.sort();
            if !rows.is_empty() {
                let overrides = dialect == Dialect::Postgres && table.columns.iter().any(|it| it.identity.is_some());
                tables.push(Filled { name, columns, overrides, rows });
            }
        }
        let sequences = sequences(work, schema).await?;
        Ok(Self { dialect, tables, sequences })
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// The statements that make them.
    pub(super) fn text(&self) -> String {
        let dialect = self.dialect;
        let mut text = String::new();
        let sets = dialect.is_mysql() && !self.tables.is_empty();
        if sets {
            text.push_str(AS_THEY_ARE);
        }
        for table in &self.tables {
            let columns = dialect.quoted_list(&table.columns);
            let overriding = if table.overrides { " OVERRIDING SYSTEM VALUE" } else { "" };
            let row = |row: &TextRow| {
                let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL"));
                format!("    ({})", cells.collect::<Vec<_>>().join(", "))
            };
            let rows = table.rows.iter().map(row).collect::<Vec<_>>().join(",\n");
            let name = dialect.qualified(&table.name);
            text.push_str(&format!("\n-- rows of {}\n", table.name));
            text.push_str(&format!("INSERT INTO {name} ({columns}){overriding} VALUES\n{rows};\n"));
        }
        if sets {
            text.push_str(AS_BEFORE);
        }
        if !self.sequences.is_empty() {
            text.push_str("\n-- where sequences go on\n");
        }
        for (name, value) in &self.sequences {
            text.push_str(&match dialect.is_mysql() {
                true => format!("ALTER {name} {value};\n"),
                false => format!("SELECT setval('{}', {value});\n", name.replace('\'', "''")),
            });
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

/// Numbers that tables give out next, as ALTER TABLE has them.
const NEXT_NUMBERS: &str =
    "SELECT TABLE_NAME, CONCAT('AUTO_INCREMENT = ', AUTO_INCREMENT) FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND AUTO_INCREMENT > 1 ORDER BY 1";

/// MariaDB and MySQL check each row by itself, and make a number where a key is 0.
const AS_THEY_ARE: &str = "
-- rows as they are: 0 stays 0, and a row may come before the one that it refers to
SET foreign_key_checks = 0;
SET @rows_sql_mode = @@SESSION.sql_mode;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO';
";
const AS_BEFORE: &str = "
SET SESSION sql_mode = @rows_sql_mode;
SET foreign_key_checks = 1;
";

/// The numbers that go on, by what gives them out.
async fn sequences(work: &mut Work, schema: &Schema) -> Result<BTreeMap<String, String>, WorkError> {
    let dialect = work.dialect();
    match dialect {
        Dialect::Postgres => Ok(pairs(work.rows(SEQUENCES).await?).collect()),
        Dialect::Sqlite => Ok(BTreeMap::new()),
        Dialect::MariaDb | Dialect::MySql => {
            let tables = pairs(work.rows(NEXT_NUMBERS).await?);
            let tables = tables.filter(|(name, _)| schema.tables.contains_key(&ObjectName::bare(name)));
            let mut all: BTreeMap<String, String> =
                tables.map(|(name, next)| (format!("TABLE {}", dialect.quote(&name)), next)).collect();
            let drops = schema.objects.values().flat_map(|object| &object.drop);
            for name in drops.filter_map(|drop| drop.0.strip_prefix("DROP SEQUENCE ")) {
                let next = format!("SELECT CONCAT('RESTART ', next_not_cached_value) FROM {name}");
                let next = work.rows(&next).await?.into_iter().flatten().flatten();
                all.extend(next.map(|next| (format!("SEQUENCE {name}"), next)));
            }
            Ok(all)
        }
    }
}

fn pairs(rows: Vec<TextRow>) -> impl Iterator<Item = (String, String)> {
    rows.into_iter().filter_map(|row| {
        let mut cells = row.into_iter().flatten();
        Some((cells.next()?, cells.next()?))
    })
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
