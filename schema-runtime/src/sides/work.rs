//! A scratch database that files are applied to, by the plainest runner that there can be.

use schema_core::diag::Finding;
use schema_core::dialect::quote;
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, no_transaction};
use sqlx::{AssertSqlSafe, Row};

use super::Held;
use crate::Error;
use crate::connect::{ConnectSettings, Database, connect};
use crate::introspect;
use crate::migrate::script::statements;
use crate::migrate::{kept, named};

/// An open database to work in.
#[derive(Debug)]
pub struct Work {
    pub(crate) database: Database,
    /// Whether roles that a script names are made where they are missing.
    pub(super) makes_roles: bool,
    /// Where it is, when it is a scratch database.
    pub(super) home: Option<Home>,
}

/// Where a scratch database is.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// By which its bench knows it.
    pub(super) name: String,
    pub(super) url: String,
}

/// What a database said to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkError {
    /// In the database's words.
    pub message: String,
    /// SQLSTATE, or SQLite's extended code.
    pub code: Option<String>,
    /// The constraint, where the database tells.
    pub constraint: Option<String>,
    /// The column, where the database tells.
    pub column: Option<String>,
}

impl std::fmt::Display for WorkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for WorkError {}

impl WorkError {
    /// True when the rows are at fault, not the statement: a constraint that they break, a value that can't be cast.
    #[must_use]
    pub fn is_about_rows(&self) -> bool {
        let Some(code) = &self.code else { return false };
        match code.len() {
            5 => ["22", "23", "01", "P0001"].iter().any(|class| code.starts_with(class)),
            _ => code.parse::<u32>().is_ok_and(|code| code & 0xff == 19),
        }
    }

    /// True when no database answered: it was the connection that failed, or the server that ended.
    pub(crate) fn is_about_the_connection(&self) -> bool {
        // 57P0x: the server shuts down, crashed or starts up.
        self.code.as_deref().is_none_or(|code| code.starts_with("57P0") || code.starts_with("08"))
    }

    pub(crate) fn of(message: &str) -> Self {
        Self { message: message.to_owned(), code: None, constraint: None, column: None }
    }

    fn missing_role(&self) -> Option<&str> {
        let name = self.message.strip_prefix("role \"")?.strip_suffix("\" does not exist")?;
        (self.code.as_deref() == Some("42704")).then_some(name)
    }

    fn needs_own_transaction(&self) -> bool {
        self.code.as_deref() == Some("25001")
    }
}

impl From<sqlx::Error> for WorkError {
    fn from(error: sqlx::Error) -> Self {
        let message = crate::error::cause(&error);
        let Some(database) = error.as_database_error() else {
            return Self { message, code: None, constraint: None, column: None };
        };
        let code = database.code().map(|code| code.into_owned());
        let postgres = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
        let quoted = |before: &str, end: char| {
            let (_, behind) = message.split_once(before)?;
            behind.split_once(end).map(|(name, _)| name.rsplit('`').next().unwrap_or(name).to_owned())
        };
        let constraint = match postgres {
            Some(error) => error.constraint().map(str::to_owned),
            None => quoted("CONSTRAINT `", '`').or_else(|| quoted("for key '", '\'')),
        };
        let column = match postgres {
            Some(error) => error.column().map(str::to_owned),
            None => quoted("olumn '", '\''),
        };
        Self { message, code, constraint, column }
    }
}

/// A row as text; `None` is NULL.
pub(crate) type TextRow = Vec<Option<String>>;

impl From<Database> for Work {
    fn from(database: Database) -> Self {
        Self { database, makes_roles: false, home: None }
    }
}

