//! Where backfills stand: a row of our own table for each one that was begun or paused.

use serde::Serialize;

use schema_core::dialect::literal;
use schema_core::ir::Dialect;

use super::super::backend::Backend;
use super::super::run::Way;
use super::key::as_text;

/// Cursors of backfills. The row of one that ended is removed together with its entry in the history.
pub(crate) const FILLS: &str = "_schema_backfills";

const PAUSED: &str = "paused";
const RUNNING: &str = "running";

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) version: i64,
    pub(crate) way: Way,
    /// Of the file's text: the cursor of another text counts for nothing.
    pub(crate) checksum: String,
    pub(crate) paused: bool,
    pub(crate) progress: Progress,
    /// The last key that was done in this pass; `None` before the first one.
    pub(crate) key: Option<Vec<String>>,
}

/// How far a backfill is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// 1; 2 while rows are filled that came in behind the first pass.
    pub pass: u32,
    /// Rows of this pass that were looked at.
    pub rows_seen: u64,
    /// Rows that got the value.
    pub rows_filled: u64,
    /// How many rows the table holds, as the planner estimates them.
    pub rows_estimated: u64,
    /// Transactions so far.
    pub batches: u64,
    /// When it began, in UTC.
    pub started: String,
    /// When its last batch ended, in UTC.
    pub last_batch: Option<String>,
}

/// Its columns; `{}` stands for the type of a moment and its default.
const CREATE: &str = "version BIGINT NOT NULL,\n    direction VARCHAR(10) NOT NULL,\n    checksum TEXT NOT NULL,\n    state TEXT NOT NULL,\n    \
    pass INTEGER NOT NULL DEFAULT 1,\n    last_key TEXT,\n    rows_seen BIGINT NOT NULL DEFAULT 0,\n    \
    rows_filled BIGINT NOT NULL DEFAULT 0,\n    rows_estimated BIGINT NOT NULL DEFAULT 0,\n    batches BIGINT NOT NULL DEFAULT 0,\n    \
    started_at {},\n    last_batch_at {},\n    PRIMARY KEY (version, direction)";

/// All columns as text, in the order of [`Cursor::read`].
fn columns(dialect: Dialect) -> String {
    let text = |column: &str| as_text(dialect, column);
    let moment = |column: &str| match dialect.is_mysql() {
        true => format!("DATE_FORMAT({column}, '%Y-%m-%dT%H:%i:%sZ')"),
        false => format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
    };
    let names = ["version", "direction", "checksum", "state", "last_key", "pass", "rows_seen", "rows_filled"];
    let numbers = names.into_iter().chain(["rows_estimated", "batches"]).map(text);
    numbers.chain(["started_at", "last_batch_at"].map(moment)).collect::<Vec<_>>().join(", ")
}

/// The type of `started_at` with its default, that of `last_batch_at`, and this moment, in UTC as the session is.
fn moments(dialect: Dialect) -> [&'static str; 3] {
    match dialect.is_mysql() {
        true => ["DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP", "DATETIME", "SYSDATE()"],
        false => ["TIMESTAMPTZ NOT NULL DEFAULT now()", "TIMESTAMPTZ", "clock_timestamp()"],
    }
}

impl Cursor {
    pub(crate) fn new(version: i64, way: Way, checksum: String, paused: bool) -> Self {
        Self { version, way, checksum, paused, progress: Progress { pass: 1, ..Progress::default() }, key: None }
    }

    fn read(row: Vec<Option<String>>) -> Option<Self> {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let version = next()?.parse().ok()?;
        let way = Way::named(&next()?)?;
        let checksum = next()?;
        let paused = next()? == PAUSED;
        let key = next().and_then(|key| serde_json::from_str(&key).ok());
        let mut number = || next().and_then(|number| number.parse().ok()).unwrap_or_default();
        let pass = u32::try_from(number()).unwrap_or(u32::MAX);
        let (rows_seen, rows_filled, rows_estimated, batches) = (number(), number(), number(), number());
        let (started, last_batch) = (next()?, next());
        let progress = Progress { pass, rows_seen, rows_filled, rows_estimated, batches, started, last_batch };
        Some(Self { version, way, checksum, paused, progress, key })
    }

