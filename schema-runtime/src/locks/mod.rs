//! Locks, rewrites and scans as a PostgreSQL server reports them, statement by statement, on a scratch database.
//!
//! Each statement runs in a transaction, and `pg_locks` says what it took. A change of the file that stores a relation is
//! a rewrite. What PostgreSQL scans and builds it says in messages of level DEBUG1, and only there. A statement that runs
//! in no transaction is watched from other connections instead (its module says how).

mod catalog;
mod listen;
mod reading;
mod survey;
mod watch;

use schema_core::dialect::quote;
use schema_core::ir::Dialect;
use schema_core::locks::{Measured, hashes};
use schema_core::migration::{no_transaction, normalized};
use schema_core::objects::split;
use serde::Serialize;

use self::catalog::{Catalog, Held, Moment};
pub use self::survey::{Row, Survey, Surveyed, survey};

use self::listen::heard;
use self::reading::{Happened, measured};
use self::watch::Watch;
use crate::Error;
use crate::migrate::script::statements;
use crate::sides::{Bench, Work, WorkError};

/// The server wants the statement outside a transaction.
const ACTIVE_TRANSACTION: &str = "25001";

/// The statement's body ends the transaction that it is in.
const INVALID_TERMINATION: &str = "2D000";

/// The bodies of files name no more roles that are missing.
const ROLES_LIMIT: usize = 100;

/// What the server's messages are looked for in before anything is measured.
const PROBE: &str = "DO $$ BEGIN RAISE DEBUG 'schema: can you hear me'; END $$";

/// A statement and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The statement, without its semicolon.
    pub sql: String,
    /// The line of its file on which it starts, from 1.
    pub line: usize,
    /// What it took and did.
    #[serde(flatten)]
    pub measured: Measured,
}

/// Why a file could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The database refused a statement.
    #[error("line {line}: {cause}")]
    Statement {
        /// The line of the file on which it starts.
        line: usize,
        /// In the database's words.
        cause: WorkError,
    },
    /// The text is no SQL.
    #[error("{0}")]
    Unreadable(String),
    /// Not about the file.
    #[error(transparent)]
    Other(#[from] Error),
}

/// A scratch database in which statements are measured; what they do stays, so that files build on each other.
#[derive(Debug)]
pub struct Meter {
    work: Work,
    watch: Option<Watch>,
    server: u32,
}

/// One statement of a text, with what stands for it in a record.
struct Part<'a> {
    sql: &'a str,
    line: usize,
    hash: String,
}

/// How an open transaction ends, where a statement of the file's own says so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    None,
    Begin,
    Commit,
    Rollback,
}

/// What a transaction began with, and what it holds.
struct Open {
    first: Catalog,
    now: Moment,
}

impl Meter {
    /// An empty database of that bench.
    ///
    /// # Errors
    /// There is none to be had, it isn't PostgreSQL's, or its messages can't be heard.
    pub async fn start(bench: &Bench) -> Result<Self, Error> {
        let mut work = bench.fresh().await?;
        if work.dialect() != Dialect::Postgres {
            return Err(Error::Url("locks are measured on PostgreSQL only".to_owned()));
        }
        // A superuser's; messages that decide anything are not translated from version 13 on.
        let _ = work.execute("SET lc_messages = 'C'").await;
        let server = catalog::major(&mut work).await?;
        let mut meter = Self { work, watch: None, server };
        meter.tell().await?;
        let (ran, messages) = heard(meter.work.execute(PROBE)).await;
        ran?;
        if messages.is_empty() {
            let cause = "the server's messages can't be heard: is `tracing` built with a `max_level_` feature?";
            return Err(WorkError::of(cause).into());
        }
        Ok(meter)
    }

    /// The major version of the server.
    #[must_use]
    pub fn server(&self) -> u32 {
        self.server
    }

    /// Runs statements without measuring them.
    ///
    /// # Errors
    /// What the database said.
    pub async fn run(&mut self, sql: &str) -> Result<(), WorkError> {
        self.work.execute(sql).await
    }

    /// Runs one migration file as sqlx does, and measures its statements.
    ///
    /// # Errors
    /// The statement that fails; its transaction is rolled back.
    pub async fn file(&mut self, text: &str) -> Result<Vec<Reading>, MeasureError> {
        let text = normalized(text);
        let parts = parts(&text)?;
        if let [only] = parts.as_slice()
            && no_transaction(&text)
        {
            return Ok(vec![only.reading(self.alone(only).await?)]);
        }
        for _ in 0..ROLES_LIMIT {
            match self.transaction(&parts, "COMMIT").await {
                Err(MeasureError::Statement { cause, .. }) if self.work.makes(&cause) => {
                    self.work.make_role(&cause).await.map_err(Error::from)?;
                }
                other => return other,
            }
        }
        self.transaction(&parts, "COMMIT").await
    }

    /// Measures statements that share a transaction, which is then rolled back.
    ///
    /// # Errors
    /// The statement that fails.
    pub async fn try_out(&mut self, text: &str) -> Result<Vec<Reading>, MeasureError> {
        self.transaction(&parts(text)?, "ROLLBACK").await
    }

