//! What is particular to PostgreSQL: settings, locks, concurrent indexes.

use std::time::Duration;

use schema_runtime::migrate::{Back, Event};
use sqlx::PgPool;

use super::*;

pub(crate) async fn ask(url: &str, query: &str) -> Vec<String> {
    let pool = PgPool::connect(url).await.unwrap();
    let rows = sqlx::query_scalar(sql(query)).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

pub(crate) async fn tell(url: &str, statement: &str) {
    let pool = PgPool::connect(url).await.unwrap();
    sqlx::raw_sql(sql(statement)).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn up_down_and_up_again_leaves_the_rows_and_the_records_right() {
    let project = Project::new(&[USERS, AGE]);
    let url = schema_tests::postgres().await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1, 2]);
    assert_eq!(ask(&url, "SELECT email || age FROM users ORDER BY id").await, ["ann7", "bob7"]);
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [2]);
    assert_eq!(ask(&url, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(
        ask(&url, "SELECT version || description || success || length(checksum) || (execution_time > 0) FROM _sqlx_migrations ORDER BY 1").await,
        ["1userstrue48true", "2add agetrue48true"]
    );
}

/// Nothing is written to the history behind the COMMIT: on a disk, that would cost as much as the file.
#[tokio::test]
async fn a_file_and_its_records_are_one_transaction() {
    let project = Project::new(&[USERS]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    let written = "SELECT xmin FROM _sqlx_migrations UNION ALL SELECT xmin FROM _schema_migrations UNION ALL SELECT xmin FROM pg_class WHERE relname = 'users'";
    assert_eq!(
        ask(&url, &format!("SELECT count(*) || ' ' || count(DISTINCT xmin::text) FROM ({written}) t")).await,
        ["3 1"]
    );
}

#[tokio::test]
async fn a_constraint_goes_back_only_with_the_index_that_it_took_over() {
    let project = Project::new(&[
        USERS,
        (
            "2_index",
            "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY \"users_email_key\" ON public.users (email);\n",
            "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS public.\"users_email_key\";\n",
        ),
        (
            "3_unique",
            "ALTER TABLE public.users ADD CONSTRAINT \"users_email_key\" UNIQUE USING INDEX \"users_email_key\";\n",
            "ALTER TABLE public.users DROP CONSTRAINT \"users_email_key\";\n",
        ),
    ]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    assert_eq!(
        message(revert(&project.migrator(), &url, Back::Steps(1)).await),
        "migration 3 `unique` takes the index with it that migration 2 `index` built: the one does not go back without \
         the other\n  help: revert both: `cargo schema revert --target 1`"
    );
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::To(1)).await.unwrap().reverted), [3, 2]);
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2, 3]);
    assert_eq!(ask(&url, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
}

#[tokio::test]
async fn a_failure_names_the_line_and_leaves_nothing() {
    let project = Project::new(&[(
        "1_bad",
        "CREATE TABLE kept (id int);\n\nINSERT INTO kept\nSELECT id FROM missing;\n",
        "DROP TABLE kept;",
    )]);
    let url = schema_tests::postgres().await;
    assert_eq!(
        message(migrate(&project.migrator(), &url).await),
        "could not apply migration 1 `bad`, line 4: relation \"missing\" does not exist\n  \
         help: its transaction was rolled back, so nothing of it is left; mend the cause and run again"
    );
    assert_eq!(ask(&url, "SELECT coalesce(to_regclass('kept')::text, 'none')").await, ["none"]);
}

#[tokio::test]
async fn the_session_is_in_utc_and_a_file_that_changes_it_does_not_reach_the_next() {
    let project = Project::new(&[
        (
            "1_settings",
            "SELECT pg_catalog.set_config('search_path', '', false);\nSET TIME ZONE 'Asia/Tokyo';\nSET lock_timeout = 0;\n",
            "SELECT 1;",
        ),
        (
            "2_zone",
            "CREATE TABLE zone AS SELECT current_setting('timezone') || ' ' || current_setting('lock_timeout') AS name;\n",
            "DROP TABLE zone;",
        ),
    ]);
    let url = schema_tests::postgres().await;
    tell(&url, "ALTER ROLE CURRENT_USER SET timezone = 'Europe/Berlin'").await;
    migrate(&project.migrator(), &url).await.unwrap();
    tell(&url, "ALTER ROLE CURRENT_USER RESET timezone").await;
    assert_eq!(ask(&url, "SELECT name FROM public.zone").await, ["UTC 100ms"]);
}

#[tokio::test]
async fn the_history_stays_in_the_schema_where_it_is() {
    let project = Project::new(&[USERS]);
    let url = schema_tests::postgres().await;
    tell(&url, "CREATE SCHEMA app").await;
    let url = format!("{url}{}options=-csearch_path%3Dapp,public", if url.contains('?') { '&' } else { '?' });
    migrate(&project.migrator(), &url).await.unwrap();
    assert_eq!(
        ask(
            &url,
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('app', 'public') ORDER BY 1"
        )
        .await,
        ["app._schema_migrations", "app._sqlx_migrations", "app.users"]
    );
}

#[tokio::test]
async fn a_lock_that_another_session_holds_is_named() {
    let project = Project::new(&[USERS]);
    let url = schema_tests::postgres().await;
    let theirs = sqlx::migrate::Migrator::new(project.migrations()).await.unwrap();
    let mut holder = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::migrate::Migrate::lock(&mut holder).await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    sqlx::query("SET application_name = 'shop'").execute(&mut holder).await.unwrap();
    let user: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut holder).await.unwrap();
    let settings = ConnectSettings { lock_wait: Duration::from_millis(200), ..ConnectSettings::default() };
    let mut connection = connect(&url, &settings).await.unwrap();
    let place = connection.place().to_owned();
    let mut waited = 0;
    let result = project
        .migrator()
        .migrate(&mut connection, Target::Latest, &mut |event| {
            waited += usize::from(matches!(event, Event::LockWaiting { .. }))
        })
        .await;
    assert_eq!(
        message(result),
        format!(
            "{place} is locked by another migration run (server process {pid} `shop` of user `{user}`): gave up after 200 ms; \
             wait for it or end it, or raise `SCHEMA_LOCK_WAIT`"
        )
    );
    assert_eq!(waited, 1);
    sqlx::migrate::Migrate::unlock(&mut holder).await.unwrap();
    assert_eq!(
        versions(&project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap().applied),
        [1]
    );
    theirs.run_direct(None, &mut holder, false).await.unwrap();
}

