//! Every row of the catalogue: what fires it and what doesn't, or why no linter can see it.

use std::collections::BTreeSet;

use super::{judged, met};
use crate::hazard;
use crate::ir::Dialect::{self, Postgres, Sqlite};

/// One way in which a row is seen.
pub(super) struct Case {
    pub(super) code: &'static str,
    pub(super) dialect: Dialect,
    /// Texts that meet the row.
    pub(super) fires: &'static [&'static str],
    /// Like texts that don't.
    pub(super) quiet: &'static [&'static str],
}

const fn postgres(code: &'static str, fires: &'static [&'static str], quiet: &'static [&'static str]) -> Case {
    Case { code, dialect: Postgres, fires, quiet }
}

const fn sqlite(code: &'static str, fires: &'static [&'static str], quiet: &'static [&'static str]) -> Case {
    Case { code, dialect: Sqlite, fires, quiet }
}

const REBUILT: &str = "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE t_new (a);
INSERT INTO t_new (a) SELECT a FROM t;\nDROP TABLE t;\nALTER TABLE t_new RENAME TO t;\nCOMMIT;\nPRAGMA foreign_keys = ON";

const CASES: &[Case] = &[
    sqlite(
        "H2",
        &["ALTER TABLE t ADD a DEFAULT CURRENT_TIMESTAMP", "ALTER TABLE t ADD a DEFAULT (random())"],
        &["ALTER TABLE t ADD a TEXT NOT NULL DEFAULT 'x'"],
    ),
    sqlite("H4", &["ALTER TABLE t ADD a TEXT NOT NULL"], &["ALTER TABLE t ADD a TEXT NOT NULL DEFAULT ''", "ALTER TABLE t ADD a"]),
    sqlite(
        "H7",
        &["ALTER TABLE t ADD a GENERATED ALWAYS AS (b + 1) STORED"],
        &["ALTER TABLE t ADD a GENERATED ALWAYS AS (b + 1) VIRTUAL", "ALTER TABLE t ADD a AS (b + 1)"],
    ),
    sqlite(
        "H8",
        &["ALTER TABLE t ADD a UNIQUE", "ALTER TABLE t ADD a INTEGER DEFAULT 1 REFERENCES u (id)"],
        &["ALTER TABLE t ADD a INTEGER REFERENCES u (id)", "CREATE TABLE t (a UNIQUE)"],
    ),
    sqlite(
        "H12",
        &["ALTER TABLE t DROP COLUMN a"],
        &["ALTER TABLE t ADD a;\nALTER TABLE T DROP COLUMN A", "CREATE TABLE t (a, b);\nALTER TABLE t DROP a"],
    ),
    sqlite("H13", &["ALTER TABLE t RENAME COLUMN a TO b"], &["CREATE TABLE t (a);\nALTER TABLE t RENAME a TO b"]),
    sqlite(
        "H47",
        &["DROP TABLE t"],
        &["CREATE TEMP TABLE g (a);\nDROP TABLE temp.g", "DROP INDEX i", REBUILT],
    ),
    sqlite("H49", &["ALTER TABLE t RENAME TO u"], &[REBUILT]),
    sqlite("H50", &["CREATE TABLE IF NOT EXISTS t (a)", "CREATE INDEX IF NOT EXISTS i ON t (a)"], &["DROP TABLE IF EXISTS t"]),
    sqlite(
        "H56",
        &[
            "CREATE TABLE t_new (a);\nINSERT INTO t_new SELECT a FROM t;\nDROP TABLE t;\nALTER TABLE t_new RENAME TO t",
            "PRAGMA foreign_keys = OFF;\nSELECT 1",
            "-- no-transaction\nBEGIN;\nPRAGMA foreign_keys = OFF;\nCREATE TABLE t_new (a);\nINSERT INTO t_new SELECT a FROM t;
DROP TABLE t;\nALTER TABLE t_new RENAME TO t;\nCOMMIT",
            "ALTER TABLE t RENAME TO t_old;\nCREATE TABLE t (a);\nINSERT INTO t SELECT a FROM t_old;\nDROP TABLE t_old",
        ],
        &[REBUILT],
    ),
    sqlite("H57", &["UPDATE t SET a = 1", "DELETE FROM t"], &["UPDATE t SET a = 1 WHERE a IS NULL"]),
    sqlite("H59", &["-- no-transaction\nDROP INDEX i;\nCREATE INDEX i ON t (a)"], &[REBUILT, "-- no-transaction\nVACUUM"]),
    sqlite("H60", &["BEGIN;\nSELECT 1;\nCOMMIT"], &[REBUILT]),
    postgres(
        "H3",
        &["ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()", "ALTER TABLE t ADD a float DEFAULT random() NOT NULL"],
        &["ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now() NOT NULL", "ALTER TABLE t ALTER a SET DEFAULT random()"],
    ),
    postgres(
        "H4",
        &["ALTER TABLE t ADD a int NOT NULL", "ALTER TABLE t ADD a int DEFAULT NULL NOT NULL"],
        &["ALTER TABLE t ADD a int NOT NULL DEFAULT 0", "ALTER TABLE t ADD a int"],
    ),
    postgres(
        "H5",
        &["ALTER TABLE t ADD a int NOT NULL DEFAULT 0;\nALTER TABLE t ALTER COLUMN a DROP DEFAULT"],
        &[
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT",
            "ALTER TABLE t ADD a int DEFAULT 0;\nALTER TABLE t ALTER COLUMN a DROP DEFAULT",
        ],
    ),
    postgres(
        "H6",
        &["ALTER TABLE t ADD a bigint GENERATED ALWAYS AS IDENTITY", "ALTER TABLE t ADD a bigserial"],
        &["CREATE TABLE u (a bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"],
    ),
    postgres(
        "H7",
        &["ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) STORED"],
        &["ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) VIRTUAL", "ALTER TABLE t ADD a int"],
    ),
    postgres(
        "H8",
        &[
            "ALTER TABLE t ADD a text UNIQUE",
            "ALTER TABLE t ADD a bigint REFERENCES u (id) ON DELETE SET NULL",
            "ALTER TABLE t ADD a int CONSTRAINT c CHECK (a > 0)",
        ],
        &["ALTER TABLE t ADD a text DEFAULT 'unique'"],
    ),
    postgres(
        "H9",
        &["CREATE DOMAIN d AS text CHECK (VALUE <> '');\n===\nALTER TABLE t ADD a d"],
        &["CREATE DOMAIN d AS text;\n===\nALTER TABLE t ADD a d"],
    ),
    postgres(
        "H10",
        &[
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;\n===\nALTER TABLE t ALTER a SET NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID;\n===\nALTER TABLE t VALIDATE CONSTRAINT c;
\n===\nALTER TABLE t ALTER a SET NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT c NOT NULL a",
        ],
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK ((\"a\" IS NOT NULL)) NOT VALID;\n===\nALTER TABLE t VALIDATE CONSTRAINT c;
\n===\nALTER TABLE t ALTER a SET NOT NULL;\nALTER TABLE t DROP CONSTRAINT c",
            "ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID",
        ],
    ),
    postgres(
        "H11",
        &["ALTER TABLE t ALTER COLUMN a DROP NOT NULL", "ALTER DOMAIN d DROP NOT NULL"],
        &["ALTER TABLE t ADD a int NOT NULL DEFAULT 0;\nALTER TABLE t ALTER COLUMN a DROP NOT NULL"],
    ),
    postgres(
        "H12",
        &["ALTER TABLE t DROP COLUMN a", "ALTER TABLE IF EXISTS ONLY \"t\" DROP IF EXISTS \"a\""],
        &["ALTER TABLE t ADD a int;\nALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD a int;\n===\n-- down\nALTER TABLE t DROP a"],
    ),
    postgres(
        "H13",
        &["ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t RENAME a TO b"],
        &["ALTER TABLE t RENAME CONSTRAINT a TO b", "ALTER INDEX i RENAME TO j"],
    ),
    postgres(
        "H14",
        &[
            "ALTER TABLE t RENAME TO u;\nCREATE TABLE t (a int);\nINSERT INTO t SELECT a FROM u;\nDROP TABLE u",
            "CREATE TABLE t (a int);\n===\nALTER TABLE t ALTER a TYPE bigint",
            "ALTER TABLE t ALTER COLUMN a SET DATA TYPE numeric(20, 4) USING a::numeric",
        ],
        &["CREATE TABLE t (a varchar(20));\n===\nALTER TABLE t ALTER a TYPE varchar(50)"],
    ),
    postgres(
        "H16",
        &["CREATE TABLE t (a timestamp);\n===\nALTER TABLE t ALTER a TYPE timestamptz"],
        &["CREATE TABLE t (a timestamptz(3));\n===\nALTER TABLE t ALTER a TYPE timestamptz"],
    ),
    postgres(
        "H17",
        &[
            "CREATE TABLE t (a text);\n===\nALTER TABLE t ALTER a TYPE text COLLATE \"C\"",
            "CREATE TABLE t (a text);\n===\nALTER TABLE t ALTER a TYPE citext",
            "CREATE TABLE t (a varchar(9) COLLATE \"C\");\n===\nALTER TABLE t ALTER a TYPE text",
            "CREATE TABLE t (a varchar(9) COLLATE \"C\");\n===\nALTER TABLE t ALTER a TYPE text COLLATE s.\"C\" USING a::text",
            "CREATE TABLE t (a text);\n===\nALTER TABLE t ALTER a TYPE text COLLATE \"C\";\n===\nALTER TABLE t ALTER a TYPE text",
        ],
        &[
            "CREATE TABLE t (a varchar(9));\n===\nALTER TABLE t ALTER a TYPE text",
            "CREATE TABLE t (a varchar(9) COLLATE \"C\");\n===\nALTER TABLE t ALTER a TYPE text COLLATE pg_catalog.\"C\"",
            "CREATE TABLE t (a varchar(9));\n===\nALTER TABLE t ALTER a TYPE text COLLATE \"default\"",
        ],
    ),
    postgres(
        "H19",
        &[
            "CREATE TABLE t (a varchar(50));\n===\nALTER TABLE t ALTER a TYPE varchar(20)",
            "CREATE TABLE t (a bigint);\n===\nALTER TABLE t ALTER a TYPE int",
        ],
        &["CREATE TABLE t (a varchar(50));\n===\nALTER TABLE t ALTER a TYPE varchar(60)"],
    ),
    postgres(
        "H20",
        &["ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (id)", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u"],
        &["ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (id) NOT VALID"],
    ),
    postgres(
        "H21",
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT c",
            "ALTER TABLE t ADD a int;\nALTER TABLE t VALIDATE CONSTRAINT c",
        ],
        &[
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n===\nALTER TABLE t VALIDATE CONSTRAINT c",
            "ALTER TABLE t VALIDATE CONSTRAINT c;\nALTER TABLE t VALIDATE CONSTRAINT d",
        ],
    ),
    postgres(
        "H22",
        &["CREATE TABLE t (a int) PARTITION BY RANGE (a);\n===\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID"],
        &["CREATE TABLE t (a int);\n===\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID"],
    ),
    postgres(
        "H23",
        &["CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u)"],
        &[
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a, b)",
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u, b int, PRIMARY KEY (a, b))",
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u);
\n===\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a)",
        ],
    ),
    postgres(
        "H24",
        &["ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NO INHERIT"],
        &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"],
    ),
    postgres(
        "H25",
        &[
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID;\nALTER TABLE t ADD FOREIGN KEY (b) REFERENCES v NOT VALID",
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u);\n===\nDROP TABLE t",
        ],
        &[
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID;\n===\nALTER TABLE t ADD FOREIGN KEY (b) REFERENCES v NOT VALID",
            "CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u);
\n===\nALTER TABLE t DROP CONSTRAINT t_a_fkey;\n===\nDROP TABLE t",
        ],
    ),
    postgres(
        "H26",
        &["ALTER TABLE t DROP CONSTRAINT c", "ALTER DOMAIN d DROP CONSTRAINT c"],
        &[
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1) NOT VALID",
            "CREATE TABLE t (a int NOT NULL, CONSTRAINT c CHECK (a IS NOT NULL));\n===\nALTER TABLE t DROP CONSTRAINT c",
            "CREATE TABLE t (a int, CONSTRAINT c FOREIGN KEY (a) REFERENCES u, CONSTRAINT d FOREIGN KEY (a) REFERENCES u);\n===\nALTER TABLE t DROP CONSTRAINT c",
        ],
    ),
    postgres(
        "H27",
        &["ALTER TABLE t ADD UNIQUE (a)", "ALTER TABLE t ADD CONSTRAINT c UNIQUE NULLS NOT DISTINCT (a)"],
        &["ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i"],
    ),
    postgres(
        "H28",
        &[
            "ALTER TABLE t ADD PRIMARY KEY (a)",
            "CREATE TABLE t (a int);\n===\n-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);
\n===\nALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i",
        ],
        &[
            "CREATE TABLE t (a int NOT NULL);\n===\n-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);
\n===\nALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i",
        ],
    ),
    postgres(
        "H29",
        &["ALTER TABLE t ADD EXCLUDE USING gist (a WITH &&)"],
        &["CREATE TABLE t (a int4range, EXCLUDE USING gist (a WITH &&))"],
    ),
    postgres(
        "H30",
        &[
            "CREATE TABLE t (a bigint, CONSTRAINT c FOREIGN KEY (a) REFERENCES u);
\n===\nALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE",
            "CREATE TABLE t (a bigint, CONSTRAINT c FOREIGN KEY (a) REFERENCES u);
\n===\nALTER TABLE t DROP CONSTRAINT c;\n===\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID",
        ],
        &[
            "CREATE TABLE t (a bigint, CONSTRAINT c FOREIGN KEY (a) REFERENCES u);
\n===\nALTER TABLE t ADD CONSTRAINT d FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE NOT VALID;
\n===\nALTER TABLE t VALIDATE CONSTRAINT d;
\n===\nALTER TABLE t DROP CONSTRAINT c;\nALTER TABLE t RENAME CONSTRAINT d TO c",
        ],
    ),
    postgres(
        "H32",
        &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)", "ALTER DOMAIN d SET NOT NULL"],
        &[
            "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
            "CREATE DOMAIN d AS int;\nALTER DOMAIN d SET NOT NULL",
        ],
    ),
    postgres(
        "H33",
        &["CREATE INDEX i ON t (a)", "create unique index on only \"T\" using gin (a)"],
        &["-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a)", "CREATE TEMP TABLE t (a int); CREATE INDEX i ON t (a)"],
    ),
    postgres(
        "H34",
        &[
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\nSELECT 1",
            "-- no-transaction\nDROP INDEX CONCURRENTLY i; SELECT 1",
            "REINDEX TABLE CONCURRENTLY t",
            "ALTER TABLE t DETACH PARTITION u CONCURRENTLY",
        ],
        &["-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);", "-- no-transaction\nREINDEX INDEX CONCURRENTLY i"],
    ),
    postgres(
        "H35",
        &["-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)"],
        &["-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS i"],
    ),
    postgres(
        "H37",
        &["DROP INDEX i", "DROP INDEX IF EXISTS s.i, j"],
        &["-- no-transaction\nDROP INDEX CONCURRENTLY i", "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i"],
    ),
    postgres(
        "H38",
        &["DROP INDEX i;\nCREATE INDEX i ON t (a, b)", "DROP INDEX i;\n===\nCREATE INDEX i ON t (a, b)"],
        &["ALTER INDEX i RENAME TO j;\nCREATE INDEX i ON t (a, b);\nDROP INDEX j"],
    ),
    postgres(
        "H39",
        &[
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a);\n===\nDROP INDEX i",
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a);\nCREATE INDEX j ON t (b) INCLUDE (a);\n===\nDROP INDEX i",
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a);\nCREATE INDEX j ON t USING brin (a);\n===\nDROP INDEX i",
        ],
        &[
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a);\nCREATE INDEX j ON t USING hash (a);\n===\nDROP INDEX i",
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (a);\nCREATE INDEX j ON t (a, b);\n===\nDROP INDEX i",
            "CREATE TABLE t (a bigint REFERENCES u);\nCREATE INDEX i ON t (b);\n===\nDROP INDEX i",
        ],
    ),
    postgres(
        "H40",
        &["REINDEX TABLE t", "REINDEX (VERBOSE) INDEX i"],
        &["-- no-transaction\nREINDEX TABLE CONCURRENTLY t", "-- no-transaction\nREINDEX (CONCURRENTLY) TABLE t"],
    ),
    postgres(
        "H41",
        &[
            "CREATE TABLE t (a int) PARTITION BY LIST (a);\n===\nCREATE INDEX i ON t (a)",
            "CREATE TABLE t (a int) PARTITION BY LIST (a);\n===\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a)",
        ],
        &["CREATE TABLE t (a int) PARTITION BY LIST (a);\n===\nCREATE INDEX i ON ONLY t (a)"],
    ),
    postgres(
        "H42",
        &["CREATE TABLE p PARTITION OF t FOR VALUES IN (1)"],
        &["CREATE TABLE t (a int) PARTITION BY LIST (a);\nCREATE TABLE p PARTITION OF t FOR VALUES IN (1)"],
    ),
    postgres(
        "H43",
        &[
            "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
            "ALTER TABLE p ADD CONSTRAINT c CHECK (a = 1) NOT VALID;\n===\nALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
        ],
        &[
            "CREATE TABLE p (a int);\nALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
            "ALTER TABLE p ADD CONSTRAINT c CHECK (a = 1) NOT VALID;\n===\nALTER TABLE p VALIDATE CONSTRAINT c;
\n===\nALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
        ],
    ),
    postgres(
        "H44",
        &["ALTER TABLE t DETACH PARTITION p"],
        &["-- no-transaction\nALTER TABLE t DETACH PARTITION p CONCURRENTLY"],
    ),
    postgres("H45", &["CREATE TABLE t (a json)", "ALTER TABLE t ADD a JSON"], &["CREATE TABLE t (a jsonb)"]),
    postgres(
        "H47",
        &["DROP TABLE t", "DROP TABLE IF EXISTS a, b", "DROP TYPE m", "DROP SCHEMA s", "TRUNCATE t", "DROP VIEW v"],
        &[
            "CREATE TEMP TABLE t (a int);\nDROP TABLE t",
            "DROP VIEW v;\nCREATE VIEW v AS SELECT 1",
            "ALTER TABLE t RENAME TO u;\nCREATE TABLE t (a int);\nINSERT INTO t SELECT a FROM u;\nDROP TABLE u",
            "ALTER TYPE m RENAME TO n;\nCREATE TYPE m AS ENUM ('a');\nDROP TYPE n",
            "CREATE TABLE t (a int);\n===\n-- down\nDROP TABLE t",
        ],
    ),
    postgres(
        "H48",
        &[
            "DROP VIEW v CASCADE",
            "TRUNCATE t CASCADE",
            "ALTER TABLE t DROP COLUMN a CASCADE",
            "ALTER TABLE t DROP CONSTRAINT c CASCADE",
            "DROP OPERATOR CLASS c USING btree CASCADE",
            "CREATE TABLE t (a int);\n===\n-- down\nDROP TABLE t CASCADE",
        ],
        &["DROP VIEW v RESTRICT", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE NOT VALID"],
    ),
    postgres(
        "H49",
        &["ALTER TABLE t RENAME TO u", "ALTER TABLE t SET SCHEMA s", "ALTER VIEW v RENAME TO w"],
        &["ALTER TABLE t RENAME TO u;\nCREATE VIEW t AS SELECT * FROM u"],
    ),
    postgres(
        "H50",
        &[
            "CREATE TABLE IF NOT EXISTS t (a int)",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int",
            "CREATE INDEX IF NOT EXISTS i ON t (a)",
            "DROP TABLE IF EXISTS t;\nCREATE TABLE t (a int)",
            "CREATE SEQUENCE IF NOT EXISTS s",
        ],
        &["CREATE SCHEMA IF NOT EXISTS s", "CREATE EXTENSION IF NOT EXISTS citext", "DROP TABLE IF EXISTS t"],
    ),
    postgres(
        "H51",
        &["ALTER TYPE m ADD VALUE 'sad';\nALTER TABLE t ALTER a SET DEFAULT 'sad'"],
        &[
            "ALTER TYPE m ADD VALUE 'sad';\nALTER TABLE t ALTER a SET DEFAULT 'glad'",
            "ALTER TYPE m ADD VALUE IF NOT EXISTS 'sad' BEFORE 'glad';\n===\nALTER TABLE t ALTER a SET DEFAULT 'sad'",
        ],
    ),
    postgres(
        "H52",
        &["ALTER TYPE m RENAME VALUE 'sad' TO 'low'", "ALTER TYPE m RENAME TO n"],
        &["CREATE TYPE m AS ENUM ('sad');\nALTER TYPE m RENAME VALUE 'sad' TO 'low'"],
    ),
    postgres(
        "H53",
        &["VACUUM FULL t", "VACUUM (FULL, ANALYZE) t", "CLUSTER t USING i", "ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET TABLESPACE x"],
        &["VACUUM ANALYZE t", "ALTER TABLE t SET (fillfactor = 80)", "ALTER TABLE t CLUSTER ON i"],
    ),
    postgres(
        "H54",
        &[
            "DROP POLICY p ON t",
            "DROP POLICY p ON t;\n===\nCREATE POLICY p ON t USING (true)",
            "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
        ],
        &["DROP POLICY p ON t;\nCREATE POLICY p ON t USING (true)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY"],
    ),
    postgres(
        "H55",
        &["CREATE TABLE t (a bigint REFERENCES u)", "CREATE TABLE t (a bigint);\nALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u"],
        &["CREATE TABLE u (id bigint PRIMARY KEY);\nCREATE TABLE t (a bigint REFERENCES u, b bigint REFERENCES t)"],
    ),
    postgres(
        "H57",
        &[
            "UPDATE t SET a = 1",
            "DELETE FROM t",
            "ALTER TABLE t ADD a int;\nUPDATE t SET a = 1 WHERE a IS NULL",
            "DELETE FROM u WHERE a = 1;\nALTER TABLE t ADD a int",
        ],
        &["UPDATE t SET a = 1 WHERE a IS NULL", "CREATE TEMP TABLE x (a int);\nUPDATE x SET a = 1"],
    ),
    postgres(
        "H58",
        &["SET lock_timeout = 0", "SET LOCAL statement_timeout TO '0s'", "LOCK TABLE t", "LOCK t IN SHARE MODE"],
        &["SET lock_timeout = '2s'", "LOCK TABLE t IN ACCESS SHARE MODE", "LOCK TABLE t NOWAIT"],
    ),
    postgres(
        "H59",
        &["-- no-transaction\nALTER TABLE t ADD a int;\nALTER TABLE t ADD b int"],
        &["ALTER TABLE t ADD a int;\nALTER TABLE t ADD b int", "-- no-transaction\nVACUUM t"],
    ),
    postgres(
        "H60",
        &["BEGIN;\nSELECT 1;\nCOMMIT", "ROLLBACK", "START TRANSACTION"],
        &["SAVEPOINT a;\nROLLBACK TO SAVEPOINT a", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"],
    ),
    postgres(
        "H61",
        &["ALTER TABLE t ADD a_name_that_has_got_a_good_many_more_letters_than_any_server_keeps int"],
        &["ALTER TABLE t ADD a_name_that_has_as_many_letters_as_any_name_may_have_on_servers int"],
    ),
    postgres("H62", &["SET search_path = app, public"], &["SET LOCAL search_path = app", "SET TIME ZONE 'UTC'"]),
    postgres(
        "H63",
        &["CREATE TABLE t (id serial PRIMARY KEY)", "CREATE TABLE t (id int, PRIMARY KEY (id))"],
        &["CREATE TABLE t (id bigint PRIMARY KEY)", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))"],
    ),
    postgres(
        "H65",
        &["DROP FUNCTION f(int)", "DROP EXTENSION citext", "ALTER EXTENSION postgis UPDATE"],
        &["DROP FUNCTION f(int);\nCREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ),
    postgres(
        "H68",
        &["UPDATE t SET a = 1 WHERE a = 0;\n===\n-- down\n"],
        &["-- nothing\n===\n-- down\n", "ALTER TABLE t ADD a int;\n===\n-- down\nALTER TABLE t DROP a"],
    ),
    postgres(
        "H71",
        &["SELECT pg_advisory_lock(1)", "SELECT pg_advisory_xact_lock(1)"],
        &["SELECT pg_try_advisory_lock(1)"],
    ),
];

/// Rows that no case can fire, and why.
const UNSEEN: &[(&str, &str)] = &[
    ("H1", "an instant under any form: there is nothing to say"),
    ("H15", "what is known to be free is said nothing of"),
    ("H18", "an instant under any form: there is nothing to say"),
    ("H31", "a constraint that lost DEFERRABLE reads like one that never had it"),
    ("H36", "whether there are duplicates stands in the rows; how the index is built is H33's"),
    ("H46", "the server's version stands in no file"),
    ("H64", "the schema that it leads to is for `cargo schema advise` to judge"),
    ("H66", "a team's own rules for names, and there is no place to state any"),
    ("H67", "which files are applied stands in the database; the runner and the build look"),
    ("H69", "what a body does can't be read: it is counted as passed over"),
    ("H70", "safe at any time: there is nothing to say"),
    ("H72", "there is no MODIFY"),
];

#[test]
fn every_row_is_seen_or_has_a_reason() {
    let seen: BTreeSet<&str> = CASES.iter().map(|case| case.code).collect();
    let unseen: BTreeSet<&str> = UNSEEN.iter().map(|(code, _)| *code).collect();
    assert_eq!(unseen.len(), UNSEEN.len(), "a reason stands twice");
    assert_eq!(seen.intersection(&unseen).collect::<Vec<_>>(), [] as [&&str; 0], "these are seen by now");
    let known: BTreeSet<&str> = hazard::all().map(|hazard| hazard.code).collect();
    assert_eq!(seen.union(&unseen).copied().collect::<BTreeSet<_>>(), known);
    assert!(CASES.iter().all(|case| !case.fires.is_empty() && !case.quiet.is_empty()));
}

/// Cases that are not as they say.
pub(super) fn faults(cases: &[Case]) -> Vec<String> {
    let mut faults = Vec::new();
    for case in cases {
        let fires = |text: &str| met(case.dialect, text).iter().any(|met| met.split(' ').next() == Some(case.code));
        faults.extend(
            case.fires.iter().filter(|text| !fires(text)).map(|text| format!("{} is not seen in: {text}", case.code)),
        );
        faults.extend(
            case.quiet.iter().filter(|text| fires(text)).map(|text| format!("{} is seen in: {text}", case.code)),
        );
        let unread =
            case.fires.iter().chain(case.quiet).filter(|text| !judged(case.dialect, text).passed_over.is_empty());
        faults.extend(unread.map(|text| format!("not read: {text}")));
    }
    faults
}

#[test]
fn each_row_fires_where_it_is_met_and_nowhere_else() {
    let faults = faults(CASES);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
