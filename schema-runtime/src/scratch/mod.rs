//! Throwaway servers, from the binaries of this machine.
//!
//! A server lives in a temporary folder, listens on a Unix socket there and nowhere else, and ends with the process
//! that started it, however that one ends: a small shell holds the read end of a pipe, and when the pipe closes it
//! stops the server and removes the folder. Statics are never dropped and killed processes drop nothing, so a
//! destructor alone would leave servers behind.
#![cfg(any(feature = "mysql", feature = "postgres"))]

#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use tempfile::TempDir;

#[cfg(feature = "mysql")]
pub use mariadb::{MARIADB_BIN_ENV, MARIADB_URL_ENV, MariaDb};
#[cfg(feature = "postgres")]
pub use postgres::{BIN_ENV, Postgres, URL_ENV};

const START_LIMIT: Duration = Duration::from_secs(60);

/// The bytes that a temporary folder's path may have, so that a socket's in it is short enough (107 on Linux, 103 on macOS).
#[cfg(unix)]
const SOCKET_PATH_LIMIT: usize = 80;

/// Runs the server given as arguments 4 and on, stops it by the signal of argument 3 when standard input ends, and removes
/// what it made. Ends with the server, and leaves the log, where that ends by itself.
#[cfg(unix)]
const WATCHDOG: &str = r#"
folder=$1; log=$2; signal=$3; shift 3
exec 3<&0
"$@" </dev/null >"$log" 2>&1 3<&- &
server=$!
{ while IFS= read -r line <&3; do :; done; : >"$folder/stop"; kill "-$signal" "$server"; } 2>/dev/null &
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
    #[cfg(feature = "postgres")]
    #[error(
        "no PostgreSQL server to start: looked for `initdb` and `postgres` in {}; install them (Debian, Ubuntu: \
         `apt-get install postgresql`), or name their folder in {BIN_ENV}, or a running server in {URL_ENV}",
        list(.looked)
    )]
    NotFound {
        /// The folders that were tried, in order.
        looked: Vec<PathBuf>,
    },
    /// MariaDB's programs are missing.
    #[cfg(feature = "mysql")]
    #[error(
        "no MariaDB server to start: looked for `mariadbd` and `mariadb-install-db` in {}; install them (Debian, Ubuntu: \
         `apt-get install mariadb-server-core mariadb-client-core`), or name their folder in {MARIADB_BIN_ENV}, or a running server in {MARIADB_URL_ENV}",
        list(.looked)
    )]
    NoMariaDb {
        /// The folders that were tried, in order.
        looked: Vec<PathBuf>,
    },
    /// No MySQL server is ever started.
    #[cfg(feature = "mysql")]
    #[error(
        "throwaway servers are MariaDB's, and this is for MySQL: name a MySQL server that runs, on which databases may be made \
         and dropped, in {MARIADB_URL_ENV} (`mysql://user@host/`)"
    )]
    NoMySql,
    /// The server refuses to run as root, and there is nobody else to run it as.
    #[error("{server} refuses to run as root, and neither user `{user}` nor `nobody` is in /etc/passwd")]
    NoUser {
        /// Which server.
        server: &'static str,
        /// The user that its packages make.
        user: &'static str,
    },
    /// A binary failed.
    #[error("{command} failed: {output}")]
    Failed {
        /// Which.
        command: String,
        /// What it said.
        output: String,
    },
    /// This system has no Unix sockets.
    #[error("scratch servers can be started on Unix only; name a running server in {variable}")]
    NotUnix {
        /// The environment variable to name it in.
        variable: &'static str,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    names.join(", ")
}

/// A running server; the folder is removed after its end.
#[derive(Debug)]
struct Started {
    watchdog: Child,
    folder: TempDir,
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// A new folder, and whom its server runs as.
#[cfg(unix)]
struct Place {
    folder: TempDir,
    /// User and group where we are root, as whom no server runs.
    user: Option<(u32, u32)>,
}

#[cfg(unix)]
impl Place {
    /// A private folder whose path is short enough for a socket's. As root it is given to that user, or to `nobody`.
    fn make(prefix: &str, server: &'static str, user: &'static str) -> Result<Self, crate::Error> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(prefix);
        let folder = match std::env::temp_dir().as_os_str().len() > SOCKET_PATH_LIMIT {
            true => builder.tempdir_in("/tmp"),
            false => builder.tempdir(),
        }?;
        let user = owner(folder.path(), server, user)?;
        Ok(Self { folder, user })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> PathBuf {
        self.path().join("server.log")
    }

    /// A command within the folder, as the server's user.
    fn command(&self, program: &Path) -> std::process::Command {
        use std::os::unix::process::CommandExt as _;

        let mut command = std::process::Command::new(program);
        command.current_dir(self.path()).stdin(std::process::Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Runs what prepares the folder; `name` is the program for messages.
    async fn prepare(&self, command: std::process::Command, name: &str) -> Result<(), crate::Error> {
        let output = tokio::process::Command::from(command).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).trim().to_owned());
        let output = said.join("\n").trim().to_owned();
        Err(ScratchError::Failed { command: format!("`{name}`"), output }.into())
    }

    /// Starts the server under the watchdog, which ends it by that signal.
    fn start(self, server: &Path, arguments: &[String], signal: &str) -> Result<Started, crate::Error> {
        use std::os::unix::process::CommandExt as _;
        use std::process::Stdio;

        let mut shell = self.command(Path::new("/bin/sh"));
        shell.args(["-c", WATCHDOG, "schema-scratch"]).arg(self.path()).arg(self.log()).arg(signal).arg(server);
        shell.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watchdog = shell.process_group(0).spawn()?;
        Ok(Started { watchdog, folder: self.folder })
    }
}

/// Waits until the server answers, or says why it ended; `name` is the program for messages.
#[cfg(unix)]
async fn ready<C>(server: &mut Started, name: &str, options: &C) -> Result<(), crate::Error>
where
    C: sqlx::ConnectOptions<Connection: Sized>,
{
    use sqlx::Connection as _;

    let started = std::time::Instant::now();
    loop {
        if let Ok(connection) = options.connect().await {
            return Ok(connection.close().await?);
        }
        let ended = server.watchdog.try_wait()?.is_some();
        if ended || started.elapsed() > START_LIMIT {
            let log = server.folder.path().join("server.log");
            let output = std::fs::read_to_string(log).unwrap_or_default().trim().to_owned();
            return Err(ScratchError::Failed { command: format!("`{name}`"), output }.into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whom to run a server as, where we are root; the folder is given to them.
#[cfg(unix)]
fn owner(folder: &Path, server: &'static str, user: &'static str) -> Result<Option<(u32, u32)>, crate::Error> {
    use std::os::unix::fs::MetadataExt as _;

    // Whoever we are, the folder that we just made is ours.
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let missing = ScratchError::NoUser { server, user };
    let (uid, gid) = [user, "nobody"].iter().find_map(|name| user_ids(&users, name)).ok_or(missing)?;
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

/// What a database is called on a server that is not ours.
fn real_name(database: &str) -> String {
    format!("schema_scratch_{}_{database}", std::process::id())
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

/// Waits for work on a thread and runtime of its own, since a destructor cannot wait for the caller's.
fn block_on(work: impl Future<Output = sqlx::Result<()>> + Send + 'static) {
    let thread = std::thread::spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            let _ = runtime.block_on(work);
        }
    });
    let _ = thread.join();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    pub(super) fn alive(pid: u32) -> bool {
        let mut kill = std::process::Command::new("kill");
        kill.args(["-0", &pid.to_string()]).stderr(std::process::Stdio::null()).status().unwrap().success()
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
