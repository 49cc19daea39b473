//! Rows that are filled in batches, on PostgreSQL.

use std::process::Command;
use std::time::{Duration, Instant};

use schema_core::backfill::Backfill;
use schema_core::ir::{Column, Dialect, ObjectName, PrimaryKey, SqlType, Table};
use schema_runtime::connect::BackfillSettings;
use schema_runtime::migrate::{Back, BackfillState, Event, State};
use sqlx::Connection as _;

use super::postgres::{ask, tell};
use super::processes::run_in_process;
use super::sqlx_turns::sqlx_cli;
use super::*;

/// A table with a key of two columns and so many rows, and a function that takes its time for each.
pub(super) fn users(rows: u32) -> String {
    format!(
        "CREATE TABLE users (part text, id integer, email text NOT NULL, login text, CONSTRAINT users_pkey PRIMARY KEY (part, id));\n\
         INSERT INTO users (part, id, email) SELECT 'p''' || n % 3, n, 'M' || n FROM generate_series(1, {rows}) AS n;\n\
         ANALYZE users;\n\
         CREATE FUNCTION slow(email text) RETURNS text LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(0.0005); RETURN lower(email); END $$;\n"
    )
}

/// The file that the planner and `cargo schema new --backfill` write.
pub(super) fn fill(value: &str, condition: &str) -> String {
    let mut table = Table::new(ObjectName::qualified("public", "users"));
    table.columns = ["part", "id", "email", "login"].map(|name| Column::new(name, SqlType::builtin("text"))).into();
    table.primary_key = Some(PrimaryKey::new("users_pkey", vec!["part".to_owned(), "id".to_owned()]));
    let fill = Backfill::new(Dialect::Postgres, &table, "login", value, condition).unwrap();
    format!("-- no-transaction\n-- fill users.login\n\n{};\n", fill.block())
}

/// A project with these rows, and a fill of `login` as its second migration.
pub(super) fn project(rows: u32, value: &str) -> Project {
    let project = Project::new(&[("1_users", &users(rows), "DROP TABLE users;\nDROP FUNCTION slow;\n")]);
    project.add("2_fill", &fill(value, "login IS NULL"), "SELECT 1;\n");
    project
}

pub(super) async fn filled(url: &str) -> String {
    let query = "SELECT count(*) || ' of ' || (SELECT count(*) FROM users) FROM users WHERE login = lower(email)";
    ask(url, query).await.remove(0)
}

async fn count(url: &str, condition: &str) -> String {
    ask(url, &format!("SELECT count(*)::text FROM users WHERE {condition}")).await.remove(0)
}

