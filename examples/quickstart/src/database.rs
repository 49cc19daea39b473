//! What the features of this crate choose: the database, and a place for it that is gone afterwards.

#[cfg(all(feature = "mariadb", not(feature = "postgres")))]
pub(crate) use mariadb::{Db, Place};
#[cfg(feature = "postgres")]
pub(crate) use postgres::{Db, Place};
#[cfg(not(any(feature = "mariadb", feature = "postgres")))]
pub(crate) use sqlite::{Db, Place};

#[cfg(not(any(feature = "mariadb", feature = "postgres")))]
mod sqlite {
    use schema_runtime::Error;

    /// SQLite.
    pub(crate) type Db = sqlx::Sqlite;

    /// A temporary folder.
    #[derive(Debug)]
    pub(crate) struct Place(tempfile::TempDir);

    impl Place {
        /// Makes it.
        ///
        /// # Errors
        /// There can be none.
        pub(crate) async fn start() -> Result<Self, Error> {
            Ok(Self(tempfile::tempdir()?))
        }

        /// The URL of a new database.
        ///
        /// # Errors
        /// None.
        pub(crate) async fn create_database(&self, name: &str) -> Result<String, Error> {
            Ok(format!("sqlite://{}", self.0.path().join(name).display()))
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    /// PostgreSQL.
    pub(crate) type Db = sqlx::Postgres;
    /// A server of our own.
    pub(crate) type Place = schema_runtime::scratch::Postgres;
}

#[cfg(all(feature = "mariadb", not(feature = "postgres")))]
mod mariadb {
    /// MariaDB.
    pub(crate) type Db = sqlx::MySql;
    /// A server of our own.
    pub(crate) type Place = schema_runtime::scratch::MariaDb;
}
