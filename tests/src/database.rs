//! Fresh databases.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use schema_runtime::Error;
use schema_runtime::scratch::{BIN_ENV, MARIADB_BIN_ENV, MariaDb, Postgres, ScratchError};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Postgres> = OnceCell::const_new();
static MARIADB: OnceCell<MariaDb> = OnceCell::const_new();
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

/// The URL of a fresh MariaDB database, on a server that every test of this binary shares.
///
/// # Panics
/// When no server can be started: no test skips itself.
pub async fn mariadb() -> String {
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let server =
        MARIADB.get_or_init(|| async { start_mariadb().await.unwrap_or_else(|error| panic!("{error}")) }).await;
    server.create_database(&name).await.unwrap_or_else(|error| panic!("database {name}: {error}"))
}

/// Starts a server. Where the binaries are missing, root on a Debian installs the package `postgresql`, once.
async fn start() -> Result<Postgres, Error> {
    match Postgres::start().await {
        Err(Error::Scratch(ScratchError::NotFound { .. })) if install(&["postgresql"], BIN_ENV) => {
            Postgres::start().await
        }
        result => result,
    }
}

/// The same with MariaDB's programs; the package `mariadb-server` would start a server of its own.
async fn start_mariadb() -> Result<MariaDb, Error> {
    let packages = ["mariadb-server-core", "mariadb-client-core"];
    match MariaDb::start().await {
        Err(Error::Scratch(ScratchError::NoMariaDb { .. })) if install(&packages, MARIADB_BIN_ENV) => {
            MariaDb::start().await
        }
        result => result,
    }
}

/// Installs packages, where the environment does not say that the server is elsewhere.
fn install(packages: &[&str], elsewhere: &str) -> bool {
    if std::env::var_os(elsewhere).is_some() {
        return false;
    }
    let install = [&["install", "--no-install-recommends"], packages].concat();
    apt_get(&install) || (apt_get(&["update"]) && apt_get(&install))
}

fn apt_get(arguments: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(["-y", "-q"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command.status().is_ok_and(|status| status.success())
}