/// Waits until the query says so; about what does not exist yet it says nothing.
pub(super) async fn until(url: &str, query: &str) {
    let start = Instant::now();
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let said = |value: Result<Option<bool>, sqlx::Error>| value.ok().flatten() == Some(true);
    while !said(sqlx::query_scalar(sql(query)).fetch_optional(&mut connection).await) {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {query}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const UNDER_WAY: &str = "SELECT rows_filled > 1000 FROM _schema_backfills";

/// Runs what is pending with these settings; the events.
pub(super) async fn run_with(
    project: &Project,
    url: &str,
    settings: &ConnectSettings,
) -> (Result<Report, Error>, Vec<Event>) {
    let mut events = Vec::new();
    let mut connection = connect(url, settings).await.unwrap();
    let result = project.migrator().migrate(&mut connection, Target::Latest, &mut |event| events.push(event)).await;
    (result, events)
}

pub(super) async fn run(project: &Project, url: &str) -> Vec<Event> {
    let (result, events) = run_with(project, url, &ConnectSettings::default()).await;
    result.unwrap_or_else(|error| panic!("{error}"));
    events
}

/// A run of its own task.
fn spawn(project: &Project, url: &str) -> tokio::task::JoinHandle<Result<Report, Error>> {
    let (migrator, url) = (project.migrator(), url.to_owned());
    tokio::spawn(async move { migrate(&migrator, &url).await })
}

/// A database in which a run was killed while it filled.
async fn killed(project: &Project) -> String {
    let url = schema_tests::postgres().await;
    let mut child = run_in_process(&url, project).spawn().unwrap();
    until(&url, UNDER_WAY).await;
    child.kill().unwrap();
    child.wait().unwrap();
    // The server finds out when it answers, and ends the batch that it is at.
    until(&url, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'cargo-schema')").await;
    url
}

#[tokio::test]
async fn rows_are_filled_in_batches_up_down_and_up_again() {
    let project = project(20_000, "lower(email)");
    let url = schema_tests::postgres().await;
    let told = events(&project.migrator(), &url).await;
    let last = told.iter().rev().find_map(|event| match event {
        Event::Filling { progress, .. } => Some(progress.clone()),
        _ => None,
    });
    let progress = last.unwrap_or_else(|| panic!("{told:?}"));
    assert_eq!((progress.pass, progress.rows_seen, progress.rows_filled), (1, 20_000, 20_000));
    assert!(progress.batches > 1 && progress.rows_estimated > 10_000, "{progress:?}");
    assert_eq!(filled(&url).await, "20000 of 20000");
    let analyzed =
        "SELECT count(*)::text FROM pg_stats WHERE tablename = 'users' AND attname = 'login' AND null_frac = 0";
    assert_eq!(ask(&url, analyzed).await, ["1"]);
    let transactions = ask(&url, "SELECT count(DISTINCT xmin::text)::text FROM users").await;
    assert_eq!(transactions, [progress.batches.to_string()]);
    assert_eq!(ask(&url, "SELECT count(*)::text FROM _schema_backfills").await, ["0"]);
    revert(&project.migrator(), &url, Back::Steps(2)).await.unwrap();
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1, 2]);
    assert_eq!(filled(&url).await, "20000 of 20000");
}

#[tokio::test]
async fn sqlx_gives_the_same_rows_by_the_same_file() {
    let project = project(5_000, "lower(email)");
    let (ours, theirs) = (schema_tests::postgres().await, schema_tests::postgres().await);
    migrate(&project.migrator(), &ours).await.unwrap();
    sqlx_cli(&project, &theirs, &["run"]).await;
    let rows = "SELECT part || id || email || login FROM users ORDER BY id";
    assert_eq!(ask(&ours, rows).await, ask(&theirs, rows).await);
}

#[tokio::test]
async fn a_run_killed_anywhere_goes_on_behind_its_last_batch() {
    let project = project(6_000, "slow(email)");
    let url = killed(&project).await;
    let done = ask(&url, "SELECT rows_filled::text FROM _schema_backfills").await.remove(0);
    assert_eq!(count(&url, "login IS NOT NULL").await, done);
    let status = project.migrator().backfills(&mut open(&url).await).await.unwrap();
    assert_eq!((status[0].version, status[0].state), (2, BackfillState::Interrupted));
    let status = project.migrator().status(&mut open(&url).await).await.unwrap();
    assert_eq!(status.entries[1].state, State::Interrupted);
    tell(&url, "CREATE TABLE early AS SELECT ctid AS place FROM users WHERE login IS NOT NULL").await;
    let events = run(&project, &url).await;
    assert!(events.contains(&Event::Resuming { version: 2 }), "{events:?}");
    assert_eq!(filled(&url).await, "6000 of 6000");
    assert_eq!(count(&url, "ctid IN (SELECT place FROM early)").await, done, "what is filled is not filled again");
}

/// A crash loses the batches that were not on the disk yet, and the cursor with them.
#[tokio::test]
async fn a_server_that_crashes_in_a_batch_loses_batches_at_most() {
    let server = schema_runtime::scratch::Postgres::start().await.unwrap();
    let url = server.create_database("crashing").await.unwrap();
    let project = project(4_000, "slow(email)");
    let child = run_in_process(&url, &project).spawn().unwrap();
    until(&url, UNDER_WAY).await;
    let pid =
        ask(&url, "SELECT pid::text FROM pg_stat_activity WHERE application_name = 'cargo-schema'").await.remove(0);
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("run again: it goes on behind the last batch that was committed"), "{said}");
    let start = Instant::now();
    while sqlx::PgConnection::connect(&url).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "the server does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let agree = "SELECT (rows_filled = (SELECT count(login) FROM users))::text FROM _schema_backfills";
    assert_eq!(ask(&url, agree).await, ["true"]);
    run(&project, &url).await;
    assert_eq!(filled(&url).await, "4000 of 4000");
}

