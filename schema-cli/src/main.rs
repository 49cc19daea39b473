//! `cargo schema`: arguments, printing and exit codes over `schema-core` and `schema-runtime`.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod database;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::output::finish;

fn main() -> ExitCode {
    let cli = Cli::parse_from(arguments());
    let json = cli.global.json;
    match cli.command {
        Command::Explain(args) => finish(args.run(), json),
    }
}

/// Cargo runs `cargo schema diff` as `cargo-schema schema diff`.
fn arguments() -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "schema") {
        arguments.remove(1);
    }
    arguments
}
