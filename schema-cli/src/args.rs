//! The command line, as clap reads it.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};
use schema_core::build::{Project, is_lost};
use schema_core::ir::Dialect;
use schema_core::snapshot::FILE_NAME;

use crate::commands::{
    advise, backfill, check, completions, diagram, diff, discard, doctor, drift, explain, init, lint, man, migrate,
    new, prove, pull, purge, rebase, report, revert, seal, squash, stats, status, verify,
};
use crate::examples::with_examples;
use crate::failure::Failure;
use crate::places::{PlaceArgs, has_script};

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
    #[command(flatten)]
    places: PlaceArgs,
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
        let places = self.places.of(&crate_dir)?;
        let dialect = places.recorded_dialect(&crate_dir).ok_or_else(|| {
            let folder = places.schema_dir();
            let base = crate_dir.join(folder);
            let failure = Failure::new(format!("`{}` holds no base that can be read", base.display()));
            if is_lost(&crate_dir, &folder.join(FILE_NAME)) {
                return failure.help(format!("bring it back: `git checkout HEAD -- {}`", folder.display()));
            }
            let failure = failure.help("`cargo schema init` prepares a crate");
            match has_script(&crate_dir) {
                true => failure,
                false => failure.help("if another crate's build.rs names this one's files, go to that crate's folder"),
            }
        })?;
        places.project(&crate_dir, dialect)
    }

    /// Which database the crate's base says it is for, else its build script.
    pub(crate) fn stated_dialect(&self, crate_dir: &Path) -> Result<Option<Dialect>, Failure> {
        let places = self.places.of(crate_dir)?;
        Ok(places.recorded_dialect(crate_dir).or(places.dialect))
    }

    pub(crate) fn project_of(&self, crate_dir: &Path, dialect: Dialect) -> Result<Project, Failure> {
        self.places.of(crate_dir)?.project(crate_dir, dialect)
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