#[tokio::test]
async fn two_processes_fill_each_row_once() {
    let project = project(3_000, "slow(email)");
    let url = schema_tests::postgres().await;
    let children: Vec<_> = (0..2).map(|_| run_in_process(&url, &project).spawn().unwrap()).collect();
    let mut applied = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        applied.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    applied.sort();
    assert_eq!(applied, ["0", "2"]);
    assert_eq!(filled(&url).await, "3000 of 3000");
}

/// Even a run that has lost the migration lock does no batch twice: each takes the cursor, and goes on where it says.
#[tokio::test]
async fn a_batch_waits_for_the_cursor_and_goes_on_where_it_says() {
    let project = project(5_000, "slow(email)");
    let url = schema_tests::postgres().await;
    let run = spawn(&project, &url);
    until(&url, UNDER_WAY).await;
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut batch = other.begin().await.unwrap();
    sqlx::query("SELECT FROM _schema_backfills FOR UPDATE").execute(&mut *batch).await.unwrap();
    let rest = "UPDATE users SET login = 'theirs' WHERE login IS NULL";
    let theirs = sqlx::query(rest).execute(&mut *batch).await.unwrap().rows_affected();
    let end = "UPDATE _schema_backfills SET last_key = \
        (SELECT json_build_array(part, id::text)::text FROM users ORDER BY part DESC, id DESC LIMIT 1)";
    sqlx::query(end).execute(&mut *batch).await.unwrap();
    batch.commit().await.unwrap();
    assert_eq!(versions(&run.await.unwrap().unwrap().applied), [1, 2]);
    assert!(theirs > 0);
    assert_eq!(count(&url, "login = 'theirs'").await, theirs.to_string());
}

#[tokio::test]
async fn a_pause_ends_the_run_behind_its_batch_and_a_resume_lets_it_go_on() {
    let project = project(6_000, "slow(email)");
    project.add("3_after", "CREATE TABLE after (id int);\n", "DROP TABLE after;\n");
    let url = schema_tests::postgres().await;
    let (migrator, running) = (project.migrator(), spawn(&project, &url));
    until(&url, UNDER_WAY).await;
    let mut connection = open(&url).await;
    assert_eq!(migrator.backfills(&mut connection).await.unwrap()[0].state, BackfillState::Running);
    let paused = migrator.pause_backfill(&mut connection, Some(2)).await.unwrap();
    assert_eq!(paused[0].state, BackfillState::Paused);
    let error = running.await.unwrap().unwrap_err();
    let Error::Paused(stopped) = &error else { panic!("{error}") };
    assert_eq!((stopped.version, versions(&stopped.report.applied)), (2, vec![1]));
    assert_eq!(
        error.to_string(),
        "migration 2 `fill` is paused; what is filled stays\n  \
         help: `cargo schema backfill resume` lets the next `cargo schema migrate` go on with it"
    );
    let done = count(&url, "login IS NOT NULL").await;
    assert!(matches!(migrate(&migrator, &url).await, Err(Error::Paused(_))));
    assert_eq!(count(&url, "login IS NOT NULL").await, done);
    assert_eq!(ask(&url, "SELECT coalesce(to_regclass('after')::text, 'none')").await, ["none"]);
    let resumed = migrator.resume_backfill(&mut connection, None).await.unwrap();
    assert_eq!(resumed[0].state, BackfillState::Interrupted);
    assert_eq!(resumed[0].progress.as_ref().unwrap().rows_filled.to_string(), done);
    assert_eq!(versions(&migrate(&migrator, &url).await.unwrap().applied), [2, 3]);
    assert_eq!(filled(&url).await, "6000 of 6000");
    assert_eq!(
        migrator.pause_backfill(&mut connection, Some(2)).await.unwrap_err().to_string(),
        "there is no backfill 2 that is pending or under way\n  help: `cargo schema backfill status` lists them"
    );
}

