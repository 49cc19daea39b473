//! The rows that MariaDB and MySQL meet: what fires each and what doesn't, or why no linter can see it there.

use std::collections::BTreeSet;
use std::path::Path;

use super::rows::{Case, faults};
use super::{judged, met};
use crate::hazard;
use crate::ir::Dialect::{MariaDb, MySql};
use crate::lint::{folder, lint};

const fn maria(code: &'static str, fires: &'static [&'static str], quiet: &'static [&'static str]) -> Case {
    Case { code, dialect: MariaDb, fires, quiet }
}

const fn mysql(code: &'static str, fires: &'static [&'static str], quiet: &'static [&'static str]) -> Case {
    Case { code, dialect: MySql, fires, quiet }
}

const CASES: &[Case] = &[
    maria(
        "H1",
        &[
            "CREATE TABLE t (a int, v int AS (a + 1) VIRTUAL);\n===\nALTER TABLE t ADD b int AFTER a",
            "ALTER TABLE t ADD b int, ALGORITHM=COPY",
            "ALTER TABLE t ADD b int, LOCK=SHARED",
        ],
        &[
            "ALTER TABLE t ADD b int AFTER a",
            "ALTER TABLE t ADD b int, ALGORITHM=INSTANT",
            "CREATE TABLE t (a int, v int AS (a + 1) VIRTUAL);\n===\nALTER TABLE t ADD b int",
            "CREATE TABLE t (a int);\nALTER TABLE t ADD b int, ALGORITHM=COPY",
        ],
    ),
    maria(
        "H2",
        &["ALTER TABLE t ADD a int DEFAULT 5, LOCK=SHARED"],
        &["ALTER TABLE t ADD a int DEFAULT 5", "ALTER TABLE t ADD a datetime DEFAULT now()"],
    ),
    maria(
        "H3",
        &["ALTER TABLE t ADD a uuid DEFAULT uuid()", "ALTER TABLE t ADD COLUMN (a int, b int DEFAULT (a + 1))"],
        &[
            "ALTER TABLE t ADD a datetime NOT NULL DEFAULT current_timestamp() ON UPDATE CURRENT_TIMESTAMP",
            "ALTER TABLE t ADD a varchar(9) NOT NULL DEFAULT 'uuid()'",
            "ALTER TABLE t ADD a uuid DEFAULT uuid(), ALGORITHM=INSTANT",
        ],
    ),
    maria(
        "H4",
        &["ALTER TABLE t ADD `a` int NOT NULL", "ALTER TABLE t ADD COLUMN a text NOT NULL AFTER b, LOCK=NONE"],
        &["ALTER TABLE t ADD a int NOT NULL DEFAULT 0", "ALTER TABLE t ADD a int NULL"],
    ),
    maria(
        "H5",
        &["ALTER TABLE t ADD a int NOT NULL DEFAULT 0;\nALTER TABLE t ALTER COLUMN a DROP DEFAULT"],
        &["ALTER TABLE t ALTER a DROP DEFAULT", "ALTER TABLE t ALTER a SET DEFAULT (1 + 1)"],
    ),
    maria(
        "H6",
        &["ALTER TABLE t ADD id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY"],
        &["CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY)"],
    ),
    maria(
        "H7",
        &[
            "ALTER TABLE t ADD a int AS (b + 1) STORED",
            "ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) PERSISTENT AFTER b",
            "CREATE TABLE t (a int, b int AS (a + 1) STORED);\n===\nALTER TABLE t MODIFY b int AS (a + 2) STORED",
        ],
        &["ALTER TABLE t ADD a int AS (b + 1) VIRTUAL", "ALTER TABLE t ADD a int AS (b + 1)"],
    ),
    maria(
        "H8",
        &["ALTER TABLE t ADD a int REFERENCES u (id) ON UPDATE CASCADE", "ALTER TABLE t ADD a int CHECK (a > 0)"],
        &["ALTER TABLE t ADD a int UNIQUE KEY", "ALTER TABLE t ADD a text DEFAULT 'check'"],
    ),
    mysql("H8", &["ALTER TABLE t ADD a int REFERENCES u (id)"], &["ALTER TABLE t ADD a int COMMENT 'REFERENCES u'"]),
    maria(
        "H10",
        &["CREATE TABLE t (a int);\n===\nALTER TABLE t MODIFY a int NOT NULL, ALGORITHM=INPLACE, LOCK=NONE"],
        &[
            "CREATE TABLE t (a int NOT NULL);\n===\nALTER TABLE t MODIFY a int NOT NULL COMMENT 'x'",
            "CREATE TABLE t (a int, PRIMARY KEY (a));\n===\nALTER TABLE t MODIFY a int NOT NULL",
        ],
    ),
    maria(
        "H11",
        &["CREATE TABLE t (a int NOT NULL);\n===\nALTER TABLE t MODIFY a int"],
        &[
            "CREATE TABLE t (a int);\n===\nALTER TABLE t MODIFY a int DEFAULT 1",
            "CREATE TABLE t (a int PRIMARY KEY);\n===\nALTER TABLE t MODIFY a int COMMENT 'x'",
            "ALTER TABLE t ADD a int NOT NULL DEFAULT 0;\nALTER TABLE t MODIFY a int DEFAULT 0",
        ],
    ),
    maria(
        "H12",
        &["ALTER TABLE t DROP a", "ALTER TABLE db.t DROP COLUMN IF EXISTS `a`, ALGORITHM=INSTANT"],
        &[
            "ALTER TABLE t ADD a int;\nALTER TABLE T DROP COLUMN A",
            "ALTER TABLE t DROP KEY a, DROP FOREIGN KEY b, DROP CHECK c, DROP PRIMARY KEY, ADD PRIMARY KEY (d)",
            "CREATE TABLE t (a int, b int AS (a));\n===\nALTER TABLE t DROP b",
        ],
    ),
    maria(
        "H13",
        &[
            "ALTER TABLE t RENAME COLUMN a TO b",
            "ALTER TABLE t CHANGE a b int",
            "ALTER TABLE t CHANGE COLUMN `a` `b` int FIRST",
        ],
        &[
            "ALTER TABLE t CHANGE a a int",
            "ALTER TABLE t RENAME KEY a TO b",
            "CREATE TABLE t (a int);\nALTER TABLE t CHANGE a b int",
        ],
    ),
    maria(
        "H14",
        &[
            "CREATE TABLE t (a int(11));\n===\nALTER TABLE t MODIFY a bigint(20)",
            "CREATE TABLE t (a varchar(40) CHARACTER SET utf8mb4);\n===\nALTER TABLE t MODIFY a varchar(80) CHARACTER SET utf8mb4",
            "ALTER TABLE t MODIFY a bigint",
        ],
        &[
            "CREATE TABLE t (a varchar(10));\n===\nALTER TABLE t MODIFY COLUMN a varchar(20) NULL",
            "CREATE TABLE t (a int(11));\n===\nALTER TABLE t MODIFY a integer COMMENT 'x'",
            "ALTER TABLE t MODIFY a bigint, ALGORITHM=INPLACE, LOCK=NONE",
            "CREATE TABLE t (a int);\nALTER TABLE t MODIFY a bigint",
        ],
    ),
    maria(
        "H17",
        &[
            "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
            "CREATE TABLE t (a text CHARACTER SET latin1);\n===\nALTER TABLE t MODIFY a text CHARACTER SET utf8mb4",
            "CREATE TABLE t (a text CHARSET latin1) DEFAULT CHARSET=utf8mb4;\n===\nALTER TABLE t MODIFY a text",
        ],
        &[
            "ALTER TABLE t DEFAULT CHARACTER SET = utf8mb4",
            "CREATE TABLE t (a text CHARACTER SET latin1) CHARSET=latin1;\n===\nALTER TABLE t MODIFY a text",
            "CREATE TABLE t (a json);\n===\nALTER TABLE t MODIFY a longtext",
            "CREATE TABLE t (a json);\n===\nALTER TABLE t MODIFY a longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        ],
    ),
    maria(
        "H19",
        &[
            "CREATE TABLE t (a bigint);\n===\nALTER TABLE t MODIFY a int",
            "CREATE TABLE t (a enum('x','y'));\n===\nALTER TABLE t MODIFY a enum('x')",
            "CREATE TABLE t (a timestamp NULL);\n===\nALTER TABLE t MODIFY a datetime, ALGORITHM=COPY",
            "SET SESSION sql_mode = ''",
        ],
        &[
            "CREATE TABLE t (a int);\n===\nALTER TABLE t MODIFY a bigint",
            "CREATE TABLE t (a enum('x',X'625C'));\n===\nALTER TABLE t MODIFY a enum('x',X'625C','y')",
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI')",
            "SET @old = @@sql_mode, sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO'",
        ],
    ),
    maria(
        "H20",
        &[
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (id)",
            "ALTER TABLE t ADD FOREIGN KEY i (a) REFERENCES u (id) ON DELETE SET NULL",
            "SET foreign_key_checks = 0;\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)",
            "SET @@session.foreign_key_checks = OFF;\nDELETE FROM u WHERE id = 1",
        ],
        &[
            "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (id))",
            "SET foreign_key_checks = 0;\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nSET foreign_key_checks = 1",
        ],
    ),
    maria(
        "H23",
        &[
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (id))",
            "CREATE TABLE u (id int unsigned PRIMARY KEY);\nCREATE TABLE t (a int);\n===\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)",
            "CREATE TABLE u (id bigint PRIMARY KEY, k bigint);\nCREATE TABLE t (a bigint, FOREIGN KEY (a) REFERENCES u (k))",
            "CREATE TABLE u (id varchar(9) CHARACTER SET latin1, KEY (id));\n
CREATE TABLE t (a varchar(9) CHARACTER SET utf8mb4, FOREIGN KEY (a) REFERENCES u (id))",
        ],
        &[
            "CREATE TABLE u (id bigint PRIMARY KEY, k bigint, UNIQUE KEY x (k));\nCREATE TABLE t (a bigint, FOREIGN KEY (a) REFERENCES u (k))",
            "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (id))",
            "CREATE TABLE u (id varchar(9), KEY (id));\nCREATE TABLE t (a varchar(20), FOREIGN KEY (a) REFERENCES u (id))",
        ],
    ),
    maria(
        "H24",
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
            "ALTER TABLE t MODIFY a int CHECK (a > 0), ALGORITHM=INSTANT",
        ],
        &["CREATE TABLE t (a int, CHECK (a > 0))"],
    ),
    maria(
        "H26",
        &[
            "ALTER TABLE t DROP CONSTRAINT c",
            "ALTER TABLE t DROP FOREIGN KEY f",
            "ALTER TABLE t DROP PRIMARY KEY",
            "CREATE TABLE t (a int, UNIQUE KEY k (a));\n===\nDROP INDEX k ON t",
        ],
        &[
            "CREATE TABLE t (a int, KEY k (a));\n===\nDROP INDEX k ON t",
            "ALTER TABLE t DROP FOREIGN KEY f, ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id)",
        ],
    ),
    maria(
        "H27",
        &["ALTER IGNORE TABLE t ADD UNIQUE KEY k (a)", "SET unique_checks = 0;\nINSERT INTO t VALUES (1)"],
        &["ALTER TABLE t ADD UNIQUE KEY k (a)", "CREATE UNIQUE INDEX k ON t (a) ALGORITHM=INPLACE LOCK=NONE"],
    ),
    maria(
        "H28",
        &["ALTER TABLE t ADD PRIMARY KEY (a), ALGORITHM=COPY"],
        &["ALTER TABLE t ADD PRIMARY KEY (a)", "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)"],
    ),
    maria(
        "H33",
        &[
            "ALTER TABLE t ADD FULLTEXT KEY i (a)",
            "CREATE SPATIAL INDEX i ON t (a)",
            "CREATE INDEX i ON t (a) LOCK=SHARED",
            "CREATE INDEX i USING BTREE ON t (a) ALGORITHM COPY",
        ],
        &[
            "ALTER TABLE t ADD INDEX (a), ADD KEY j (b(10) DESC)",
            "CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a text, FULLTEXT KEY (a))",
        ],
    ),
    maria("H37", &["DROP INDEX i ON t ALGORITHM=COPY"], &["DROP INDEX i ON t", "ALTER TABLE t DROP KEY i"]),
    maria(
        "H38",
        &[
            "DROP INDEX i ON t;\nCREATE INDEX i ON t (a, b)",
            "ALTER TABLE t DROP KEY i;\n===\nALTER TABLE t ADD KEY i (a)",
        ],
        &["ALTER TABLE t DROP KEY i, ADD KEY i (a, b)", "DROP INDEX i ON t;\nCREATE INDEX i ON u (a)"],
    ),
    maria(
        "H39",
        &["CREATE TABLE t (a int, KEY i (a), FOREIGN KEY (a) REFERENCES u (id));\n===\nALTER TABLE t DROP KEY i"],
        &[
            "CREATE TABLE t (a int, KEY i (a), KEY j (a), FOREIGN KEY (a) REFERENCES u (id));\n===\nALTER TABLE t DROP KEY i",
            "CREATE TABLE t (a int, KEY i (a), FOREIGN KEY (a) REFERENCES u (id));\n===\nALTER TABLE t DROP KEY i, ADD KEY j (a)",
        ],
    ),
    maria(
        "H42",
        &["ALTER TABLE t PARTITION BY HASH (a) PARTITIONS 4", "ALTER TABLE t REMOVE PARTITIONING"],
        &["ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (3))"],
    ),
    maria(
        "H47",
        &[
            "DROP TABLE t",
            "DROP DATABASE d",
            "TRUNCATE t",
            "CREATE OR REPLACE TABLE t (a int)",
            "ALTER TABLE t DROP PARTITION p",
            "/*!40000 DROP TABLE t */",
        ],
        &[
            "CREATE TEMPORARY TABLE t (a int);\nDROP TEMPORARY TABLE t",
            "CREATE OR REPLACE VIEW v AS SELECT 1",
            "/* DROP TABLE t */",
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN DELETE FROM u; SET NEW.a = 1; END",
        ],
    ),
    maria(
        "H49",
        &["RENAME TABLE t TO u", "ALTER TABLE t RENAME TO u", "RENAME TABLE a TO b, c TO d"],
        &[
            "RENAME TABLE t TO t_old, t_new TO t",
            "RENAME TABLE a TO b, c TO a, b TO c",
            "RENAME TABLE t TO u;\nCREATE VIEW t AS SELECT * FROM u",
        ],
    ),
    maria(
        "H50",
        &[
            "CREATE TABLE IF NOT EXISTS t (a int)",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int",
            "CREATE INDEX IF NOT EXISTS i ON t (a)",
            "DROP TABLE IF EXISTS t;\nCREATE TABLE t (a int)",
        ],
        &["CREATE DATABASE IF NOT EXISTS d", "DROP TABLE IF EXISTS t"],
    ),
    maria(
        "H51",
        &["CREATE TABLE t (a enum('x','y'));\n===\nALTER TABLE t MODIFY a enum('w','x','y')"],
        &["CREATE TABLE t (a enum(\"x\",'y'));\n===\nALTER TABLE t MODIFY a enum('x','y','z')"],
    ),
    maria(
        "H53",
        &["ALTER TABLE t ENGINE=MyISAM", "ALTER TABLE t FORCE, ALGORITHM=COPY", "ALTER TABLE t ADD SYSTEM VERSIONING"],
        &["ALTER TABLE t ENGINE=InnoDB", "ALTER TABLE t COMMENT 'engine', AUTO_INCREMENT = 7", "OPTIMIZE TABLE t"],
    ),
    maria(
        "H57",
        &[
            "UPDATE t SET a = 1",
            "DELETE LOW_PRIORITY FROM t",
            "REPLACE INTO t (id) VALUES (1)",
            "SET STATEMENT max_statement_time = 1 FOR UPDATE t SET a = 1",
        ],
        &[
            "UPDATE t SET a = 1 WHERE a IS NULL",
            "INSERT t VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
            "CREATE TEMPORARY TABLE t (a int);\nUPDATE t SET a = 1",
        ],
    ),
    maria(
        "H58",
        &["LOCK TABLES t WRITE, u READ", "SET SESSION lock_wait_timeout = 86400"],
        &["SET lock_wait_timeout = 5", "UNLOCK TABLES"],
    ),
    maria(
        "H59",
        &[
            "ALTER TABLE t ADD a int;\nALTER TABLE t ADD b int",
            "INSERT INTO t VALUES (1);\nCREATE TABLE u (a int)",
            "-- no-transaction\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2)",
            "RENAME TABLE a TO b;\nDROP TABLE c",
        ],
        &[
            "ALTER TABLE t ADD a int, ADD b int",
            "INSERT INTO t VALUES (1);\nUPDATE t SET a = 1 WHERE a = 2",
            "SET lock_wait_timeout = 5;\nALTER TABLE t ADD a int;\nSELECT 1",
            "INSERT INTO t VALUES (1);\nCREATE TEMPORARY TABLE u (a int)",
        ],
    ),
    maria(
        "H60",
        &["START TRANSACTION;\nINSERT INTO t VALUES (1);\nCOMMIT", "ROLLBACK"],
        &["SAVEPOINT a;\nROLLBACK TO SAVEPOINT a", "-- no-transaction\nBEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT"],
    ),
    maria(
        "H61",
        &["ALTER TABLE t ADD a_name_that_has_got_a_good_many_more_letters_than_any_server_keeps int"],
        &["ALTER TABLE t ADD a_name_that_has_as_many_letters_as_any_name_may_have_on_servers int"],
    ),
    maria("H62", &["USE other"], &["SELECT `use` FROM t"]),
    maria(
        "H63",
        &[
            "CREATE TABLE t (id int(11) unsigned AUTO_INCREMENT PRIMARY KEY)",
            "CREATE TABLE t (id smallint, PRIMARY KEY (id))",
        ],
        &["CREATE TABLE t (id bigint unsigned PRIMARY KEY)", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))"],
    ),
    maria(
        "H65",
        &["DROP FUNCTION f", "DROP PROCEDURE IF EXISTS p"],
        &["DROP FUNCTION f;\nCREATE DEFINER = 'a'@'b' FUNCTION f() RETURNS int RETURN 1"],
    ),
    maria("H68", &["UPDATE t SET a = 1 WHERE a = 0;\n===\n-- down\n"], &["-- nothing\n===\n-- down\n"]),
    maria(
        "H72",
        &[
            "CREATE TABLE t (a int NOT NULL DEFAULT 1);\n===\nALTER TABLE t MODIFY a int NOT NULL",
            "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT COMMENT 'x');\n===\nALTER TABLE t MODIFY id int NOT NULL COMMENT 'x'",
            "CREATE TABLE t (a timestamp NULL ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'x');\n===\nALTER TABLE t CHANGE a b timestamp NULL",
            "ALTER TABLE t ADD a int;\nALTER TABLE t ALTER a SET DEFAULT 5;\n===\nALTER TABLE t MODIFY a int NULL",
        ],
        &[
            "CREATE TABLE t (a int NOT NULL DEFAULT 1);\n===\nALTER TABLE t MODIFY a int NOT NULL DEFAULT 2",
            "CREATE TABLE t (a int DEFAULT 1);\n===\nALTER TABLE t ALTER a DROP DEFAULT;\n===\nALTER TABLE t MODIFY a int NULL",
            "CREATE TABLE t (a int DEFAULT NULL);\n===\nALTER TABLE t MODIFY a int",
            "ALTER TABLE t MODIFY a int",
        ],
    ),
];

/// Rows that no case can fire there, and why.
const UNSEEN: &[(&str, &str)] = &[
    ("H9", "there are no domains"),
    ("H15", "what is known to be free is said nothing of"),
    ("H16", "said as H19: the new type may not hold each value"),
    ("H18", "an instant under any form: there is nothing to say"),
    ("H21", "there is no NOT VALID"),
    ("H22", "there is no NOT VALID"),
    ("H25", "each statement commits, so that no file holds the locks of two"),
    ("H29", "there is none"),
    ("H30", "a foreign key that comes again is said as H20"),
    ("H31", "there is none"),
    ("H32", "there are no domains"),
    ("H34", "there is none"),
    ("H35", "there is none"),
    ("H36", "whether there are duplicates stands in the rows; the server refuses them, and nothing changes"),
    ("H40", "rebuilt while writes go on"),
    ("H41", "indexes are those of all partitions, and built while writes go on"),
    ("H43", "partitions are no tables"),
    ("H44", "partitions are no tables"),
    ("H45", "there is no such type"),
    ("H46", "there is none"),
    ("H48", "the word means nothing"),
    ("H52", "labels are part of a column: said as H19 or H51"),
    ("H54", "there is none"),
    ("H55", "an instant on the parent"),
    ("H56", "the server copies by itself"),
    ("H64", "the schema that it leads to is for `cargo schema advise` to judge"),
    ("H66", "a team's own rules for names, and there is no place to state any"),
    ("H67", "which files are applied stands in the database; the runner and the build look"),
    ("H69", "what a body does can't be read: it is counted as passed over"),
    ("H70", "safe at any time: there is nothing to say"),
    ("H71", "GET_LOCK has a limit"),
];

#[test]
fn every_row_is_seen_or_has_a_reason() {
    let seen: BTreeSet<&str> = CASES.iter().map(|case| case.code).collect();
    let unseen: BTreeSet<&str> = UNSEEN.iter().map(|(code, _)| *code).collect();
    assert_eq!(seen.intersection(&unseen).collect::<Vec<_>>(), [] as [&&str; 0], "these are seen by now");
    let known: BTreeSet<&str> = hazard::all().map(|hazard| hazard.code).collect();
    assert_eq!(seen.union(&unseen).copied().collect::<BTreeSet<_>>(), known);
}

#[test]
fn each_row_fires_where_it_is_met_and_nowhere_else() {
    let faults = faults(CASES);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_a_file_makes_itself_is_in_nobodys_use() {
    let text = "CREATE TABLE t (id bigint PRIMARY KEY, a text);
CREATE FULLTEXT INDEX i ON t (a);
ALTER TABLE t ADD CONSTRAINT c CHECK (a <> ''), MODIFY a longtext NOT NULL, ADD b uuid DEFAULT uuid();
ALTER TABLE t CHANGE b c uuid; ALTER TABLE t DROP COLUMN c; UPDATE t SET a = ''; DROP INDEX i ON t;
RENAME TABLE t TO u; TRUNCATE u; DROP TABLE u";
    assert_eq!(met(MariaDb, text), ["H59 1.sql:2:1"]);
}

#[test]
fn each_clause_is_said_at_its_place() {
    let text = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b varchar(20) DEFAULT 'x');
\n===\n# why\n-- how\nALTER TABLE t\n  MODIFY a bigint, -- wider\n  CHANGE b `c` varchar(20),\n  ADD FULLTEXT INDEX (c), DROP COLUMN a;";
    assert_eq!(
        met(MariaDb, text),
        ["H14 2.sql:4:3", "H13 2.sql:5:3", "H72 2.sql:5:3", "H33 2.sql:6:3", "H12 2.sql:6:27"]
    );
}

#[test]
fn the_message_says_what_the_server_would_do() {
    let said = |text: &str| judged(MariaDb, text).hazards.into_iter().map(|met| met.message).collect::<Vec<_>>();
    let made = "CREATE TABLE t (id bigint PRIMARY KEY, a int DEFAULT 1 COMMENT 'x');\n===\n";
    assert_eq!(
        said(&format!("{made}ALTER TABLE t MODIFY a bigint")),
        [
            "`t` takes no writes while it is copied: int is stored otherwise than bigint",
            "`t.a` loses its DEFAULT and its COMMENT, which the statement doesn't say again",
        ]
    );
    assert_eq!(
        said("ALTER TABLE t MODIFY a bigint"),
        [
            "`t` may be copied while its writes wait: what `a` is now, these files don't say; with ALGORITHM=INPLACE, LOCK=NONE in the statement the server refuses where it can't do without"
        ]
    );
    assert_eq!(
        said("ALTER TABLE t ADD a int, LOCK=EXCLUSIVE"),
        ["`t` takes neither reads nor writes while this is done: `a` is added"]
    );
}

#[test]
fn a_dump_is_read_with_its_comments_that_run() {
    let dump = "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
CREATE TABLE `t` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `at` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp() COMMENT 'it''s; late',
  PRIMARY KEY (`id`),
  KEY `i` (`at`) USING BTREE
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 /*!50100 PARTITION BY HASH (id) */;
LOCK TABLES `t` WRITE;
/*!40000 ALTER TABLE `t` DISABLE KEYS */;
INSERT INTO `t` VALUES (1,'2026-01-01');
UNLOCK TABLES;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
===
ALTER TABLE t MODIFY `at` timestamp NULL";
    let report = judged(MariaDb, dump);
    assert_eq!(report.passed_over, []);
    let met: Vec<String> = report.hazards.iter().map(|met| format!("{} {}", met.code, met.place)).collect();
    assert_eq!(met, ["H59 1.sql:10:10", "H11 2.sql:1:15", "H72 2.sql:1:15"]);
}

#[test]
fn blocks_are_one_statement_that_is_passed_over() {
    let text = "-- no-transaction\nBEGIN NOT ATOMIC\n  DECLARE a int DEFAULT 0;\n  WHILE a < 3 DO SET a = a + 1; END WHILE;\nEND;\nSELECT 1";
    let report = judged(MariaDb, text);
    assert_eq!((report.statements, report.passed_over.len()), (2, 1));
}

#[test]
fn migrations_of_the_examples_have_said_what_there_is() {
    for example in ["mariadb", "quickstart/mariadb"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example).join("migrations");
        let (files, findings) = folder(&dir, Path::new("migrations"), |_, _| true);
        let report = lint(MariaDb, &files);
        assert!(
            report.statements > 1 && report.is_clean() && findings.is_empty(),
            "{example}: {report:?} {findings:?}"
        );
        assert_eq!(report.passed_over, []);
    }
}
