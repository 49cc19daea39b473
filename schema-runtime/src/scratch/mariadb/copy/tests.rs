//! A database with everything in it, and its copy.

#![allow(clippy::unwrap_used, reason = "a test fails by panics")]

use schema_core::ir::Dialect;

use crate::sides::{Bench, Work};

const DEFINITIONS: &str = "ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_german1_ci;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0;
CREATE SEQUENCE `number` START WITH 5;
CREATE TABLE `b``ranch` (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, head bigint unsigned, own text COLLATE latin1_bin,
    hidden int INVISIBLE DEFAULT 4, twice int AS (hidden * 2) STORED, thrice int AS (hidden * 3) VIRTUAL,
    day date NOT NULL DEFAULT '0000-00-00', at timestamp(6) NULL, ratio float, exact decimal(30, 10), flags bit(9), bytes blob, doc json,
    kind enum('a', 'b') CHARACTER SET utf8mb4, n int DEFAULT (NEXTVAL(`number`)) CHECK (n <> 9),
    CONSTRAINT `to_head` FOREIGN KEY (head) REFERENCES `person` (id) ON DELETE SET NULL ON UPDATE CASCADE, FULLTEXT KEY (own))
    DEFAULT CHARACTER SET utf8mb4 COMMENT 'it''s';
CREATE TABLE person (id bigint unsigned PRIMARY KEY, branch bigint unsigned, UNIQUE KEY (branch DESC),
    FOREIGN KEY (branch) REFERENCES `b``ranch` (id));
CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2;
CREATE TABLE nothing (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 70;
CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, success bool);
CREATE TABLE `_kept_1_old` (v int);
CREATE FUNCTION twice (x int) RETURNS int DETERMINISTIC RETURN x * 2 -- doubled
;
CREATE PROCEDURE clear () BEGIN DELETE FROM person; DELETE FROM `b``ranch`; END;
CREATE VIEW z AS SELECT id, twice(id) AS d FROM person;
CREATE VIEW m AS SELECT d AS `z` FROM z;
CREATE VIEW a AS SELECT m.z FROM m JOIN z WHERE 'ü' <> '' WITH CHECK OPTION;
CREATE TRIGGER second BEFORE INSERT ON person FOR EACH ROW BEGIN SET NEW.branch = NULL; INSERT INTO _kept_1_old VALUES (1); END;
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT';
CREATE TRIGGER first BEFORE INSERT ON person FOR EACH ROW PRECEDES second SET @a = 'x' || NEW.\"id\";
CREATE EVENT sweep ON SCHEDULE EVERY 1 DAY DO DELETE FROM _kept_1_old;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';";

const ROWS: &str = r"SELECT NEXTVAL(`number`);
SET check_constraint_checks = 0;
INSERT INTO `b``ranch` (id, head, own, at, ratio, exact, flags, bytes, doc, kind, n, hidden) VALUES
    (0, 7, 'ü\n''\\', '2001-02-03 04:05:06.789012', 1.1, 12345678901234567890.0123456789, b'101010101', x'00ff27', '{}', 'b', 9, 5),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO person VALUES (0, 3), (8, NULL); UPDATE person SET branch = id WHERE id = 0;
INSERT INTO nothing VALUES (90); DELETE FROM nothing; INSERT INTO _sqlx_migrations VALUES (1, true); INSERT INTO parts VALUES (0), (1), (2);";

const SEEN: [&str; 6] = [
    "SELECT HEX(CONCAT_WS('|', id, head, own, twice, thrice, hidden, day, at, ratio + 0e0, exact, bytes, doc, kind, n)), HEX(flags) FROM `b``ranch` ORDER BY id",
    "SELECT CONCAT_WS('|', id, branch) FROM person ORDER BY id",
    "SELECT CONCAT_WS('|', version, success) FROM _sqlx_migrations",
    "SELECT CAST(v AS CHAR) FROM `_kept_1_old`",
    "SELECT CONCAT_WS('|', `z`) FROM a ORDER BY 1",
    "SELECT CONCAT_WS('|', next_not_cached_value, cycle_count) FROM `number`",
];

async fn seen(work: &mut Work) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for sql in SEEN {
        all.extend(work.rows(sql).await.unwrap());
    }
    all
}

#[tokio::test]
async fn a_copy_holds_every_definition_and_every_row() {
    let bench = Bench::new(Dialect::MariaDb, None);
    let mut work = bench.fresh().await.unwrap();
    work.execute(DEFINITIONS).await.unwrap();
    work.execute(ROWS).await.unwrap();
    let before = (seen(&mut work).await, bench.definitions(&work).await.unwrap());
    assert!(before.0.len() > 7, "{before:#?}");
    let (mut work, mut copy) = bench.copied(work).await.unwrap();
    for database in [&mut work, &mut copy] {
        assert_eq!((seen(database).await, bench.definitions(database).await.unwrap()), before);
        assert_eq!(
            database.rows("SELECT @@collation_database").await.unwrap(),
            [[Some("latin1_german1_ci".to_owned())]]
        );
    }
    // Each is on its own, and what guards rows does so in both.
    copy.execute("SET sql_mode = ''; INSERT INTO `b``ranch` (own) VALUES ('new'); INSERT INTO person VALUES (2, 3)")
        .await
        .unwrap();
    let next = copy.rows("SELECT CAST(MAX(id) AS CHAR) FROM `b``ranch`").await.unwrap();
    assert_eq!(next, [[Some("4".to_owned())]]);
    assert_eq!(
        copy.rows("SELECT CAST(v AS CHAR) FROM _kept_1_old").await.unwrap().len(),
        before.0.iter().filter(|row| row[0].as_deref() == Some("1")).count() + 1
    );
    assert!(copy.execute("DELETE FROM `b``ranch` WHERE id = 0").await.is_err());
    assert_eq!(seen(&mut work).await, before.0);
    bench.remove(copy).await.unwrap();
    bench.remove(work).await.unwrap();
}

#[tokio::test]
async fn a_view_that_names_what_is_gone_is_named() {
    let bench = Bench::new(Dialect::MariaDb, None);
    let mut work = bench.fresh().await.unwrap();
    work.execute("CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT b FROM t; ALTER TABLE t DROP COLUMN b")
        .await
        .unwrap();
    let error = bench.copied(work).await.unwrap_err().to_string();
    assert!(
        error.contains("view `v` can't be copied to another scratch database: ")
            && error.contains("remake it in the file"),
        "{error}"
    );
}
