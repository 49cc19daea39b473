//! The build step: base, draft, sealed (docs/lifecycle.md).
//!
//! A crate's `build.rs` calls it:
//!
//! ```no_run
//! use schema_core::build::Build;
//! use schema_core::ir::Dialect;
//!
//! Build::new(Dialect::Sqlite).run();
//! ```
//!
//! It compares the structs with the checked-in base, writes the difference to `migrations/` as a draft, and hands to
//! the macros what they must show. A crate with several databases has one [`Build`] for each ([`run_all`]). The command line does the same things through [`State`], [`draft`], [`seal`],
//! [`discard`], [`new_empty`], [`new_backfill`], [`adopt`], [`Rebase`], [`Fold`]
//! and [`record_locks`].

mod by_hand;
mod cargo;
mod compare;
mod databases;
mod draft;
mod git;
mod lifecycle;
mod lock;
mod locks;
mod mode;
mod project;
mod rebase;
mod script;
mod settled;
mod sizes;
mod squash;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod update;

use std::path::{Path, PathBuf};
use std::process;

pub use by_hand::{Fill, new_backfill, new_empty};
pub use cargo::MIGRATIONS_ENV;
pub use compare::Comparison;
pub use draft::Draft;
pub use git::is_lost;
pub use lifecycle::{Status, adopt, discard, draft, drafted_files, gate_for, seal};
pub use locks::record_locks;
pub use mode::{MODE_ENV, Mode};
pub use project::Project;
pub use rebase::{Line, Lines, Moved, Rebase, Rebased};
pub use script::{Call, Setting, Written, written_builds};
pub use sizes::record_stats;
pub use squash::{Baseline, Fold};
pub use state::State;

use crate::ir::Dialect;
use cargo::Directives;

/// The build step's settings. Paths are relative to the crate's folder.
#[derive(Clone, Debug)]
pub struct Build {
    dialect: Dialect,
    migrations: Option<PathBuf>,
    schema_dir: Option<PathBuf>,
    crate_roots: Vec<PathBuf>,
    modules: Vec<String>,
}

impl Build {
    /// The build step for a database, with the usual places: `migrations/`, `schema/`, `src/lib.rs`, `src/main.rs`.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, migrations: None, schema_dir: None, crate_roots: Vec::new(), modules: Vec::new() }
    }

    /// Another folder for migration files.
    #[must_use]
    pub fn migrations(mut self, folder: impl Into<PathBuf>) -> Self {
        self.migrations = Some(folder.into());
        self
    }

    /// Another folder for the base.
    #[must_use]
    pub fn schema_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.schema_dir = Some(folder.into());
        self
    }

    /// A further root file whose structs feed the same database: another crate's `src/lib.rs`, or `src/bin/tool.rs`.
    #[must_use]
    pub fn crate_root(mut self, file: impl Into<PathBuf>) -> Self {
        self.crate_roots.push(file.into());
        self
    }

    /// A module of the crate whose declarations, with those of the modules below it, are this database's: `analytics`,
    /// `store::tables`. Where none is named, the whole crate's are. More than one may be named, and one may be named
    /// for more than one database.
    #[must_use]
    pub fn module(mut self, path: impl Into<String>) -> Self {
        self.modules.push(path.into());
        self
    }

    /// Runs the build step in a build script: prints what cargo needs to know, and ends the process with status 1
    /// when there is an error that no macro can show.
    pub fn run(self) {
        run_all([self]);
    }

    /// The same places for the command line.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn project(&self, crate_dir: &Path) -> std::io::Result<Project> {
        let mut project = Project::new(crate_dir, self.dialect)?;
        if let Some(folder) = &self.migrations {
            project.migrations = project.resolve(folder);
        }
        if let Some(folder) = &self.schema_dir {
            project.schema_dir = project.resolve(folder);
        }
        let further: Vec<PathBuf> = self.crate_roots.iter().map(|root| project.resolve(root)).collect();
        project.roots.extend(further);
        project.modules.clone_from(&self.modules);
        Ok(project)
    }
}

/// Runs the build steps of a crate with several databases, each with its own folders. Several may take the same structs: one
/// model on two kinds of database.
///
/// ```no_run
/// use schema_core::build::{Build, run_all};
/// use schema_core::ir::Dialect;
///
/// run_all([
///     Build::new(Dialect::Postgres).module("shop").schema_dir("schema/shop").migrations("migrations/shop"),
///     Build::new(Dialect::Sqlite).module("cache").schema_dir("schema/cache").migrations("migrations/cache"),
/// ]);
/// ```
pub fn run_all(builds: impl IntoIterator<Item = Build>) {
    let builds: Vec<Build> = builds.into_iter().collect();
    let mut directives = Directives::default();
    let result = databases::steps(&builds, &mut directives);
    print!("{directives}");
    if let Err(findings) = result {
        findings.iter().for_each(|finding| eprintln!("{finding}\n"));
        process::exit(1);
    }
}
