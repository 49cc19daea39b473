//! A runner that is killed behind each of its statements, on a real server with rows.

#![allow(clippy::unwrap_used, reason = "a test fails by panics")]

use std::path::PathBuf;

use schema_core::migration::Migration;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::connect::{ConnectSettings, Connection, connect};
use crate::migrate::{Back, Course, Migrator, Source, Target};
use crate::scratch::MariaDb;

/// Definitions, rows, settings, a body with semicolons and a renamed table. Each statement has its counterpart.
const UP: &str = "ALTER TABLE `item` ADD COLUMN `price` int NOT NULL DEFAULT 5;
SET foreign_key_checks = 0;
ALTER TABLE `item` ADD CONSTRAINT `item_kind` FOREIGN KEY (`kind`) REFERENCES `kind` (`id`);
SET foreign_key_checks = 1;
SET SESSION completion_type = COALESCE((SELECT CONCAT(COUNT(*), ' kinds') FROM `kind` HAVING COUNT(*) > 1), @@SESSION.completion_type);
UPDATE `item` SET `price` = `price` + 1;
CREATE TRIGGER `item_price` BEFORE UPDATE ON `item` FOR EACH ROW BEGIN IF NEW.price < 0 THEN SET NEW.price = 0; END IF; END;
RENAME TABLE `kind` TO `sort`;
";
const DOWN: &str = "RENAME TABLE `sort` TO `kind`;
DROP TRIGGER `item_price`;
UPDATE `item` SET `price` = `price` - 1;
ALTER TABLE `item` DROP FOREIGN KEY `item_kind`;
ALTER TABLE `item` DROP COLUMN `price`;
";
const BEFORE: &str = "CREATE TABLE kind (id int PRIMARY KEY); INSERT INTO kind VALUES (1);
CREATE TABLE item (id int PRIMARY KEY AUTO_INCREMENT, kind int, KEY item_kind (kind)); INSERT INTO item (kind) VALUES (1), (1)";

struct Bed {
    server: MariaDb,
    count: usize,
}

impl Bed {
    async fn database(&mut self) -> String {
        self.count += 1;
        let url = self.server.create_database(&format!("d{}", self.count)).await.unwrap();
        MySqlConnection::connect(&url).await.unwrap().execute(BEFORE).await.unwrap();
        url
    }
}

fn migrator() -> Migrator {
    let file = Migration {
        version: 1,
        description: "all".to_owned(),
        up: UP.to_owned(),
        down: Some(DOWN.to_owned()),
        up_path: PathBuf::new(),
        down_path: None,
    };
    Migrator::new(Source { migrations: vec![file], dialect: None, drafts: None })
}

async fn open(url: &str) -> Connection {
    connect(url, &ConnectSettings::default()).await.unwrap()
}

/// Every definition and every row but our own.
async fn all(url: &str) -> Vec<String> {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let mut texts = Vec::new();
    let tables = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 1) <> '_' ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.unwrap();
    for table in tables {
        let shown: (String, String) = sqlx::query_as(AssertSqlSafe(format!("SHOW CREATE TABLE `{table}`")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        texts.push(shown.1);
        let has_price: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = 'price')")
            .bind(&table).fetch_one(&mut connection).await.unwrap();
        let columns = if has_price { "CONCAT_WS(' ', id, kind, price)" } else { "CAST(id AS CHAR)" };
        let rows = format!("SELECT {columns} FROM `{table}` ORDER BY id");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap();
        texts.extend(rows);
    }
    let triggers = "SELECT CONCAT(TRIGGER_NAME, ACTION_STATEMENT) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()";
    let triggers: Vec<String> = sqlx::query_scalar(triggers).fetch_all(&mut connection).await.unwrap();
    texts.extend(triggers);
    texts
}

/// What a killed run left, and how many of its statements ran.
async fn killed(bed: &mut Bed, statements: usize, course: Course) -> (String, bool) {
    let url = bed.database().await;
    if course != Course::Up {
        migrator().migrate(&mut open(&url).await, Target::Latest, &mut |_| {}).await.unwrap();
    }
    let ended = migrator().killed_after(statements, open(&url).await, course).await.unwrap();
    (url, ended)
}

#[tokio::test]
async fn a_run_that_is_killed_anywhere_is_ended_or_undone_exactly() {
    let mut bed = Bed { server: MariaDb::start().await.unwrap(), count: 0 };
    let url = bed.database().await;
    let before = all(&url).await;
    migrator().migrate(&mut open(&url).await, Target::Latest, &mut |_| {}).await.unwrap();
    let after = all(&url).await;
    assert_ne!(before, after);
    for statements in 0.. {
        let (url, ended) = killed(&mut bed, statements, Course::Up).await;
        migrator().migrate(&mut open(&url).await, Target::Latest, &mut |_| {}).await.unwrap();
        assert_eq!(all(&url).await, after, "killed after {statements}, and up");
        migrator().revert(&mut open(&url).await, Back::To(0), &mut |_| {}).await.unwrap();
        assert_eq!(all(&url).await, before, "killed after {statements}, up and down");

        let (url, _) = killed(&mut bed, statements, Course::Up).await;
        migrator().revert(&mut open(&url).await, Back::To(0), &mut |_| {}).await.unwrap();
        assert_eq!(all(&url).await, before, "killed after {statements}, and down");
        migrator().migrate(&mut open(&url).await, Target::Latest, &mut |_| {}).await.unwrap();
        assert_eq!(all(&url).await, after, "killed after {statements}, down and up");
        if ended {
            assert!(statements > 20, "{statements}");
            return;
        }
    }
}

#[tokio::test]
async fn a_revert_that_is_killed_anywhere_is_taken_up_again() {
    let mut bed = Bed { server: MariaDb::start().await.unwrap(), count: 0 };
    let url = bed.database().await;
    let before = all(&url).await;
    for statements in 0.. {
        let (url, ended) = killed(&mut bed, statements, Course::DownTo(0)).await;
        migrator().revert(&mut open(&url).await, Back::To(0), &mut |_| {}).await.unwrap();
        assert_eq!(all(&url).await, before, "killed after {statements}");
        if ended {
            return;
        }
    }
}

/// The server is what ends while it works: what it had begun is not there.
#[tokio::test]
async fn a_statement_that_is_killed_on_the_server_is_run_again() {
    let mut bed = Bed { server: MariaDb::start().await.unwrap(), count: 0 };
    let url = bed.database().await;
    let mut other = MySqlConnection::connect(&url).await.unwrap();
    other.execute("START TRANSACTION; UPDATE item SET kind = 1").await.unwrap();
    let mut own = open(&url).await;
    let migrator = migrator();
    let running = async { migrator.migrate(&mut own, Target::Latest, &mut |_| {}).await };
    let killing = async {
        let waiting =
            "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata lock%'";
        loop {
            let found: Option<i64> = sqlx::query_scalar(waiting).fetch_optional(&mut other).await.unwrap();
            if let Some(process) = found {
                other.execute(AssertSqlSafe(format!("KILL CONNECTION {process}"))).await.unwrap();
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let (result, ()) = tokio::join!(running, killing);
    let error = result.unwrap_err().to_string();
    other.execute("ROLLBACK").await.unwrap();
    let done = migrator.migrate(&mut open(&url).await, Target::Latest, &mut |_| {}).await.unwrap();
    assert_eq!(done.applied.len(), 1, "after: {error}");
}
