//! What a database holds against what is said of it, each in the server's spelling.

use schema_core::ir::Dialect;
use schema_runtime::drift::{Drift, drift};
use schema_runtime::sides::{Bench, Side};
use schema_tests::mariadb;
use schema_tests::target::Target;
use sqlx::Connection as _;

use super::introspect::FIXTURE;

async fn drift_of(expected: &str, setup: &str) -> Drift {
    let url = mariadb().await;
    let mut target = Target::MariaDb(sqlx::MySqlConnection::connect(&url).await.unwrap());
    target.run(setup).await;
    let bench = Bench::new(Dialect::MariaDb, None);
    let sql = Side::Sql { name: "schema.sql".to_owned(), text: expected.to_owned(), dialect: Some(Dialect::MariaDb) };
    drift(&sql, &Side::Url(url), &bench).await.unwrap()
}

/// BUGS.md B51: every spelling of the servers, and what they leave out or add.
#[tokio::test]
async fn what_the_server_prints_its_own_way_is_no_drift() {
    let said = "CREATE TABLE d (id BIGINT(20) UNSIGNED, ok BOOLEAN DEFAULT TRUE, at DATETIME DEFAULT NOW() ON UPDATE NOW(),
        doc JSON, name VARCHAR(20), n INTEGER DEFAULT NULL, c CHARACTER VARYING(3) NULL DEFAULT \"x\", KEY a (name(20)), KEY b (name(10)))";
    let held = "CREATE TABLE d (id bigint unsigned, ok tinyint(1) DEFAULT 1, at datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        doc longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin CHECK (json_valid(doc)), name varchar(20), n int(11), c varchar(3) DEFAULT 'x',
        INDEX a (name), INDEX b (name(10)))";
    let found = drift_of(said, held).await;
    assert!(found.is_clean(), "{found:#?}");
}

#[tokio::test]
async fn a_database_that_was_made_by_the_same_text_has_no_drift() {
    let tables = FIXTURE.split("CREATE FUNCTION").next().unwrap();
    let found = drift_of(tables, tables).await;
    assert!(found.is_clean(), "{found:#?}");
}

/// What a table has that says nothing of it is the database's own, whatever that is.
#[tokio::test]
async fn a_stated_character_set_is_no_drift_in_a_database_of_any() {
    let said = "CREATE TABLE four (a varchar(9)) CHARACTER SET utf8mb4;
        CREATE TABLE sorted (a varchar(9)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
        CREATE TABLE one (a varchar(9), b varchar(9) CHARACTER SET utf8mb4) CHARACTER SET latin1;
        CREATE TABLE usual (a varchar(9))";
    for usual in ["utf8mb4", "latin1", "utf8mb4 COLLATE utf8mb4_unicode_ci"] {
        let setup = format!("ALTER DATABASE CHARACTER SET {usual}; {said}");
        let found = drift_of(said, &setup).await;
        assert!(found.is_clean(), "{usual}: {found:#?}");
    }
    let other = said.replace("latin1", "latin2");
    assert!(!drift_of(&other, &format!("ALTER DATABASE CHARACTER SET latin1; {said}")).await.is_clean());
}

/// The server keeps the head of a trigger as it was written.
#[tokio::test]
async fn a_trigger_is_the_same_in_any_spelling_of_its_head() {
    let table = "CREATE TABLE Users (id int PRIMARY KEY, a int);";
    let found = drift_of(
        &format!("{table} CREATE TRIGGER `tg` BEFORE INSERT ON `Users` FOR EACH ROW SET NEW.a = 1"),
        &format!("{table} create trigger tg  before insert on Users\n for each  row SET NEW.a = 1"),
    )
    .await;
    assert!(found.is_clean(), "{found:#?}");
    let found = drift_of(
        &format!("{table} CREATE TRIGGER `tg` BEFORE INSERT ON `Users` FOR EACH ROW SET NEW.a = 1"),
        &format!("{table} create trigger tg after update on Users for each row SET @x = 1"),
    )
    .await;
    assert!(!found.is_clean());
}

#[tokio::test]
async fn what_differs_is_named() {
    let found = drift_of(
        "CREATE TABLE t (a int, b varchar(5) NOT NULL DEFAULT 'x', KEY k (a DESC)) ; CREATE TABLE gone (a int)",
        "CREATE TABLE t (a bigint, b varchar(5) NOT NULL DEFAULT 'y', KEY k (a)); CREATE VIEW v AS SELECT a FROM t",
    )
    .await;
    let texts: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
    for part in ["table gone", "view v", "column a", "column b", "index k"] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part} in {texts:#?}");
    }
    assert_eq!(texts.len(), 5, "{texts:#?}");
}
