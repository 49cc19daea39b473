//! What comparisons are between: structs, a snapshot, a live database or a `.sql` file, each brought into the spelling
//! of the server that stores it.
//!
//! A schema that has no database yet is planned from nothing and applied to a scratch database; a `.sql` file is loaded
//! into one. A live database is only read.

mod bench;
mod script;
mod work;

use std::collections::BTreeSet;

use schema_core::diag::Finding;
use schema_core::diff::{Renames, diff};
use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_core::plan::{DraftPair, plan};

use crate::Error;
use crate::connect::{ConnectSettings, connect, dialect};
use crate::migrate::script::statements;

pub use bench::Bench;
pub(crate) use work::TextRow;
pub use work::{Work, WorkError};

/// One side of a comparison.
#[derive(Clone, Debug)]
pub enum Side {
    /// A schema that no database holds yet, and what it is called: `models`, `snapshot`.
    Schema(Box<Schema>, String),
    /// A live database.
    Url(String),
    /// The text of a `.sql` file, and its name.
    Sql {
        /// Its name, for messages.
        name: String,
        /// Its text.
        text: String,
        /// What it is written for, where the file's reader knows.
        dialect: Option<Dialect>,
    },
}

/// What a side holds, in its server's spelling.
#[derive(Clone, Debug)]
pub struct Held {
    /// The schema.
    pub schema: Schema,
    /// What the catalog holds that the schema can't say, such as an invalid index.
    pub notes: Vec<Finding>,
    /// The names of what drops keep, which is in no schema.
    pub kept: BTreeSet<String>,
}

impl Side {
    /// The database it is for, where it says so itself.
    ///
    /// # Errors
    /// A URL of no known database.
    pub fn dialect(&self) -> Result<Option<Dialect>, Error> {
        match self {
            Self::Schema(schema, _) => Ok(Some(schema.dialect)),
            Self::Url(url) => dialect(url).map(Some),
            Self::Sql { dialect, .. } => Ok(*dialect),
        }
    }

    /// What it is called in messages. Never a URL, which may hold a password.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Schema(_, label) => label,
            Self::Url(_) => "the database",
            Self::Sql { name, .. } => name,
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// What can't be opened, read, loaded or made; each names the side.
    pub async fn read(&self, bench: &Bench) -> Result<Held, Error> {
        match self {
            Self::Url(url) => {
                let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
                let mut work = Work::from(connect(url, &settings).await?.database);
                bench.take_charset(&mut work).await;
                work.read().await
            }
            _ => {
                let mut copy = self.copy(bench).await?;
                let held = copy.read().await;
                bench.put_back(copy).await;
                held
            }
        }
    }

    /// A scratch database that holds the same schema, without rows.
    ///
    /// # Errors
    /// What can't be opened, read, loaded or made; each names the side.
    pub async fn copy(&self, bench: &Bench) -> Result<Work, Error> {
        let live = match self {
            Self::Url(_) => Some(Box::pin(self.read(bench)).await?.schema),
            Self::Schema(..) | Self::Sql { .. } => None,
        };
        let mut work = bench.fresh().await?;
        let made = match self {
            Self::Schema(schema, label) => make(&mut work, schema, label).await,
            Self::Url(_) => {
                make(&mut work, &live.unwrap_or_else(|| Schema::empty(bench.dialect())), self.label()).await
            }
            Self::Sql { name, text, .. } => load(&mut work, text, name).await,
        };
        match made {
            Ok(()) => Ok(work),
            Err(error) => {
                bench.put_back(work).await;
                Err(error)
            }
        }
    }
}

async fn make(work: &mut Work, schema: &Schema, label: &str) -> Result<(), Error> {
    let files = from_nothing(schema).map_err(Error::Refused)?;
    for file in &files {
        if let Err(error) = work.file(&file.up).await {
            let message = format!("{label} can't be made in a scratch database: {error}");
            return Err(Error::Refused(vec![Finding::error(None, message)]));
        }
    }
    Ok(())
}

async fn load(work: &mut Work, text: &str, name: &str) -> Result<(), Error> {
    let refused = |message: String| Error::Refused(vec![Finding::error(None, format!("`{name}`: {message}"))]);
    let text = script::loadable(work.dialect(), text).map_err(refused)?;
    // What refers may come before what it refers to, as in a dump.
    let checks = work.dialect().is_mysql();
    if checks {
        work.execute("SET foreign_key_checks = 0").await?;
    }
    // MariaDB and MySQL take a text without a statement for a mistake.
    if !statements(work.dialect(), &text).is_empty() {
        work.script(&text).await.map_err(|error| refused(error.to_string()))?;
    }
    if checks {
        work.execute("SET foreign_key_checks = 1").await?;
    }
    if work.dialect() == Dialect::Postgres {
        // What the file set for itself, such as a search_path, is not for what follows.
        work.execute("RESET SESSION AUTHORIZATION; RESET ALL").await?;
    }
    Ok(())
}

/// The files that make a schema in an empty database.
pub(crate) fn from_nothing(schema: &Schema) -> Result<Vec<DraftPair>, Vec<Finding>> {
    let empty = Schema::empty(schema.dialect);
    let changes = diff(&empty, schema, &Renames::default());
    Ok(plan(&empty, schema, &changes, &Intents::default())?.pairs(schema.dialect))
}
