//! A crate with two databases. The shop runs on PostgreSQL or, embedded, on SQLite, from the same structs; what it has
//! computed is cached in a SQLite file of its own.
#![forbid(unsafe_code)]

pub mod cache;
pub mod shop;

use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Migrator, Target};

/// Applies what is pending on the shop's database: PostgreSQL's files, or SQLite's.
///
/// # Errors
/// As [`Migrator::migrate`].
pub async fn migrate_shop(url: &str) -> Result<(), Error> {
    let migrator = match url.starts_with("postgres") {
        true => schema_runtime::migrate!("migrations/server"),
        false => schema_runtime::migrate!("migrations/embedded"),
    };
    migrate(&migrator, url).await
}

/// Applies what is pending on the cache's database.
///
/// # Errors
/// As [`Migrator::migrate`].
pub async fn migrate_cache(url: &str) -> Result<(), Error> {
    migrate(&schema_runtime::migrate!("migrations/cache"), url).await
}

async fn migrate(migrator: &Migrator, url: &str) -> Result<(), Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await?;
    Ok(())
}
