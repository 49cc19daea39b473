//! Opening connections with stated limits.
//!
//! A setting comes from code, else from the environment ([`ConnectSettings::from_env`]), else from the default that
//! is documented at the field. What the URL itself says (`sslmode`, `application_name`, `mode=ro`, ..) holds.

mod backfill;
#[cfg(feature = "mysql")]
mod mysql;
pub(crate) mod remedy;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) mod silence;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use schema_core::ir::Dialect;
use sqlx::ConnectOptions as _;
#[cfg(feature = "postgres")]
use sqlx::Row as _;
#[cfg(feature = "mysql")]
use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::pool::PoolOptions;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};

pub use backfill::BackfillSettings;
use remedy::remedy;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use silence::{Peer, Watchdog};

use crate::error::{Error, cause, seconds};

/// The limits of one dedicated connection, as a migration run needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectSettings {
    /// How long opening the connection may take. Default 10 s; `SCHEMA_CONNECT_TIMEOUT`.
    pub connect_timeout: Duration,
    /// How long to wait for another migration run to end. Default 60 s; `SCHEMA_LOCK_WAIT`.
    pub lock_wait: Duration,
    /// PostgreSQL's `lock_timeout`, MariaDB's and MySQL's `lock_wait_timeout` and `innodb_lock_wait_timeout` (in whole seconds,
    /// at least one): how long one statement may queue for a table before it makes way and tries again
    /// (HAZARDS.md G1, row 58). The first try waits 100 ms, each further one twice as long, up to this. Default 3 s;
    /// `SCHEMA_LOCK_TIMEOUT`.
    pub lock_timeout: Duration,
    /// PostgreSQL's `statement_timeout`, MariaDB's `max_statement_time` (MySQL has none for definitions), for files that change definitions only, so none of their statements should take
    /// long; `None` is no limit. Default 10 s; `SCHEMA_STATEMENT_TIMEOUT`.
    pub statement_timeout: Option<Duration>,
    /// The same for other files that run in a transaction: they change rows, or read them all. Files outside one
    /// (concurrent builds of indexes) never have a limit. Default none; `SCHEMA_LONG_STATEMENT_TIMEOUT`.
    pub long_statement_timeout: Option<Duration>,
    /// After which time a connection counts as lost on which nothing is heard, while the server waits for us as we wait for it
    /// (a second connection asks). A statement may take as long as it takes; between two of them a run pauses for up to 10 s.
    /// `None` waits for ever. Default 30 s; `SCHEMA_SILENCE`.
    pub silence: Option<Duration>,
    /// How long SQLite waits for another writer. Default 5 s; `SCHEMA_BUSY_TIMEOUT`.
    pub busy_timeout: Duration,
    /// How often a file, or a batch of a backfill, is tried when it meets a lock or a deadlock. Default 10;
    /// `SCHEMA_TRIES`.
    pub tries: u32,
    /// For how long it is tried at most, whatever the number of tries; `None` is no limit. Default 5 min;
    /// `SCHEMA_LOCK_BUDGET`.
    pub lock_budget: Option<Duration>,
    /// How rows are filled.
    pub backfill: BackfillSettings,
    /// What PostgreSQL lists this connection as, where the URL does not say. Default `cargo-schema`.
    pub application_name: String,
    /// Whether a SQLite file that is missing is created. Default true.
    pub create_if_missing: bool,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            lock_wait: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(3),
            statement_timeout: Some(Duration::from_secs(10)),
            long_statement_timeout: None,
            silence: Some(Duration::from_secs(30)),
            busy_timeout: Duration::from_secs(5),
            tries: 10,
            lock_budget: Some(Duration::from_secs(300)),
            backfill: BackfillSettings::default(),
            application_name: "cargo-schema".to_owned(),
            create_if_missing: true,
        }
    }
}

impl ConnectSettings {
    /// The defaults, with what the environment sets. Durations are written `500ms`, `3s` or `2m`; `0` is no limit.
    ///
    /// # Errors
    /// A variable that can't be read is named.
    pub fn from_env() -> Result<Self, Error> {
        let default = Self::default();
        Ok(Self {
            connect_timeout: env("SCHEMA_CONNECT_TIMEOUT", DURATION, duration)?.unwrap_or(default.connect_timeout),
            lock_wait: env("SCHEMA_LOCK_WAIT", DURATION, duration)?.unwrap_or(default.lock_wait),
            lock_timeout: env("SCHEMA_LOCK_TIMEOUT", DURATION, duration)?.unwrap_or(default.lock_timeout),
            statement_timeout: limit("SCHEMA_STATEMENT_TIMEOUT", default.statement_timeout)?,
            long_statement_timeout: limit("SCHEMA_LONG_STATEMENT_TIMEOUT", default.long_statement_timeout)?,
            silence: limit("SCHEMA_SILENCE", default.silence)?,
            busy_timeout: env("SCHEMA_BUSY_TIMEOUT", DURATION, duration)?.unwrap_or(default.busy_timeout),
            tries: env("SCHEMA_TRIES", NUMBER, number)?.unwrap_or(default.tries),
            lock_budget: limit("SCHEMA_LOCK_BUDGET", default.lock_budget)?,
            backfill: BackfillSettings::from_env()?,
            ..default
        })
    }
}

