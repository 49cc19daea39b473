//! Several processes, and processes that are killed.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::*;

pub(crate) fn run_in_process(url: &str, project: &Project) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate_once"));
    command.arg(url).arg(project.migrations()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts `count` runs at once and returns how many files each applied.
fn race(url: &str, project: &Project, count: usize) -> Vec<usize> {
    let children: Vec<_> = (0..count).map(|_| run_in_process(url, project).spawn().unwrap()).collect();
    let outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    outputs
        .iter()
        .map(|output| {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn eight_processes_on_one_new_file_apply_each_migration_once() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    let counts = race(&project.url(), &project, 8);
    assert_eq!(counts.iter().sum::<usize>(), 3, "{counts:?}");
    assert_eq!(lite(&project, "SELECT CAST(version AS TEXT) FROM _sqlx_migrations").await, ["1", "2", "3"]);
    assert_eq!(lite(&project, "SELECT email || age FROM users ORDER BY id").await, ["ann7", "bob7"]);
}

#[tokio::test]
async fn eight_processes_and_a_concurrent_index_end_with_one_valid_index() {
    let project = Project::new(&[
        ("1_a", "CREATE TABLE a (id int);\nINSERT INTO a SELECT generate_series(1, 20000);\n", "DROP TABLE a;"),
        (
            "2_index",
            "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);\n",
            "-- no-transaction\nDROP INDEX CONCURRENTLY a_id;\n",
        ),
    ]);
    let url = schema_tests::postgres().await;
    let counts = race(&url, &project, 8);
    assert_eq!(counts.iter().sum::<usize>(), 2, "{counts:?}");
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    let valid: Vec<bool> = sqlx::query_scalar("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(valid, [true]);
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn a_lock_that_another_process_holds_is_waited_for_and_then_named() {
    let project = Project::new(&[USERS]);
    drop(project.open().await);
    let held = std::fs::File::create(lock_file(&project.file())).unwrap();
    held.lock().unwrap();
    std::fs::write(lock_file(&project.file()), "4711").unwrap();
    let output = run_in_process(&project.url(), &project).env("SCHEMA_LOCK_WAIT", "300ms").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.starts_with("LockWaiting { holder: Some(\"process 4711\")"), "{said}");
    let file = project.file().canonicalize().unwrap();
    let expected = format!(
        "the SQLite database `{}` is locked by another migration run (process 4711): gave up after 300 ms; \
         wait for it or end it, or raise `SCHEMA_LOCK_WAIT`",
        file.display()
    );
    assert_eq!(said.lines().last().unwrap(), expected);
    drop(held);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [1]);
}

/// Counts to the number in `pace`, so that a test decides how long it takes.
const SLOW: &str = "CREATE TABLE counted AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < (SELECT n FROM pace)) SELECT count(*) AS n FROM c;\n";

async fn killed_in(up: &str) -> Project {
    let pace = "CREATE TABLE pace (n INTEGER);\nINSERT INTO pace VALUES (1000000000000);\n";
    let project = Project::new(&[("1_pace", pace, "DROP TABLE pace;"), ("2_slow", up, "DROP TABLE counted;")]);
    let mut child = run_in_process(&project.url(), &project).spawn().unwrap();
    let start = Instant::now();
    while !is_writing(&project) {
        assert!(start.elapsed() < Duration::from_secs(30), "it never began");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lite_execute(&project, "UPDATE pace SET n = 3").await;
    project
}

/// The first file is recorded and the second one holds the write lock.
fn is_writing(project: &Project) -> bool {
    let journal = PathBuf::from(format!("{}-journal", project.file().display()));
    let lasting = || {
        std::thread::sleep(Duration::from_millis(300));
        journal.exists()
    };
    journal.exists() && lasting()
}

#[tokio::test]
async fn a_process_killed_inside_a_file_leaves_nothing_and_the_next_run_applies_it() {
    let project = killed_in(SLOW).await;
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2]);
    assert_eq!(lite(&project, "SELECT CAST(n AS TEXT) FROM counted").await, ["3"]);
}

#[tokio::test]
async fn a_process_killed_inside_a_rebuild_leaves_nothing_and_the_next_run_applies_it() {
    let project = killed_in(&format!(
        "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n{SLOW}COMMIT;\nPRAGMA foreign_keys = ON;\n"
    ))
    .await;
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2]);
    assert_eq!(lite(&project, "SELECT CAST(n AS TEXT) FROM counted").await, ["3"]);
}
