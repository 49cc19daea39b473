//! No room is left on the disk: nothing is lost, and once there is room the run goes on.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema_core::ir::Dialect;
use tempfile::TempDir;

use crate::kill::recovers;
use crate::server::Server;
use crate::world::{DOWN, LIMIT, UP, World, finish, says_how_to_go_on};
use crate::{Chance, Tally, cases};

/// Who may not mount a small file system names a folder on one.
const ENV: &str = "SCHEMA_ENDURANCE_DISK";

/// A small file system of its own.
struct Disk {
    folder: TempDir,
    is_mounted: bool,
}

impl Disk {
    fn new(megabytes: u32) -> Self {
        if let Some(folder) = std::env::var_os(ENV) {
            return Self { folder: tempfile::tempdir_in(folder).unwrap(), is_mounted: false };
        }
        let folder = tempfile::Builder::new().prefix("schema-disk-").tempdir_in("/tmp").unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0777"), "tmpfs"]).arg(folder.path());
        let output = mount.output().unwrap();
        assert!(
            output.status.success(),
            "no small file system can be mounted, which takes root: {}; name a folder on one of 256 MB in {ENV}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Self { folder, is_mounted: true }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Leaves so many bytes.
    fn fill(&self, left: u64) {
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        let block = vec![1; 1 << 12];
        while ballast.write_all(&block).is_ok() {}
        let length = ballast.metadata().unwrap().len();
        ballast.set_len(length.saturating_sub(left)).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
    }
}

/// A run on a disk with so much room; whether it met the end of it.
async fn runs_out(world: &World, disk: &Disk, url: &str, arguments: &[&str], left: u64) -> Result<bool, String> {
    disk.fill(left);
    let ran = finish(world.start(url, arguments), LIMIT);
    disk.make_room();
    let ran = ran?;
    says_how_to_go_on(&ran)?;
    Ok(ran.code != 0)
}

/// Between nothing and what a run takes.
fn room(chance: &mut Chance) -> u64 {
    4096 * chance.below(512)
}

/// As `runs_out`, and then to the end.
async fn full(
    world: &World,
    disk: &Disk,
    server: Option<&mut Server>,
    url: &str,
    way: (&[&str], u64),
) -> (bool, Result<(), String>) {
    let (arguments, left) = way;
    let met = runs_out(world, disk, url, arguments, left).await;
    if let Some(server) = server {
        // One that can't write its log ends.
        server.stands_up().await;
        remove_what_is_left(world, server, url, arguments);
    }
    match met {
        Ok(met) => (met, recovers(world, url, arguments, false).await),
        Err(lost) => (true, Err(lost)),
    }
}

/// MariaDB leaves files of tables behind that it had no room for; the message names each, and what to do.
fn remove_what_is_left(world: &World, server: &Server, url: &str, arguments: &[&str]) {
    for _ in 0..if world.dialect.is_mysql() { 4 } else { 0 } {
        let ran = world.run(url, arguments);
        let named =
            ran.err.split_once("the server left `").and_then(|(_, rest)| rest.split_once("` in its data folder"));
        let Some((file, _)) = named else { return };
        fs::remove_file(server.data().join(file)).unwrap();
    }
}

async fn disks(dialect: Dialect, megabytes: u32) {
    let world = World::new(dialect).await;
    let mut tally = Tally::new("disk full", dialect);
    let disk = Disk::new(megabytes);
    let mut server = match dialect {
        Dialect::Sqlite => None,
        _ => Some(Server::start(dialect, Some(disk.path()), &[]).await),
    };
    let mut met = 0;
    for case in 0..cases(3, 60) {
        let mut chance = Chance::of(tally.seed, case);
        let url = match &server {
            Some(server) => server.database(&format!("full{case}")).await,
            None => format!("sqlite:{}", disk.path().join(format!("full{case}.db")).display()),
        };
        world.fill(&url).await;
        let arguments = if chance.is_one_in(3) { DOWN } else { UP };
        if arguments == DOWN {
            world.run(&url, UP).ends(0);
        }
        // The first one meets the end of the room for certain.
        let left = if case == 0 { 0 } else { room(&mut chance) };
        let (is_met, verdict) = full(&world, &disk, server.as_mut(), &url, (arguments, left)).await;
        met += usize::from(is_met);
        tally.record(&format!("case {case}, {arguments:?} with {left} bytes left"), verdict);
        match &server {
            Some(server) => server.drop_database(&format!("full{case}")).await,
            None => fs::remove_file(disk.path().join(format!("full{case}.db"))).unwrap(),
        }
    }
    println!("{dialect}: {met} runs met the end of the room");
    assert!(met > 0 || tally.tried == 0, "no run met the end of the room");
    drop(server);
    tally.finish();
}

#[tokio::test]
async fn postgres_survives_a_full_disk() {
    disks(Dialect::Postgres, 96).await;
}

#[tokio::test]
async fn sqlite_survives_a_full_disk() {
    disks(Dialect::Sqlite, 8).await;
}

#[tokio::test]
async fn mariadb_survives_a_full_disk() {
    disks(Dialect::MariaDb, 192).await;
}
