//! Rows for a schema that has none: deterministic, edge values among them, found by trial where constraints decide.
//!
//! With a guide, a database of the schema that the change leads to, only rows are taken that both schemas hold, and the
//! guide ends up with what the rows must have become: a failing migration is then never the rows' fault.

mod literal;
mod order;
mod table;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{Dialect, ObjectName, Schema};
use serde::Serialize;

use crate::sides::{TextRow, Work, WorkError};

pub(crate) use literal::literal_of;
pub(crate) use table::Correspondence;
use table::Seeder;
pub(crate) use table::{is_binary, is_unique, mentions, sample_value, type_text};

/// A value of each (table, column), as a literal, from the first row that has one.
pub(crate) type Samples = BTreeMap<(ObjectName, String), String>;

/// What was put in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seeded {
    /// Rows in all.
    pub rows: usize,
    /// Rows of each table that has any.
    pub tables: BTreeMap<String, usize>,
    /// Tables that stay empty, or have less than asked for, and why.
    pub lacking: Vec<String>,
}

/// A database of the schema that a change leads to, and how the two correspond.
pub(crate) struct Guide<'a> {
    /// The database. It gets the rows too, as they must have become.
    pub(crate) work: &'a mut Work,
    /// Its schema.
    pub(crate) schema: &'a Schema,
    /// What became of what.
    pub(crate) correspondence: &'a Correspondence,
}

impl Guide<'_> {
    fn reborrow(&mut self) -> Guide<'_> {
        Guide { work: self.work, schema: self.schema, correspondence: self.correspondence }
    }
}

/// How many rows each table gets, and which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) rows: usize,
    /// Other numbers give other rows, the same ones always the same.
    pub(crate) seed: u32,
}

/// Fills the tables of a database.
///
/// # Errors
/// The database refuses what isn't about rows, such as a transaction.
pub(crate) async fn seed(
    work: &mut Work,
    schema: &Schema,
    guide: Option<Guide<'_>>,
    amount: Amount,
) -> Result<(Seeded, Samples), WorkError> {
    let mut guide = guide;
    let triggers = disable_triggers(work).await?;
    if let Some(guide) = &mut guide {
        disable_triggers(guide.work).await?;
    }
    let mut skipped = BTreeSet::new();
    let seeded = loop {
        let again = guide.as_mut().map(Guide::reborrow);
        let mut seeder = Seeder::new(work, schema, again, amount, &skipped);
        let knot = seeder.run().await?;
        if knot.is_subset(&skipped) {
            break seeder.finish();
        }
        skipped.extend(knot);
    };
    if let Some(triggers) = triggers {
        work.execute(&triggers).await?;
    }
    Ok(seeded)
}

/// Triggers of the schema would make and change rows behind our back. Returns what brings them back.
async fn disable_triggers(work: &mut Work) -> Result<Option<String>, WorkError> {
    let dialect = work.dialect();
    let rows = match dialect {
        Dialect::Postgres => work.rows(DISABLE).await?,
        Dialect::Sqlite => work.rows(DROP).await?,
        Dialect::MariaDb => drop_and_create(work).await?,
        Dialect::MySql => {
            return Err(WorkError::of("rows can't be made up on MySQL yet: its INSERT returns no row"));
        }
    };
    if rows.is_empty() {
        return Ok(None);
    }
    let column = |at: usize| rows.iter().filter_map(|row| row.get(at)?.clone()).collect::<Vec<_>>().join(";\n");
    // As a replica, event triggers don't fire either.
    let script = |statements: String| match dialect {
        Dialect::Postgres => {
            format!("SET session_replication_role = replica; {statements}; RESET session_replication_role")
        }
        Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql => statements,
    };
    let (disable, enable) = (script(column(0)), script(column(1)));
    work.execute(&disable).await?;
    Ok(Some(enable))
}

/// What drops each trigger, and the text that it was made by.
async fn drop_and_create(work: &mut Work) -> Result<Vec<TextRow>, WorkError> {
    let mut found = Vec::new();
    for name in work.rows(TRIGGERS).await?.into_iter().flatten().flatten() {
        let name = work.dialect().quote(&name);
        let shown = work.rows(&format!("SHOW CREATE TRIGGER {name}")).await?.into_iter().next();
        let text = shown.and_then(|row| row.into_iter().nth(2)?);
        found.push(vec![Some(format!("DROP TRIGGER {name}")), text]);
    }
    Ok(found)
}

const DISABLE: &str = "
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname),
        format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::regclass,
            CASE t.tgenabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, t.tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relkind IN ('r', 'p') ORDER BY c.relkind, t.oid";

/// SQLite has no other way; the text that it keeps makes the same trigger again.
const DROP: &str = "
    SELECT 'DROP TRIGGER \"' || replace(name, '\"', '\"\"') || '\"', sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";

/// The order of triggers for one event is that in which they are made.
const TRIGGERS: &str = "
    SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
    ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER";

/// True for a table that rows are put into by its own name: a partition gets its rows through its parent.
pub(crate) fn is_root(schema: &Schema, name: &ObjectName) -> bool {
    schema.tables.get(name).is_some_and(|table| table.partition_of.is_none())
}
