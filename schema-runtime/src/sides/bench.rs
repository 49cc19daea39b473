//! Scratch databases, made as they are asked for and used again.

#[cfg(feature = "mysql")]
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use schema_core::ir::Dialect;
use tempfile::TempDir;

use super::Work;
use super::work::Home;
use crate::Error;
use crate::connect::{ConnectSettings, Database, connect};
#[cfg(feature = "mysql")]
use crate::scratch::MariaDb;
use crate::scratch::Postgres;

/// Where scratch databases come from: a throwaway PostgreSQL or MariaDB server, or a temporary folder for SQLite files.
#[derive(Debug)]
pub struct Bench {
    place: Place,
    /// Databases that are empty again. To empty one is a good deal quicker than to make one.
    idle: Mutex<Vec<Work>>,
}

#[derive(Debug)]
enum Place {
    Postgres(Postgres),
    Running(&'static Postgres),
    /// Which of both the server must be.
    #[cfg(feature = "mysql")]
    MariaDb(MariaDb, Dialect),
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

impl Bench {
    /// Starts it; `binaries` is the folder of the PostgreSQL server to use.
    ///
    /// # Errors
    /// No server can be started.
    pub async fn start(dialect: Dialect, binaries: Option<&Path>) -> Result<Self, Error> {
        let place = match (dialect, binaries) {
            (Dialect::Sqlite, _) => Place::Sqlite(tempfile::Builder::new().prefix("schema-sqlite-").tempdir()?),
            (Dialect::Postgres, Some(folder)) => Place::Postgres(Postgres::start_from(folder).await?),
            (Dialect::Postgres, None) => Place::Postgres(Postgres::start().await?),
            #[cfg(feature = "mysql")]
            (flavour @ (Dialect::MariaDb | Dialect::MySql), _) => Place::MariaDb(MariaDb::start().await?, flavour),
            #[cfg(not(feature = "mysql"))]
            (other @ (Dialect::MariaDb | Dialect::MySql), _) => {
                return Err(Error::Url(format!(
                    "this program is built without {other}: enable the feature `mysql` of `schema-runtime`"
                )));
            }
        };
        Ok(Self { place, idle: Mutex::default() })
    }

    /// One on a server that runs already.
    #[must_use]
    pub fn on(server: &'static Postgres) -> Self {
        Self { place: Place::Running(server), idle: Mutex::default() }
    }

    fn server(&self) -> Option<&Postgres> {
        match &self.place {
            Place::Postgres(server) => Some(server),
            Place::Running(server) => Some(server),
            #[cfg(feature = "mysql")]
            Place::MariaDb(..) => None,
            Place::Sqlite(_) => None,
        }
    }

    /// Which databases it makes.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.place {
            Place::Postgres(_) | Place::Running(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Place::MariaDb(_, flavour) => *flavour,
            Place::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// An empty database.
    ///
    /// # Errors
    /// It can't be made or opened.
    pub async fn fresh(&self) -> Result<Work, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(work) = idle {
            return Ok(work);
        }
        let name = next_name();
        let url = match (&self.place, self.server()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server, _), _) => server.create_database(&name).await?,
            (_, Some(server)) => server.create_database(&name).await?,
            (_, None) => self.file_url(&name)?,
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
        let name = next_name();
        let url = match (&self.place, self.server()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server, _), _) => server.copy_database(&name, &home.name).await?,
            (_, Some(server)) => server.copy_database(&name, &home.name).await?,
            (_, None) => {
                // With the last connection closed, all that the database holds is in its file.
                std::fs::copy(self.file(&home.name)?, self.file(&name)?)?;
                self.file_url(&name)?
            }
        };
        Ok((self.open(home).await?, self.open(Home { name, url }).await?))
    }

    /// What `pg_dump` prints of a database; none on other databases, and where the server has no such program.
    ///
    /// # Errors
    /// It fails.
    pub(crate) async fn dump(&self, work: &Work) -> Result<Option<String>, Error> {
        match self.server() {
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
        match &self.place {
            Place::MariaDb(server, _) => server.definitions(&work.home()?.name).await,
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
        match (&self.place, self.server()) {
            #[cfg(feature = "mysql")]
            (Place::MariaDb(server, _), _) => server.drop_database(&name).await,
            (_, Some(server)) => server.drop_database(&name).await,
            (_, None) => Ok(std::fs::remove_file(self.file(&name)?)?),
        }
    }

    async fn open(&self, home: Home) -> Result<Work, Error> {
        let connection = connect(&home.url, &ConnectSettings::default()).await?;
        if connection.dialect() != self.dialect() {
            let (source_dialect, database, place) = (self.dialect(), connection.dialect(), connection.place);
            return Err(Error::WrongDialect { source_dialect, database, place });
        }
        let database = connection.database;
        let makes_roles = self.server().is_some_and(Postgres::is_ours);
        Ok(Work { database, makes_roles, home: Some(home) })
    }

    fn file(&self, name: &str) -> Result<PathBuf, Error> {
        match &self.place {
            Place::Sqlite(folder) => Ok(folder.path().join(name)),
            _ => Err(Error::Url("no place for databases".to_owned())),
        }
    }

    fn file_url(&self, name: &str) -> Result<String, Error> {
        Ok(format!("sqlite:{}", self.file(name)?.display()))
    }

    /// Takes a database back.
    pub async fn put_back(&self, mut work: Work) {
        if self.dialect() == Dialect::Postgres {
            let _ = work.execute("ROLLBACK").await;
            if work.execute(EMPTY).await.is_ok() {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(work);
                return;
            }
        }
        match self.dialect().is_mysql() {
            true => drop(self.remove(work).await),
            false => work.close().await,
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