#[tokio::test]
async fn a_backfill_can_be_paused_before_it_begins() {
    let project = project(100, "lower(email)");
    let url = schema_tests::postgres().await;
    let (migrator, mut connection) = (project.migrator(), open(&url).await);
    migrator.migrate(&mut connection, Target::Version(1), &mut |_| {}).await.unwrap();
    assert_eq!(migrator.backfills(&mut connection).await.unwrap()[0].state, BackfillState::Pending);
    migrator.pause_backfill(&mut connection, None).await.unwrap();
    assert!(matches!(migrate(&migrator, &url).await, Err(Error::Paused(_))));
    assert_eq!(filled(&url).await, "0 of 100");
    migrator.resume_backfill(&mut connection, None).await.unwrap();
    migrate(&migrator, &url).await.unwrap();
    assert_eq!(filled(&url).await, "100 of 100");
}

#[tokio::test]
async fn the_row_that_fails_is_named_and_those_before_it_stay_filled() {
    let project = project(5_000, "(1000 / (id - 2500))::text");
    let url = schema_tests::postgres().await;
    assert_eq!(
        message(migrate(&project.migrator(), &url).await),
        "could not apply migration 2 `fill`, at the row with part = p'1, id = 2500: division by zero\n  \
         help: correct that row, or what it gets, and run again: the rows before it are filled and stay, and it goes on with this one"
    );
    assert_eq!(count(&url, "login IS NULL AND (part, id) < ('p''1', 2500)").await, "0");
    assert_eq!(count(&url, "login IS NOT NULL AND (part, id) >= ('p''1', 2500)").await, "0");
    tell(&url, "UPDATE users SET id = 6000 WHERE id = 2500").await;
    assert!(run(&project, &url).await.contains(&Event::Resuming { version: 2 }));
    assert_eq!(count(&url, "login IS NULL").await, "0");
}

#[tokio::test]
async fn a_fault_of_the_text_is_no_fault_of_a_row() {
    let project = project(100, "lower(mail)");
    let url = schema_tests::postgres().await;
    assert_eq!(
        message(migrate(&project.migrator(), &url).await),
        "could not apply migration 2 `fill`: column \"mail\" does not exist\n  \
         help: what is filled stays; mend the cause and run again: it goes on from there"
    );
}

#[tokio::test]
async fn rows_that_come_in_behind_the_cursor_are_filled_too() {
    let project = project(6_000, "slow(email)");
    let url = schema_tests::postgres().await;
    let running = spawn(&project, &url);
    until(&url, UNDER_WAY).await;
    tell(&url, "INSERT INTO users (part, id, email) VALUES ('a', 1, 'Behind')").await;
    running.await.unwrap().unwrap();
    assert_eq!(filled(&url).await, "6001 of 6001");
}

/// What the expression leaves NULL is no reason for a second pass.
#[tokio::test]
async fn rows_that_get_null_are_left_alone() {
    let project = project(3_000, "nullif(lower(email), 'm7')");
    let url = schema_tests::postgres().await;
    let told = run(&project, &url).await;
    let again = |event: &Event| matches!(event, Event::Filling { progress, .. } if progress.pass > 1);
    assert!(!told.iter().any(again), "{told:?}");
    assert_eq!(filled(&url).await, "2999 of 3000");
}

