//! Two branches' migrations in a row: what git holds of both, and the proof that their order makes no difference.
//!
//! [`lines`] reads both lines out of git, [`Rebase`] works out the row, [`prove`] runs it on scratch databases: one line
//! after the other and the other way round, with rows in the tables that both know.

mod lines;
mod proof;

pub use lines::lines;
pub use proof::{Commutation, prove};
#[doc(no_inline)]
pub use schema_core::build::{Line, Lines, Rebase, Rebased};

use std::collections::BTreeSet;

use crate::Error;
use crate::connect::{ConnectSettings, connect};
use crate::migrate::{Migrator, Source};

/// The versions that a database has applied.
///
/// # Errors
/// It can't be opened or read.
pub async fn applied(url: &str) -> Result<BTreeSet<i64>, Error> {
    let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
    let mut connection = connect(url, &settings).await?;
    let source = Source { migrations: Vec::new(), dialect: None, drafts: None };
    let status = Migrator::new(source).status(&mut connection).await?;
    Ok(status.entries.into_iter().map(|entry| entry.version).collect())
}
