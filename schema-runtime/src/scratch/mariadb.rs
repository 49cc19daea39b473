//! Throwaway MariaDB servers.

#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod copy;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::{ScratchError, Started, block_on, percent_encoded, real_name, with_database};
use crate::Error;

/// The URL of a server, of MariaDB or of MySQL, to use instead of starting one; its user needs CREATE and DROP on
/// `` `schema\_scratch\_%`.* ``.
pub const MARIADB_URL_ENV: &str = "SCHEMA_MARIADB_SCRATCH_URL";

/// The folder that holds `mariadbd`; `mariadb-install-db` is there too, or in `bin`, `sbin` or `scripts` beside it.
pub const MARIADB_BIN_ENV: &str = "SCHEMA_MARIADB_BIN";

/// A server for throwaway databases: started here, or the one that [`MARIADB_URL_ENV`] names.
///
/// Dropping it stops a server of ours, and drops the databases that were made on somebody else's.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
    created: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
enum Server {
    Ours(Started),
    Theirs { url: String },
}

impl MariaDb {
    /// Starts a server, or connects to the one that [`MARIADB_URL_ENV`] names.
    ///
    /// # Errors
    /// No server's programs on this machine, or a server that does not start or can't be reached.
    pub async fn start() -> Result<Self, Error> {
        let server = match std::env::var(MARIADB_URL_ENV) {
            Ok(url) => {
                MySqlConnectOptions::from_str(&url)?.connect().await?.close().await?;
                Server::Theirs { url }
            }
            Err(_) => Server::Ours(start(&Programs::find()?).await?),
        };
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

    /// Makes an empty database, whose tables are `utf8mb4` where they don't say otherwise, and returns its URL.
    ///
    /// On a server that is not ours its name there starts with `schema_scratch_` and our process id.
    ///
    /// # Errors
    /// A server that can't be reached, or that has such a database.
    pub async fn create_database(&self, name: &str) -> Result<String, Error> {
        self.create_database_of(name, "utf8mb4").await
    }

    /// The same with another character set, and perhaps `COLLATE` behind it.
    pub(crate) async fn create_database_of(&self, name: &str, charset: &str) -> Result<String, Error> {
        let mut connection = self.administration().await?;
        self.create(&mut connection, name, charset).await?;
        connection.close().await?;
        Ok(self.url(name))
    }

    /// Makes a database that holds what one made before holds, and returns its URL.
    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    pub(crate) async fn copy_database(&self, name: &str, of: &str) -> Result<String, Error> {
        let mut connection = self.administration().await?;
        let sql = "SELECT CONCAT(DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', DEFAULT_COLLATION_NAME) FROM information_schema.SCHEMATA \
                   WHERE SCHEMA_NAME = ?";
        let from = self.real(of);
        let charset: String = sqlx::query_scalar(sql).bind(&from).fetch_one(&mut connection).await?;
        self.create(&mut connection, name, &charset).await?;
        copy::copy(&mut connection, &from, &self.real(name)).await?;
        connection.close().await?;
        Ok(self.url(name))
    }

    /// The definitions of a database that was made here, as SHOW CREATE prints them.
    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    pub(crate) async fn definitions(&self, name: &str) -> Result<BTreeSet<String>, Error> {
        let mut connection = self.administration().await?;
        let shown = copy::shown(&mut connection, &self.real(name)).await?;
        connection.close().await?;
        Ok(shown)
    }

    async fn create(&self, connection: &mut MySqlConnection, name: &str, charset: &str) -> Result<(), Error> {
        let real = self.real(name);
        let sql = format!("CREATE DATABASE {} CHARACTER SET {charset}", quoted(&real));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
        self.created.lock().unwrap_or_else(PoisonError::into_inner).insert(real);
        Ok(())
    }

    /// Removes a database that was made here.
    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    pub(crate) async fn drop_database(&self, name: &str) -> Result<(), Error> {
        let real = self.real(name);
        let mut connection = self.administration().await?;
        let sql = format!("DROP DATABASE IF EXISTS {}", quoted(&real));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        self.created.lock().unwrap_or_else(PoisonError::into_inner).remove(&real);
        Ok(())
    }

    fn real(&self, name: &str) -> String {
        match &self.server {
            Server::Ours(_) => name.to_owned(),
            Server::Theirs { .. } => real_name(name),
        }
    }

    async fn administration(&self) -> Result<MySqlConnection, Error> {
        let url = match &self.server {
            Server::Ours(server) => socket_url(server.folder.path(), ""),
            Server::Theirs { url } => url.clone(),
        };
        Ok(MySqlConnectOptions::from_str(&url)?.connect().await?)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let Server::Theirs { url } = &self.server else { return };
        let created = std::mem::take(&mut *self.created.lock().unwrap_or_else(PoisonError::into_inner));
        if created.is_empty() {
            return;
        }
        let url = url.clone();
        block_on(async move {
            let mut connection = MySqlConnectOptions::from_str(&url)?.connect().await?;
            for name in created {
                let sql = format!("DROP DATABASE IF EXISTS {}", quoted(&name));
                let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
            }
            connection.close().await
        });
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn socket_url(folder: &Path, database: &str) -> String {
    let socket = percent_encoded(&folder.join("socket").to_string_lossy());
    format!("mysql://root@localhost/{}?socket={socket}", percent_encoded(database))
}

/// The two programs that a server needs. Debian has them in two folders.
#[derive(Debug)]
struct Programs {
    server: PathBuf,
    install: PathBuf,
}

impl Programs {
    /// In [`MARIADB_BIN_ENV`] and beside it alone if set, else in PATH and where packages put them.
    fn find() -> Result<Self, ScratchError> {
        let looked = match std::env::var_os(MARIADB_BIN_ENV) {
            Some(folder) => around(Path::new(&folder)),
            None => candidates(),
        };
        let program = |name| looked.iter().map(|folder| folder.join(name)).find(|path: &PathBuf| path.is_file());
        match (program("mariadbd"), program("mariadb-install-db")) {
            (Some(server), Some(install)) => Ok(Self { server, install }),
            _ => Err(ScratchError::NoMariaDb { looked }),
        }
    }

    /// The folder above the server's, where it finds what belongs to it.
    fn base(&self) -> &Path {
        self.server.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"))
    }
}

fn around(folder: &Path) -> Vec<PathBuf> {
    let above = folder.parent().unwrap_or(folder);
    let beside = ["bin", "sbin", "scripts"].map(|name| above.join(name));
    std::iter::once(folder.to_owned()).chain(beside).collect()
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(["/usr/sbin", "/usr/bin", "/usr/libexec"].map(PathBuf::from));
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        folders.push(Path::new(prefix).join("mariadb/bin"));
    }
    folders.extend(around(Path::new("/usr/local/mysql/bin")));
    folders
}

#[cfg(not(unix))]
async fn start(_programs: &Programs) -> Result<Started, Error> {
    Err(ScratchError::NotUnix { variable: MARIADB_URL_ENV }.into())
}

/// What a throwaway server does without, and what keeps it small.
#[cfg(unix)]
const SETTINGS: [&str; 9] = [
    "--skip-networking",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--max-connections=200",
    "--debug-no-sync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
];

#[cfg(unix)]
async fn start(programs: &Programs) -> Result<Started, Error> {
    let place = super::Place::make("schema-mariadb-", "MariaDB", "mysql")?;
    let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
    let data = option("datadir", &place.path().join("data"));

    let mut install = place.command(&programs.install);
    install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
    install.args([&option("basedir", programs.base()), &data, &option("tmpdir", place.path())]);
    place.prepare(install, "mariadb-install-db").await?;

    let mut arguments = vec!["--no-defaults".to_owned(), data];
    arguments.push(option("basedir", programs.base()));
    arguments.push(option("tmpdir", place.path()));
    arguments.push(option("socket", &place.path().join("socket")));
    arguments.push(option("pid-file", &place.path().join("pid")));
    arguments.extend(SETTINGS.map(str::to_owned));
    let options = MySqlConnectOptions::from_str(&socket_url(place.path(), ""))?;
    // The folder is removed whole: what an orderly shutdown writes into it is for nobody.
    let mut server = place.start(&programs.server, &arguments, "KILL")?;
    super::ready(&mut server, "mariadbd", &options).await?;
    Ok(server)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::tests::alive;
    use super::*;

    #[tokio::test]
    async fn a_server_starts_serves_and_leaves_nothing_behind() {
        let server = Server::Ours(start(&Programs::find().unwrap()).await.unwrap());
        let server = MariaDb { server, created: Mutex::default() };
        let url = server.create_database("odd `name").await.unwrap();
        let mut connection = MySqlConnectOptions::from_str(&url).unwrap().connect().await.unwrap();
        let (name, collation): (String, String) =
            sqlx::query_as("SELECT DATABASE(), @@collation_database").fetch_one(&mut connection).await.unwrap();
        assert_eq!((name.as_str(), &collation[..8]), ("odd `name", "utf8mb4_"));
        let Server::Ours(started) = &server.server else { unreachable!() };
        let (folder, watchdog) = (started.folder.path().to_owned(), started.watchdog.id());
        drop(server);
        assert!(!folder.exists(), "{} is still there", folder.display());
        assert!(!alive(watchdog), "the watchdog still runs");
    }

    #[test]
    fn a_missing_server_is_reported_with_every_place_and_the_package() {
        let text = ScratchError::NoMariaDb { looked: around(Path::new("/opt/m/bin")) }.to_string();
        for part in ["`/opt/m/scripts`", "apt-get install mariadb-server-core", MARIADB_BIN_ENV, MARIADB_URL_ENV] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
    }
}
