//! Throwaway PostgreSQL servers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "sqlite")]
use schema_core::dialect::literal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::{ScratchError, Started, block_on, percent_encoded, real_name, with_database};
use crate::Error;

/// The URL of a server to use instead of starting one; its role needs CREATEDB.
pub const URL_ENV: &str = "SCHEMA_SCRATCH_URL";

/// The folder that holds `initdb` and `postgres`.
pub const BIN_ENV: &str = "SCHEMA_PG_BIN";

/// A server for throwaway databases: started here, or the one that [`URL_ENV`] names.
///
/// Dropping it stops a server of ours, and drops the databases that were made on somebody else's.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    created: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
enum Server {
    Ours { started: Started, binaries: PathBuf },
    Theirs { url: String },
}

impl Postgres {
    /// Starts a server, or connects to the one that [`URL_ENV`] names.
    pub async fn start() -> Result<Self, Error> {
        let server = match std::env::var(URL_ENV) {
            Ok(url) => {
                PgConnectOptions::from_str(&url)?.connect().await?.close().await?;
                Server::Theirs { url }
            }
            Err(_) => Server::ours(binaries()?).await?,
        };
        Ok(Self { server, created: Mutex::default() })
    }

    /// Starts a server from the `initdb` and `postgres` of that folder, whatever the environment says.
    pub async fn start_from(folder: &Path) -> Result<Self, Error> {
        let server = Server::ours(suited(vec![folder.to_owned()])?).await?;
        Ok(Self { server, created: Mutex::default() })
    }

    /// True for a server that was started here, and ends with us.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.server, Server::Ours { .. })
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        match &self.server {
            Server::Ours { started, .. } => socket_url(started.folder.path(), database),
            Server::Theirs { url } => with_database(url, &real_name(database)),
        }
    }

    /// Makes an empty database and returns its URL.
    ///
    /// On a server that is not ours its name there starts with `schema_scratch_` and our process id.
    pub async fn create_database(&self, name: &str) -> Result<String, Error> {
        self.create(name, "template0").await
    }

    /// Makes a database that holds what one made before holds, to which nobody is connected, and returns its URL.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn copy_database(&self, name: &str, of: &str) -> Result<String, Error> {
        self.create(name, &quoted(&self.real(of))).await
    }

    /// What `pg_dump` prints of a database's definitions; none where there is no such program that knows the server's
    /// version.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn dump(&self, database: &str) -> Result<Option<String>, Error> {
        let Some(program) = self.program("pg_dump") else { return Ok(None) };
        let mut command = tokio::process::Command::new(program);
        command.args(["--schema-only", "--dbname"]).arg(self.url(database)).stdin(Stdio::null());
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.success() {
            true => Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned())),
            false if said.contains("server version mismatch") => Ok(None),
            false => Err(ScratchError::Failed { command: "`pg_dump`".to_owned(), output: said }.into()),
        }
    }

    /// A program of PostgreSQL, such as `psql`: the one beside the server, also where that is a link, or the first there is.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let mut folders = Vec::new();
        if let Server::Ours { binaries, .. } = &self.server {
            folders.push(binaries.clone());
            let real = binaries.join("postgres").canonicalize().ok();
            folders.extend(real.as_deref().and_then(Path::parent).map(Path::to_owned));
        }
        folders.extend(candidates());
        folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
    }

    /// Removes a database that was made here, whoever is connected to it.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn drop_database(&self, name: &str) -> Result<(), Error> {
        let real = self.real(name);
        let mut connection = self.administration().await?;
        let ended =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}", literal(&real));
        sqlx::raw_sql(AssertSqlSafe(ended)).execute(&mut connection).await?;
        let sql = format!("DROP DATABASE IF EXISTS {}", quoted(&real));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        self.created.lock().unwrap_or_else(PoisonError::into_inner).remove(&real);
        Ok(())
    }

    async fn create(&self, name: &str, template: &str) -> Result<String, Error> {
        let real = self.real(name);
        let mut connection = self.administration().await?;
        let sql = format!("CREATE DATABASE {} TEMPLATE {template} ENCODING 'UTF8'", quoted(&real));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        self.created.lock().unwrap_or_else(PoisonError::into_inner).insert(real);
        Ok(self.url(name))
    }

    fn real(&self, name: &str) -> String {
        match &self.server {
            Server::Ours { .. } => name.to_owned(),
            Server::Theirs { .. } => real_name(name),
        }
    }

    async fn administration(&self) -> Result<PgConnection, Error> {
        let url = match &self.server {
            Server::Ours { started, .. } => socket_url(started.folder.path(), "postgres"),
            Server::Theirs { url } => url.clone(),
        };
        Ok(PgConnectOptions::from_str(&url)?.connect().await?)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Server::Theirs { url } = &self.server {
            let created = std::mem::take(&mut *self.created.lock().unwrap_or_else(PoisonError::into_inner));
            drop_databases(url.clone(), created);
        }
    }
}

