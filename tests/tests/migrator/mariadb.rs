//! The runner on MariaDB, where every definition commits by itself.

use schema_core::ir::Dialect;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::sqlx_turns::sqlx_cli;
use super::*;

const MY_USERS: (&str, &str, &str) = (
    "1_users",
    "CREATE TABLE `users` (`id` bigint NOT NULL AUTO_INCREMENT, `email` varchar(50) NOT NULL, PRIMARY KEY (`id`));\nINSERT INTO `users` (`email`) VALUES ('ann'), ('bob');\n",
    "DROP TABLE `users`;\n",
);
/// The second statement fails on two rows with the same value.
const MY_KEY: (&str, &str, &str) = (
    "2_key",
    "ALTER TABLE `users` ADD COLUMN `age` int NOT NULL DEFAULT 7, ALGORITHM=INSTANT;\nALTER TABLE `users` ADD UNIQUE KEY `users_age` (`age`);\n",
    "ALTER TABLE `users` DROP KEY `users_age`;\nALTER TABLE `users` DROP COLUMN `age`;\n",
);

pub(super) async fn texts(url: &str, sql: &str) -> Vec<String> {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap()
}

pub(super) async fn run(url: &str, sql: &str) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}

async fn columns(url: &str) -> Vec<String> {
    texts(url, "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' ORDER BY ORDINAL_POSITION").await
}

async fn history(url: &str) -> Vec<String> {
    texts(url, "SELECT CONCAT(version, IF(success, '', ' failed')) FROM _sqlx_migrations ORDER BY version").await
}

#[tokio::test]
async fn what_sqlx_applied_on_mariadb_is_reverted_here_and_the_other_way_round() {
    let (project, url) = (Project::new(&[MY_USERS]), schema_tests::mariadb().await);
    let next = ("2_age", "ALTER TABLE users ADD age int NOT NULL DEFAULT 7;\n", "ALTER TABLE users DROP COLUMN age;\n");
    project.add(next.0, next.1, next.2);
    sqlx_cli(&project, &url, &["run"]).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), NONE);
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::To(1)).await.unwrap().reverted), [2]);
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(texts(&url, "SELECT CONCAT(email, age) FROM users ORDER BY id").await, ["ann7", "bob7"]);
    sqlx_cli(&project, &url, &["revert", "--target-version", "0"]).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1, 2]);
}

#[tokio::test]
async fn the_history_on_mariadb_is_the_table_that_sqlx_makes() {
    let project = Project::new(&[MY_USERS]);
    let (ours, theirs) = (schema_tests::mariadb().await, schema_tests::mariadb().await);
    migrate(&project.migrator(), &ours).await.unwrap();
    sqlx_cli(&project, &theirs, &["run"]).await;
    let shape = "SELECT CONCAT_WS(' ', COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_KEY) FROM information_schema.COLUMNS \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '_sqlx_migrations' ORDER BY ORDINAL_POSITION";
    assert_eq!(texts(&ours, shape).await, texts(&theirs, shape).await);
    let row = "SELECT CONCAT(version, description, success, HEX(checksum)) FROM _sqlx_migrations";
    assert_eq!(texts(&ours, row).await, texts(&theirs, row).await);
}

#[tokio::test]
async fn a_statement_that_fails_keeps_what_is_done_and_the_next_run_goes_on_with_it() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    let error = migrate(&project.migrator(), &url).await.unwrap_err().to_string();
    assert!(error.starts_with("could not apply migration 2 `key`, line 2: Duplicate entry '7'"), "{error}");
    assert!(error.contains("the statement before it is done and recorded; mend the cause"), "{error}");
    assert_eq!(columns(&url).await, ["id", "email", "age"]);
    assert_eq!(history(&url).await, ["1", "2 failed"], "plain sqlx keeps off");

    let again = migrate(&project.migrator(), &url).await.unwrap_err().to_string();
    assert!(again.contains("Duplicate entry"), "not the first statement again: {again}");
    run(&url, "UPDATE users SET age = id").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(history(&url).await, ["1", "2"]);
    assert_eq!(texts(&url, "SELECT CONCAT(email, age) FROM users ORDER BY id").await, ["ann1", "bob2"]);
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [2]);
    assert_eq!(columns(&url).await, ["id", "email"]);
}

