//! The command line, as clap reads it.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::commands::explain;
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

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The crate whose structs are meant [default: the nearest Cargo.toml upwards]
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "manifest_path")]
    manifest_dir: Option<PathBuf>,
    /// The same, by its Cargo.toml
    #[arg(long, global = true, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
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
    Explain(explain::Args),
}

impl Global {
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
