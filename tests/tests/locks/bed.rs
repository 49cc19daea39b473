//! The tables that the statements are about, and facts as words.

use schema_core::locks::Measured;
use schema_runtime::locks::{Meter, Reading};
use schema_runtime::sides::Bench;
use schema_tests::server;

/// One of each thing that a statement of the list names.
const FIXTURE: &str = "
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE DOMAIN dpos AS int;
CREATE DOMAIN dchk AS int CHECK (VALUE > 0);
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (
    id int PRIMARY KEY,
    a int,
    b varchar(10),
    c text,
    d numeric(10, 2),
    e timestamp,
    f int NOT NULL DEFAULT 1,
    g citext,
    h char(10),
    iv interval(3),
    ts3 timestamp(3),
    vb varbit(10),
    bt bit(8),
    k cidr,
    j json,
    m mood,
    v dpos,
    q int,
    r int
);
ALTER TABLE t ADD CONSTRAINT chk_a CHECK (a IS NOT NULL) NOT VALID;
ALTER TABLE t ADD CONSTRAINT fk_q FOREIGN KEY (q) REFERENCES p NOT VALID;
CREATE INDEX t_b ON t (b);
CREATE INDEX t_c ON t (c);
CREATE INDEX t_ac ON t (a, c);
CREATE UNIQUE INDEX t_uq ON t (a);
CREATE UNIQUE INDEX t_r ON t (r) WHERE r > 0;
CREATE VIEW vw AS SELECT id, a FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
CREATE UNIQUE INDEX mv_id ON mv (id);
CREATE TABLE pt (id int NOT NULL, k int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (100);
CREATE TABLE pt2 (id int NOT NULL, k int);
CREATE TABLE pt3 (id int NOT NULL, k int, CHECK (id >= 300 AND id < 400));
INSERT INTO p SELECT generate_series(1, 5);
INSERT INTO t (id, a, b, c, d, e, f, g, h, k, j, m, v, q, r)
    SELECT n, n, 'b' || n, 'c' || n, n, '2020-01-01', n, 'g', 'h', '10.0.0.0/8', '{}', 'a', n, n, n FROM generate_series(1, 5) n;
INSERT INTO pt SELECT n, n FROM generate_series(1, 5) n;
INSERT INTO pt2 SELECT n, n FROM generate_series(101, 105) n;
INSERT INTO pt3 SELECT n, n FROM generate_series(301, 305) n;
";

/// A database with the tables in it.
pub(crate) async fn meter() -> Meter {
    let bench = Bench::on(server().await);
    let mut meter = Meter::start(&bench).await.unwrap();
    // A change between timestamps with and without a time zone depends on it.
    meter.run("SET timezone = 'Europe/Berlin'").await.unwrap();
    meter.run(FIXTURE).await.unwrap();
    meter
}

/// Everything measured, each as one phrase: `SHARE t`, `SHARE t_b of t`, `rewrite t`, `scan t`, `builds t_b of t`,
/// `checks fk_q of t`, `new n`, `polled`.
pub(crate) fn facts(measured: &Measured) -> Vec<String> {
    let mut facts: Vec<String> = measured.locks.iter().map(|(table, mode)| format!("{mode} {table}")).collect();
    for (table, indexes) in &measured.indexes {
        facts.extend(indexes.iter().map(|(index, mode)| format!("{mode} {index} of {table}")));
    }
    facts.extend(measured.new.iter().map(|relation| format!("new {relation}")));
    facts.extend(measured.rewrites.iter().map(|table| format!("rewrite {table}")));
    facts.extend(measured.scans.iter().map(|table| format!("scan {table}")));
    for (table, keys) in &measured.foreign_keys {
        facts.extend(keys.iter().map(|key| format!("checks {key} of {table}")));
    }
    for (table, indexes) in &measured.builds {
        facts.extend(indexes.iter().map(|index| format!("builds {index} of {table}")));
    }
    facts.extend(measured.polled.then(|| "polled".to_owned()));
    facts.into_iter().map(|fact| fact.replace("public.", "")).collect()
}

/// The facts about the last of statements.
pub(crate) fn last(readings: &[Reading]) -> Vec<String> {
    facts(&readings.last().expect("a statement").measured)
}
