//! Throwaway PostgreSQL servers, from the binaries of this machine.
//!
//! A server lives in a temporary folder, listens on a Unix socket there and nowhere else, and ends with the process
//! that started it, however that one ends: a small shell holds the read end of a pipe, and when the pipe closes it
//! stops the server and removes the folder. Statics are never dropped and killed processes drop nothing, so a
//! destructor alone would leave servers behind.
#![cfg(feature = "postgres")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use schema_core::dialect::literal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::Error;

/// The URL of a server to use instead of starting one; its role needs CREATEDB.
pub const URL_ENV: &str = "SCHEMA_SCRATCH_URL";

/// The folder that holds `initdb` and `postgres`.
pub const BIN_ENV: &str = "SCHEMA_PG_BIN";

const START_LIMIT: Duration = Duration::from_secs(60);
const SOCKET_PATH_LIMIT: usize = 80;

/// Runs the server given as arguments 3 and on, stops it when standard input ends, and removes what it made. Ends
/// with the server, and leaves the log, where that ends by itself.
///
/// QUIT is PostgreSQL's immediate shutdown; KILL would leave its shared memory behind.
const WATCHDOG: &str = r#"
folder=$1; log=$2; shift 2
exec 3<&0
"$@" </dev/null >"$log" 2>&1 3<&- &
server=$!
{ while IFS= read -r line <&3; do :; done; : >"$folder/stop"; kill -QUIT "$server"; } 2>/dev/null &
reader=$!
wait "$server"
kill "$reader" 2>/dev/null
[ ! -e "$folder/stop" ] || rm -rf "$folder"
"#;

/// Why there is no scratch server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// No folder holds both `initdb` and `postgres`.
    #[error(
        "no PostgreSQL server to start: looked for `initdb` and `postgres` in {}; install them (Debian, Ubuntu: \
         `apt-get install postgresql`), or name their folder in {BIN_ENV}, or a running server in {URL_ENV}",
        list(.looked)
    )]
    NotFound {
        /// The folders that were tried, in order.
        looked: Vec<PathBuf>,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run it as.
    #[error("PostgreSQL refuses to run as root, and neither user `postgres` nor `nobody` is in /etc/passwd")]
    NoUser,
    /// A binary failed.
    #[error("{command} failed: {output}")]
    Failed {
        /// Which.
        command: String,
        /// What it said.
        output: String,
    },
    /// This system has no Unix sockets.
    #[error("scratch servers can be started on Unix only; name a running server in {URL_ENV}")]
    NotUnix,
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    names.join(", ")
}

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
    Ours(Started),
    Theirs { url: String },
}

/// A running server; the folder is removed after its end.
#[derive(Debug)]
struct Started {
    watchdog: Child,
    folder: TempDir,
    binaries: PathBuf,
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

impl Postgres {
    /// Starts a server, or connects to the one that [`URL_ENV`] names.
    pub async fn start() -> Result<Self, Error> {
        let server = match std::env::var(URL_ENV) {
            Ok(url) => {
                PgConnectOptions::from_str(&url)?.connect().await?.close().await?;
                Server::Theirs { url }
            }
            Err(_) => Server::Ours(start(&binaries()?).await?),
        };
        Ok(Self { server, created: Mutex::default() })
    }

    /// Starts a server from the `initdb` and `postgres` of that folder, whatever the environment says.
    pub async fn start_from(folder: &Path) -> Result<Self, Error> {
        let server = Server::Ours(start(&suited(vec![folder.to_owned()])?).await?);
        Ok(Self { server, created: Mutex::default() })
    }

    /// True for a server that was started here, and ends with us.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self.server, Server::Ours(_))
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        match &self.server {
            Server::Ours(server) => socket_url(server.folder.path(), database),
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
    pub(crate) async fn copy_database(&self, name: &str, of: &str) -> Result<String, Error> {
        self.create(name, &quoted(&self.real(of))).await
    }

    /// What `pg_dump` prints of a database's definitions; none where there is no such program that knows the server's
    /// version.
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

    /// A program of PostgreSQL: the one beside the server, also where that is a link, or the first there is.
    fn program(&self, name: &str) -> Option<PathBuf> {
        let mut folders = Vec::new();
        if let Server::Ours(server) = &self.server {
            folders.push(server.binaries.clone());
            let real = server.binaries.join("postgres").canonicalize().ok();
            folders.extend(real.as_deref().and_then(Path::parent).map(Path::to_owned));
        }
        folders.extend(candidates());
        folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
    }

    /// Removes a database that was made here, whoever is connected to it.
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
            Server::Ours(_) => name.to_owned(),
            Server::Theirs { .. } => real_name(name),
        }
    }

    async fn administration(&self) -> Result<PgConnection, Error> {
        let url = match &self.server {
            Server::Ours(server) => socket_url(server.folder.path(), "postgres"),
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

/// On a thread and runtime of its own, since a destructor cannot wait for the caller's.
fn drop_databases(url: String, names: BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    let work = async move {
        let mut connection = PgConnectOptions::from_str(&url)?.connect().await?;
        for name in names {
            let sql = format!("DROP DATABASE IF EXISTS {}", quoted(&name));
            let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        }
        connection.close().await
    };
    let thread = std::thread::spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            let _ = runtime.block_on(work);
        }
    });
    let _ = thread.join();
}

