//! Waiting for locks, limits on time, and what the planner knows afterwards, on PostgreSQL.

use std::time::Duration;

use schema_runtime::migrate::Event;
use sqlx::{Connection as _, PgConnection};

use super::postgres::{ask, tell};
use super::*;

/// Runs what is pending with these settings; the events.
async fn run(project: &Project, url: &str, settings: &ConnectSettings) -> (Result<Report, Error>, Vec<Event>) {
    let mut events = Vec::new();
    let mut connection = connect(url, settings).await.unwrap();
    let result = project.migrator().migrate(&mut connection, Target::Latest, &mut |event| events.push(event)).await;
    (result, events)
}

/// A database with the first file of the project, and a session that reads its table in an open transaction.
async fn read_by_a_shop(project: &Project) -> (String, PgConnection) {
    let url = schema_tests::postgres().await;
    project.migrator().migrate(&mut open(&url).await, Target::Version(1), &mut |_| {}).await.unwrap();
    let mut shop = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("SET application_name = 'shop'; BEGIN; SELECT FROM users").execute(&mut shop).await.unwrap();
    (url, shop)
}

#[tokio::test]
async fn who_blocks_is_told_while_a_statement_waits_and_in_the_end() {
    let project = Project::new(&[USERS, AGE]);
    let (url, shop) = read_by_a_shop(&project).await;
    let settings = ConnectSettings { lock_timeout: Duration::from_secs(5), tries: 5, ..ConnectSettings::default() };
    let (result, events) = run(&project, &url, &settings).await;
    let blocked: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Blocked { version: 2, by, waited } => Some((by.join("; "), *waited)),
            _ => None,
        })
        .collect();
    let (by, waited) = blocked.first().unwrap_or_else(|| panic!("{events:?}"));
    assert!(by.starts_with("server process ") && by.contains(" `shop`, in a transaction for "), "{by}");
    assert!(
        by.ends_with(" s (idle in transaction), last with `SET application_name = 'shop'; BEGIN; SELECT FROM users`"),
        "{by}"
    );
    assert!(*waited >= Duration::from_millis(500), "{waited:?}");
    let error = message(result);
    assert!(error.contains("kept its locks for 5 tries (server process ") && error.contains(" `shop`, in"), "{error}");
    drop(shop);
}

#[tokio::test]
async fn tries_end_when_their_time_is_spent() {
    let project = Project::new(&[USERS, AGE]);
    let (url, shop) = read_by_a_shop(&project).await;
    let settings = ConnectSettings {
        lock_timeout: Duration::from_millis(20),
        tries: 1_000,
        lock_budget: Some(Duration::from_secs(1)),
        ..ConnectSettings::default()
    };
    let (result, events) = run(&project, &url, &settings).await;
    assert!(message(result).contains("canceling statement due to lock timeout"));
    let retries = events.iter().filter(|event| matches!(event, Event::Retrying { .. })).count();
    assert!((1..20).contains(&retries), "{retries}");
    drop(shop);
}

/// HAZARDS.md row 58: what a file sets for itself is gone at its next try.
#[tokio::test]
async fn each_try_begins_with_the_same_settings() {
    const NAMES: [&str; 5] = ["search_path", "TimeZone", "statement_timeout", "standard_conforming_strings", "role"];
    let seen = NAMES.map(|name| format!("current_setting('{name}')")).join(" || ' ' || ");
    let up = format!(
        "CREATE TABLE public.seen AS SELECT {seen} AS settings;\nSET search_path = pg_catalog;\nSET TIME ZONE 'Asia/Tokyo';\n\
         SET statement_timeout = 0;\nSET standard_conforming_strings = off;\nALTER TABLE public.users ADD COLUMN age integer;\n"
    );
    let project = Project::new(&[USERS, ("2_age", &up, "DROP TABLE seen; ALTER TABLE users DROP COLUMN age;\n")]);
    let (url, mut shop) = read_by_a_shop(&project).await;
    let settings = ConnectSettings {
        lock_timeout: Duration::from_millis(20),
        long_statement_timeout: Some(Duration::from_secs(77)),
        ..ConnectSettings::default()
    };
    let (told, heard) = std::sync::mpsc::channel();
    let (migrator, place) = (project.migrator(), url.clone());
    let running = tokio::spawn(async move {
        let mut connection = connect(&place, &settings).await.unwrap();
        migrator.migrate(&mut connection, Target::Latest, &mut |event| told.send(event).unwrap()).await
    });
    while !heard.try_iter().any(|event| matches!(event, Event::Retrying { attempt: 2, .. })) {
        assert!(!running.is_finished());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    sqlx::query("COMMIT").execute(&mut shop).await.unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(ask(&url, "SELECT settings FROM public.seen").await, [r#""$user", public UTC 77s on none"#]);
}

#[tokio::test]
async fn what_should_be_instant_has_a_limit_and_what_reads_rows_has_its_own() {
    let project = Project::new(&[
        USERS,
        (
            "2_function",
            "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); END $$;\n",
            "DROP FUNCTION slow();\n",
        ),
        ("3_rows", "UPDATE users SET email = email WHERE pg_sleep(0.2) IS NOT NULL;\n", "SELECT 1;\n"),
    ]);
    let url = schema_tests::postgres().await;
    let settings =
        ConnectSettings { statement_timeout: Some(Duration::from_millis(300)), ..ConnectSettings::default() };
    let (result, _) = run(&project, &url, &settings).await;
    assert_eq!(versions(&result.unwrap().applied), [1, 2, 3], "rows may take their time");
    tell(&url, "CREATE EVENT TRIGGER slow ON ddl_command_start EXECUTE FUNCTION slow()").await;
    project.add("4_age", AGE.1, AGE.2);
    project.write("4_age.up.sql", "ALTER TABLE users ADD COLUMN age integer;\n");
    let (result, _) = run(&project, &url, &settings).await;
    assert_eq!(
        message(result),
        "could not apply migration 4 `age`: canceling statement due to statement timeout\n  \
         help: a statement took longer than its limit, and everything of it was rolled back; run again at a quieter time, \
         or raise `SCHEMA_STATEMENT_TIMEOUT` or `SCHEMA_LONG_STATEMENT_TIMEOUT`"
    );
}

#[tokio::test]
async fn a_new_type_and_an_indexed_expression_are_analyzed() {
    let project = Project::new(&[
        USERS,
        (
            "2_type",
            "ALTER TABLE users ALTER COLUMN id TYPE bigint;\n",
            "ALTER TABLE users ALTER COLUMN id TYPE integer;\n",
        ),
        (
            "3_index",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY users_lower ON users (lower(email));\n",
            "-- no-transaction\nDROP INDEX CONCURRENTLY users_lower;\n",
        ),
    ]);
    let url = schema_tests::postgres().await;
    migrate(&project.migrator(), &url).await.unwrap();
    let known = "SELECT tablename || '.' || attname FROM pg_stats WHERE tablename IN ('users', 'users_lower') AND attname IN ('id', 'lower') ORDER BY 1";
    assert_eq!(ask(&url, known).await, ["users.id", "users_lower.lower"]);
}
