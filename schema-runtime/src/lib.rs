//! What an application uses: the derives, the connection, the migrator.
//!
//! [`connect`] opens a connection or a pool with stated limits, [`mod@migrate`] applies and reverts the files that the
//! build step wrote, [`introspect`] reads a database back into the one IR, [`scratch`] starts throwaway servers,
//! [`drift`] says what a database has that the schema doesn't say, [`prove`] runs a change there and back on rows,
//! [`verify`] does so with each migration of a project, [`rebase`] puts two branches' migrations in a row, [`squash`]
//! folds old ones, [`locks`] measures what each statement locks, and [`advise`] has a scratch database explain the crate's
//! queries.
//!
//! The features `postgres`, `sqlite` and `mysql` (MariaDB too) choose the databases; without any there are the derives and nothing else.
//! The feature `pull` writes a schema as the structs that declare it, `diagram` draws it.
#![forbid(unsafe_code)]

#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod advise;
mod checkout;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub mod connect;
#[cfg(feature = "diagram")]
pub mod diagram;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod drift;
pub mod error;
pub mod introspect;
mod label;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod locks;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub mod migrate;
pub mod model;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod prove;
#[cfg(feature = "pull")]
pub mod pull;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod rebase;
pub mod released;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod report;
pub mod scratch;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod seed;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod sides;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod squash;
#[cfg(feature = "mysql")]
mod stale;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod stats;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod verify;

pub use error::Error;
pub use label::{Label, UnknownLabel};
pub use model::{Composite, Domain, SqlEnum, Table, View};
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub use schema_macros::migrate;
pub use schema_macros::{Composite, Domain, SqlEnum, Table, View, schema};
pub use sqlx;