    async fn transaction(&mut self, parts: &[Part<'_>], end: &str) -> Result<Vec<Reading>, MeasureError> {
        let result = self.in_transaction(parts).await;
        let end = if result.is_ok() { end } else { "ROLLBACK" };
        let ended = self.work.execute(end).await;
        let readings = result?;
        ended.map_err(|cause| MeasureError::Statement { line: parts.last().map_or(1, |part| part.line), cause })?;
        Ok(readings)
    }

    async fn in_transaction(&mut self, parts: &[Part<'_>]) -> Result<Vec<Reading>, MeasureError> {
        let mut open = self.begin().await?;
        let mut readings = Vec::new();
        for part in parts {
            let failed = |cause| MeasureError::Statement { line: part.line, cause };
            match turn(part.sql) {
                Turn::None => {
                    let measured = self.statement(part, &mut open).await.map_err(failed)?;
                    readings.push(part.reading(measured));
                    continue;
                }
                // It runs in one already.
                Turn::Begin => {}
                Turn::Commit => self.work.execute("COMMIT").await.map_err(failed)?,
                Turn::Rollback => self.work.execute("ROLLBACK").await.map_err(failed)?,
            }
            if turn(part.sql) != Turn::Begin {
                open = self.begin().await?;
            }
            readings.push(part.reading(Measured { statement: part.hash.clone(), ..Measured::default() }));
        }
        Ok(readings)
    }

    async fn begin(&mut self) -> Result<Open, Error> {
        self.work.execute("BEGIN").await?;
        let catalog = Catalog::read(&mut self.work).await?;
        Ok(Open { first: catalog.clone(), now: Moment { catalog, held: Held::default() } })
    }

    /// Has the server tell what it does. A file may have set something else, as those of pg_dump do.
    async fn tell(&mut self) -> Result<(), WorkError> {
        self.work.execute("SET client_min_messages = debug1").await
    }

    async fn statement(&mut self, part: &Part<'_>, open: &mut Open) -> Result<Measured, WorkError> {
        self.tell().await?;
        let scans = catalog::Scans::before(&mut self.work, part.sql).await?;
        let (ran, messages) = heard(self.work.execute(part.sql)).await;
        ran?;
        let after = Moment::now(&mut self.work).await?;
        let happened = Happened {
            sql: part.sql,
            first: &open.first,
            before: &open.now,
            after: &after,
            foreign_keys: catalog::foreign_keys(&mut self.work, &messages).await?,
            scanned: scans.since(&mut self.work).await?,
            messages: &messages,
        };
        let measured = Measured { statement: part.hash.clone(), ..measured(&happened) };
        open.now = after;
        Ok(measured)
    }

    /// The only statement of a file outside a transaction: inside one all the same, where the server lets it.
    async fn alone(&mut self, part: &Part<'_>) -> Result<Measured, MeasureError> {
        let result = self.transaction(std::slice::from_ref(part), "COMMIT").await;
        let code = match &result {
            Err(MeasureError::Statement { cause, .. }) => cause.code.as_deref(),
            _ => None,
        };
        match code {
            Some(ACTIVE_TRANSACTION) => self.watched(part, false).await,
            Some(INVALID_TERMINATION) => self.watched(part, true).await,
            _ => Ok(result?.into_iter().map(|reading| reading.measured).next().unwrap_or_default()),
        }
    }

    async fn watched(&mut self, part: &Part<'_>, writes: bool) -> Result<Measured, MeasureError> {
        let failed = |cause| MeasureError::Statement { line: part.line, cause };
        self.tell().await.map_err(failed)?;
        let first = Catalog::read(&mut self.work).await.map_err(failed)?;
        let mut watch = match self.watch.take() {
            Some(watch) => watch,
            None => Watch::start(&mut self.work).await?,
        };
        let tables: Vec<String> = first.tables().map(str::to_owned).collect();
        let (seen, messages) = heard(watch.run(&mut self.work, part.sql, &tables, writes)).await;
        self.watch = Some(watch);
        let held = seen.map_err(failed)?;
        let after = Moment { catalog: Catalog::read(&mut self.work).await.map_err(failed)?, held };
        let happened = Happened {
            sql: part.sql,
            first: &first,
            before: &Moment { catalog: first.clone(), held: Held::default() },
            after: &after,
            foreign_keys: catalog::foreign_keys(&mut self.work, &messages).await.map_err(failed)?,
            scanned: Vec::new(),
            messages: &messages,
        };
        Ok(Measured { statement: part.hash.clone(), polled: true, ..measured(&happened) })
    }
}

impl Part<'_> {
    fn reading(&self, measured: Measured) -> Reading {
        Reading { sql: self.sql.to_owned(), line: self.line, measured }
    }
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, MeasureError> {
    let hashes = hashes(text).map_err(MeasureError::Unreadable)?;
    let statements = split(Dialect::Postgres, text).map_err(MeasureError::Unreadable)?;
    let parts = statements.into_iter().zip(hashes);
    Ok(parts.map(|(statement, hash)| Part { sql: statement.text, line: statement.line, hash }).collect())
}

fn turn(sql: &str) -> Turn {
    let found = statements(Dialect::Postgres, sql);
    let Some(statement) = found.first() else { return Turn::None };
    match () {
        () if statement.begins(&["end"]) => Turn::Commit,
        () if !statement.controls_transaction() => Turn::None,
        () if statement.begins(&["commit"]) => Turn::Commit,
        () if statement.begins(&["rollback"]) => Turn::Rollback,
        () => Turn::Begin,
    }
}

/// `"a"."b"` as SQL takes it, from the parts of a name.
fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote(schema), quote(name))
}
