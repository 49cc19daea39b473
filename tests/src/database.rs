//! Fresh databases.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use schema_runtime::Error;
use schema_runtime::scratch::{self, Postgres, ScratchError};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Postgres> = OnceCell::const_new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The URL of a fresh PostgreSQL database, on a server that every test of this binary shares.
///
/// # Panics
/// When no server can be started: no test skips itself.
pub async fn postgres() -> String {
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let server = server().await;
    server.create_database(&name).await.unwrap_or_else(|error| panic!("database {name}: {error}"))
}

/// The server that every test of this binary shares. It ends with the process.
///
/// # Panics
/// When no server can be started.
pub async fn server() -> &'static Postgres {
    SERVER.get_or_init(|| async { start().await.unwrap_or_else(|error| panic!("{error}")) }).await
}

/// Starts a server. Where the binaries are missing, root on a Debian installs the package `postgresql`, once.
async fn start() -> Result<Postgres, Error> {
    match Postgres::start().await {
        Err(Error::Scratch(missing @ ScratchError::NotFound { .. })) => {
            if !install() {
                return Err(missing.into());
            }
            Postgres::start().await
        }
        result => result,
    }
}

fn install() -> bool {
    if std::env::var_os(scratch::BIN_ENV).is_some() {
        return false;
    }
    apt_get(&["install"]) || (apt_get(&["update"]) && apt_get(&["install"]))
}

fn apt_get(arguments: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(["-y", "-q"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    if arguments == ["install"] {
        command.args(["--no-install-recommends", "postgresql"]);
    }
    command.status().is_ok_and(|status| status.success())
}