#[tokio::test]
async fn an_old_transaction_is_made_way_for_and_named() {
    let project = project(2_000, "lower(email)");
    let url = schema_tests::postgres().await;
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let mut old = sqlx::PgConnection::connect(&url).await.unwrap();
    let report = "SET application_name = 'report'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM users";
    sqlx::raw_sql(report).execute(&mut old).await.unwrap();
    let limits = |wait| {
        let old_transaction = Some(Duration::from_millis(100));
        let backfill = BackfillSettings { old_transaction, wait: Some(wait), ..BackfillSettings::default() };
        ConnectSettings { backfill, ..ConnectSettings::default() }
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (result, events) = run_with(&project, &url, &limits(Duration::from_secs(1))).await;
    let error = message(result);
    assert!(error.starts_with("migration 2 `fill` made way for 1"), "{error}");
    assert!(error.contains(" s, and gives up: server process "), "{error}");
    assert!(error.contains(" `report`, in a transaction for "), "{error}");
    assert!(error.contains(" s (idle in transaction), last with `SET application_name"), "{error}");
    assert!(error.ends_with("help: what is filled stays; run again and it goes on, or raise `SCHEMA_BACKFILL_WAIT`"));
    assert!(events.iter().any(|event| matches!(event, Event::MakingWay { version: 2, .. })), "{events:?}");
    assert_eq!(filled(&url).await, "0 of 2000");
    let (migrator, place, settings) = (project.migrator(), url.clone(), limits(Duration::from_secs(60)));
    let running = tokio::spawn(async move {
        migrator.migrate(&mut connect(&place, &settings).await.unwrap(), Target::Latest, &mut |_| {}).await
    });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(filled(&url).await, "0 of 2000");
    sqlx::query("COMMIT").execute(&mut old).await.unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(filled(&url).await, "2000 of 2000");
}

#[tokio::test]
async fn a_locked_row_is_waited_for_and_its_holder_is_named() {
    let project = project(2_000, "lower(email)");
    let url = schema_tests::postgres().await;
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let mut holder = sqlx::PgConnection::connect(&url).await.unwrap();
    let held = "SET application_name = 'shop'; BEGIN; UPDATE users SET email = 'held' WHERE id = 1500";
    sqlx::raw_sql(held).execute(&mut holder).await.unwrap();
    let settings = ConnectSettings { lock_timeout: Duration::from_millis(20), tries: 2, ..ConnectSettings::default() };
    let (result, events) = run_with(&project, &url, &settings).await;
    let error = message(result);
    assert!(
        error.contains(": canceling statement due to lock timeout\n  help: another session kept its locks"),
        "{error}"
    );
    assert!(error.contains(" `shop`, in a transaction for "), "{error}");
    assert!(events.iter().any(|event| matches!(event, Event::Retrying { version: 2, attempt: 1, .. })), "{events:?}");
    sqlx::query("COMMIT").execute(&mut holder).await.unwrap();
    migrate(&project.migrator(), &url).await.unwrap();
    assert_eq!(count(&url, "login IS NULL").await, "0");
}

#[tokio::test]
async fn a_changed_block_begins_anew_and_an_edited_one_runs_as_it_stands() {
    let project = project(3_000, "slow(email)");
    let url = killed(&project).await;
    project.add("2_fill", &fill("upper(email)", "login IS NULL"), "SELECT 1;\n");
    let events = run(&project, &url).await;
    assert!(!events.contains(&Event::Resuming { version: 2 }), "{events:?}");
    assert_eq!(count(&url, "login IS NULL").await, "0");
    revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap();
    tell(&url, "UPDATE users SET login = NULL").await;
    project.add("2_fill", &fill("lower(email)", "login IS NULL").replace("0.03", "0.01"), "SELECT 1;\n");
    let events = run(&project, &url).await;
    assert!(!events.iter().any(|event| matches!(event, Event::Filling { .. })), "{events:?}");
    assert_eq!(filled(&url).await, "3000 of 3000");
}

#[tokio::test]
async fn a_way_back_may_fill_rows_too() {
    let project = project(3_000, "lower(email)");
    project.add("2_fill", &fill("lower(email)", "login IS NULL"), &fill("upper(email)", "login <> upper(email)"));
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap();
    assert_eq!(count(&url, "login = upper(email)").await, "3000");
    assert_eq!(ask(&url, "SELECT count(*)::text FROM _schema_backfills").await, ["0"]);
}