const INDEX: (&str, &str, &str) = (
    "3_index",
    "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_email ON public.users (email);\n",
    "-- no-transaction\nDROP INDEX CONCURRENTLY public.users_email;\n",
);
const STATE: &str = "SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END FROM pg_index WHERE indexrelid = to_regclass('users_email')";

#[tokio::test]
async fn an_index_left_invalid_by_a_failed_build_is_removed_before_the_next_try() {
    let project = Project::new(&[USERS, AGE]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    tell(&url, "INSERT INTO users VALUES (3, 'bob', 1)").await;
    project.add(INDEX.0, INDEX.1, INDEX.2);
    assert_eq!(
        message(migrate(&project.migrator(), &url).await),
        "could not apply migration 3 `index`: could not create unique index \"users_email\"; \
         Key (email)=(bob) is duplicated\n  \
         help: it runs outside a transaction; mend the cause and run again: what it left half-done is removed first"
    );
    assert_eq!(ask(&url, STATE).await, ["invalid"]);
    tell(&url, "DELETE FROM users WHERE id = 3").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [3]);
    assert_eq!(ask(&url, STATE).await, ["valid"]);
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [3]);
    assert_eq!(ask(&url, STATE).await, Vec::<String>::new());
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [3]);
}

/// The state that a run leaves when it is killed between the statement and the record.
async fn killed_behind_the_statement(project: &Project, url: &str) {
    migrate(&project.migrator(), url).await.unwrap();
    tell(url, "DELETE FROM _sqlx_migrations WHERE version = 3; UPDATE _schema_migrations SET phase = 'applying' WHERE version = 3").await;
}

#[tokio::test]
async fn a_run_killed_behind_a_concurrent_build_records_the_index_that_is_there() {
    let project = Project::new(&[USERS, AGE, INDEX]);
    let url = schema_tests::postgres().await;
    killed_behind_the_statement(&project, &url).await;
    let oid = ask(&url, "SELECT to_regclass('users_email')::oid::text").await;
    let told = events(&project.migrator(), &url).await;
    assert!(told.contains(&Event::Resuming { version: 3 }), "{told:?}");
    assert_eq!(ask(&url, "SELECT to_regclass('users_email')::oid::text").await, oid, "it was not built again");
    assert_eq!(ask(&url, "SELECT version::text FROM _sqlx_migrations ORDER BY 1").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_run_killed_before_or_inside_a_concurrent_build_builds_it() {
    let project = Project::new(&[USERS, AGE, INDEX]);
    let url = schema_tests::postgres().await;
    killed_behind_the_statement(&project, &url).await;
    tell(&url, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [3]);
    assert_eq!(ask(&url, STATE).await, ["valid"]);
    tell(&url, "DELETE FROM _sqlx_migrations WHERE version = 3; UPDATE _schema_migrations SET phase = 'applying' WHERE version = 3; DROP INDEX users_email").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [3]);
    assert_eq!(ask(&url, STATE).await, ["valid"]);
}

#[tokio::test]
async fn a_revert_killed_behind_its_statement_is_refused_by_migrate_and_ended_by_revert() {
    let project = Project::new(&[USERS, AGE, INDEX]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    tell(&url, "DROP INDEX users_email; UPDATE _schema_migrations SET phase = 'reverting' WHERE version = 3").await;
    assert_eq!(
        message(migrate(&project.migrator(), &url).await),
        "the revert of migration 3 `index` was interrupted\n  \
         help: `cargo schema revert` takes it up again: what was left half-done is removed first"
    );
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [3]);
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [3]);
}

