//! A throwaway server, and programs that run against its databases.

use std::path::{Path, PathBuf};
use std::process::Command;

use schema_runtime::scratch::Postgres;
use schema_tests::database;
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;

/// It ends with the process.
pub(crate) struct Server {
    runtime: Runtime,
    postgres: &'static Postgres,
}

impl Server {
    pub(crate) fn start() -> Outcome<Self> {
        let runtime = runtime()?;
        let postgres = runtime.block_on(database::server());
        Ok(Self { runtime, postgres })
    }

    /// The URL of an empty database.
    pub(crate) fn fresh(&self) -> String {
        self.runtime.block_on(database::postgres())
    }

    /// A program that comes with the server.
    pub(crate) fn program(&self, name: &str) -> Outcome<Command> {
        let path =
            self.postgres.program(name).ok_or_else(|| format!("`{name}` is not where the server's programs are"))?;
        Ok(Command::new(path))
    }

    /// Runs files as psql does, each statement by itself.
    pub(crate) fn psql(&self, url: &str, files: &[PathBuf]) -> Outcome<Command> {
        let mut psql = self.program("psql")?;
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", url]);
        psql.args(files.iter().flat_map(|file| [Path::new("--file"), file]));
        Ok(psql)
    }
}

/// One thread, as `cargo schema` has it.
pub(crate) fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// How this program was compiled.
pub(crate) const PROFILE: &str = if cfg!(debug_assertions) { "dev" } else { "release" };
