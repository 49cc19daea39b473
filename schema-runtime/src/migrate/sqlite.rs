//! SQLite's primitives.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use schema_core::dialect::quote;
use schema_core::ir::Dialect;
use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

use super::backend::{Applied, AppliedRow, Backend, Effect, Note, NoteRow, Pace, Value, texts};
use super::kept::{self, Aside};
use super::script::statements;
use crate::connect::ConnectSettings;
use crate::connect::remedy::FILE;
use crate::error::Error;

/// Ends what a rebuild script may have opened or switched (HAZARDS.md row 56).
const RESTORE: &str = "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF; PRAGMA writable_schema = RESET";

/// A connection and the lock beside its file.
pub(crate) struct Session<'a> {
    connection: &'a mut SqliteConnection,
    /// `<database>.schema-lock`; none for a database in memory, which no other process can open. SQLite has no lock
    /// that spans the transactions of several files, and removing the file would let two runs hold two locks, so it
    /// stays (BUGS.md B36).
    lock_path: Option<PathBuf>,
    lock: Option<File>,
    /// How many statements of the last script ended well: SQLite does not say where a script fails.
    completed: usize,
    foreign_keys: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connection: &'a mut SqliteConnection) -> Self {
        Self { connection, lock_path: None, lock: None, completed: 0, foreign_keys: true }
    }

    async fn foreign_keys(&mut self) -> sqlx::Result<bool> {
        sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *self.connection).await
    }

    fn open_lock(path: &Path) -> io::Result<Option<File>> {
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                write!(file, "{}", std::process::id())?;
                Ok(Some(file))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Backend for Session<'_> {
    const TYPES: (&'static str, &'static str, &'static str) =
        ("TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", "BLOB", "TEXT");
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const KEPT_NAMES: &'static str = kept::sqlite::NAMES;
    const KEPT: &'static str = kept::sqlite::ALL;
    const AGES: &'static str = kept::sqlite::AGES;

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn open(&mut self, _: &ConnectSettings) -> Result<(), Error> {
        let files: Vec<(i64, String, Option<String>)> =
            sqlx::query_as("PRAGMA database_list").fetch_all(&mut *self.connection).await?;
        self.lock_path = files
            .into_iter()
            .find(|(_, name, _)| name == "main")
            .and_then(|(_, _, path)| path)
            .filter(|path| !path.is_empty())
            .map(|path| PathBuf::from(path + ".schema-lock"));
        self.foreign_keys = self.foreign_keys().await?;
        Ok(())
    }

    async fn settle(&mut self, _: &ConnectSettings, _: Pace, _: u32) -> sqlx::Result<()> {
        Ok(())
    }

    fn table(&self, name: &str) -> String {
        format!("main.{}", quote(name))
    }

    async fn exists(&mut self, name: &str) -> sqlx::Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = $1)")
            .bind(name)
            .fetch_one(&mut *self.connection)
            .await
    }

    async fn script(&mut self, sql: &str) -> sqlx::Result<u64> {
        self.completed = 0;
        let mut changed = 0;
        let mut results = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute_many(&mut *self.connection);
        while let Some(result) = results.try_next().await? {
            self.completed += 1;
            changed += result.rows_affected();
        }
        Ok(changed)
    }

    async fn watched(&mut self, sql: &str, _: &mut (dyn FnMut(Vec<String>, Duration) + Send)) -> sqlx::Result<u64> {
        self.script(sql).await
    }

    async fn rows(&mut self, sql: &str) -> sqlx::Result<Vec<Vec<Option<String>>>> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        rows.iter().map(texts).collect()
    }

    async fn execute(&mut self, sql: &str, arguments: Vec<Value>) -> sqlx::Result<u64> {
        let query = arguments.into_iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), bind);
        Ok(query.execute(&mut *self.connection).await?.rows_affected())
    }

    async fn applied(&mut self, sql: &str) -> sqlx::Result<Vec<Applied>> {
        let rows: Vec<AppliedRow> =
            sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        Ok(rows.into_iter().map(Applied::from).collect())
    }

    async fn notes(&mut self, sql: &str) -> sqlx::Result<Vec<Note>> {
        let rows: Vec<NoteRow> = sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        Ok(rows.into_iter().map(Note::from).collect())
    }

    async fn try_lock(&mut self) -> Result<bool, Error> {
        let Some(path) = &self.lock_path else { return Ok(true) };
        self.lock = Self::open_lock(path).map_err(|error| no_lock(path, &error))?;
        Ok(self.lock.is_some())
    }

    async fn holder(&mut self) -> Option<String> {
        let process = std::fs::read_to_string(self.lock_path.as_ref()?).ok()?;
        (!process.is_empty()).then(|| format!("process {process}"))
    }

    async fn blockers(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn stale(_: &str) -> Vec<String> {
        Vec::new()
    }

    async fn holds_lock(&mut self) -> sqlx::Result<bool> {
        Ok(true)
    }

    async fn unlock(&mut self) -> sqlx::Result<()> {
        self.lock = None;
        Ok(())
    }

    fn kept_size(aside: &Aside) -> Option<[String; 2]> {
        kept::sqlite::size(aside)
    }

    fn kept_removed(all: &[&Aside]) -> Vec<String> {
        kept::sqlite::removed(all)
    }

    fn is_held_by_kept(_: &sqlx::Error) -> bool {
        false
    }

    fn passes(error: &sqlx::Error) -> bool {
        // SQLITE_BUSY and SQLITE_LOCKED; the upper bytes of an extended code say more.
        let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
        matches!(code.map(|code| code & 0xff), Some(5 | 6))
    }

    fn offset(&self, _: &sqlx::Error, script: &str) -> Option<usize> {
        statements(Dialect::Sqlite, script).get(self.completed).map(|statement| statement.start)
    }

    async fn effect(&mut self, _: &str) -> sqlx::Result<Effect> {
        Ok(Effect::Unknown)
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        // SQLite ends some failed transactions by itself; then there is none to roll back.
        let _ = self.script("ROLLBACK").await;
        self.script(RESTORE).await?;
        self.verify().await
    }

    async fn verify(&mut self) -> sqlx::Result<()> {
        if self.foreign_keys().await? == self.foreign_keys {
            return Ok(());
        }
        let wanted = if self.foreign_keys { "PRAGMA foreign_keys = ON" } else { "PRAGMA foreign_keys = OFF" };
        self.script(wanted).await?;
        match self.foreign_keys().await? == self.foreign_keys {
            true => Ok(()),
            false => Err(sqlx::Error::Protocol(
                "the script left a transaction open, so `foreign_keys` can't be restored".to_owned(),
            )),
        }
    }
}

/// Why the lock can't be had, by what the system says of its file.
fn no_lock(path: &Path, error: &io::Error) -> Error {
    let place = format!("the SQLite database `{}`", path.with_extension("").display());
    let cause = format!("the lock file `{}` can't be written: {error}", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { place, cause },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Records { place, cause },
        _ => Error::Unreachable { place, cause, remedy: FILE },
    }
}

fn bind(query: Query<'_, Sqlite, SqliteArguments>, value: Value) -> Query<'_, Sqlite, SqliteArguments> {
    match value {
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_the_lock_file_decides_what_to_mend() {
        let said = |kind: ErrorKind| no_lock(Path::new("data/shop.db.schema-lock"), &kind.into()).to_string();
        assert_eq!(
            said(ErrorKind::StorageFull),
            "the SQLite database `data/shop.db` refuses what the migrator keeps its records by: the lock file `data/shop.db.schema-lock` can't be written: no storage space\n  help: mend the cause and run again: what was begun is taken up"
        );
        assert!(said(ErrorKind::ReadOnlyFilesystem).contains("takes no writes"));
        assert!(said(ErrorKind::NotADirectory).contains("check the path"));
    }
}
