//! The one error of the runtime.

use std::fmt;
use std::time::Duration;

use schema_core::diag::Finding;
use schema_core::ir::Dialect;

/// What went wrong, and what to do about it. No message holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL names no database that can be opened.
    #[error("{0}")]
    Url(String),
    /// A setting in the environment can't be read.
    #[error("the environment variable `{name}` is `{value}`, which is not {expected}")]
    Setting {
        /// The variable.
        name: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// The server, or the file, can't be reached.
    #[error("can't open {place}: {cause}\n  help: {remedy}")]
    Unreachable {
        /// Host, port and database, or the file.
        place: String,
        /// What the system or the server said.
        cause: String,
        /// What to check.
        remedy: &'static str,
    },
    /// The migrations were written for another database.
    #[error("the migrations are written for {source_dialect}, and {place} is {database}: use a URL that starts with `{}`", scheme(*.source_dialect))]
    WrongDialect {
        /// What the files are for.
        source_dialect: Dialect,
        /// What was opened.
        database: Dialect,
        /// Where it is.
        place: String,
    },
    /// The server is older than the oldest that is supported.
    #[error("{place} is {found}, and {needed} or later is needed")]
    TooOld {
        /// Where.
        place: String,
        /// What the server says that it is.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// Another process holds the migration lock for longer than the limit.
    #[error("{place} is locked by another migration run{}: gave up after {}; wait for it or end it, or raise `SCHEMA_LOCK_WAIT`", held_by(.holder), seconds(*.waited))]
    Locked {
        /// Where.
        place: String,
        /// Who holds it, where the database tells.
        holder: Option<String>,
        /// The limit that passed.
        waited: Duration,
    },
    /// The lock does not belong to this connection: a pooler hands each statement to another one (BUGS.md B20).
    #[error(
        "{place} gives each statement to another server connection, so a lock can't be held: connect to the server itself, not to a pooler in transaction mode"
    )]
    Pooled {
        /// Where.
        place: String,
    },
    /// An earlier run on this connection did not end.
    #[error("an earlier run on this connection to {place} was dropped before its end: open a new connection")]
    Interrupted {
        /// Where.
        place: String,
    },
    /// The connection broke outside a migration's own text, or nothing was heard on it any more.
    #[error(
        "the connection to {place} broke: {cause}\n  help: run again: what was begun is taken up or was rolled back"
    )]
    Broken {
        /// Where.
        place: String,
        /// What the system or the server said, or how it was seen.
        cause: String,
    },
    /// The server is a standby, or the database, the user or the file may not be written.
    #[error(
        "{place} takes no writes: {cause}\n  help: name the primary, or a user or file that may be written, or take off `default_transaction_read_only`, and run again: nothing of the step that met this is done"
    )]
    ReadOnly {
        /// Where.
        place: String,
        /// What the system or the server said.
        cause: String,
    },
    /// The database refused a statement that keeps the records, of which a run needs more than a migration's own: it has no room, or
    /// the user lacks a right.
    #[error(
        "{place} refuses what the migrator keeps its records by: {cause}\n  help: mend the cause and run again: what was begun is taken up"
    )]
    Records {
        /// Where.
        place: String,
        /// What the database said.
        cause: String,
    },
    /// What was found before anything ran; nothing has been changed.
    #[error("{}", Listed(.0))]
    Refused(Vec<Finding>),
    /// A migration failed.
    #[error(transparent)]
    Migration(Box<MigrationFailed>),
    /// A backfill is paused, so neither it nor what follows it is applied.
    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    #[error(transparent)]
    Paused(Box<crate::migrate::Paused>),
    /// A backfill made way for others until its time for that was over.
    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    #[error(transparent)]
    HeldUp(Box<crate::migrate::HeldUp>),
    /// What a drop kept can't be removed.
    #[error(
        "what was kept as `{name}` can't be removed: {cause}\n  help: mend the cause and run again; `cargo schema purge --dry-run` lists what is still there"
    )]
    Purge {
        /// Its name.
        name: String,
        /// What the database said.
        cause: String,
    },
    /// The database refused a statement of ours.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A throwaway server could not be started.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    #[error(transparent)]
    Scratch(#[from] crate::scratch::ScratchError),
    /// A scratch database refused a statement of ours.
    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    #[error("a scratch database fails: {0}")]
    Scratched(#[from] crate::sides::WorkError),
    /// A database holds a definition that could not be read.
    #[error(transparent)]
    Introspect(#[from] crate::introspect::Unreadable),
}

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
impl Error {
    /// The same, with the place where it is about the database as a whole.
    pub(crate) fn at(self, place: &str) -> Self {
        let place = place.to_owned();
        match self {
            Self::Database(error) if is_read_only(&error) => Self::ReadOnly { place, cause: cause(&error) },
            Self::Database(error) if is_broken(&error) => Self::Broken { place, cause: cause(&error) },
            Self::Database(error) if error.as_database_error().is_some() => {
                Self::Records { place, cause: cause(&error) }
            }
            // Nothing of the file is done where not even its first statement may be.
            Self::Migration(failed) if is_read_only(&failed.cause) => {
                Self::ReadOnly { place, cause: cause(&failed.cause) }
            }
            other => other,
        }
    }
}

/// The server is gone, or has ended the session.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => true,
        // ER_SERVER_SHUTDOWN and ER_CONNECTION_KILLED; PostgreSQL's admin_shutdown and its like.
        _ => matches!(mysql_number(error), Some(1053 | 1927)) || has_code(error, "57P"),
    }
}

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn is_read_only(error: &sqlx::Error) -> bool {
    // ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION and ER_READ_ONLY_MODE; read_only_sql_transaction.
    matches!(mysql_number(error), Some(1290 | 1792 | 1836)) || has_code(error, "25006") || is_read_only_file(error)
}