#[tokio::test]
async fn what_was_done_of_a_file_that_failed_can_be_undone() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap_err();
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [2]);
    assert_eq!(columns(&url).await, ["id", "email"]);
    assert_eq!(history(&url).await, ["1"]);
    assert_eq!(texts(&url, "SELECT CAST(COUNT(*) AS CHAR) FROM _schema_steps").await, ["0"]);
}

#[tokio::test]
async fn downs_that_do_not_answer_to_the_ups_one_by_one_are_not_guessed() {
    let (name, up, _) = MY_KEY;
    let down = "ALTER TABLE users DROP KEY users_age, DROP COLUMN age;\n";
    let (project, url) = (Project::new(&[MY_USERS, (name, up, down)]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap_err();
    let error = revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap_err().to_string();
    assert!(error.contains("1 of its 2 statements are done, and the down file has 1"), "{error}");
    run(&url, "UPDATE users SET age = id").await;
    migrate(&project.migrator(), &url).await.unwrap();
    revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap();
    assert_eq!(columns(&url).await, ["id", "email"]);
}

/// A draft that stopped in the middle, and whose structs changed then: its files are others now, and the database keeps what ran.
#[tokio::test]
async fn half_a_draft_is_undone_by_the_down_that_the_database_keeps() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    let drafting = |project: &Project| Migrator::new(Source::folder(project.migrations()).unwrap().drafts([2].into()));
    migrate(&drafting(&project), &url).await.unwrap_err();
    project.add(
        MY_KEY.0,
        "ALTER TABLE `users` ADD COLUMN `years` int;\n",
        "ALTER TABLE `users` DROP COLUMN `years`;\n",
    );
    let refused = message(migrate(&drafting(&project), &url).await);
    assert!(refused.contains("help: `cargo schema migrate --redo` undoes what is done"), "{refused}");
    let mut connection = open(&url).await;
    let report = drafting(&project).redo(&mut connection, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![2], vec![2]));
    assert_eq!(columns(&url).await, ["id", "email", "years"]);
}

/// And it is one still where it was sealed by then.
#[tokio::test]
async fn half_a_draft_that_was_sealed_since_is_undone_all_the_same() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    let of = |drafts: &[i64]| {
        Migrator::new(Source::folder(project.migrations()).unwrap().drafts(drafts.iter().copied().collect()))
    };
    migrate(&of(&[2]), &url).await.unwrap_err();
    project.add(
        MY_KEY.0,
        "ALTER TABLE `users` ADD COLUMN `years` int;\n",
        "ALTER TABLE `users` DROP COLUMN `years`;\n",
    );
    let refused = message(migrate(&of(&[]), &url).await);
    assert!(refused.contains("help: `cargo schema migrate --redo` undoes what is done"), "{refused}");
    let report = of(&[]).redo(&mut open(&url).await, &mut |_| {}).await.unwrap();
    assert_eq!((versions(&report.reverted), versions(&report.applied)), (vec![2], vec![2]));
    assert_eq!(columns(&url).await, ["id", "email", "years"]);
}

#[tokio::test]
async fn half_a_file_that_changed_since_is_undone_by_a_revert() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap_err();
    project.write("2_key.up.sql", "SELECT 1;\n");
    let refused = message(migrate(&project.migrator(), &url).await);
    assert!(refused.contains("help: or undo what is done by the down text that the database keeps"), "{refused}");
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::Steps(1)).await.unwrap().reverted), [2]);
    assert_eq!(columns(&url).await, ["id", "email"]);
    assert_eq!(history(&url).await, ["1"]);
}

