//! Reverting what a killed run left in the middle, outside any transaction, where the history does not know of it.

use super::backfill::{project, until};
use super::postgres::{ask, tell};
use super::processes::run_in_process;
use super::*;

const TABLE: (&str, &str, &str) =
    ("1_a", "CREATE TABLE a (id int);\nINSERT INTO a SELECT generate_series(1, 100);\n", "DROP TABLE a;\n");
const INDEX: (&str, &str, &str) = (
    "2_index",
    "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);\n",
    "-- no-transaction\nDROP INDEX CONCURRENTLY a_id;\n",
);

/// Both applied, and the second as a run leaves it that is killed before it can record the index; `phase` says in which way.
async fn killed_before_the_record(project: &Project, phase: &str) -> String {
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    tell(&url, "DELETE FROM _sqlx_migrations WHERE version = 2").await;
    tell(&url, &format!("UPDATE _schema_migrations SET phase = '{phase}' WHERE version = 2")).await;
    url
}

async fn indexes(url: &str) -> Vec<String> {
    ask(url, "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass('a')").await
}

async fn notes(url: &str) -> Vec<String> {
    ask(url, "SELECT version || ' ' || phase FROM _schema_migrations ORDER BY version").await
}

#[tokio::test]
async fn an_index_that_was_built_and_not_recorded_is_reverted() {
    let project = Project::new(&[TABLE, INDEX]);
    let url = killed_before_the_record(&project, "applying").await;
    let report = revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap();
    assert_eq!(versions(&report.reverted), [2]);
    assert_eq!((indexes(&url).await, notes(&url).await), (vec![], vec!["1 applied".to_owned()]));
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
}

#[tokio::test]
async fn an_index_that_was_not_built_or_is_invalid_is_forgotten_by_a_revert() {
    let project = Project::new(&[TABLE, INDEX]);
    for left in ["DROP INDEX a_id", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_id'::regclass"] {
        let url = killed_before_the_record(&project, "applying").await;
        tell(&url, left).await;
        let report = revert(&project.migrator(), &url, Back::To(1)).await.unwrap();
        assert_eq!(versions(&report.reverted), [2], "{left}");
        assert_eq!((indexes(&url).await, notes(&url).await), (vec![], vec!["1 applied".to_owned()]), "{left}");
    }
}

#[tokio::test]
async fn a_revert_of_it_that_is_killed_in_its_turn_leaves_both_ways_open() {
    let project = Project::new(&[TABLE, INDEX]);
    let url = killed_before_the_record(&project, "reverting").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(indexes(&url).await, ["a_id"]);
    let url = killed_before_the_record(&project, "reverting").await;
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::To(0)).await.unwrap().reverted), [2, 1]);
}

#[tokio::test]
async fn a_backfill_that_was_killed_is_reverted_with_what_came_before() {
    let project = project(20_000, "slow(email)");
    project.write("2_fill.down.sql", "UPDATE users SET login = NULL;\n");
    let url = schema_tests::postgres().await;
    let mut child = run_in_process(&url, &project).spawn().unwrap();
    until(&url, "SELECT rows_filled > 1000 FROM _schema_backfills").await;
    child.kill().unwrap();
    child.wait().unwrap();
    let report = revert(&project.migrator(), &url, Back::To(1)).await.unwrap();
    assert_eq!(versions(&report.reverted), [2]);
    assert_eq!(ask(&url, "SELECT count(*)::text FROM users WHERE login IS NOT NULL").await, ["0"]);
    assert_eq!(ask(&url, "SELECT count(*)::text FROM _schema_backfills").await, ["0"]);
}