/// `ER_TABLE_DEF_CHANGED`: a transaction sees nothing of a table that was made after it began.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn is_of_older_moment(error: &sqlx::Error) -> bool {
    mysql_number(error) == Some(1412)
}

/// Whether PostgreSQL's code begins so.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn has_code(error: &sqlx::Error, code: &str) -> bool {
    #[cfg(feature = "postgres")]
    if let Some(error) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
    {
        return error.code().starts_with(code);
    }
    let _ = (error, code);
    false
}

/// MariaDB's or MySQL's number of an error.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn mysql_number(error: &sqlx::Error) -> Option<u16> {
    #[cfg(feature = "mysql")]
    if let Some(error) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>())
    {
        return Some(error.number());
    }
    let _ = error;
    None
}

/// SQLITE_READONLY; the upper bytes of an extended code say more.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn is_read_only_file(error: &sqlx::Error) -> bool {
    let code = || error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    is_of_sqlite(error) && code().is_some_and(|code| code & 0xff == 8)
}

/// Whether SQLite says so.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) fn is_of_sqlite(error: &sqlx::Error) -> bool {
    #[cfg(feature = "sqlite")]
    if let Some(error) = error.as_database_error() {
        return error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some();
    }
    let _ = error;
    false
}

/// A migration's own statement failed.
#[derive(Debug)]
pub struct MigrationFailed {
    /// `apply` or `revert`.
    pub verb: &'static str,
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// The line of its text, where the database tells.
    pub line: Option<usize>,
    /// The key of the row for which there is no value, where it is a backfill that failed.
    pub row: Option<String>,
    /// What the database said.
    pub cause: sqlx::Error,
    /// What state the database is in, and what to do.
    pub help: String,
}

impl fmt::Display for MigrationFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} migration {} `{}`", self.verb, self.version, self.description)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(row) = &self.row {
            write!(f, ", at the row with {row}")?;
        }
        write!(f, ": {}\n  help: {}", cause(&self.cause), self.help)
    }
}

impl std::error::Error for MigrationFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The database's own words, without sqlx's frame around them.
pub(crate) fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            let message = asserted(error.message());
            let more = left_behind(message).or_else(|| detail(error.as_ref()));
            more.map_or_else(|| message.to_owned(), |more| format!("{message}; {more}"))
        }
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// What PostgreSQL says beside its message: which objects, which row.
fn detail(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
    #[cfg(feature = "postgres")]
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return error.detail().map(|detail| detail.trim_end_matches('.').replace('\n', "; "));
    }
    let _ = error;
    None
}

/// MariaDB and MySQL leave the file of a table behind that they could not make for want of room, and refuse the table from then on.
fn left_behind(message: &str) -> Option<String> {
    let table = message.strip_prefix("Can't create table `").filter(|_| message.contains("(errno: 184 "))?;
    let (database, rest) = table.split_once("`.`")?;
    let (table, _) = rest.split_once('`')?;
    Some(format!(
        "the server left `{database}/{table}.ibd` in its data folder when it had no room, and knows no such table: remove that file"
    ))
}

/// The sentence of an assertion: files for MariaDB and MySQL set a variable to it, which the server refuses.
fn asserted(message: &str) -> &str {
    let sentence = message.strip_prefix("Variable 'completion_type' can't be set to the value of '");
    sentence.map_or(message, |sentence| sentence.strip_suffix('\'').unwrap_or(sentence))
}

/// A duration as people read it.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis % 1000 == 0 => format!("{} s", millis / 1000),
        millis => format!("{millis} ms"),
    }
}

fn held_by(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default()
}

fn scheme(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres://",
        Dialect::Sqlite => "sqlite:",
        Dialect::MariaDb => "mariadb://",
        Dialect::MySql => "mysql://",
    }
}

struct Listed<'a>(&'a [Finding]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, finding)| {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", finding.text())
        })
    }
}
