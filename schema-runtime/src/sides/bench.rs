//! Scratch databases, made as they are asked for and used again.

#[cfg(feature = "mysql")]
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use schema_core::ir::Dialect;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Work;
use super::work::Home;
use crate::Error;
use crate::connect::{ConnectSettings, Database, connect};
use crate::scratch::Postgres;
#[cfg(feature = "mysql")]
use crate::scratch::{MARIADB_URL_ENV, MariaDb, ScratchError};

/// Where scratch databases come from: a throwaway PostgreSQL or MariaDB server, or a temporary folder for SQLite files. It is
/// started when the first one is asked for: what only reads a live database needs none.
#[derive(Debug)]
pub struct Bench {
    dialect: Dialect,
    /// The folder of the PostgreSQL server to use.
    binaries: Option<PathBuf>,
    place: OnceCell<Place>,
    /// Databases that were put back. To empty one is a good deal quicker than to make one; the last ones are never emptied.
    idle: Mutex<Vec<Work>>,
    /// On MariaDB and MySQL: what tables have that say nothing of their character set, in the database that was read last.
    charset: Mutex<Option<String>>,
}

#[derive(Debug)]
enum Place {
    Postgres(Postgres),
    Running(&'static Postgres),
    #[cfg(feature = "mysql")]
    MariaDb(MariaDb),
    Sqlite(TempDir),
}

/// Over all benches: several may share a server.
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn next_name() -> String {
    format!("bench{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Empties a database of all that a script can put into it. What is left stands in the way of using it again.
///
/// What the schema `public` grants is recorded as what it granted from the start (PostgreSQL 13 lets a superuser).
/// Not DISCARD ALL: it takes away the prepared statements that the connection counts on.
const EMPTY: &str = r"
RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT evtname AS name FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', it.name); END LOOP;
    FOR it IN SELECT pubname AS name FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', it.name); END LOOP;
    FOR it IN SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE format('DROP EXTENSION %I CASCADE', it.name); END LOOP;
    FOR it IN SELECT fdwname AS name FROM pg_foreign_data_wrapper LOOP EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', it.name); END LOOP;
    FOR it IN SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', it.name);
    END LOOP;
END $$;
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT c.castsource::regtype AS source, c.casttarget::regtype AS target FROM pg_cast c WHERE c.oid >= 16384 LOOP
        EXECUTE format('DROP CAST (%s AS %s)', it.source, it.target);
    END LOOP;
    IF EXISTS (SELECT FROM pg_default_acl) THEN RAISE EXCEPTION 'default privileges'; END IF;
    IF EXISTS (SELECT FROM pg_largeobject_metadata) THEN RAISE EXCEPTION 'large objects'; END IF;
END $$;
CREATE SCHEMA public;
COMMENT ON SCHEMA public IS 'standard public schema';
DO $$ BEGIN
    IF current_setting('server_version_num')::int < 150000 THEN
        GRANT ALL ON SCHEMA public TO PUBLIC;
    ELSE
        ALTER SCHEMA public OWNER TO pg_database_owner;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
    END IF;
END $$;
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_init_privs SELECT oid, 'pg_namespace'::regclass, 0, 'i', nspacl FROM pg_namespace WHERE nspname = 'public'";

impl Place {
    async fn start(dialect: Dialect, binaries: Option<&Path>) -> Result<Self, Error> {
        Ok(match (dialect, binaries) {
            (Dialect::Sqlite, _) => Self::Sqlite(tempfile::Builder::new().prefix("schema-sqlite-").tempdir()?),
            (Dialect::Postgres, Some(folder)) => Self::Postgres(Postgres::start_from(folder).await?),
            (Dialect::Postgres, None) => Self::Postgres(Postgres::start().await?),
            #[cfg(feature = "mysql")]
            (Dialect::MySql, _) if std::env::var_os(MARIADB_URL_ENV).is_none() => {
                return Err(ScratchError::NoMySql.into());
            }
            #[cfg(feature = "mysql")]
            (Dialect::MariaDb | Dialect::MySql, _) => Self::MariaDb(MariaDb::start().await?),
            #[cfg(not(feature = "mysql"))]
            (other @ (Dialect::MariaDb | Dialect::MySql), _) => {
                return Err(Error::Url(format!(
                    "this program is built without {other}: enable the feature `mysql` of `schema-runtime`"
                )));
            }
        })
    }

    fn postgres(&self) -> Option<&Postgres> {
        match self {
            Self::Postgres(server) => Some(server),
            Self::Running(server) => Some(server),
            #[cfg(feature = "mysql")]
            Self::MariaDb(_) => None,
            Self::Sqlite(_) => None,
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, Error> {
        match self {
            Self::Sqlite(folder) => Ok(folder.path().join(name)),
            _ => Err(Error::Url("no place for databases".to_owned())),
        }
    }

    fn file_url(&self, name: &str) -> Result<String, Error> {
        Ok(format!("sqlite:{}", self.file(name)?.display()))
    }
}

impl Bench {
    /// One that starts what it needs; `binaries` is the folder of the PostgreSQL server to use.
    #[must_use]
    pub fn new(dialect: Dialect, binaries: Option<&Path>) -> Self {
        let binaries = binaries.map(Path::to_owned);
        Self { dialect, binaries, place: OnceCell::new(), idle: Mutex::default(), charset: Mutex::default() }
    }

    /// One on a server that runs already.
    #[must_use]
    pub fn on(server: &'static Postgres) -> Self {
        let place = OnceCell::new_with(Some(Place::Running(server)));
        let (idle, charset) = (Mutex::default(), Mutex::default());
        Self { dialect: Dialect::Postgres, binaries: None, place, idle, charset }
    }

    async fn place(&self) -> Result<&Place, Error> {
        self.place.get_or_try_init(|| Place::start(self.dialect, self.binaries.as_deref())).await
    }

    /// Which databases it makes.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// From now on a table that says nothing of its character set has the one that it would have in this database.
    pub(super) async fn take_charset(&self, of: &mut Work) {
        let found = of.usual_charset().await;
        *self.charset.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// An empty database.
    ///
    /// # Errors
    /// No server can be started; it can't be made or opened.
    pub async fn fresh(&self) -> Result<Work, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut work) = idle {
            match work.execute(EMPTY).await {
                Ok(()) => return Ok(work),
                Err(_) => work.close().await,
            }
        }
        let (name, place) = (next_name(), self.place().await?);
        let url = match (place, place.postgres()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server), _) => {
                let charset = self.charset.lock().unwrap_or_else(PoisonError::into_inner).clone();
                server.create_database_of(&name, charset.as_deref().unwrap_or("utf8mb4")).await?
            }
            (_, Some(server)) => server.create_database(&name).await?,
            (_, None) => place.file_url(&name)?,
        };
        self.open(Home { name, url }).await
    }

    /// The database, and another one that holds the same definitions and rows. What its session was set to is lost.
    ///
    /// # Errors
    /// It can't be made or opened.
    pub(crate) async fn copied(&self, work: Work) -> Result<(Work, Work), Error> {
        let home = work.home()?.clone();
        work.close().await;
        let (name, place) = (next_name(), self.place().await?);
        let url = match (place, place.postgres()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server), _) => server.copy_database(&name, &home.name).await?,
            (_, Some(server)) => server.copy_database(&name, &home.name).await?,
            (_, None) => {
                // With the last connection closed, all that the database holds is in its file.
                std::fs::copy(place.file(&home.name)?, place.file(&name)?)?;
                place.file_url(&name)?
            }
        };
        Ok((self.open(home).await?, self.open(Home { name, url }).await?))
    }

