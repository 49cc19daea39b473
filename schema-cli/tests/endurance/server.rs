//! Servers that are made to crash, to have no room, or to take no writes: apart from those that all tests share.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use schema_core::ir::Dialect;
use schema_tests::target::{Target, ask};
use tempfile::TempDir;

/// Runs a server until standard input ends, then ends it by that signal: also when the test is killed.
const WATCH: &str = r#"
signal=$1 log=$2; shift 2; exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
cat <&3 >/dev/null
kill "-$signal" "$server"; wait "$server"
"#;

pub(crate) struct Server {
    dialect: Dialect,
    folder: TempDir,
    /// Where the files of the databases are.
    data: PathBuf,
    owner: (u32, u32),
    bin: PathBuf,
    options: Vec<String>,
    /// PostgreSQL's, which its socket is named after.
    port: u16,
    watch: Option<Child>,
}

impl Server {
    /// With its data in a folder of its own, or in that one.
    pub(crate) async fn start(dialect: Dialect, data: Option<&Path>, options: &[&str]) -> Self {
        let (bin, owner) = like_the_shared_one(dialect).await;
        let folder = tempfile::Builder::new().prefix("schema-endures-").tempdir_in("/tmp").unwrap();
        let parent = data.unwrap_or(folder.path()).to_owned();
        for place in [folder.path(), &parent] {
            chown(place, Some(owner.0), Some(owner.1)).unwrap();
        }
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server =
            Self { dialect, folder, data: parent.join("data"), owner, bin, options, port: 5432, watch: None };
        server.prepare();
        server.again().await;
        server
    }

