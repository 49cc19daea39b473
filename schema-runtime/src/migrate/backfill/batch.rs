//! One batch: the rows between two keys, and the cursor, in one transaction.

use std::time::{Duration, Instant};

use schema_core::backfill::Backfill;

use super::super::backend::Backend;
use super::cursor::{Cursor, FILLS, lock};
use super::key::{KeyType, as_text, named};

/// How a batch begins. On PostgreSQL its commit needs no wait for the disk: a crash of the server loses the rows together with
/// the cursor, and the history is written with a commit that waits for everything before it. MariaDB has no such setting of
/// a session.
fn begin<B: Backend>(backend: &B) -> &'static str {
    match backend.dialect().is_mysql() {
        true => B::BEGIN,
        false => "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off",
    }
}

/// A backfill with what its key's literals need.
pub(super) struct Walk<'a> {
    pub(super) fill: &'a Backfill,
    /// The types of the key's columns.
    types: Vec<KeyType>,
}

/// What a batch came to.
pub(super) enum Batch {
    /// Rows were filled, or looked at; the rows were locked for this long.
    Done { cursor: Cursor, took: Duration },
    /// There are no further keys.
    Over(Cursor),
    /// Somebody has asked for a pause.
    Paused,
    /// Another run has ended the backfill.
    Gone,
}

/// A batch that failed: at which key it would have ended.
pub(super) struct Failed {
    pub(super) last: Option<Vec<String>>,
    pub(super) cause: sqlx::Error,
}

impl From<sqlx::Error> for Failed {
    fn from(cause: sqlx::Error) -> Self {
        Self { last: None, cause }
    }
}

impl<'a> Walk<'a> {
    pub(super) async fn new<B: Backend>(backend: &mut B, fill: &'a Backfill) -> sqlx::Result<Self> {
        // A table or column that is gone is told in the server's words.
        backend.script(&format!("SELECT {}, {} FROM {} LIMIT 0", fill.key_list(), fill.column, fill.table)).await?;
        let types = KeyType::read(backend, fill).await?;
        Ok(Self { fill, types })
    }

    /// How many rows the planner believes the table to hold, partitions included.
    pub(super) async fn estimate<B: Backend>(&self, backend: &mut B) -> sqlx::Result<u64> {
        if backend.dialect().is_mysql() {
            let sql = format!(
                "SELECT CAST(TABLE_ROWS AS CHAR) FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {}",
                named(self.fill.dialect, &self.fill.table)
            );
            let rows = backend.rows(&sql).await?.into_iter().flatten().flatten().next();
            return Ok(rows.and_then(|rows| rows.parse().ok()).unwrap_or_default());
        }
        let plan = backend.rows(&format!("EXPLAIN (FORMAT JSON) SELECT FROM {}", self.fill.table)).await?;
        let plan: Option<serde_json::Value> =
            plan.into_iter().flatten().flatten().next().and_then(|text| serde_json::from_str(&text).ok());
        Ok(plan.as_ref().and_then(|plan| plan.pointer("/0/Plan/Plan Rows")?.as_u64()).unwrap_or_default())
    }