#[tokio::test]
async fn an_index_of_that_name_that_was_there_before_is_an_error_at_every_try() {
    let project = Project::new(&[USERS, AGE, INDEX]);
    let url = schema_tests::postgres().await;
    let mut connection = open(&url).await;
    project.migrator().migrate(&mut connection, Target::Version(2), &mut |_| {}).await.unwrap();
    tell(&url, "CREATE INDEX users_email ON users (id)").await;
    for _ in 0..2 {
        assert!(message(migrate(&project.migrator(), &url).await).contains("relation \"users_email\" already exists"));
    }
}

#[tokio::test]
async fn a_table_that_is_in_use_is_tried_again_with_the_limits_set_anew() {
    let project = Project::new(&[USERS]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    project.add(AGE.0, AGE.1, AGE.2);
    let pool = PgPool::connect(&url).await.unwrap();
    let mut reader = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM users").execute(&mut *reader).await.unwrap();
    let settings = ConnectSettings { lock_timeout: Duration::from_millis(50), ..ConnectSettings::default() };
    let mut connection = connect(&url, &settings).await.unwrap();
    let (told, heard) = std::sync::mpsc::channel();
    let migrator = project.migrator();
    let run = tokio::spawn(async move {
        migrator.migrate(&mut connection, Target::Latest, &mut |event| told.send(event).unwrap()).await
    });
    let mut retries = 0;
    while retries < 2 && !run.is_finished() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        retries +=
            heard.try_iter().filter(|event| matches!(event, Event::Retrying { version: 2, tries: 10, .. })).count();
    }
    reader.commit().await.unwrap();
    assert!(retries >= 2);
    assert_eq!(versions(&run.await.unwrap().unwrap().applied), [2]);
    assert_eq!(ask(&url, "SELECT email || age FROM users ORDER BY id").await, ["ann7", "bob7"]);
}

#[tokio::test]
async fn tries_end_with_what_to_do() {
    let project = Project::new(&[USERS]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    project.add(AGE.0, AGE.1, AGE.2);
    let pool = PgPool::connect(&url).await.unwrap();
    let mut reader = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM users").execute(&mut *reader).await.unwrap();
    let settings = ConnectSettings { lock_timeout: Duration::from_millis(20), tries: 2, ..ConnectSettings::default() };
    let mut connection = connect(&url, &settings).await.unwrap();
    let text = message(project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await);
    let (start, end) = text.split_once("server process ").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(
        start,
        "could not apply migration 2 `add age`: canceling statement due to lock timeout\n  \
         help: another session kept its locks for 2 tries ("
    );
    let (_, who) = end.split_once(", in a transaction for ").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(
        who.split_once(' ').unwrap().1,
        "s (idle in transaction), last with `SELECT FROM users`); run again at a quieter time, or raise `SCHEMA_LOCK_TIMEOUT`, \
         `SCHEMA_TRIES` or `SCHEMA_LOCK_BUDGET`"
    );
    drop(reader);
}

#[tokio::test]
async fn a_run_that_was_dropped_leaves_a_connection_that_is_refused_and_a_database_that_is_whole() {
    let project =
        Project::new(&[USERS, ("2_slow", "CREATE TABLE slow (id int);\nSELECT pg_sleep(30);\n", "DROP TABLE slow;")]);
    let url = schema_tests::postgres().await;
    let mut connection = open(&url).await;
    let migrator = project.migrator();
    let mut silent = |_: Event| {};
    let run = migrator.migrate(&mut connection, Target::Latest, &mut silent);
    assert!(tokio::time::timeout(Duration::from_millis(1500), run).await.is_err());
    assert_eq!(
        message(migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await),
        format!(
            "an earlier run on this connection to {} was dropped before its end: open a new connection",
            connection.place()
        )
    );
    drop(connection);
    // Other tests' sessions are on the same server.
    let own = "datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'";
    tell(&url, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")).await;
    project.add("2_slow", "CREATE TABLE slow (id int);\n", "DROP TABLE slow;");
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
}
