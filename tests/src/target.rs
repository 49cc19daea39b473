//! A database that migration files are applied to, by the plainest runner that there can be.

use std::collections::BTreeSet;

use schema_core::diag::{Finding, Severity};
use schema_core::diff::diff;
use schema_core::ir::{Dialect, Schema};
use schema_core::migration::no_transaction;
use schema_core::model::Intents;
use schema_core::plan::{DraftPair, plan};
use schema_core::renames::pending;
use schema_runtime::{connect, introspect};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::lint::unsaid;

/// The files that lead from one schema to another, or the findings that stand against it.
///
/// # Errors
/// The findings, as text.
///
/// # Panics
/// When the linter finds a hazard in the files that they don't name.
pub fn files(from: &Schema, to: &Schema, intents: &Intents) -> Result<Vec<DraftPair>, String> {
    let pairs = drafts(from, to, intents)?;
    let before = drafts(&Schema::empty(from.dialect), from, &Intents::default()).unwrap_or_default();
    let before: Vec<&str> = before.iter().map(|pair| pair.up.as_str()).collect();
    let unsaid = unsaid(to.dialect, &before, pairs.iter().map(|pair| (pair.up.as_str(), pair.down.as_str())));
    assert!(unsaid.is_empty(), "the linter finds what the files don't say: {}\n{pairs:#?}", unsaid.join("\n"));
    Ok(pairs)
}

fn drafts(from: &Schema, to: &Schema, intents: &Intents) -> Result<Vec<DraftPair>, String> {
    let (renames, findings) = pending(from, &BTreeSet::new(), intents);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(listed(&findings));
    }
    let changes = diff(from, to, &renames);
    let plan = plan(from, to, &changes, intents).map_err(|findings| listed(&findings))?;
    Ok(plan.pairs(to.dialect))
}

fn listed(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{}\n", finding.message)).collect()
}

/// A connection to a database of either kind.
#[derive(Debug)]
pub enum Target {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// MariaDB.
    MariaDb(MySqlConnection),
    /// SQLite, with foreign keys enforced as sqlx has them by default.
    Sqlite(SqliteConnection),
}

/// A row as text; `None` is NULL.
pub type TextRow = Vec<Option<String>>;

impl Target {
    /// A fresh database.
    ///
    /// # Panics
    /// When there is none to be had.
    pub async fn fresh(dialect: Dialect) -> Self {
        Self::open(&match dialect {
            Dialect::Postgres => crate::postgres().await,
            Dialect::MariaDb => crate::mariadb().await,
            Dialect::MySql => panic!("no {dialect} is started by these tests"),
            Dialect::Sqlite => "sqlite::memory:".to_owned(),
        })
        .await
    }

    /// The database that a URL names.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn open(url: &str) -> Self {
        let result = match connect::dialect(url) {
            Ok(Dialect::Postgres) => PgConnection::connect(url).await.map(Self::Postgres),
            Ok(Dialect::MariaDb | Dialect::MySql) => MySqlConnection::connect(url).await.map(Self::MariaDb),
            Ok(Dialect::Sqlite) => SqliteConnection::connect(url).await.map(Self::Sqlite),
            Err(error) => panic!("{error}"),
        };
        result.unwrap_or_else(|error| panic!("no database: {error}"))
    }

    /// Closes the connection: only then a SQLite file holds all that was written.
    ///
    /// # Panics
    /// When it fails.
    pub async fn close(self) {
        let result = match self {
            Self::Postgres(connection) => connection.close().await,
            Self::MariaDb(connection) => connection.close().await,
            Self::Sqlite(connection) => connection.close().await,
        };
        result.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::MariaDb(_) => Dialect::MariaDb,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs statements as one message.
    ///
    /// # Errors
    /// What the database said.
    pub async fn execute(&mut self, sql: &str) -> Result<(), String> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let result = match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
            Self::MariaDb(connection) => sql.execute(connection).await.map(drop),
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop),
        };
        result.map_err(|error| error.to_string())
    }

    /// Runs statements that must succeed.
    ///
    /// # Panics
    /// When they do not.
    pub async fn run(&mut self, sql: &str) {
        self.execute(sql).await.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    }

    /// Runs one migration file as sqlx does.
    ///
    /// # Errors
    /// What the database said, with the file's text.
    pub async fn file(&mut self, text: &str) -> Result<(), String> {
        if let Self::MariaDb(_) = self {
            // Or renames of what generated columns name could fail, by the fault of schema-runtime/src/stale.rs.
            self.execute("FLUSH TABLES").await?;
        }
        let result = if no_transaction(text) { self.execute(text).await } else { self.in_transaction(text).await };
        result.map_err(|error| format!("{error}\nin the file:\n{text}"))
    }

    async fn in_transaction(&mut self, text: &str) -> Result<(), String> {
        self.execute("BEGIN").await?;
        let result = self.execute(text).await;
        self.execute(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).await.and(result)
    }

    /// Applies every up file.
    ///
    /// # Errors
    /// What the database said.
    pub async fn up(&mut self, files: &[DraftPair]) -> Result<(), String> {
        for pair in files {
            self.file(&pair.up).await.map_err(|error| format!("up {}: {error}", pair.slug))?;
        }
        Ok(())
    }

    /// Applies every down file, the last first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn down(&mut self, files: &[DraftPair]) -> Result<(), String> {
        for pair in files.iter().rev() {
            self.file(&pair.down).await.map_err(|error| format!("down {}: {error}", pair.slug))?;
        }
        Ok(())
    }

    /// The catalog. The order of columns is left out, as it is no difference (DESIGN.md, invariant 2).
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn schema(&mut self) -> Schema {
        let result = match self {
            Self::Postgres(connection) => introspect::postgres(connection).await,
            Self::MariaDb(connection) => introspect::mysql(connection).await,
            Self::Sqlite(connection) => introspect::sqlite(connection).await,
        };
        let mut schema = result.unwrap_or_else(|error| panic!("introspection: {error}"));
        for table in schema.tables.values_mut() {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        }
        schema
    }

    /// The rows of a query whose columns are all text.
    ///
    /// # Panics
    /// When the query fails.
    pub async fn rows(&mut self, sql: &str) -> Vec<TextRow> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let result = match self {
            Self::Postgres(connection) => query.fetch_all(connection).await.map(|rows| rows.iter().map(text).collect()),
            Self::MariaDb(connection) => query.fetch_all(connection).await.map(|rows| rows.iter().map(text).collect()),
            Self::Sqlite(connection) => query.fetch_all(connection).await.map(|rows| rows.iter().map(text).collect()),
        };
        result.unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }
}

/// Runs statements on a connection of their own.
///
/// # Panics
/// When the database can't be opened, or refuses one.
pub async fn ask(url: &str, sql: &str) {
    let mut target = Target::open(url).await;
    target.run(sql).await;
    target.close().await;
}

fn text<'r, R: Row>(row: &'r R) -> TextRow
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|at| row.try_get_unchecked(at).unwrap_or_else(|error| panic!("column {at}: {error}"))).collect()
}