    /// What `pg_dump` prints of a database; none on other databases, and where the server has no such program.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn dump(&self, work: &Work) -> Result<Option<String>, Error> {
        match self.place().await?.postgres() {
            Some(server) => server.dump(&work.home()?.name).await,
            None => Ok(None),
        }
    }

    /// What SHOW CREATE prints of each definition of a MariaDB or MySQL database.
    ///
    /// # Errors
    /// It fails, or something may not be read.
    #[cfg(feature = "mysql")]
    pub(crate) async fn definitions(&self, work: &Work) -> Result<BTreeSet<String>, Error> {
        match self.place().await? {
            Place::MariaDb(server) => server.definitions(&work.home()?.name).await,
            _ => Ok(BTreeSet::new()),
        }
    }

    /// Removes a database.
    ///
    /// # Errors
    /// The server is gone, or the file can't be removed.
    pub(crate) async fn remove(&self, work: Work) -> Result<(), Error> {
        let name = work.home()?.name.clone();
        work.close().await;
        let place = self.place().await?;
        match (place, place.postgres()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server), _) => server.drop_database(&name).await,
            (_, Some(server)) => server.drop_database(&name).await,
            (_, None) => Ok(std::fs::remove_file(place.file(&name)?)?),
        }
    }

    async fn open(&self, home: Home) -> Result<Work, Error> {
        let connection = connect(&home.url, &ConnectSettings::default()).await?;
        if connection.dialect() != self.dialect() {
            let (source_dialect, database, place) = (self.dialect(), connection.dialect(), connection.place);
            return Err(Error::WrongDialect { source_dialect, database, place });
        }
        let database = connection.database;
        let makes_roles = self.place().await?.postgres().is_some_and(Postgres::is_ours);
        Ok(Work { database, makes_roles, home: Some(home) })
    }

    /// Takes a database back.
    pub async fn put_back(&self, mut work: Work) {
        if self.dialect() == Dialect::Postgres {
            let _ = work.execute("ROLLBACK").await;
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(work);
        } else if self.dialect().is_mysql() {
            drop(self.remove(work).await);
        } else {
            work.close().await;
        }
    }
}

impl Work {
    async fn close(self) {
        use sqlx::Connection;

        let _ = match self.database {
            Database::Postgres(connection) => connection.close().await,
            #[cfg(feature = "mysql")]
            Database::MySql(connection, _) => connection.close().await,
            Database::Sqlite(connection) => connection.close().await,
        };
    }
}
