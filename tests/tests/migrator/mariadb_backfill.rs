//! Rows that are filled in batches, on MariaDB.

use std::time::{Duration, Instant};

use schema_core::backfill::Backfill;
use schema_core::ir::{Column, Dialect, ObjectName, PrimaryKey, SqlType, Table};
use schema_runtime::connect::BackfillSettings;
use schema_runtime::migrate::{Back, BackfillState, Event};
use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use super::backfill::{run, run_with};
use super::mariadb::{run as tell, texts};
use super::processes::run_in_process;
use super::sqlx_turns::sqlx_cli;
use super::*;

/// A key of a text that its collation reads in any case, of numbers that no floating-point number holds, and of bytes; and a
/// moment that every UPDATE would set.
fn users(rows: u32) -> String {
    format!(
        "CREATE TABLE users (part varchar(10) COLLATE utf8mb4_general_ci NOT NULL, id bigint unsigned NOT NULL, tag varbinary(4) NOT NULL, \
         email varchar(50) NOT NULL, login varchar(50) COLLATE utf8mb4_general_ci, changed datetime(6) NOT NULL DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP(6), \
         PRIMARY KEY (part, id, tag));\n\
         INSERT INTO users (part, id, tag, email) SELECT CONCAT('p''\\\\', CHAR(97 + seq % 3 - IF(seq % 2, 32, 0))), 18446744073709000000 + seq DIV 4, UNHEX(LPAD(HEX(seq), 8, 'F')), \
         CONCAT('M', seq) FROM seq_1_to_{rows};\n"
    )
}

fn table() -> Table {
    let mut table = Table::new(ObjectName::bare("users"));
    let column = |name: &&str| Column::new(*name, SqlType::builtin("varchar(50)"));
    table.columns = ["part", "id", "tag", "email", "login", "changed"].iter().map(column).collect();
    table.columns[5].on_update = Some("CURRENT_TIMESTAMP(6)".to_owned());
    table.primary_key = Some(PrimaryKey::new("PRIMARY", ["part", "id", "tag"].map(str::to_owned).to_vec()));
    table
}

fn fill(value: &str, condition: &str) -> String {
    let fill = Backfill::new(Dialect::MariaDb, &table(), "login", value, condition).unwrap();
    format!("-- no-transaction\n-- fill users.login\n\n{};\n", fill.block())
}

/// What takes half a millisecond for each row.
const SLOW: &str = "IF(SLEEP(0.0005), '', LOWER(email))";

fn project(rows: u32, value: &str) -> Project {
    let project = Project::new(&[("1_users", &users(rows), "DROP TABLE users;\n")]);
    project.add("2_fill", &fill(value, "login IS NULL"), "SELECT 1;\n");
    project
}

async fn filled(url: &str) -> String {
    let query = "SELECT CONCAT(count(*), ' of ', (SELECT count(*) FROM users)) FROM users WHERE BINARY login = LOWER(email) AND changed = '2020-01-01'";
    texts(url, query).await.remove(0)
}

async fn until(url: &str, query: &str) {
    let start = Instant::now();
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    loop {
        let said: Result<Option<i64>, sqlx::Error> =
            sqlx::query_scalar(sql(query)).fetch_optional(&mut connection).await;
        if said.ok().flatten() == Some(1) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "never: {query}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const UNDER_WAY: &str = "SELECT CAST(rows_filled > 500 AS SIGNED) FROM _schema_backfills";

#[tokio::test]
async fn rows_of_mariadb_are_filled_in_batches_up_down_and_up_again() {
    let (project, url) = (project(20_000, "LOWER(email)"), schema_tests::mariadb().await);
    let told = events(&project.migrator(), &url).await;
    let last = told.iter().rev().find_map(|event| match event {
        Event::Filling { progress, .. } => Some(progress.clone()),
        _ => None,
    });
    let progress = last.unwrap_or_else(|| panic!("{told:?}"));
    assert_eq!((progress.pass, progress.rows_seen, progress.rows_filled), (1, 20_000, 20_000));
    assert!(progress.batches > 1 && progress.rows_estimated > 10_000, "{progress:?}");
    assert_eq!(filled(&url).await, "20000 of 20000");
    assert_eq!(texts(&url, "SELECT CAST(count(*) AS CHAR) FROM _schema_backfills").await, ["0"]);
    revert(&project.migrator(), &url, Back::Steps(2)).await.unwrap();
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1, 2]);
    assert_eq!(filled(&url).await, "20000 of 20000");
}

