//! sqlx and this runner take turns on one database: sqlx's library and its command line, on both databases.

use clap::Parser as _;
use schema_runtime::migrate::Back;

use super::*;

/// `sqlx migrate ..` of sqlx-cli.
pub(crate) async fn sqlx_cli(project: &Project, url: &str, command: &[&str]) {
    sqlx::any::install_default_drivers();
    let folder = project.migrations();
    let tail = ["--source", folder.to_str().unwrap(), "--database-url", url, "--no-dotenv"];
    let arguments = ["sqlx", "migrate"].iter().chain(command).chain(&tail);
    sqlx_cli::run(sqlx_cli::Opt::parse_from(arguments)).await.unwrap();
}

const REBUILD: (&str, &str, &str) = (
    "4_rebuild",
    "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE b (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n\
     INSERT INTO b SELECT id, title FROM posts;\nDROP TABLE posts;\nALTER TABLE b RENAME TO posts;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
    "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE b (id INTEGER PRIMARY KEY, title TEXT);\n\
     INSERT INTO b SELECT id, title FROM posts;\nDROP TABLE posts;\nALTER TABLE b RENAME TO posts;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
);

#[tokio::test]
async fn what_sqlx_applied_is_reverted_here_and_the_other_way_round() {
    let project = Project::new(&[USERS, AGE, POSTS, REBUILD]);
    let theirs = sqlx::migrate::Migrator::new(project.migrations()).await.unwrap();
    drop(project.open().await);
    let pool = sqlx::SqlitePool::connect(&project.url()).await.unwrap();
    theirs.run(&pool).await.unwrap();
    assert_eq!(versions(&project.migrate().await.unwrap().applied), NONE);
    assert_eq!(versions(&project.revert(Back::To(1)).await.unwrap().reverted), [4, 3, 2]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2, 3, 4]);
    theirs.undo(&pool, 1).await.unwrap();
    assert_eq!(lite(&project, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2, 3, 4]);
    pool.close().await;
}

#[tokio::test]
async fn the_history_is_the_table_that_sqlx_makes() {
    let (ours, theirs) = (Project::new(&[USERS]), Project::new(&[USERS]));
    ours.migrate().await.unwrap();
    drop(theirs.open().await);
    sqlx_cli(&theirs, &theirs.url(), &["run"]).await;
    let shape = "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || coalesce(dflt_value, '') || ' ' || pk FROM pragma_table_info('_sqlx_migrations')";
    assert_eq!(lite(&ours, shape).await, lite(&theirs, shape).await);
    let row = "SELECT version || description || success || hex(checksum) FROM _sqlx_migrations";
    assert_eq!(lite(&ours, row).await, lite(&theirs, row).await);
}

#[tokio::test]
async fn the_command_line_of_sqlx_goes_on_where_this_runner_stopped() {
    let project = Project::new(&[USERS, AGE]);
    project.migrate().await.unwrap();
    project.add(POSTS.0, POSTS.1, POSTS.2);
    sqlx_cli(&project, &project.url(), &["run"]).await;
    sqlx_cli(&project, &project.url(), &["revert", "--target-version", "1"]).await;
    assert_eq!(lite(&project, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2, 3]);
    assert_eq!(versions(&project.revert(Back::To(0)).await.unwrap().reverted), [3, 2, 1]);
    sqlx_cli(&project, &project.url(), &["run"]).await;
    assert_eq!(lite(&project, "SELECT email || age FROM users ORDER BY id").await, ["ann7", "bob7"]);
}

#[tokio::test]
async fn on_postgres_too() {
    let concurrent = (
        "4_index",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY posts_title ON posts (title);\n",
        "-- no-transaction\nDROP INDEX CONCURRENTLY posts_title;\n",
    );
    let project = Project::new(&[USERS, AGE, POSTS, concurrent]);
    let url = schema_tests::postgres().await;
    sqlx_cli(&project, &url, &["run"]).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), NONE);
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::To(1)).await.unwrap().reverted), [4, 3, 2]);
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2, 3, 4]);
    sqlx_cli(&project, &url, &["revert", "--target-version", "0"]).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1, 2, 3, 4]);
}
