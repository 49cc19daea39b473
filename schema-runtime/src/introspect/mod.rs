//! Reading a database back into the IR.
//!
//! Expressions are in the spelling of the database that stores them: PostgreSQL prints its own, SQLite keeps what was
//! written. Two databases compare by it; a model and a database do not, before the model went through a database too.

#[cfg(feature = "sqlite")]
mod ddl;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod text;

#[cfg(feature = "mysql")]
pub use mysql::{mysql, mysql_with_notes};
#[cfg(feature = "postgres")]
pub use postgres::{postgres, postgres_with_notes};
#[cfg(feature = "sqlite")]
pub use sqlite::{sqlite, sqlite_with_notes};

/// A stored definition that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{object} cannot be read: {reason}")]
pub struct Unreadable {
    /// Which: "table `users`".
    pub object: String,
    /// Why.
    pub reason: String,
}

/// Something in a database that is not, or not wholly, in the schema that was read from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Which: `index public.users_email_idx`.
    pub object: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)
    }
}
