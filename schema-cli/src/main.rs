//! `cargo schema`: arguments, printing and exit codes over `schema-core` and `schema-runtime`.
#![forbid(unsafe_code)]

mod args;
mod asynchronous;
mod commands;
mod database;
mod describe;
mod examples;
mod excerpt;
mod failure;
mod files;
mod migrations;
mod output;
mod places;
mod progress;
mod sides;

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::args::{Cli, Command, Global, command};
use crate::database::load_dotenv;
use crate::failure::Failure;
use crate::output::finish;

fn main() -> ExitCode {
    let matches = command().get_matches_from(arguments());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let json = cli.global.json;
    let global = &cli.global;
    if let Ok(dir) = global.crate_dir() {
        excerpt::of_crate(&dir);
    }
    match cli.command {
        Command::Init(args) => finish(args.run(global), json),
        Command::Status(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Diff(args) => finish(args.run(global), json),
        Command::Seal(args) => finish(args.run(global), json),
        Command::Discard(args) => finish(args.run(global), json),
        Command::New(args) => finish(args.run(global), json),
        Command::Check(args) => finish(args.run(global), json),
        Command::Migrate(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Revert(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Backfill(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Purge(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Drift(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Prove(args) => finish(args.run(global), json),
        Command::Verify(args) => finish(args.run(global), json),
        Command::Rebase(args) => finish(args.run(global), json),
        Command::Squash(args) => finish(args.run(global), json),
        Command::Stats(args) => finish(with_dotenv(global, || args.run(global)), json),
        Command::Advise(args) => finish(args.run(global), json),
        Command::Lint(args) => finish(args.run(global), json),
        Command::Report(args) => finish(args.run(global), json),
        Command::Diagram(args) => finish(args.run(global), json),
        Command::Pull(args) => finish(args.run(global), json),
        Command::Explain(args) => finish(args.run(), json),
        Command::Doctor(args) => finish(args.run(global), json),
        Command::Completions(args) => finish(args.run(), json),
        Command::Man(args) => finish(args.run(), json),
    }
}

/// Runs a command that talks to a database, after `.env` has been read.
fn with_dotenv<T>(global: &Global, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    load_dotenv(&global.crate_dir()?)?;
    run()
}

/// Cargo runs `cargo schema diff` as `cargo-schema schema diff`.
fn arguments() -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "schema") {
        arguments.remove(1);
    }
    arguments
}
