//! One batch: the rows between two keys, and the cursor, in one transaction.

use std::time::{Duration, Instant};

use schema_core::backfill::Backfill;
use schema_core::dialect::literal;

use super::super::backend::Backend;
use super::cursor::{Cursor, FILLS, lock};

/// How a batch begins. Its commit needs no wait for the disk: a crash of the server loses the rows together with the
/// cursor, and the history is written with a commit that waits for everything before it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off";

/// A backfill with what its key's literals need.
pub(super) struct Walk<'a> {
    pub(super) fill: &'a Backfill,
    /// The types of the key's columns.
    types: Vec<String>,
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
        let mut types = Vec::new();
        for column in &fill.key {
            let sql = format!(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass({}) \
                 AND '\"' || replace(attname::text, '\"', '\"\"') || '\"' = {}",
                literal(&fill.table),
                literal(column)
            );
            types.extend(backend.rows(&sql).await?.into_iter().flatten().flatten());
        }
        Ok(Self { fill, types })
    }

    /// How many rows the planner believes the table to hold, partitions included.
    pub(super) async fn estimate<B: Backend>(&self, backend: &mut B) -> sqlx::Result<u64> {
        let plan = backend.rows(&format!("EXPLAIN (FORMAT JSON) SELECT FROM {}", self.fill.table)).await?;
        let plan: Option<serde_json::Value> =
            plan.into_iter().flatten().flatten().next().and_then(|text| serde_json::from_str(&text).ok());
        Ok(plan.as_ref().and_then(|plan| plan.pointer("/0/Plan/Plan Rows")?.as_u64()).unwrap_or_default())
    }

    /// Whether rows came in behind the cursor, or were missed in another way: those that meet the condition and do not hold
    /// what they would get. Where the value can't be had from a row, that one is to be looked at, too.
    pub(super) async fn leaves_rows<B: Backend>(&self, backend: &mut B) -> sqlx::Result<bool> {
        let Backfill { table, column, value, .. } = self.fill;
        let sql = format!(
            "SELECT EXISTS (SELECT FROM {table} WHERE CASE WHEN {} THEN {column}::text IS DISTINCT FROM ({value}\n)::text ELSE false END)::text",
            self.fill.filter()
        );
        match backend.rows(&sql).await {
            Ok(rows) => Ok(rows == [[Some("true".to_owned())]]),
            Err(error) if error.as_database_error().is_some() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// `org = 7, id = 12`, for messages.
    pub(super) fn shown(&self, key: &[String]) -> String {
        let columns = self.fill.key.iter().map(|column| column.trim_matches('"'));
        columns.zip(key).map(|(column, value)| format!("{column} = {value}")).collect::<Vec<_>>().join(", ")
    }

    fn values(&self, key: &[String]) -> String {
        let typed = key.iter().zip(&self.types).map(|(value, ty)| format!("{}::{ty}", literal(value)));
        typed.collect::<Vec<_>>().join(", ")
    }

    fn behind(&self, key: Option<&[String]>) -> String {
        key.map_or_else(|| "true".to_owned(), |key| format!("({}) > ({})", self.fill.key_list(), self.values(key)))
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
        let names: Vec<String> = (1..=self.fill.key.len()).map(|at| format!("k{at}")).collect();
        let texts: String = names.iter().map(|name| format!("{name}::text, ")).collect();
        let names = names.join(", ");
        let full = format!(
            "SELECT {texts}seen::text FROM (SELECT {forwards}, {rows} FROM {table} WHERE {behind} \
             ORDER BY {forwards} OFFSET {} LIMIT 1) AS last ({names}, seen)",
            rows - 1
        );
        let rest = format!(
            "SELECT {texts}seen::text FROM (SELECT {forwards}, count(*) OVER () FROM {table} WHERE {behind} \
             ORDER BY {backwards} LIMIT 1) AS last ({names}, seen)"
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
        backend.script(BEGIN).await?;
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
            "UPDATE {} SET {} WHERE {} AND {} AND ({}) <= ({})",
            self.fill.table,
            self.fill.assignment(),
            self.fill.filter(),
            self.behind(cursor.key.as_deref()),
            self.fill.key_list(),
            self.values(&last)
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
        let written = cursor.moved(&backend.table(FILLS));
        match backend.script(&format!("{written}; COMMIT")).await {
            Ok(_) => Ok(Batch::Done { cursor, took: began.elapsed() }),
            Err(cause) => Err(Failed { last: cursor.key, cause }),
        }
    }
}
