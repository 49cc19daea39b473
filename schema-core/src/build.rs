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
//! the macros what they must show. The command line does the same things through [`State`], [`draft`], [`seal`],
//! [`discard`], [`new_empty`], [`new_backfill`], [`adopt`], [`Rebase`], [`Fold`]
//! and [`record_locks`].

mod by_hand;
mod cargo;
mod compare;
mod draft;
mod git;
mod lifecycle;
mod lock;
mod locks;
mod mode;
mod project;
mod rebase;
mod sizes;
mod squash;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod update;

use std::env;
use std::path::{Path, PathBuf};
use std::process;

pub use by_hand::{Fill, new_backfill, new_empty};
pub use cargo::MIGRATIONS_ENV;
pub use compare::Comparison;
pub use draft::Draft;
pub use lifecycle::{Status, adopt, discard, draft, drafted_files, gate_for, seal};
pub use locks::record_locks;
pub use mode::{MODE_ENV, Mode};
pub use project::Project;
pub use rebase::{Line, Lines, Moved, Rebase, Rebased};
pub use sizes::record_stats;
pub use squash::{Baseline, Fold};
pub use state::State;

use crate::diag::Finding;
use crate::gate::Gate;
use crate::ir::Dialect;
use crate::scan::Scan;
use cargo::Directives;
use compare::distribute;
use lifecycle::{scan_of, split};
use update::{draft_writes, outdated};

/// The build step's settings. Paths are relative to the crate's folder.
#[derive(Clone, Debug)]
pub struct Build {
    dialect: Dialect,
    migrations: Option<PathBuf>,
    schema_dir: Option<PathBuf>,
    crate_roots: Vec<PathBuf>,
}

impl Build {
    /// The build step for a database, with the usual places: `migrations/`, `schema/`, `src/lib.rs`, `src/main.rs`.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, migrations: None, schema_dir: None, crate_roots: Vec::new() }
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

    /// Runs the build step in a build script: prints what cargo needs to know, and ends the process with status 1
    /// when there is an error that no macro can show.
    pub fn run(self) {
        let mut directives = Directives::default();
        let result = self.steps(&mut directives);
        print!("{directives}");
        if let Err(findings) = result {
            findings.iter().for_each(|finding| eprintln!("{finding}\n"));
            process::exit(1);
        }
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
        Ok(project)
    }

    fn steps(&self, directives: &mut Directives) -> Result<(), Vec<Finding>> {
        directives.watch_environment();
        let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
        let out_dir = PathBuf::from(variable("OUT_DIR")?);
        let mut project = self
            .project(&crate_dir)
            .map_err(|error| vec![Finding::error(None, format!("`{}` can't be read: {error}", crate_dir.display()))])?;
        project.cache_dir = Some(out_dir.clone());
        directives.migrations(&project.migrations);
        let mode = Mode::detect(&project.crate_dir, |name| env::var(name).ok()).map_err(|finding| vec![finding])?;
        let gate = match mode {
            Mode::Off => Gate::default(),
            mode => Run { project: &project, writes: mode == Mode::Write, out_dir: &out_dir }.run(directives)?,
        };
        directives
            .gate(&out_dir, &gate)
            .map_err(|error| vec![Finding::error(None, format!("`{}` can't be written: {error}", out_dir.display()))])
    }
}

fn variable(name: &str) -> Result<String, Vec<Finding>> {
    env::var(name).map_err(|_| {
        vec![Finding::error(None, format!("{name} is not set: this runs in a build script, started by cargo"))]
    })
}

struct Run<'a> {
    project: &'a Project,
    writes: bool,
    out_dir: &'a Path,
}

impl Run<'_> {
    fn run(&self, directives: &mut Directives) -> Result<Gate, Vec<Finding>> {
        let _lock = if self.writes { Some(lifecycle::lock(self.project)?) } else { None };
        let (state, scan) = match (State::load(self.project), scan_of(self.project)) {
            (Ok(state), Ok(scan)) => (state, scan),
            (state, scan) => return Err(errors_of(state.err(), scan)),
        };
        let comparison = Comparison::new(&state, &scan.model, &scan.findings);
        let (gate, rest) = distribute(&state, &scan.model, &comparison.findings);
        let (errors, warnings) = split(rest);
        if !errors.is_empty() {
            // The macros will not run, so theirs are shown too.
            return Err(split(comparison.findings).0);
        }
        let watched = self.watched(&scan);
        state.warnings.iter().chain(&warnings).for_each(|finding| directives.warning(finding));
        if comparison.has_errors() {
            directives.unfinished(&comparison.findings);
        } else if self.writes {
            lifecycle::write_draft(&state, &scan.model, &comparison, cargo::newest_change(&watched))?;
            self.announce(directives, &comparison)?;
        } else {
            let writes = draft_writes(&state, &scan.model, &comparison, lifecycle::now())?;
            outdated(&state, &writes).map_or(Ok(()), |finding| Err(vec![finding]))?;
        }
        directives.watch(&self.watched(&scan));
        Ok(gate)
    }

    /// Folders that hold the build's own output would change at every build.
    fn watched(&self, scan: &Scan) -> Vec<PathBuf> {
        let folders = scan.dirs.iter().chain([&self.project.schema_dir, &self.project.migrations]);
        let folders =
            folders.filter(|folder| !self.out_dir.starts_with(folder) && !self.project.crate_dir.starts_with(folder));
        scan.files.iter().chain(folders).map(|path| self.project.resolve(path)).filter(|path| path.exists()).collect()
    }

    fn announce(&self, directives: &mut Directives, comparison: &Comparison) -> Result<(), Vec<Finding>> {
        let state = State::load(self.project)?;
        let pairs = comparison.plan.pairs(self.project.dialect);
        for (migration, pair) in state.status().draft.iter().zip(&pairs) {
            directives.draft(&self.project.label(&migration.up_path), &pair.work, state.stats.as_ref());
        }
        Ok(())
    }
}

fn errors_of(state: Option<Vec<Finding>>, scan: Result<Scan, Vec<Finding>>) -> Vec<Finding> {
    let mut errors = state.unwrap_or_default();
    errors.extend(scan.map_or_else(|errors| errors, |scan| split(scan.findings).0));
    errors
}