/// An open connection of one of the databases this project knows.
#[derive(Debug)]
pub enum Database {
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<PgConnection>),
    /// MariaDB or MySQL, and which of them.
    #[cfg(feature = "mysql")]
    MySql(Box<MySqlConnection>, Dialect),
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(Box<SqliteConnection>),
}

/// A dedicated connection with its settings. A migration run holds a lock on it, so it is never one of a pool's.
#[derive(Debug)]
pub struct Connection {
    /// The connection itself, for introspection.
    pub database: Database,
    pub(crate) settings: ConnectSettings,
    /// For a second connection that watches this one.
    #[cfg(feature = "postgres")]
    pub(crate) options: Option<PgConnectOptions>,
    /// Sees when nothing is heard on it any more. SQLite has no such connections.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub(crate) watchdog: Option<Watchdog>,
    pub(crate) place: String,
    pub(crate) running: bool,
}

impl Connection {
    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.database {
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Database::MySql(_, flavour) => *flavour,
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Where it leads, for messages: host, port and database, or the file. Never the user or the password.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}

/// Which database a URL means, by its scheme. Of MariaDB and MySQL the scheme may name either: the server says which it
/// is, and [`Connection::dialect`] knows.
///
/// # Errors
/// No scheme, or one this project does not know.
pub fn dialect(url: &str) -> Result<Dialect, Error> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => Ok(Dialect::Postgres),
        Some("sqlite") => Ok(Dialect::Sqlite),
        Some("mariadb") => Ok(Dialect::MariaDb),
        Some("mysql") => Ok(Dialect::MySql),
        Some(scheme) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Err(Error::Url(format!(
            "the database URL starts with `{scheme}:`, which is not supported: write {SCHEMES}"
        ))),
        _ => Err(Error::Url(format!("the database URL has no scheme: write {SCHEMES}"))),
    }
}

const SCHEMES: &str = "`postgres://..`, `mysql://..`, `mariadb://..` or `sqlite:..`";

/// Opens a dedicated connection.
///
/// # Errors
/// A URL that can't be read, a server or file that can't be reached.
pub async fn connect(url: &str, settings: &ConnectSettings) -> Result<Connection, Error> {
    let opened = |place, database| Connection {
        database,
        settings: settings.clone(),
        #[cfg(feature = "postgres")]
        options: None,
        #[cfg(any(feature = "mysql", feature = "postgres"))]
        watchdog: None,
        place,
        running: false,
    };
    Ok(match dialect(url)? {
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            let mut options = postgres_options(url)?;
            if options.get_application_name().is_none() {
                options = options.application_name(&settings.application_name);
            }
            let place = postgres_place(&options);
            let opening = async {
                let mut connection = options.connect().await?;
                // A simple query: a pooler may not even let a statement be prepared (BUGS.md B20).
                let row = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
                let session: i32 = row.try_get(0)?;
                Ok((connection, session.unsigned_abs()))
            };
            let (connection, session) = within(settings.connect_timeout, &place, opening).await?;
            let peer = Peer::Postgres(options.clone());
            let watchdog = settings.silence.map(|limit| Watchdog::new(peer, session.into(), limit));
            Connection { options: Some(options), watchdog, ..opened(place, Database::Postgres(Box::new(connection))) }
        }
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => {
            let options = sqlite_options(url)?.busy_timeout(settings.busy_timeout);
            let options =
                if settings.create_if_missing && !says_mode(url) { options.create_if_missing(true) } else { options };
            let place = sqlite_place(&options);
            let connection = within(settings.connect_timeout, &place, options.connect())
                .await
                .map_err(|error| if is_absent(options.get_filename()) { absent(&place) } else { error })?;
            opened(place, Database::Sqlite(Box::new(connection)))
        }
        #[cfg(feature = "mysql")]
        named @ (Dialect::MariaDb | Dialect::MySql) => {
            let options = mysql::options(url)?;
            let place = mysql::place(&options, named);
            let opening = async {
                let mut connection = options.connect().await?;
                let said = mysql::introduce(&mut connection).await?;
                Ok((connection, said))
            };
            let (connection, (version, session)) = within(settings.connect_timeout, &place, opening).await?;
            let flavour = mysql::flavour(&version, &place)?;
            let place = mysql::place(&options, flavour);
            let watchdog = settings.silence.map(|limit| Watchdog::new(Peer::MySql(options), session, limit));
            Connection { watchdog, ..opened(place, Database::MySql(Box::new(connection), flavour)) }
        }
        #[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
        other => {
            let feature = if other.is_mysql() { "mysql" } else { other.as_str() };
            return Err(Error::Url(format!(
                "this program is built without {other}: enable the feature `{feature}` of `schema-runtime`"
            )));
        }
    })
}

