//! All migrations of a project, measured: each statement on the schema as it stands at that point.

use std::collections::BTreeMap;
use std::path::Path;

use schema_core::diag::{Finding, Place};
use schema_core::locks::{LockMode, Locks};
use schema_core::migration::Migration;
use serde::Serialize;

use super::{MeasureError, Meter, Reading};
use crate::Error;
use crate::sides::Bench;

/// What was measured of a project's migrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// The major version of the server.
    pub server: u32,
    /// The files in the order of their versions, each up before its down.
    pub files: Vec<Surveyed>,
}

/// What was measured of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Surveyed {
    /// Its name.
    pub file: String,
    /// Its statements.
    pub statements: Vec<Reading>,
}

/// A table that a statement locks or works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The statement, by its place in the file.
    pub statement: usize,
    /// The table, or `index .. of ..`; empty for a statement that locks nothing that was there.
    pub table: String,
    /// The lock that it is worked on under.
    pub lock: Option<LockMode>,
    /// Whether an earlier statement of the file took it.
    pub held: bool,
    /// Rewrites, scans, index builds.
    pub effects: Vec<String>,
    /// The statement's text.
    pub sql: &'a str,
}

/// Applies all migrations from nothing to the newest and takes them back, measuring each statement. Tables hold the rows
/// that the files themselves put in, and no others: what is locked and rewritten does not depend on rows.
///
/// # Errors
/// A file that fails, with its path below `root`; a server that can't be used.
pub async fn survey(bench: &Bench, migrations: &[Migration], root: &Path) -> Result<Survey, Error> {
    let mut meter = Meter::start(bench).await?;
    let mut ups = BTreeMap::new();
    for migration in migrations {
        ups.insert(migration.version, file(&mut meter, &migration.up_path, &migration.up, root).await?);
    }
    let server = meter.server();
    let mut downs = downs(bench, meter, migrations, root).await?;
    let both = migrations.iter().flat_map(|migration| {
        let version = &migration.version;
        [ups.remove(version), downs.remove(version)].into_iter().flatten().collect::<Vec<_>>()
    });
    Ok(Survey { server, files: both.collect() })
}

/// From the newest back. Below a migration that has no way back, on another database that never had it.
async fn downs(
    bench: &Bench,
    mut meter: Meter,
    migrations: &[Migration],
    root: &Path,
) -> Result<BTreeMap<i64, Surveyed>, Error> {
    let mut downs = BTreeMap::new();
    let mut fits = true;
    for (index, migration) in migrations.iter().enumerate().rev() {
        let Some((path, text)) = migration.files().nth(1) else {
            fits = false;
            continue;
        };
        if !fits {
            meter = at(bench, migrations.get(..=index).unwrap_or_default(), root).await?;
            fits = true;
        }
        downs.insert(migration.version, file(&mut meter, path, text, root).await?);
    }
    Ok(downs)
}

/// A database after these migrations.
async fn at(bench: &Bench, migrations: &[Migration], root: &Path) -> Result<Meter, Error> {
    let mut meter = Meter::start(bench).await?;
    for migration in migrations {
        file(&mut meter, &migration.up_path, &migration.up, root).await?;
    }
    Ok(meter)
}

async fn file(meter: &mut Meter, path: &Path, text: &str, root: &Path) -> Result<Surveyed, Error> {
    let statements = meter.file(text).await.map_err(|error| refused(error, path.strip_prefix(root).unwrap_or(path)))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Surveyed { file, statements })
}

fn refused(error: MeasureError, file: &Path) -> Error {
    let (line, message) = match error {
        MeasureError::Other(error) => return error,
        MeasureError::Statement { line, cause } => {
            (line, format!("the statement fails on a scratch database: {cause}"))
        }
        MeasureError::Unreadable(why) => (1, format!("the file can't be read as SQL: {why}")),
    };
    let place = Place { file: file.to_path_buf(), line, column: 1 };
    Error::Refused(vec![Finding::error(Some(place), message)])
}

impl Survey {
    /// The same as it is kept.
    #[must_use]
    pub fn locks(&self) -> Locks {
        let mut locks = Locks::new(self.server);
        for file in &self.files {
            let measured = file.statements.iter().map(|reading| reading.measured.clone()).collect();
            locks.files.insert(file.file.clone(), measured);
        }
        locks
    }
}

impl Surveyed {
    /// A line of a table for each table of each statement.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        let mut held: BTreeMap<&str, LockMode> = BTreeMap::new();
        for (statement, reading) in self.statements.iter().enumerate() {
            let found = reading.rows(statement, &held);
            held.extend(reading.measured.locks.iter().map(|(table, mode)| (table.as_str(), *mode)));
            rows.extend(found);
        }
        rows
    }
}

impl Reading {
    fn rows(&self, statement: usize, held: &BTreeMap<&str, LockMode>) -> Vec<Row<'_>> {
        let measured = &self.measured;
        let row = |table: String, lock, held, effects| Row { statement, table, lock, held, effects, sql: &self.sql };
        let mut rows = Vec::new();
        for table in measured.tables() {
            let (own, effects) = (measured.locks.get(table).copied(), measured.effects(table));
            if own.is_some() || !effects.is_empty() {
                let lock = own.or_else(|| held.get(table).copied());
                rows.push(row(table.to_owned(), lock, own.is_none(), effects));
            }
            // The lock of the table keeps off whoever could want the index.
            let table_lock = own.max(held.get(table).copied());
            let indexes = measured.indexes.get(table).into_iter().flatten();
            for (index, mode) in indexes.filter(|(_, mode)| table_lock < Some(**mode)) {
                rows.push(row(format!("index {index} of {table}"), Some(*mode), false, Vec::new()));
            }
        }
        if rows.is_empty() {
            rows.push(row(String::new(), None, false, Vec::new()));
        }
        rows
    }
}