    fn is_row(&self) -> String {
        format!("version = {} AND direction = {}", self.version, literal(self.way.name()))
    }

    /// Takes the row until the transaction ends, so that no other run does the same batch.
    pub(super) fn locked(&self, dialect: Dialect, table: &str) -> String {
        format!("SELECT {} FROM {table} WHERE {} FOR UPDATE", columns(dialect), self.is_row())
    }

    /// Puts the row where this says it is. A pause that came meanwhile stays.
    pub(super) fn moved(&self, dialect: Dialect, table: &str) -> String {
        let [_, _, now] = moments(dialect);
        let key = match &self.key {
            Some(key) => dialect.literal(&serde_json::json!(key).to_string()),
            None => "NULL".to_owned(),
        };
        let Progress { pass, rows_seen, rows_filled, rows_estimated, batches, .. } = self.progress;
        format!(
            "UPDATE {table} SET checksum = {}, pass = {pass}, last_key = {key}, rows_seen = {rows_seen}, \
             rows_filled = {rows_filled}, rows_estimated = {rows_estimated}, batches = {batches}, \
             last_batch_at = {now} WHERE {}",
            literal(&self.checksum),
            self.is_row()
        )
    }

    /// Makes the row, or sets the state of the one that is there.
    fn kept<B: Backend>(&self, table: &str) -> String {
        let state = literal(if self.paused { PAUSED } else { RUNNING });
        format!(
            "INSERT INTO {table} (version, direction, checksum, state) VALUES ({}, {}, {}, {state}) {}",
            self.version,
            literal(self.way.name()),
            literal(&self.checksum),
            B::or_replace("version, direction", &["state"])
        )
    }
}

/// All cursors; none where there is no table of them.
pub(crate) async fn cursors<B: Backend>(backend: &mut B) -> sqlx::Result<Option<Vec<Cursor>>> {
    if !backend.exists(FILLS).await? {
        return Ok(None);
    }
    let columns = columns(backend.dialect());
    let sql = format!("SELECT {columns} FROM {} ORDER BY version, direction", backend.table(FILLS));
    Ok(Some(backend.rows(&sql).await?.into_iter().filter_map(Cursor::read).collect()))
}

/// Takes a row in the open transaction; `None` where another run has ended the backfill.
pub(super) async fn lock<B: Backend>(backend: &mut B, cursor: &Cursor) -> sqlx::Result<Option<Cursor>> {
    let sql = cursor.locked(backend.dialect(), &backend.table(FILLS));
    Ok(backend.rows(&sql).await?.pop().and_then(Cursor::read))
}

/// Writes a row with its state; the place of one that is there stays.
pub(super) async fn keep<B: Backend>(backend: &mut B, cursor: &Cursor) -> sqlx::Result<()> {
    let table = backend.table(FILLS);
    if !backend.exists(FILLS).await? {
        let [started, last, _] = moments(backend.dialect());
        let columns = CREATE.replacen("{}", started, 1).replacen("{}", last, 1);
        backend.script(&format!("CREATE TABLE IF NOT EXISTS {table} (\n    {columns}\n)")).await?;
    }
    backend.script(&cursor.kept::<B>(&table)).await.map(drop)
}

/// Removes the rows of a version.
pub(crate) async fn forget<B: Backend>(backend: &mut B, version: i64) -> sqlx::Result<()> {
    if backend.exists(FILLS).await? {
        let sql = format!("DELETE FROM {} WHERE version = {version}", backend.table(FILLS));
        backend.script(&sql).await?;
    }
    Ok(())
}