fn real_name(database: &str) -> String {
    format!("schema_scratch_{}_{database}", std::process::id())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn socket_url(folder: &Path, database: &str) -> String {
    let folder = percent_encoded(&folder.to_string_lossy());
    format!("postgres://postgres@localhost/{}?host={folder}", percent_encoded(database))
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The URL with another database; everything else, options included, stays.
fn with_database(url: &str, database: &str) -> String {
    let (base, options) = url.split_once('?').map_or((url, None), |(base, options)| (base, Some(options)));
    let scheme = base.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = base.split_at(scheme);
    let host = rest.split('/').next().unwrap_or_default();
    let mut text = format!("{scheme}{host}/{}", percent_encoded(database));
    if let Some(options) = options {
        text.push('?');
        text.push_str(options);
    }
    text
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

#[cfg(not(unix))]
async fn start(_binaries: &Path) -> Result<Started, Error> {
    Err(ScratchError::NotUnix.into())
}

#[cfg(unix)]
async fn start(binaries: &Path) -> Result<Started, Error> {
    use std::os::unix::process::CommandExt;

    let folder = folder()?;
    let user = server_user(folder.path())?;
    let data = folder.path().join("data");

    let mut initdb = std::process::Command::new(binaries.join("initdb"));
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
    initdb.arg(&data).current_dir(folder.path()).stdin(Stdio::null());
    if let Some((uid, gid)) = user {
        initdb.uid(uid).gid(gid);
    }
    let output = tokio::process::Command::from(initdb).output().await?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(ScratchError::Failed { command: "`initdb`".to_owned(), output: text }.into());
    }

    let log = folder.path().join("server.log");
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", WATCHDOG, "schema-scratch"]).arg(folder.path()).arg(&log).arg(binaries.join("postgres"));
    shell.arg("-D").arg(&data).arg("-k").arg(folder.path());
    for setting in ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
        shell.args(["-c", setting]);
    }
    shell.args(["-c", "max_connections=200"]);
    shell.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((uid, gid)) = user {
        shell.uid(uid).gid(gid);
    }
    let watchdog = shell.process_group(0).spawn()?;
    let mut server = Started { watchdog, folder, binaries: binaries.to_owned() };
    ready(&mut server, &log).await?;
    Ok(server)
}

/// A private folder whose path is short enough for a socket's (107 bytes on Linux, 103 on macOS).
#[cfg(unix)]
fn folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("schema-pg-");
    if std::env::temp_dir().as_os_str().len() > SOCKET_PATH_LIMIT {
        builder.tempdir_in("/tmp")
    } else {
        builder.tempdir()
    }
}

/// Whom to run the server as, and gives the folder to them: PostgreSQL refuses to run as root.
#[cfg(unix)]
fn server_user(folder: &Path) -> Result<Option<(u32, u32)>, Error> {
    use std::os::unix::fs::MetadataExt;

    // Whoever we are, the folder that we just made is ours.
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let (uid, gid) =
        ["postgres", "nobody"].iter().find_map(|name| user_ids(&users, name)).ok_or(ScratchError::NoUser)?;
    std::os::unix::fs::chown(folder, Some(uid), Some(gid))?;
    Ok(Some((uid, gid)))
}

#[cfg(unix)]
fn user_ids(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        Some((uid, fields.next()?.parse().ok()?))
    })
}

/// Waits until the server answers, or says why it ended.
#[cfg(unix)]
async fn ready(server: &mut Started, log: &Path) -> Result<(), Error> {
    let options = PgConnectOptions::from_str(&socket_url(server.folder.path(), "postgres"))?;
    let started = Instant::now();
    loop {
        let answer = options.connect().await;
        if let Ok(connection) = answer {
            return Ok(connection.close().await?);
        }
        let ended = server.watchdog.try_wait()?.is_some();
        if ended || started.elapsed() > START_LIMIT {
            let output = std::fs::read_to_string(log).unwrap_or_default().trim().to_owned();
            return Err(ScratchError::Failed { command: "`postgres`".to_owned(), output }.into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    async fn one(url: &str, sql: &'static str) -> String {
        let mut connection = PgConnectOptions::from_str(url).unwrap().connect().await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    #[tokio::test]
    async fn a_server_starts_serves_and_leaves_nothing_behind() {
        let server = Server::Ours(start(&binaries().unwrap()).await.unwrap());
        let server = Postgres { server, created: Mutex::default() };
        let url = server.create_database("odd \"name").await.unwrap();
        assert_eq!(one(&url, "SELECT current_database()::text").await, "odd \"name");
        let Server::Ours(started) = &server.server else { unreachable!() };
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

    fn alive(pid: u32) -> bool {
        let mut kill = std::process::Command::new("kill");
        kill.args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn a_missing_server_is_reported_with_every_place_and_the_package() {
        let looked = vec![PathBuf::from("/a"), PathBuf::from("/b")];
        let text = ScratchError::NotFound { looked }.to_string();
        for part in ["`/a`, `/b`", "apt-get install postgresql", BIN_ENV, URL_ENV] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
    }

    #[test]
    fn a_database_is_put_into_any_url() {
        assert_eq!(with_database("postgres://u:p@h:5/x?sslmode=off", "d e"), "postgres://u:p@h:5/d%20e?sslmode=off");
        assert_eq!(with_database("postgres://h", "d"), "postgres://h/d");
    }

    #[test]
    fn users_are_read_from_passwd() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        assert_eq!(user_ids(passwd, "nobody"), Some((65534, 65533)));
        assert_eq!(user_ids(passwd, "postgres"), None);
    }
}