/// The limits of an application's pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Most connections at a time. Default 10; `DATABASE_MAX_CONNECTIONS`.
    pub max_connections: u32,
    /// Connections kept open. Default 0; `DATABASE_MIN_CONNECTIONS`.
    pub min_connections: u32,
    /// How long a request waits for a connection. Default 5 s; `DATABASE_ACQUIRE_TIMEOUT`.
    pub acquire_timeout: Duration,
    /// When an unused connection is closed. Default 10 min; `DATABASE_IDLE_TIMEOUT`.
    pub idle_timeout: Duration,
    /// When any connection is replaced. Default 30 min; `DATABASE_MAX_LIFETIME`.
    pub max_lifetime: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(600),
            max_lifetime: Duration::from_secs(1800),
        }
    }
}

impl PoolSettings {
    /// The defaults, with what the environment sets.
    ///
    /// # Errors
    /// A variable that can't be read is named.
    pub fn from_env() -> Result<Self, Error> {
        let default = Self::default();
        Ok(Self {
            max_connections: env("DATABASE_MAX_CONNECTIONS", NUMBER, number)?.unwrap_or(default.max_connections),
            min_connections: env("DATABASE_MIN_CONNECTIONS", NUMBER, number)?.unwrap_or(default.min_connections),
            acquire_timeout: env("DATABASE_ACQUIRE_TIMEOUT", DURATION, duration)?.unwrap_or(default.acquire_timeout),
            idle_timeout: env("DATABASE_IDLE_TIMEOUT", DURATION, duration)?.unwrap_or(default.idle_timeout),
            max_lifetime: env("DATABASE_MAX_LIFETIME", DURATION, duration)?.unwrap_or(default.max_lifetime),
        })
    }

    fn options<DB: sqlx::Database>(&self) -> PoolOptions<DB> {
        PoolOptions::new()
            .max_connections(self.max_connections)
            .min_connections(self.min_connections)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(self.idle_timeout)
            .max_lifetime(self.max_lifetime)
    }

    /// A pool on a PostgreSQL database.
    ///
    /// # Errors
    /// A URL that can't be read, a server that can't be reached.
    #[cfg(feature = "postgres")]
    pub async fn postgres(&self, url: &str) -> Result<PgPool, Error> {
        let options = postgres_options(url)?;
        let place = postgres_place(&options);
        within(self.acquire_timeout, &place, self.options().connect_with(options)).await
    }

    /// A pool on a MariaDB or MySQL database.
    ///
    /// # Errors
    /// A URL that can't be read, a server that can't be reached.
    #[cfg(feature = "mysql")]
    pub async fn mysql(&self, url: &str) -> Result<MySqlPool, Error> {
        let options = mysql::options(url)?;
        let place = mysql::place(&options, dialect(url)?);
        within(self.acquire_timeout, &place, self.options().connect_with(options)).await
    }

    /// A pool on a SQLite file, which is created where it is missing; foreign keys are on.
    ///
    /// # Errors
    /// A URL that can't be read, a file that can't be opened.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(&self, url: &str) -> Result<SqlitePool, Error> {
        let options = sqlite_options(url)?.create_if_missing(!says_mode(url));
        let place = sqlite_place(&options);
        within(self.acquire_timeout, &place, self.options().connect_with(options)).await
    }
}

async fn within<T>(limit: Duration, place: &str, opening: impl Future<Output = sqlx::Result<T>>) -> Result<T, Error> {
    let (cause, remedy) = match tokio::time::timeout(limit, opening).await {
        Ok(Ok(opened)) => return Ok(opened),
        Ok(Err(error)) => (cause(&error), remedy(Some(&error))),
        Err(_) => (format!("no answer within {}", seconds(limit)), remedy(None)),
    };
    Err(Error::Unreachable { place: place.to_owned(), cause, remedy })
}

