use std::fmt;

use clap_complete::{Shell, generate};
use serde::Serialize;

use crate::args::command;
use crate::failure::Failure;
use crate::output::Report;

/// Print the completions of a shell for `cargo-schema`
///
/// bash: `cargo schema completions bash > ~/.local/share/bash-completion/completions/cargo-schema`;
/// zsh: into a folder of `$fpath` as `_cargo-schema`; fish: `~/.config/fish/completions/cargo-schema.fish`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    shell: Shell,
}

#[derive(Debug, Serialize)]
pub(crate) struct Completions {
    script: String,
}

impl Args {
    pub(crate) fn run(&self) -> Result<Completions, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut command(), "cargo-schema", &mut script);
        let script = String::from_utf8(script)
            .map_err(|error| Failure::new(format!("the completions can't be written: {error}")))?;
        Ok(Completions { script })
    }
}

impl Report for Completions {}

impl fmt::Display for Completions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.script)
    }
}
