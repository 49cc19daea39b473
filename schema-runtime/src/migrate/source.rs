//! Where migrations come from: a folder, or a binary that embeds them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, read_dir};

use crate::error::Error;

/// A set of migrations.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) migrations: Vec<Migration>,
    pub(crate) dialect: Option<Dialect>,
    /// `None` where nobody said.
    pub(crate) drafts: Option<BTreeSet<i64>>,
}

/// One migration inside a binary; what [`migrate!`](crate::migrate!) writes.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Embedded {
    pub version: i64,
    pub description: &'static str,
    pub up_name: &'static str,
    pub up: &'static str,
    pub down_name: Option<&'static str>,
    pub down: Option<&'static str>,
}

impl Source {
    /// Reads a folder.
    ///
    /// # Errors
    /// Every fault of the folder: duplicate versions, missing downs, names that sqlx can't read.
    pub fn folder(path: impl AsRef<Path>) -> Result<Self, Error> {
        let migrations = read_dir(path.as_ref())
            .map_err(|findings| Error::Refused(findings.into_iter().filter(Finding::is_error).collect()))?;
        Ok(Self { migrations, dialect: None, drafts: None })
    }

    /// What a binary embeds.
    #[doc(hidden)]
    #[must_use]
    pub fn embedded(files: &[Embedded]) -> Self {
        let migrations = files.iter().copied().map(Embedded::to_migration).collect();
        Self { migrations, dialect: None, drafts: None }
    }

    /// Says for which database the files are written, so that another one is refused.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Says which versions are drafts still: those may change after a development database applied them, and
    /// [`redo`](super::Migrator::redo) brings it along.
    #[must_use]
    pub fn drafts(mut self, drafts: BTreeSet<i64>) -> Self {
        self.drafts = Some(drafts);
        self
    }

    /// In the order of their versions.
    #[must_use]
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// Whether a version is a draft; `None` where nobody said.
    pub(crate) fn says_draft(&self, version: i64) -> Option<bool> {
        self.drafts.as_ref().map(|drafts| drafts.contains(&version))
    }

    pub(crate) fn find(&self, version: i64) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version == version)
    }
}

impl Embedded {
    fn to_migration(self) -> Migration {
        Migration {
            version: self.version,
            description: self.description.to_owned(),
            up: self.up.to_owned(),
            down: self.down.map(str::to_owned),
            up_path: PathBuf::from(self.up_name),
            down_path: self.down_name.map(PathBuf::from),
        }
    }
}
