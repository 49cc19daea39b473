//! Applying and reverting on SQLite.

use schema_runtime::migrate::{Back, Event, State, Target};

use super::*;

#[tokio::test]
async fn up_down_and_up_again_leaves_the_rows_and_the_records_right() {
    let project = Project::new(&[USERS, AGE]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [1, 2]);
    assert_eq!(lite(&project, "SELECT email || age FROM users ORDER BY id").await, ["ann7", "bob7"]);
    assert_eq!(versions(&project.revert(Back::Steps(1)).await.unwrap().reverted), [2]);
    assert_eq!(lite(&project, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
    assert_eq!(lite(&project, "SELECT name FROM pragma_table_info('users')").await, ["id", "email"]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [2]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), NONE);
    assert_eq!(
        lite(
            &project,
            "SELECT version || description || success || length(checksum) || (execution_time > 0) FROM _sqlx_migrations"
        )
        .await,
        ["1users1481", "2add age1481"]
    );
    assert_eq!(
        lite(&project, "SELECT version || phase || draft || down_sql FROM _schema_migrations").await,
        ["1applied0DROP TABLE users;\n", "2applied0ALTER TABLE users DROP COLUMN age;\n"]
    );
    assert_eq!(versions(&project.revert(Back::To(0)).await.unwrap().reverted), [2, 1]);
    assert_eq!(
        lite(&project, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").await,
        ["_schema_migrations", "_sqlx_migrations"]
    );
}

#[tokio::test]
async fn a_target_is_included_and_a_revert_keeps_the_version_it_names() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    let mut connection = project.open().await;
    let migrator = project.migrator();
    let plan = migrator.plan(&mut connection, Target::Version(2)).await.unwrap();
    assert_eq!(plan.iter().map(|step| step.version).collect::<Vec<_>>(), [1, 2]);
    assert!(lite(&project, "SELECT name FROM sqlite_master").await.is_empty(), "a plan writes nothing");
    let report = migrator.migrate(&mut connection, Target::Version(2), &mut |_| {}).await.unwrap();
    assert_eq!(versions(&report.applied), [1, 2]);
    migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap();
    let plan = migrator.plan_revert(&mut connection, Back::To(1)).await.unwrap();
    assert_eq!(
        plan.iter().map(|step| (step.version, step.sql.as_str())).collect::<Vec<_>>(),
        [(3, POSTS.2), (2, AGE.2)]
    );
    let report = migrator.revert(&mut connection, Back::To(1), &mut |_| {}).await.unwrap();
    assert_eq!(versions(&report.reverted), [3, 2]);
}

#[tokio::test]
async fn progress_is_told_in_order() {
    let project = Project::new(&[USERS, AGE]);
    let told = events(&project.migrator(), &project.url()).await;
    let shown: Vec<String> = told
        .iter()
        .map(|event| match event {
            Event::Locked => "locked".to_owned(),
            Event::Applying { version, description, index, total } => {
                format!("applying {version} {description} {index}/{total}")
            }
            Event::Applied { version, .. } => format!("applied {version}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, ["locked", "applying 1 users 1/2", "applied 1", "applying 2 add age 2/2", "applied 2"]);
}

#[tokio::test]
async fn status_lists_every_version_and_writes_nothing() {
    let project = Project::new(&[USERS]);
    project.migrate().await.unwrap();
    project.add(AGE.0, AGE.1, AGE.2);
    let status = project.migrator().status(&mut project.open().await).await.unwrap();
    assert_eq!(status.findings, []);
    let states: Vec<_> =
        status.entries.iter().map(|entry| (entry.version, entry.description.as_str(), entry.state)).collect();
    assert_eq!(states, [(1, "users", State::Applied), (2, "add age", State::Pending)]);
}

#[tokio::test]
async fn a_failed_file_leaves_nothing_and_the_files_before_it_stay() {
    let project = Project::new(&[
        USERS,
        ("2_bad", "CREATE TABLE kept (id INTEGER);\nINSERT INTO missing VALUES (1);\n", "SELECT 1;"),
    ]);
    assert_eq!(
        message(project.migrate().await),
        "could not apply migration 2 `bad`, line 2: no such table: missing\n  \
         help: its transaction was rolled back, so nothing of it is left; mend the cause and run again"
    );
    assert_eq!(lite(&project, "SELECT CAST(version AS TEXT) FROM _sqlx_migrations").await, ["1"]);
    assert!(lite(&project, "SELECT name FROM sqlite_master WHERE name = 'kept'").await.is_empty());
}

const REBUILD: &str = "-- no-transaction
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE new_users (id INTEGER PRIMARY KEY, email TEXT NOT NULL CHECK (email <> ''));
INSERT INTO new_users (id, email) SELECT id, email FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
COMMIT;
PRAGMA foreign_keys = ON;
";

fn rebuild_project() -> Project {
    let child = "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);\nINSERT INTO notes VALUES (1, 1);\n";
    Project::new(&[
        USERS,
        ("2_notes", child, "DROP TABLE notes;"),
        (
            "3_rebuild",
            REBUILD,
            "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
        ),
    ])
}

#[tokio::test]
async fn a_rebuild_keeps_the_children_and_is_recorded_inside_its_own_transaction() {
    let project = rebuild_project();
    let mut connection = project.open().await;
    let migrator = project.migrator();
    migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap();
    assert_eq!(lite(&project, "SELECT CAST(user_id AS TEXT) FROM notes").await, ["1"]);
    assert_eq!(lite(&project, "SELECT CAST(version AS TEXT) FROM _sqlx_migrations").await, ["1", "2", "3"]);
    assert_eq!(foreign_keys(&mut connection).await, 1);
    migrator.revert(&mut connection, Back::Steps(1), &mut |_| {}).await.unwrap();
    assert_eq!(foreign_keys(&mut connection).await, 1);
    assert_eq!(lite(&project, "SELECT CAST(version AS TEXT) FROM _sqlx_migrations").await, ["1", "2"]);
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_nothing_and_foreign_keys_are_on_again() {
    let project = rebuild_project();
    let mut connection = project.open().await;
    let migrator = project.migrator();
    migrator.migrate(&mut connection, Target::Version(2), &mut |_| {}).await.unwrap();
    lite_execute(&project, "INSERT INTO users VALUES (3, '')").await;
    assert_eq!(
        message(migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await),
        "could not apply migration 3 `rebuild`, line 5: CHECK constraint failed: email <> ''\n  \
         help: its transaction was rolled back, so nothing of it is left; mend the cause and run again"
    );
    assert_eq!(foreign_keys(&mut connection).await, 1);
    assert_eq!(lite(&project, "SELECT email FROM users ORDER BY id").await, ["ann", "bob", ""]);
    lite_execute(&project, "DELETE FROM users WHERE email = ''").await;
    assert_eq!(versions(&migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap().applied), [3]);
    assert_eq!(lite(&project, "SELECT CAST(user_id AS TEXT) FROM notes").await, ["1"]);
}

async fn foreign_keys(connection: &mut Connection) -> i64 {
    let schema_runtime::connect::Database::Sqlite(sqlite) = &mut connection.database else { panic!("not SQLite") };
    sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut **sqlite).await.unwrap()
}

#[tokio::test]
async fn a_database_in_memory_needs_no_lock() {
    let project = Project::new(&[USERS, AGE]);
    let mut connection = open("sqlite::memory:").await;
    let report = project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap();
    assert_eq!(versions(&report.applied), [1, 2]);
    assert!(!lock_file(&project.file()).exists());
}

#[tokio::test]
async fn a_busy_database_is_tried_again() {
    let project = Project::new(&[USERS]);
    project.migrate().await.unwrap();
    project.add(AGE.0, AGE.1, AGE.2);
    let pool = sqlx::SqlitePool::connect(&project.url()).await.unwrap();
    let mut writer = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query("UPDATE users SET email = 'eve' WHERE id = 1").execute(&mut *writer).await.unwrap();
    let settings = ConnectSettings { busy_timeout: std::time::Duration::from_millis(50), ..ConnectSettings::default() };
    let (told, heard) = std::sync::mpsc::channel();
    let (migrator, url) = (project.migrator(), project.url());
    let run = tokio::spawn(async move {
        let mut connection = connect(&url, &settings).await.unwrap();
        migrator.migrate(&mut connection, Target::Latest, &mut |event| told.send(event).unwrap()).await
    });
    let mut retried = false;
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        retried = heard.try_iter().any(|event| matches!(event, Event::Retrying { version: 2, .. }));
        if retried {
            break;
        }
    }
    writer.commit().await.unwrap();
    assert!(retried);
    assert_eq!(versions(&run.await.unwrap().unwrap().applied), [2]);
    assert_eq!(lite(&project, "SELECT email || age FROM users").await, ["eve7", "bob7"]);
}

#[tokio::test]
async fn a_baseline_records_without_running() {
    let project = Project::new(&[USERS, AGE, POSTS]);
    lite_execute_new(&project, "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age INTEGER)").await;
    let report = project.migrator().baseline(&mut project.open().await, 2).await.unwrap();
    assert_eq!(report.recorded, [1, 2]);
    assert_eq!(versions(&project.migrate().await.unwrap().applied), [3]);
    assert!(lite(&project, "SELECT email FROM users").await.is_empty());
}

async fn lite_execute_new(project: &Project, statement: &str) {
    drop(project.open().await);
    lite_execute(project, statement).await;
}

#[tokio::test]
async fn embedded_migrations_hold_both_directions() {
    let migrator = schema_runtime::migrate!("tests/migrator/embedded");
    let files = Source::folder(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrator/embedded")).unwrap();
    let texts = |source: &Source| -> Vec<_> {
        let files = source.migrations().iter();
        files
            .map(|file| (file.version, file.description.clone(), file.up.clone(), file.down.clone(), file.slug()))
            .collect()
    };
    assert_eq!(texts(migrator.source()), texts(&files));
    let mut connection = open("sqlite::memory:").await;
    assert_eq!(versions(&migrator.migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap().applied), [1]);
    assert_eq!(versions(&migrator.revert(&mut connection, Back::Steps(1), &mut |_| {}).await.unwrap().reverted), [1]);
}
