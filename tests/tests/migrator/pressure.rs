//! A server under pressure while rows are filled: vacuum at work, a replica behind, no room left on the disk.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use schema_runtime::connect::BackfillSettings;
use schema_runtime::migrate::Event;
use schema_runtime::scratch::Postgres;
use sqlx::Connection as _;

use super::backfill::{filled, project, run, run_with, until};
use super::postgres::ask;
use super::*;

fn reasons(events: &[Event]) -> Vec<&str> {
    let reasons = events.iter().filter_map(|event| match event {
        Event::MakingWay { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    reasons.collect()
}

/// Nothing is harmed when both work, so the wait for it has an end.
#[tokio::test]
async fn vacuum_is_made_way_for_and_not_for_ever() {
    let project = project(3_000, "lower(email)");
    let url = schema_tests::postgres().await;
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let mut vacuum = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1").execute(&mut vacuum).await.unwrap();
    let vacuum = tokio::spawn(async move {
        let _ = sqlx::query("VACUUM (DISABLE_PAGE_SKIPPING) users").execute(&mut vacuum).await;
    });
    until(&url, "SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = to_regclass('users'))").await;
    let backfill = BackfillSettings { wait: Some(Duration::from_secs(2)), ..BackfillSettings::default() };
    let settings = ConnectSettings { backfill, ..ConnectSettings::default() };
    let (result, events) = run_with(&project, &url, &settings).await;
    result.unwrap();
    let told = reasons(&events);
    assert!(
        told.iter().any(|reason| reason.starts_with("vacuum is at work on the table (server process ")),
        "{told:?}"
    );
    assert_eq!(filled(&url).await, "3000 of 3000");
    ask(&url, "SELECT pg_cancel_backend(pid)::text FROM pg_stat_progress_vacuum WHERE datname = current_database()")
        .await;
    vacuum.await.unwrap();
}

/// A standby of a server, which ends with this.
struct Replica {
    server: Child,
    _folder: tempfile::TempDir,
}

impl Replica {
    /// It replays what it gets that much later.
    async fn of(url: &str, delay: &str) -> Self {
        let of = |name: &str| format!("SELECT setting FROM pg_config() WHERE name = '{name}'");
        let (bin, data) = (ask(url, &of("BINDIR")).await.remove(0), ask(url, "SHOW data_directory").await.remove(0));
        let (host, port) =
            (ask(url, "SHOW unix_socket_directories").await.remove(0), ask(url, "SHOW port").await.remove(0));
        let owner = std::fs::metadata(&data).unwrap();
        let folder = tempfile::Builder::new().prefix("schema-pg-").tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
        let copy = folder.path().join("data");
        let command = |program: &str| {
            let mut command = Command::new(format!("{bin}/{program}"));
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if owner.uid() != std::fs::metadata("/proc/self").unwrap().uid() {
                command.uid(owner.uid()).gid(owner.gid());
            }
            command
        };
        let mut backup = command("pg_basebackup");
        backup.args([
            "-h",
            &host,
            "-p",
            &port,
            "-U",
            "postgres",
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
            "-D",
        ]);
        assert!(backup.arg(&copy).status().unwrap().success());
        let mut server = command("postgres");
        server.arg("-D").arg(&copy).arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
        // No less than its primary has.
        server.args(["-c", &format!("max_connections={}", ask(url, "SHOW max_connections").await.remove(0))]);
        let server = server.args(["-c", &format!("recovery_min_apply_delay={delay}")]).spawn().unwrap();
        until(url, "SELECT state = 'streaming' FROM pg_stat_replication WHERE application_name = 'walreceiver'").await;
        Self { server, _folder: folder }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test]
async fn a_replica_that_is_behind_is_made_way_for_and_named() {
    let server = Postgres::start().await.unwrap();
    let url = server.create_database("behind").await.unwrap();
    let project = project(3_000, "lower(email)");
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let replica = Replica::of(&url, "1h").await;
    ask(&url, "INSERT INTO users (part, id, email) VALUES ('q', 0, 'm') RETURNING email").await;
    until(&url, "SELECT replay_lag > interval '200 milliseconds' FROM pg_stat_replication").await;
    let limits = |wait| {
        let replica_lag = Some(Duration::from_millis(200));
        let backfill = BackfillSettings { replica_lag, wait: Some(wait), ..BackfillSettings::default() };
        ConnectSettings { backfill, ..ConnectSettings::default() }
    };
    let (result, events) = run_with(&project, &url, &limits(Duration::from_secs(1))).await;
    let error = message(result);
    assert!(error.contains("gives up: replica `walreceiver` is "), "{error}");
    assert!(error.contains(" s behind"), "{error}");
    assert!(reasons(&events).iter().any(|reason| reason.starts_with("replica `walreceiver` is ")), "{events:?}");
    assert_eq!(filled(&url).await, "0 of 3001");
    drop(replica);
    until(&url, "SELECT NOT EXISTS (SELECT FROM pg_stat_replication)").await;
    run_with(&project, &url, &limits(Duration::from_secs(1))).await.0.unwrap();
    assert_eq!(filled(&url).await, "3001 of 3001");
}

/// The server says so with its code for a full disk as long as the table `disk` says so. That is no row's fault.
#[tokio::test]
async fn a_full_disk_stops_it_and_it_goes_on_once_there_is_room() {
    let project = project(3_000, "writes(lower(email))");
    let url = schema_tests::postgres().await;
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let full = "CREATE TABLE disk (room int); INSERT INTO disk VALUES (1500);
        CREATE FUNCTION writes(login text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            IF substr(login, 2)::int > (SELECT room FROM disk) THEN
                RAISE EXCEPTION 'could not extend file \"base/5/16385\": No space left on device' USING ERRCODE = 'disk_full';
            END IF;
            RETURN login;
        END $$";
    sqlx::raw_sql(full).execute(&mut connection).await.unwrap();
    let (result, _) = run_with(&project, &url, &ConnectSettings::default()).await;
    let error = message(result);
    assert!(error.contains("No space left on device"), "{error}");
    assert!(!error.contains("the row"), "{error}");
    sqlx::raw_sql("UPDATE disk SET room = 100000").execute(&mut connection).await.unwrap();
    run(&project, &url).await;
    assert_eq!(filled(&url).await, "3000 of 3000");
}