/// An index that somebody builds between two runs is not the effect of the statement that a killed run had begun.
#[tokio::test]
async fn what_another_hand_changed_meanwhile_is_not_taken_for_the_statement() {
    let (project, url) = (Project::new(&[MY_USERS]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap();
    project.add("2_more", "ALTER TABLE `users` ADD COLUMN `more` int;\n", "ALTER TABLE `users` DROP COLUMN `more`;\n");
    // As a run leaves it that is killed while its statement waits for a lock.
    migrate(&project.migrator(), &url).await.unwrap();
    let script = "ALTER TABLE `users` ADD COLUMN `more` int;\n";
    let begun = |definitions: &str| {
        format!(
            "UPDATE _sqlx_migrations SET success = 0 WHERE version = 2; UPDATE _schema_migrations SET phase = 'applying' WHERE version = 2; \
             REPLACE INTO _schema_steps (version, direction, script, done, definitions) VALUES (2, 'up', '{script}', 0, '{definitions}')"
        )
    };
    run(&url, "ALTER TABLE users DROP COLUMN more, ADD INDEX by_hand (email)").await;
    run(&url, &begun("as it was before")).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(columns(&url).await, ["id", "email", "more"]);
    // And where it was done by then, it counts as done.
    run(&url, &begun("as it was before")).await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
    assert_eq!(columns(&url).await, ["id", "email", "more"]);
}

/// A table that the file never made is not the one to drop.
#[tokio::test]
async fn a_revert_of_half_a_file_drops_nothing_that_the_file_did_not_make() {
    let tables = (
        "1_tables",
        "CREATE TABLE `first` (`id` int PRIMARY KEY);\nCREATE TABLE `second` (`id` int PRIMARY KEY);\n",
        "DROP TABLE `first`;\nDROP TABLE `second`;\n",
    );
    let (project, url) = (Project::new(&[tables]), schema_tests::mariadb().await);
    run(&url, "CREATE TABLE second (id int PRIMARY KEY); INSERT INTO second VALUES (1)").await;
    migrate(&project.migrator(), &url).await.unwrap_err();
    let error = message(revert(&project.migrator(), &url, Back::To(0)).await);
    assert!(error.contains("from its end is about `second`"), "{error}");
    assert_eq!(texts(&url, "SELECT CAST(id AS CHAR) FROM second").await, ["1"]);
    run(&url, "RENAME TABLE second TO third").await;
    migrate(&project.migrator(), &url).await.unwrap();
    revert(&project.migrator(), &url, Back::To(0)).await.unwrap();
    assert_eq!(texts(&url, "SELECT CAST(id AS CHAR) FROM third").await, ["1"]);
}

#[tokio::test]
async fn nothing_is_left_of_a_file_whose_first_statement_fails() {
    let broken = ("2_broken", "ALTER TABLE users ADD UNIQUE KEY k (nothing);\nDROP TABLE users;\n", "SELECT 1;\n");
    let (project, url) = (Project::new(&[MY_USERS, broken]), schema_tests::mariadb().await);
    let error = migrate(&project.migrator(), &url).await.unwrap_err().to_string();
    assert!(error.contains("line 1: Key column 'nothing'") && error.contains("nothing of it is done"), "{error}");
    assert_eq!(history(&url).await, ["1"]);
    project.write("2_broken.up.sql", "ALTER TABLE users ADD KEY k (email);\n");
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
}

#[tokio::test]
async fn a_run_of_plain_sqlx_that_died_is_told_with_both_ways_out() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    let theirs = sqlx::migrate::Migrator::new(project.migrations()).await.unwrap();
    theirs.run(&mut MySqlConnection::connect(&url).await.unwrap()).await.unwrap_err();
    assert_eq!(history(&url).await, ["1", "2 failed"]);
    let error = migrate(&project.migrator(), &url).await.unwrap_err().to_string();
    assert!(error.contains("migration 2 `key` failed half-way: `_sqlx_migrations` says `success = false`"), "{error}");
    run(&url, "ALTER TABLE users DROP COLUMN age; DELETE FROM _sqlx_migrations WHERE version = 2").await;
    project.write(
        "2_key.up.sql",
        "ALTER TABLE users ADD age int NOT NULL DEFAULT 7;\nALTER TABLE users ADD KEY users_age (age);\n",
    );
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [2]);
}