impl Work {
    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.database {
            Database::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Database::MySql(_, flavour) => *flavour,
            Database::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs statements as one message.
    ///
    /// # Errors
    /// What the database said.
    pub async fn execute(&mut self, sql: &str) -> Result<(), WorkError> {
        let text = || sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let result = match &mut self.database {
            Database::Postgres(connection) => text().execute(&mut **connection).await.map(drop),
            #[cfg(feature = "mysql")]
            Database::MySql(connection, _) => match text().execute(&mut **connection).await {
                Err(error) if crate::stale::is_stale(&error) => text().execute(&mut **connection).await.map(drop),
                result => result.map(drop),
            },
            Database::Sqlite(connection) => text().execute(&mut **connection).await.map(drop),
        };
        Ok(result?)
    }

    /// The rows of statements whose columns are all text.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>, WorkError> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows: sqlx::Result<Vec<TextRow>> = match &mut self.database {
            Database::Postgres(connection) => {
                sql.fetch_all(&mut **connection).await.and_then(|rows| rows.iter().map(text).collect())
            }
            #[cfg(feature = "mysql")]
            Database::MySql(connection, _) => {
                sql.fetch_all(&mut **connection).await.and_then(|rows| rows.iter().map(text).collect())
            }
            Database::Sqlite(connection) => {
                sql.fetch_all(&mut **connection).await.and_then(|rows| rows.iter().map(text).collect())
            }
        };
        Ok(rows?)
    }

    /// What it holds.
    ///
    /// # Errors
    /// A catalog that can't be read.
    pub async fn read(&mut self) -> Result<Held, Error> {
        let (schema, notes) = match &mut self.database {
            Database::Postgres(connection) => introspect::postgres_with_notes(connection).await?,
            #[cfg(feature = "mysql")]
            Database::MySql(connection, _) => introspect::mysql_with_notes(connection).await?,
            Database::Sqlite(connection) => introspect::sqlite_with_notes(connection).await?,
        };
        let names = match &self.database {
            Database::Postgres(_) => kept::postgres::NAMES,
            #[cfg(feature = "mysql")]
            Database::MySql(..) => kept::mysql::NAMES,
            Database::Sqlite(_) => kept::sqlite::NAMES,
        };
        let kept = self.rows(names).await?.into_iter().flatten().flatten().collect();
        let notes = notes.iter().map(|note| Finding::warning(None, note.to_string())).collect();
        Ok(Held { schema, notes, kept })
    }

    /// Runs the up files of migrations, one after the other.
    ///
    /// # Errors
    /// [`Error::Refused`], which names the one that fails; or there is no database any more.
    pub(crate) async fn migrations(&mut self, migrations: impl IntoIterator<Item = &Migration>) -> Result<(), Error> {
        for migration in migrations {
            match self.file(&migration.up).await {
                Err(error) if error.is_about_the_connection() => return Err(error.into()),
                Err(error) => {
                    let name = named(migration.version, &migration.description);
                    let finding = Finding::error(None, format!("{name} fails in a scratch database: {error}"))
                        .help("`cargo schema verify` tries each migration by itself");
                    return Err(Error::Refused(vec![finding]));
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Runs one migration file as sqlx does.
    ///
    /// # Errors
    /// What the database said.
    pub async fn file(&mut self, text: &str) -> Result<(), WorkError> {
        for _ in 0..ROLES_LIMIT {
            let result = if no_transaction(text) { self.execute(text).await } else { self.in_transaction(text).await };
            match result {
                Err(error) if self.makes(&error) => self.make_role(&error).await?,
                other => return other,
            }
        }
        Ok(())
    }

    async fn in_transaction(&mut self, text: &str) -> Result<(), WorkError> {
        self.execute("BEGIN").await?;
        let result = if self.dialect().is_mysql() { self.one_by_one(text).await } else { self.execute(text).await };
        let end = self.execute(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
        result.and(end)
    }

    /// Runs a script of somebody else's: at once, or statement by statement where it says things that need it.
    pub(super) async fn script(&mut self, text: &str) -> Result<(), WorkError> {
        for _ in 0..ROLES_LIMIT {
            let result = self.execute(text).await;
            match result {
                Err(error) if self.makes(&error) => {
                    let _ = self.execute("ROLLBACK").await;
                    self.make_role(&error).await?;
                }
                Err(error) if error.needs_own_transaction() => return self.one_by_one(text).await,
                other => return other,
            }
        }
        Ok(())
    }

    async fn one_by_one(&mut self, text: &str) -> Result<(), WorkError> {
        for statement in statements(self.dialect(), text) {
            self.execute(text.get(statement.start..statement.end).unwrap_or_default()).await?;
        }
        Ok(())
    }

    /// What a table of a MariaDB or MySQL database has that says nothing of its character set.
    pub(super) async fn usual_charset(&mut self) -> Option<String> {
        if !self.dialect().is_mysql() {
            return None;
        }
        let sql = "SELECT CONCAT(@@character_set_database, ' COLLATE ', @@collation_database)";
        self.rows(sql).await.ok()?.pop()?.pop()?
    }

    /// Another connection to the same scratch database.
    pub(crate) async fn beside(&self) -> Result<Self, Error> {
        Ok(Self::from(connect(self.url()?, &ConnectSettings::default()).await?.database))
    }

    /// Where it is, when it is a scratch database.
    pub(crate) fn url(&self) -> Result<&str, Error> {
        Ok(&self.home()?.url)
    }

    pub(super) fn home(&self) -> Result<&Home, Error> {
        self.home.as_ref().ok_or_else(|| Error::Url("this is no scratch database".to_owned()))
    }

    /// True when the statement failed for a role that can be made.
    pub(crate) fn makes(&self, error: &WorkError) -> bool {
        self.makes_roles && error.missing_role().is_some()
    }

    /// Roles belong to the server, not to the schema: on a server of ours they are made as they are named.
    pub(crate) async fn make_role(&mut self, error: &WorkError) -> Result<(), WorkError> {
        let Some(name) = error.missing_role() else { return Ok(()) };
        match self.execute(&format!("CREATE ROLE {}", quote(name))).await {
            // Another database of the same server may have been first.
            Err(error) if matches!(error.code.as_deref(), Some("42710" | "23505")) => Ok(()),
            other => other,
        }
    }
}

/// No script names more roles.
const ROLES_LIMIT: usize = 100;

fn text<'r, R: Row>(row: &'r R) -> sqlx::Result<TextRow>
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|at| row.try_get_unchecked(at)).collect()
}