fn drop_databases(url: String, names: BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    block_on(async move {
        let mut connection = PgConnectOptions::from_str(&url)?.connect().await?;
        for name in names {
            let sql = format!("DROP DATABASE IF EXISTS {}", quoted(&name));
            let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        }
        connection.close().await
    });
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn socket_url(folder: &Path, database: &str) -> String {
    let folder = percent_encoded(&folder.to_string_lossy());
    format!("postgres://postgres@localhost/{}?host={folder}", percent_encoded(database))
}

/// The folder of `initdb` and `postgres`: [`BIN_ENV`] alone if set, else PATH, `pg_config`, and where packages put them.
fn binaries() -> Result<PathBuf, ScratchError> {
    suited(match std::env::var_os(BIN_ENV) {
        Some(folder) => vec![PathBuf::from(folder)],
        None => candidates(),
    })
}

fn suited(looked: Vec<PathBuf>) -> Result<PathBuf, ScratchError> {
    let suits = |folder: &&PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    looked.iter().find(suits).cloned().ok_or(ScratchError::NotFound { looked })
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(pg_config());
    folders.extend(versioned(Path::new("/usr/lib/postgresql"), "bin"));
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        folders.extend(versioned(Path::new(prefix), "bin"));
    }
    folders.extend(["/usr/pgsql/bin", "/usr/local/pgsql/bin"].map(PathBuf::from));
    folders
}

fn pg_config() -> Option<PathBuf> {
    let output = std::process::Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

/// `root/17/bin`, `root/postgresql@16/bin` and so on, the newest first.
fn versioned(root: &Path, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let version = name.strip_prefix("postgresql@").unwrap_or(&name);
        if let Ok(version) = version.parse() {
            found.push((version, entry.path().join(below)));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

impl Server {
    #[cfg(not(unix))]
    async fn ours(_binaries: PathBuf) -> Result<Self, Error> {
        Err(ScratchError::NotUnix { variable: URL_ENV }.into())
    }

    #[cfg(unix)]
    async fn ours(binaries: PathBuf) -> Result<Self, Error> {
        let started = start(&binaries).await?;
        Ok(Self::Ours { started, binaries })
    }
}

#[cfg(unix)]
async fn start(binaries: &Path) -> Result<Started, Error> {
    let place = super::Place::make("schema-pg-", "PostgreSQL", "postgres")?;
    let data = place.path().join("data");

    let mut initdb = place.command(&binaries.join("initdb"));
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
    initdb.arg(&data);
    place.prepare(initdb, "initdb").await?;

    let mut arguments = vec!["-D".to_owned(), text(&data), "-k".to_owned(), text(place.path())];
    let settings =
        ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];
    arguments.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    let options = PgConnectOptions::from_str(&socket_url(place.path(), "postgres"))?;
    // QUIT is PostgreSQL's immediate shutdown; KILL would leave its shared memory behind.
    let mut server = place.start(&binaries.join("postgres"), &arguments, "QUIT")?;
    super::ready(&mut server, "postgres", &options).await?;
    Ok(server)
}

#[cfg(unix)]
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::tests::alive;
    use super::*;

    async fn one(url: &str, sql: &'static str) -> String {
        let mut connection = PgConnectOptions::from_str(url).unwrap().connect().await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    #[tokio::test]
    async fn a_server_starts_serves_and_leaves_nothing_behind() {
        let server = Server::ours(binaries().unwrap()).await.unwrap();
        let server = Postgres { server, created: Mutex::default() };
        let url = server.create_database("odd \"name").await.unwrap();
        assert_eq!(one(&url, "SELECT current_database()::text").await, "odd \"name");
        let Server::Ours { started, .. } = &server.server else { unreachable!() };
        let (folder, watchdog) = (started.folder.path().to_owned(), started.watchdog.id());
        drop(server);
        assert!(!folder.exists(), "{} is still there", folder.display());
        assert!(!alive(watchdog), "the watchdog still runs");
    }

    #[tokio::test]
    async fn a_server_ends_when_the_pipe_of_its_parent_closes() {
        let mut server = start(&binaries().unwrap()).await.unwrap();
        drop(server.watchdog.stdin.take());
        server.watchdog.wait().unwrap();
        assert!(!server.folder.path().join("data").exists());
    }

    #[test]
    fn a_missing_server_is_reported_with_every_place_and_the_package() {
        let looked = vec![PathBuf::from("/a"), PathBuf::from("/b")];
        let text = ScratchError::NotFound { looked }.to_string();
        for part in ["`/a`, `/b`", "apt-get install postgresql", BIN_ENV, URL_ENV] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
    }
}
