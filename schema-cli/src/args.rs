//! The command line, as clap reads it.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};
use schema_core::build::{Build, Project, is_lost};
use schema_core::ir::Dialect;
use schema_core::snapshot::{FILE_NAME, recorded_dialect};

use crate::commands::{
    advise, backfill, check, completions, diagram, diff, discard, doctor, drift, explain, init, lint, man, migrate,
    new, prove, pull, purge, rebase, report, revert, seal, squash, stats, status, verify,
};
use crate::examples::with_examples;
use crate::failure::Failure;

/// Safe, reversible database schema changes from Rust structs
///
/// Exit codes: 0 nothing to do, or done; 1 there are differences or findings; 2 it failed.
#[derive(Debug, Parser)]
#[command(name = "cargo-schema", bin_name = "cargo schema", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line with its examples, as help, completions and manual pages show it.
pub(crate) fn command() -> clap::Command {
    with_examples(Cli::command())
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The crate whose structs are meant [default: the nearest Cargo.toml upwards]
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "manifest_path")]
    manifest_dir: Option<PathBuf>,
    /// The same, by its Cargo.toml
    #[arg(long, global = true, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
    /// The folder of migration files, where build.rs names another
    #[arg(long, global = true, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// The folder of the base, where build.rs names another
    #[arg(long, global = true, value_name = "DIR")]
    schema_dir: Option<PathBuf>,
    /// A further root file whose structs count, where build.rs names one
    #[arg(long = "crate-root", global = true, value_name = "FILE")]
    crate_roots: Vec<PathBuf>,
    /// A module of the crate whose structs count, where build.rs names one
    #[arg(long = "module", global = true, value_name = "PATH")]
    modules: Vec<String>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What commands take that talk to a database.
#[derive(Clone, Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// The database [default: DATABASE_URL, also from a `.env` file]
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Status(status::Args),
    Diff(diff::Args),
    Seal(seal::Args),
    Discard(discard::Args),
    New(new::Args),
    Check(check::Args),
    Migrate(migrate::Args),
    Revert(revert::Args),
    Backfill(backfill::Args),
    Drift(drift::Args),
    Prove(prove::Args),
    Verify(verify::Args),
    Rebase(rebase::Args),
    Squash(squash::Args),
    Lint(lint::Args),
    Report(report::Args),
    Stats(stats::Args),
    Diagram(diagram::Args),
    Advise(advise::Args),
    Pull(pull::Args),
    Purge(purge::Args),
    Explain(explain::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Global {
    /// Where the crate keeps what. Its base says for which database it is.
    pub(crate) fn project(&self) -> Result<Project, Failure> {
        let crate_dir = self.crate_dir()?;
        let dialect = self.recorded_dialect(&crate_dir).ok_or_else(|| {
            let help = match is_lost(&crate_dir, &self.base().join(FILE_NAME)) {
                true => format!("bring it back: `git checkout HEAD -- {}`", self.base().display()),
                false => "`cargo schema init` prepares a crate".to_owned(),
            };
            let base = crate_dir.join(self.base());
            Failure::new(format!("`{}` holds no base that can be read", base.display())).help(help)
        })?;
        self.project_of(&crate_dir, dialect)
    }

    /// The folder of the base, within the crate's.
    fn base(&self) -> &Path {
        self.schema_dir.as_deref().unwrap_or(Path::new("schema"))
    }

    /// Which database the crate's base says it is for.
    pub(crate) fn recorded_dialect(&self, crate_dir: &Path) -> Option<Dialect> {
        recorded_dialect(&crate_dir.join(self.base()))
    }

    pub(crate) fn project_of(&self, crate_dir: &Path, dialect: Dialect) -> Result<Project, Failure> {
        let mut build = Build::new(dialect);
        if let Some(folder) = &self.migrations {
            build = build.migrations(folder);
        }
        if let Some(folder) = &self.schema_dir {
            build = build.schema_dir(folder);
        }
        let build = self.crate_roots.iter().fold(build, Build::crate_root);
        let build = self.modules.iter().fold(build, Build::module);
        build
            .project(crate_dir)
            .map_err(|error| Failure::new(format!("`{}` can't be read: {error}", crate_dir.display())))
    }

    /// The folder of the crate that is meant.
    pub(crate) fn crate_dir(&self) -> Result<PathBuf, Failure> {
        let dir = match (&self.manifest_dir, &self.manifest_path) {
            (Some(dir), _) => dir.clone(),
            (None, Some(file)) => folder_of(file),
            (None, None) => return nearest_crate(),
        };
        if !dir.join("Cargo.toml").is_file() {
            return Err(Failure::new(format!("`{}` has no Cargo.toml", dir.display())));
        }
        absolute(&dir)
    }
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn nearest_crate() -> Result<PathBuf, Failure> {
    let here = absolute(Path::new("."))?;
    here.ancestors().find(|dir| dir.join("Cargo.toml").is_file()).map(Path::to_owned).ok_or_else(|| {
        Failure::new(format!("no Cargo.toml in `{}` or a folder above it", here.display()))
            .help("go to your crate's folder, or name it with --manifest-dir")
    })
}

fn absolute(dir: &Path) -> Result<PathBuf, Failure> {
    dir.canonicalize().map_err(|error| Failure::new(format!("`{}` can't be read: {error}", dir.display())))
}