#[tokio::test]
async fn sqlx_gives_the_same_rows_by_the_same_block() {
    let project = project(5_000, "LOWER(email)");
    let (ours, theirs) = (schema_tests::mariadb().await, schema_tests::mariadb().await);
    migrate(&project.migrator(), &ours).await.unwrap();
    sqlx_cli(&project, &theirs, &["run"]).await;
    let rows = "SELECT CONCAT(part, id, HEX(tag), email, login, changed) FROM users ORDER BY part, id, tag";
    assert_eq!(texts(&ours, rows).await, texts(&theirs, rows).await);
    assert_eq!(filled(&theirs).await, "5000 of 5000");
}

#[tokio::test]
async fn an_edited_block_runs_as_it_stands() {
    let (project, url) = (project(3_000, "LOWER(email)"), schema_tests::mariadb().await);
    project.write("2_fill.up.sql", &fill("LOWER(email)", "login IS NULL").replace("30000", "60000"));
    let told = run(&project, &url).await;
    assert!(!told.iter().any(|event| matches!(event, Event::Filling { .. })), "{told:?}");
    assert_eq!(filled(&url).await, "3000 of 3000");
}

#[tokio::test]
async fn a_run_that_is_killed_goes_on_behind_its_last_batch() {
    let (project, url) = (project(4_000, SLOW), schema_tests::mariadb().await);
    let mut child = run_in_process(&url, &project).spawn().unwrap();
    until(&url, UNDER_WAY).await;
    child.kill().unwrap();
    child.wait().unwrap();
    until(&url, "SELECT CAST(count(*) = 0 AS SIGNED) FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id WHERE p.DB = DATABASE()").await;
    let agree =
        "SELECT CONCAT(rows_filled = (SELECT count(login) FROM users), rows_filled < 4000) FROM _schema_backfills";
    assert_eq!(texts(&url, agree).await, ["11"]);
    let status = project.migrator().backfills(&mut open(&url).await).await.unwrap();
    assert_eq!((status[0].version, status[0].state), (2, BackfillState::Interrupted));
    tell(&url, "UPDATE users SET login = CONCAT(login, '!') WHERE login IS NOT NULL").await;
    let done = texts(&url, "SELECT CAST(rows_filled AS CHAR) FROM _schema_backfills").await;
    let events = run(&project, &url).await;
    assert!(events.contains(&Event::Resuming { version: 2 }), "{events:?}");
    assert_eq!(
        texts(&url, "SELECT CAST(count(*) AS CHAR) FROM users WHERE login LIKE '%!'").await,
        done,
        "what is filled is not filled again"
    );
    assert_eq!(texts(&url, "SELECT CAST(count(*) AS CHAR) FROM users WHERE login IS NULL").await, ["0"]);
}

#[tokio::test]
async fn a_pause_ends_a_run_on_mariadb_and_a_resume_lets_it_go_on() {
    let (project, url) = (project(4_000, SLOW), schema_tests::mariadb().await);
    let migrator = project.migrator();
    let running = tokio::spawn({
        let (migrator, url) = (project.migrator(), url.clone());
        async move { migrate(&migrator, &url).await }
    });
    until(&url, UNDER_WAY).await;
    let mut connection = open(&url).await;
    assert_eq!(migrator.backfills(&mut connection).await.unwrap()[0].state, BackfillState::Running);
    assert_eq!(migrator.pause_backfill(&mut connection, Some(2)).await.unwrap()[0].state, BackfillState::Paused);
    assert!(matches!(running.await.unwrap(), Err(Error::Paused(_))));
    assert!(matches!(migrate(&migrator, &url).await, Err(Error::Paused(_))));
    let resumed = migrator.resume_backfill(&mut connection, None).await.unwrap();
    assert_eq!(resumed[0].state, BackfillState::Interrupted);
    assert!(resumed[0].progress.as_ref().unwrap().started.ends_with('Z'), "{resumed:?}");
    assert_eq!(versions(&migrate(&migrator, &url).await.unwrap().applied), [2]);
    assert_eq!(filled(&url).await, "4000 of 4000");
}