    /// Whether rows came in behind the cursor, or were missed in another way: those that meet the condition and do not hold
    /// what they would get. Where the value can't be had from a row, that one is to be looked at, too.
    pub(super) async fn leaves_rows<B: Backend>(&self, backend: &mut B) -> sqlx::Result<bool> {
        let Backfill { table, column, value, .. } = self.fill;
        let dialect = backend.dialect();
        // A line of its own, since a value may end in a comment.
        let [held, given] = [column.clone(), format!("({value}\n)")].map(|side| as_text(dialect, &side));
        let differs = match dialect.is_mysql() {
            true => format!("NOT (BINARY {held} <=> BINARY {given})"),
            false => format!("{held} IS DISTINCT FROM {given}"),
        };
        let (found, filter) = (as_text(dialect, "1"), self.fill.filter());
        let sql = format!("SELECT {found} FROM {table} WHERE CASE WHEN {filter} THEN {differs} ELSE false END LIMIT 1");
        match backend.rows(&sql).await {
            Ok(rows) => Ok(!rows.is_empty()),
            Err(error) if error.as_database_error().is_some() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// `org = 7, id = 12`, for messages.
    pub(super) fn shown(&self, key: &[String]) -> String {
        let columns = self.fill.key.iter().map(|column| column.trim_matches(['"', '`']));
        columns.zip(key).map(|(column, value)| format!("{column} = {value}")).collect::<Vec<_>>().join(", ")
    }

    fn values(&self, key: &[String]) -> Vec<String> {
        key.iter().zip(&self.types).map(|(value, ty)| ty.literal(self.fill.dialect, value)).collect()
    }

    fn behind(&self, key: Option<&[String]>) -> String {
        key.map_or_else(|| "true".to_owned(), |key| self.fill.behind(&self.values(key), false))
    }

    /// The key at which a batch ends, and how many rows that makes.
    async fn end<B: Backend>(
        &self,
        backend: &mut B,
        after: Option<&[String]>,
        rows: u64,
    ) -> sqlx::Result<Option<(Vec<String>, u64)>> {
        let (table, behind) = (&self.fill.table, self.behind(after));
        let (forwards, backwards) = (self.fill.key_list(), self.fill.key_backwards());
        // A column cast to text would be sorted as text, so the casts stand outside.
        let named = self.fill.key.iter().enumerate().map(|(at, column)| format!("{column} AS k{at}"));
        let named = named.collect::<Vec<_>>().join(", ");
        let texts = self.types.iter().enumerate().map(|(at, ty)| ty.text(self.fill.dialect, &format!("k{at}")));
        let texts = texts.chain([as_text(self.fill.dialect, "seen")]).collect::<Vec<_>>().join(", ");
        let full = format!(
            "SELECT {texts} FROM (SELECT {named}, {rows} AS seen FROM {table} WHERE {behind} \
             ORDER BY {forwards} LIMIT 1 OFFSET {}) AS found",
            rows - 1
        );
        let rest = format!(
            "SELECT {texts} FROM (SELECT {named}, count(*) OVER () AS seen FROM {table} WHERE {behind} \
             ORDER BY {backwards} LIMIT 1) AS found"
        );
        for sql in [full, rest] {
            if let Some(row) = backend.rows(&sql).await?.pop() {
                let mut row: Vec<String> = row.into_iter().flatten().collect();
                let count = row.pop().and_then(|count| count.parse().ok()).unwrap_or_default();
                return Ok(Some((row, count)));
            }
        }
        Ok(None)
    }

    /// Fills the next rows, at most so many.
    pub(super) async fn batch<B: Backend>(&self, backend: &mut B, cursor: &Cursor, rows: u64) -> Result<Batch, Failed> {
        backend.script(begin(backend)).await?;
        let Some(mut cursor) = lock(backend, cursor).await? else {
            backend.script("ROLLBACK").await?;
            return Ok(Batch::Gone);
        };
        if cursor.paused {
            backend.script("ROLLBACK").await?;
            return Ok(Batch::Paused);
        }
        let Some((last, seen)) = self.end(backend, cursor.key.as_deref(), rows).await? else {
            backend.script("ROLLBACK").await?;
            return Ok(Batch::Over(cursor));
        };
        let update = format!(
            "UPDATE {} SET {} WHERE {} AND {} AND {}",
            self.fill.table,
            self.fill.assignment(),
            self.fill.filter(),
            self.behind(cursor.key.as_deref()),
            self.fill.up_to(&self.values(&last))
        );
        let began = Instant::now();
        let filled = match backend.script(&update).await {
            Ok(filled) => filled,
            Err(cause) => return Err(Failed { last: Some(last), cause }),
        };
        cursor.key = Some(last);
        cursor.progress.rows_seen += seen;
        cursor.progress.rows_filled += filled;
        cursor.progress.batches += 1;
        let written = cursor.moved(backend.dialect(), &backend.table(FILLS));
        match backend.script(&format!("{written}; COMMIT")).await {
            Ok(_) => Ok(Batch::Done { cursor, took: began.elapsed() }),
            Err(cause) => Err(Failed { last: cursor.key, cause }),
        }
    }
}