#[tokio::test]
async fn plain_sqlx_keeps_off_what_this_runner_left_half_applied() {
    let (project, url) = (Project::new(&[MY_USERS, MY_KEY]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap_err();
    let theirs = sqlx::migrate::Migrator::new(project.migrations()).await.unwrap();
    let error = theirs.run(&mut MySqlConnection::connect(&url).await.unwrap()).await.unwrap_err();
    assert!(matches!(error, sqlx::migrate::MigrateError::Dirty(2)), "{error}");
}

/// sqlx waits for it with `GET_LOCK(.., -1)`, which MySQL takes for no limit; on MariaDB that takes no lock at all.
#[tokio::test]
async fn the_lock_is_the_one_of_sqlx() {
    let (project, url) = (Project::new(&[MY_USERS]), schema_tests::mariadb().await);
    let mut theirs = MySqlConnection::connect(&url).await.unwrap();
    theirs.execute("SELECT GET_LOCK(LOWER(HEX(0x3d32ad9e * CRC32(DATABASE()))), 0)").await.unwrap();
    let settings = ConnectSettings { lock_wait: std::time::Duration::ZERO, ..ConnectSettings::default() };
    let mut connection = connect(&url, &settings).await.unwrap();
    let error = project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, Error::Locked { holder: Some(holder), .. } if holder.contains("of user `root`")),
        "{error}"
    );
    theirs.execute("SELECT RELEASE_ALL_LOCKS()").await.unwrap();
    project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_table_that_others_hold_is_tried_again_and_they_are_named() {
    let (project, url) = (Project::new(&[MY_USERS]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap();
    project.add("2_note", "ALTER TABLE users ADD note text;\n", "ALTER TABLE users DROP COLUMN note;\n");
    let mut other = MySqlConnection::connect(&url).await.unwrap();
    other.execute("START TRANSACTION; SELECT * FROM users FOR UPDATE").await.unwrap();
    let settings = ConnectSettings { tries: 2, ..ConnectSettings::default() };
    let mut connection = connect(&url, &settings).await.unwrap();
    let mut retries = 0;
    let mut listener = |event| retries += usize::from(matches!(event, Event::Retrying { .. }));
    let error = project.migrator().migrate(&mut connection, Target::Latest, &mut listener).await.unwrap_err();
    assert_eq!(retries, 1);
    let text = error.to_string();
    assert!(text.contains("Lock wait timeout exceeded") && text.contains("for 2 tries (server process"), "{text}");
    other.execute("ROLLBACK").await.unwrap();
    project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap();
    assert_eq!(columns(&url).await, ["id", "email", "note"]);
}

/// HAZARDS.md rows 10 and 19.
#[tokio::test]
async fn values_are_refused_rather_than_cut_whatever_the_session_began_with() {
    let cut = (
        "2_cut",
        "ALTER TABLE users MODIFY email varchar(2) NOT NULL;\n",
        "ALTER TABLE users MODIFY email varchar(50) NOT NULL;\n",
    );
    let (project, url) = (Project::new(&[MY_USERS, cut]), schema_tests::mariadb().await);
    let mut connection = connect(&url, &ConnectSettings::default()).await.unwrap();
    let schema_runtime::connect::Database::MySql(session, _) = &mut connection.database else { unreachable!() };
    session.execute("SET sql_mode = ''").await.unwrap();
    let error = project.migrator().migrate(&mut connection, Target::Latest, &mut |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("Data truncated") || error.to_string().contains("Data too long"), "{error}");
    assert_eq!(texts(&url, "SELECT email FROM users ORDER BY id").await, ["ann", "bob"]);
}

#[tokio::test]
async fn files_for_one_flavour_are_refused_on_the_other() {
    let (project, url) = (Project::new(&[MY_USERS]), schema_tests::mariadb().await);
    let source = Source::folder(project.migrations()).unwrap().dialect(Dialect::MySql);
    let error = migrate(&Migrator::new(source), &url.replace("mysql:", "mariadb:")).await.unwrap_err().to_string();
    assert!(error.starts_with("the migrations are written for MySQL, and the MariaDB database `t"), "{error}");
}

/// What is changed to mend the cause of a failure is not the effect of what failed.
#[tokio::test]
async fn a_statement_that_failed_runs_once_what_stood_in_its_way_is_gone() {
    let tables = (
        "1_tables",
        "CREATE TABLE `first` (`id` int PRIMARY KEY);\nCREATE TABLE `second` (`id` int PRIMARY KEY);\n",
        "DROP TABLE `second`;\nDROP TABLE `first`;\n",
    );
    let (project, url) = (Project::new(&[tables]), schema_tests::mariadb().await);
    run(&url, "CREATE TABLE second (other int)").await;
    let error = message(migrate(&project.migrator(), &url).await);
    assert!(error.contains("already exists") && error.contains("it goes on here"), "{error}");
    run(&url, "DROP TABLE second").await;
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1]);
    run(&url, "INSERT INTO second (id) VALUES (1)").await;

    run(&url, "CREATE VIEW of_second AS SELECT id FROM second; RENAME TABLE first TO away").await;
    let error = message(revert(&project.migrator(), &url, Back::To(0)).await);
    assert!(error.contains("Unknown table"), "{error}");
    run(&url, "RENAME TABLE away TO first").await;
    assert_eq!(versions(&revert(&project.migrator(), &url, Back::To(0)).await.unwrap().reverted), [1]);
    let left = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('first', 'second')";
    assert_eq!(texts(&url, left).await, [""; 0]);
}

/// The server's fault that schema-runtime/src/stale.rs tells of.
#[tokio::test]
async fn what_the_server_s_cache_refuses_once_runs_again() {
    let table = (
        "1_pair",
        "CREATE TABLE pair (id bigint NOT NULL, a bigint, b bigint AS (a DIV 2) VIRTUAL, note int, UNIQUE KEY k (id, a));\n",
        "DROP TABLE pair;\n",
    );
    let one = (
        "2_one",
        "ALTER TABLE pair RENAME COLUMN a TO whole, ALGORITHM=INSTANT;\n",
        "ALTER TABLE pair RENAME COLUMN whole TO a, ALGORITHM=INSTANT;\n",
    );
    let (there, back) = (
        "ALTER TABLE pair RENAME COLUMN whole TO b, RENAME COLUMN b TO whole, ALGORITHM=INSTANT;\n",
        "ALTER TABLE pair RENAME COLUMN b TO whole, RENAME COLUMN whole TO b, ALGORITHM=INSTANT;\n",
    );
    let (project, url) = (Project::new(&[table]), schema_tests::mariadb().await);
    migrate(&project.migrator(), &url).await.unwrap();
    for (name, up, down) in [one, ("3_swap", there, back)] {
        let reads = "SELECT COUNT(*) FROM pair AS p JOIN (SELECT 1 AS id) AS t ON p.id = t.id";
        run(&url, reads).await;
        let by_sqlx = refused(&url, up).await.expect_err("the server's fault is mended");
        assert!(by_sqlx.contains("GENERATED ALWAYS AS") || by_sqlx.contains("uninitialized field"), "{by_sqlx}");
        run(&url, reads).await;
        project.add(name, up, down);
        migrate(&project.migrator(), &url).await.unwrap();
    }
    run(&url, "INSERT INTO pair (id, b) VALUES (1, 10)").await;
    assert_eq!(texts(&url, "SELECT CONCAT(id, ' ', b, ' ', whole) FROM pair").await, ["1 10 5"]);
}

async fn refused(url: &str, sql: &str) -> Result<(), String> {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    done.map(drop).map_err(|error| error.to_string())
}