    /// A program as the server's user.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if self.owner.0 != fs::metadata("/proc/self").unwrap().uid() {
            command.uid(self.owner.0).gid(self.owner.1);
        }
        command
    }

    fn prepare(&self) {
        let mut command = match self.dialect {
            Dialect::Postgres => {
                let mut command = self.command(&self.bin.join("initdb"));
                command.args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "--wal-segsize=1",
                ]);
                command.arg("--pgdata").arg(&self.data);
                command
            }
            _ => {
                let mut command = self.command(&found(&self.bin, "mariadb-install-db"));
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command.args([
                    option("basedir", &self.bin),
                    option("datadir", &self.data),
                    option("tmpdir", self.folder.path()),
                ]);
                command.args(["--innodb-log-file-size=8M"]);
                command
            }
        };
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts it on what is there, and waits until it answers.
    pub(crate) async fn again(&mut self) {
        let folder = self.folder.path();
        let (signal, program, mut arguments) = match self.dialect {
            Dialect::Postgres => {
                let socket = folder.display().to_string();
                let data = self.data.display().to_string();
                ("QUIT", self.bin.join("postgres"), vec!["-D".to_owned(), data, "-k".to_owned(), socket])
            }
            _ => (
                "KILL",
                found(&self.bin, "mariadbd"),
                vec![
                    "--no-defaults".to_owned(),
                    option("basedir", &self.bin),
                    option("datadir", &self.data),
                    option("tmpdir", folder),
                    option("socket", &folder.join("socket")),
                    option("pid-file", &folder.join("pid")),
                ],
            ),
        };
        let settings: &[&str] = match self.dialect {
            Dialect::Postgres => &["-clisten_addresses=", "-cfsync=off", "-cmax_wal_size=8MB", "-cmin_wal_size=2MB"],
            _ => &[
                "--skip-networking",
                "--character-set-server=utf8mb4",
                "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=8M",
            ],
        };
        arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
        arguments.extend(self.options.clone());
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.args(["-c", WATCH, "endurance", signal]).arg(self.log()).arg(program).args(arguments);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.watch = Some(shell.spawn().unwrap());
        self.answers().await;
    }

    /// Starts it again where it has ended by itself, or does so yet.
    pub(crate) async fn stands_up(&mut self) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let url = self.url(if self.dialect == Dialect::Postgres { "postgres" } else { "mysql" });
        if !is_open(&url).await {
            self.crash();
            self.again().await;
        }
    }

    /// Ends it, and starts it with more options, beside its socket on a port of the loopback address.
    pub(crate) async fn again_on_port(&mut self, options: &[&str]) -> u16 {
        self.crash();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        match self.dialect {
            Dialect::Postgres => {
                self.port = port;
                self.options.extend(["-clisten_addresses=127.0.0.1".to_owned(), format!("-cport={port}")]);
            }
            _ => self.options.extend([
                "--skip-networking=0".to_owned(),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--port={port}"),
            ]),
        }
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self.again().await;
        port
    }

    /// A file of its user's own in its folder of data.
    pub(crate) fn give(&self, name: &str, text: &str) {
        let path = self.data.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(self.owner.0), Some(self.owner.1)).unwrap();
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    async fn answers(&mut self) {
        let start = Instant::now();
        let url = self.url(if self.dialect == Dialect::Postgres { "postgres" } else { "mysql" });
        while !is_open(&url).await {
            let log = || fs::read_to_string(self.log()).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(60), "it does not answer: {}", log());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Ends it at once, with whatever it is at.
    pub(crate) fn crash(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            watch.wait().unwrap();
        }
    }

    /// PostgreSQL's is ended and comes back as a standby, of nobody.
    pub(crate) async fn stands_by(&mut self) {
        self.administer("CHECKPOINT").await;
        self.crash();
        self.give("standby.signal", "");
        self.again().await;
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        match self.dialect {
            Dialect::Postgres => format!("postgres://postgres@localhost/{database}?host={folder}&port={}", self.port),
            _ => format!("mysql://root@localhost/{database}?socket={folder}/socket"),
        }
    }

    pub(crate) async fn administer(&self, sql: &str) {
        let url = self.url(if self.dialect == Dialect::Postgres { "postgres" } else { "mysql" });
        ask(&url, sql).await;
    }

    /// Makes room. MariaDB itself leaves temporary files behind in a crash, which keep the folder.
    pub(crate) async fn drop_database(&self, name: &str) {
        let mut target =
            Target::open(&self.url(if self.dialect == Dialect::Postgres { "postgres" } else { "mysql" })).await;
        let dropped = target.execute(&format!("DROP DATABASE {name}")).await;
        assert!(dropped.is_ok() || self.dialect.is_mysql(), "{dropped:?}");
        target.close().await;
    }

    /// A new database, and its URL.
    pub(crate) async fn database(&self, name: &str) -> String {
        self.administer(&format!("CREATE DATABASE {name}")).await;
        self.url(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

async fn is_open(url: &str) -> bool {
    use sqlx::Connection as _;
    match url.starts_with("postgres") {
        true => sqlx::PgConnection::connect(url).await.is_ok(),
        false => sqlx::MySqlConnection::connect(url).await.is_ok(),
    }
}

/// The folder of the programs of the server that all tests share, and whose its data are.
async fn like_the_shared_one(dialect: Dialect) -> (PathBuf, (u32, u32)) {
    let (url, sql) = match dialect {
        Dialect::Postgres => (
            schema_tests::postgres().await,
            "SELECT setting, current_setting('data_directory') FROM pg_config() WHERE name = 'BINDIR'",
        ),
        _ => (schema_tests::mariadb().await, "SELECT @@basedir, @@datadir"),
    };
    let mut target = Target::open(&url).await;
    let mut row = target.rows(sql).await.remove(0).into_iter().flatten().map(PathBuf::from);
    target.close().await;
    let (bin, data) = (row.next().unwrap(), fs::metadata(row.next().unwrap()).unwrap());
    (bin, (data.uid(), data.gid()))
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

fn found(base: &Path, program: &str) -> PathBuf {
    let places = ["bin", "sbin", "scripts"].map(|folder| base.join(folder).join(program));
    places.into_iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("no {program} in {}", base.display()))
}