#[cfg(feature = "postgres")]
fn postgres_options(url: &str) -> Result<PgConnectOptions, Error> {
    PgConnectOptions::from_str(url).map_err(|error| unreadable(&error, url))
}

#[cfg(feature = "postgres")]
fn postgres_place(options: &PgConnectOptions) -> String {
    let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("the PostgreSQL database `{database}` at {host}:{}", options.get_port())
}

#[cfg(feature = "sqlite")]
fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, Error> {
    SqliteConnectOptions::from_str(url).map_err(|error| unreadable(&error, url))
}

/// The URL itself says how to open the file.
#[cfg(feature = "sqlite")]
fn says_mode(url: &str) -> bool {
    url.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with("mode=")))
}

/// Its folder is there, and the file is not.
#[cfg(feature = "sqlite")]
fn is_absent(file: &Path) -> bool {
    !file.exists() && file.parent().is_some_and(|folder| folder == Path::new("") || folder.is_dir())
}

#[cfg(feature = "sqlite")]
fn absent(place: &str) -> Error {
    Error::Unreachable { place: place.to_owned(), cause: "the file is not there".to_owned(), remedy: remedy::ABSENT }
}

#[cfg(feature = "sqlite")]
fn sqlite_place(options: &SqliteConnectOptions) -> String {
    match options.get_filename().to_string_lossy() {
        name if name.starts_with("file:sqlx-in-memory") => "the SQLite database in memory".to_owned(),
        name => format!("the SQLite database `{name}`"),
    }
}

/// sqlx's reason, with the password taken out should it ever quote the URL.
fn unreadable(error: &sqlx::Error, url: &str) -> Error {
    let reason = cause(error);
    let reason = password(url).map_or_else(|| reason.clone(), |secret| reason.replace(secret, "***"));
    Error::Url(format!("the database URL can't be read: {reason}"))
}

fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.rsplit_once('@')?;
    let (_, secret) = login.split_once(':')?;
    (!secret.is_empty()).then_some(secret)
}

const DURATION: &str = "a duration such as `500ms`, `3s` or `2m`";
const NUMBER: &str = "a whole number";

fn env<T>(name: &str, expected: &'static str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
    let Some(value) = std::env::var_os(name) else { return Ok(None) };
    let value = value.to_string_lossy();
    match parse(value.trim()) {
        Some(parsed) => Ok(Some(parsed)),
        None => Err(Error::Setting { name: name.to_owned(), value: value.into_owned(), expected }),
    }
}

/// A limit, of which `0` says that there is none.
fn limit(name: &str, default: Option<Duration>) -> Result<Option<Duration>, Error> {
    let limit = env(name, DURATION, duration)?;
    Ok(limit.map_or(default, |limit| Some(limit).filter(|limit| !limit.is_zero())))
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (amount, unit) = text.split_at(digits);
    let amount: u64 = amount.parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(amount)),
        "s" => Some(Duration::from_secs(amount)),
        "m" | "min" => Some(Duration::from_secs(amount.checked_mul(60)?)),
        "" if amount == 0 => Some(Duration::ZERO),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_and_zero_does_not() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("3 s"), Some(Duration::from_secs(3)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("0"), Some(Duration::ZERO));
        assert_eq!(duration("3"), None);
        assert_eq!(duration("s"), None);
        assert_eq!(duration("-1s"), None);
        assert_eq!(duration("99999999999999999999s"), None);
    }

    #[test]
    fn a_scheme_that_is_unknown_is_named_and_one_that_is_missing_is_asked_for() {
        assert_eq!(dialect("postgresql://localhost/a").unwrap(), Dialect::Postgres);
        assert_eq!(dialect("sqlite::memory:").unwrap(), Dialect::Sqlite);
        assert_eq!(dialect("mariadb://localhost/a").unwrap(), Dialect::MariaDb);
        assert_eq!(
            dialect("mssql://root:secret@localhost/a").unwrap_err().to_string(),
            "the database URL starts with `mssql:`, which is not supported: write `postgres://..`, `mysql://..`, `mariadb://..` or `sqlite:..`"
        );
        assert_eq!(
            dialect("data.db").unwrap_err().to_string(),
            "the database URL has no scheme: write `postgres://..`, `mysql://..`, `mariadb://..` or `sqlite:..`"
        );
    }

    #[test]
    fn a_password_is_found_whatever_it_holds() {
        assert_eq!(password("postgres://ann:p@ss:word@host/db"), Some("p@ss:word"));
        assert_eq!(password("postgres://ann@host/db"), None);
        assert_eq!(password("sqlite:a.db"), None);
    }
}
