//! Nothing may be written: said clearly, with nothing changed; and once it may, the run goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use schema_core::ir::Dialect;
use schema_tests::target::ask;

use crate::Tally;
use crate::server::Server;
use crate::support::Ran;
use crate::world::{Place, UP, World, says_how_to_go_on};

/// What forbids writes, and allows them again.
enum Switch {
    /// Statements, on a connection that may change the setting.
    Sql { url: String, on: &'static str, off: &'static str },
    /// The server becomes a standby, and is promoted.
    Standby(Server),
    /// Modes of the file and of its folder.
    Modes { file: PathBuf, modes: [u32; 2] },
}

impl Switch {
    async fn forbid(&mut self) {
        match self {
            Self::Sql { url, on, .. } => ask(url, on).await,
            Self::Standby(server) => server.stands_by().await,
            Self::Modes { file, modes } => set_modes(file, *modes),
        }
    }

    async fn allow(&mut self) {
        match self {
            Self::Sql { url, off, .. } => ask(url, off).await,
            Self::Standby(server) => server.administer("SELECT pg_promote()").await,
            Self::Modes { file, .. } => set_modes(file, [0o666, 0o777]),
        }
    }
}

fn set_modes(file: &Path, [of_file, of_folder]: [u32; 2]) {
    fs::set_permissions(file, fs::Permissions::from_mode(of_file)).unwrap();
    fs::set_permissions(file.parent().unwrap(), fs::Permissions::from_mode(of_folder)).unwrap();
}

/// Refused with exit code 2, in words that say why and where, and what to do.
fn is_refused(ran: &Ran) -> Result<(), String> {
    match ran.code == 2 && ran.err.contains("takes no writes") {
        true => says_how_to_go_on(ran),
        false => Err(format!("it ends with {} and says: {}", ran.code, ran.err)),
    }
}

/// Where nothing is applied yet, not even the history is there, and in the middle; both ways.
async fn refused(world: &World, url: &str, run: impl Fn(&[&str]) -> Ran, mut switch: Switch) -> Result<(), String> {
    for until in ["0", "2"] {
        if until != "0" {
            world.run(url, &["migrate", "--target", until]).ends(0);
        }
        let before = world.seen(url).await;
        switch.forbid().await;
        let refused = [UP, &["revert"]].map(&run);
        switch.allow().await;
        refused.iter().try_for_each(is_refused)?;
        if world.seen(url).await != before {
            return Err("something was changed".to_owned());
        }
    }
    world.there_and_back(url).await
}

#[tokio::test]
async fn postgres_says_that_it_takes_no_writes() {
    let world = World::new(Dialect::Postgres).await;
    let mut tally = Tally::new("read-only", Dialect::Postgres);
    let url = world.place().await.url;
    let database = url.rsplit_once('?').unwrap().0.rsplit_once('/').unwrap().1;
    let server = url.replace(&format!("/{database}?"), "/postgres?");
    let set = |value| -> &'static str {
        format!("ALTER DATABASE {database} SET default_transaction_read_only = {value}").leak()
    };
    let switch = Switch::Sql { url: server, on: set("on"), off: set("off") };
    let verdict = refused(&world, &url, |arguments| world.run(&url, arguments), switch).await;
    tally.record("default_transaction_read_only", verdict);

    let server = Server::start(Dialect::Postgres, None, &[]).await;
    let url = server.database("standby").await;
    world.fill(&url).await;
    let verdict = refused(&world, &url, |arguments| world.run(&url, arguments), Switch::Standby(server)).await;
    tally.record("a standby", verdict);
    tally.finish();
}

#[tokio::test]
async fn mariadb_says_that_it_takes_no_writes() {
    let world = World::new(Dialect::MariaDb).await;
    let mut tally = Tally::new("read-only", Dialect::MariaDb);
    let server = Server::start(Dialect::MariaDb, None, &[]).await;
    let url = server.database("quiet").await;
    server.administer("CREATE USER app@localhost; GRANT ALL ON quiet.* TO app@localhost").await;
    world.fill(&url).await;
    let theirs = url.replace("root@", "app@");
    let switch =
        Switch::Sql { url: server.url("mysql"), on: "SET GLOBAL read_only = 1", off: "SET GLOBAL read_only = 0" };
    let verdict = refused(&world, &url, |arguments| world.run(&theirs, arguments), switch).await;
    tally.record("read_only, as a user who may not write then", verdict);
    tally.finish();
}

/// Root may write whatever the modes say, so it runs as somebody else then; the program must be where they may go.
fn as_somebody(world: &World, program: &Path, place: &Place, arguments: &[&str]) -> Ran {
    let mut command = world.command(&place.url, arguments);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        let given = command.get_args().map(ToOwned::to_owned).collect::<Vec<_>>();
        let mut other = std::process::Command::new(program);
        other.args(given).current_dir(world.shop.dir()).env("DATABASE_URL", &place.url);
        other.uid(65534).gid(65534);
        command = other;
    }
    command.output().unwrap().into()
}

#[tokio::test]
async fn sqlite_says_that_it_takes_no_writes() {
    let world = World::new(Dialect::Sqlite).await;
    let mut tally = Tally::new("read-only", Dialect::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("cargo-schema");
    fs::copy(env!("CARGO_BIN_EXE_cargo-schema"), &program).unwrap();
    for open in [folder.path(), world.shop.dir().parent().unwrap()] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (what, modes) in [("the file is read-only", [0o444, 0o777]), ("the folder is read-only", [0o666, 0o555])] {
        let place = world.place().await;
        set_modes(&place.file(), [0o666, 0o777]);
        let switch = Switch::Modes { file: place.file(), modes };
        let run = |arguments: &[&str]| as_somebody(&world, &program, &place, arguments);
        tally.record(what, refused(&world, &place.url, run, switch).await);
    }
    tally.finish();
}