#[tokio::test]
async fn the_row_of_mariadb_that_fails_is_named_and_those_before_it_stay_filled() {
    let (project, url) = (project(900, "LOWER(email)"), schema_tests::mariadb().await);
    project.add(
        "1_users",
        &(users(900) + "UPDATE users SET email = REPEAT('x', 50) WHERE email = 'M400';\n"),
        "DROP TABLE users;\n",
    );
    project.add("2_fill", &fill("CONCAT(email, 'y')", "login IS NULL"), "SELECT 1;\n");
    let error = migrate(&project.migrator(), &url).await.unwrap_err().to_string();
    let row = texts(
        &url,
        "SELECT CONCAT('part = ', part, ', id = ', id, ', tag = ', HEX(tag)) FROM users WHERE email LIKE 'xx%'",
    )
    .await
    .remove(0);
    assert!(error.contains(&row) && error.contains("too long"), "{error}\n{row}");
    let before = "SELECT CONCAT(count(*), ' ', count(login)) FROM users WHERE (part, id, tag) < (SELECT part, id, tag FROM users WHERE email LIKE 'xx%')";
    let before = texts(&url, before).await.remove(0);
    let (all, filled) = before.split_once(' ').unwrap();
    assert_eq!(all, filled);
}

#[tokio::test]
async fn a_spelling_that_the_collation_takes_for_the_same_is_filled() {
    let url = schema_tests::mariadb().await;
    let project = Project::new(&[("1_users", &users(500), "DROP TABLE users;\n")]);
    run(&project, &url).await;
    tell(&url, "UPDATE users SET login = email, changed = changed").await;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
    let source = "#[derive(Table)] pub struct Users { #[column(primary_key)] part: String, email: String, login: Option<String> }";
    fs::write(folder.path().join("src/lib.rs"), source).unwrap();
    let app = schema_core::build::Project::new(folder.path(), Dialect::MariaDb).unwrap();
    schema_core::build::draft(&app).unwrap_or_else(|findings| panic!("{findings:?}"));
    schema_core::build::seal(&app, None).unwrap();
    let fill = schema_core::build::Fill {
        column: "users.login".to_owned(),
        value: "LOWER(email)".to_owned(),
        condition: None,
    };
    let made = schema_core::build::new_backfill(&app, None, &fill).unwrap_or_else(|findings| panic!("{findings:?}"));
    tell(&url, &made.up.replace("-- no-transaction", "")).await;
    assert_eq!(
        texts(&url, "SELECT CAST(count(*) AS CHAR) FROM users WHERE BINARY login = LOWER(email)").await,
        ["500"]
    );
    assert!(schema_core::backfill::parse(&made.up).is_some(), "{}", made.up);
}

#[tokio::test]
async fn an_old_transaction_of_mariadb_is_made_way_for_and_named() {
    let (project, url) = (project(100, "LOWER(email)"), schema_tests::mariadb().await);
    migrate_to_first(&project, &url).await;
    let mut old = MySqlConnection::connect(&url).await.unwrap();
    let mut transaction = old.begin().await.unwrap();
    sqlx::query("SELECT * FROM users LIMIT 1").fetch_all(&mut *transaction).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let backfill = BackfillSettings {
        old_transaction: Some(Duration::from_secs(1)),
        wait: Some(Duration::from_secs(1)),
        ..BackfillSettings::default()
    };
    let settings = ConnectSettings { backfill, ..ConnectSettings::default() };
    let (result, told) = run_with(&project, &url, &settings).await;
    assert!(matches!(result, Err(Error::HeldUp(_))), "{result:?}");
    let named =
        told.iter().any(|event| matches!(event, Event::MakingWay { reason, .. } if reason.contains("server process")));
    assert!(named, "{told:?}");
    transaction.rollback().await.unwrap();
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(filled(&url).await, "100 of 100");
}

async fn migrate_to_first(project: &Project, url: &str) {
    project.migrator().migrate(&mut open(url).await, Target::Version(1), &mut |_| {}).await.unwrap();
}
