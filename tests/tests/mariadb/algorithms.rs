//! How MariaDB carries out each change of a table in use, by asking for the least work and the weakest lock first.
//!
//! `ALGORITHM` and `LOCK` make the server refuse what it can't do so, before it does anything: the first pair that it
//! takes is what the change costs. The results are in `tests/algorithm-results.md`, which `SCHEMA_UPDATE=1` rewrites, and the
//! catalogue's MariaDB texts are by them.

use std::fmt::Write as _;

use schema_tests::mariadb;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

const FIXTURE: &str = include_str!("algorithms.sql");
const STATEMENTS: &str = include_str!("algorithms.txt");
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/algorithm-results.md");

/// From the least to the most, and what each means for those who read and write meanwhile.
const WAYS: [(&str, &str, &str); 8] = [
    ("INSTANT", "NONE", "definitions only"),
    ("NOCOPY", "NONE", "at most an index is built, writes go on"),
    ("INPLACE", "NONE", "rebuilds the table, writes go on"),
    ("INSTANT", "EXCLUSIVE", "definitions only, under the strongest lock"),
    ("NOCOPY", "SHARED", "at most an index is built, writes wait"),
    ("INPLACE", "SHARED", "rebuilds the table, writes wait"),
    ("COPY", "SHARED", "copies the table, writes wait"),
    ("COPY", "EXCLUSIVE", "copies the table, reads and writes wait"),
];

struct Bed {
    connection: MySqlConnection,
    used: bool,
}

impl Bed {
    async fn make() -> Self {
        let connection = MySqlConnection::connect(&mariadb().await).await.unwrap();
        Self { connection, used: true }
    }

    /// Tries a statement on the tables as they are at first.
    async fn takes(&mut self, sql: &str) -> Result<(), String> {
        if std::mem::take(&mut self.used) {
            let anew = format!(
                "SET foreign_key_checks = 0; DROP TABLE IF EXISTS t, p, n, n2, v, pt, px; SET foreign_key_checks = 1; {FIXTURE}"
            );
            self.connection.execute(AssertSqlSafe(anew)).await.unwrap();
        }
        let done = self.connection.execute(AssertSqlSafe(sql.to_owned())).await;
        self.connection.execute("SET foreign_key_checks = 1").await.unwrap();
        self.used = done.is_ok();
        done.map(drop).map_err(|error| match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => panic!("{other}"),
        })
    }

    /// The least that a change takes, or why it is refused.
    async fn least(&mut self, sql: &str) -> String {
        for (algorithm, lock, meaning) in WAYS {
            if self.takes(&format!("{sql}, ALGORITHM={algorithm}, LOCK={lock}")).await.is_ok() {
                return format!("{algorithm}, {lock}: {meaning}");
            }
        }
        match self.takes(sql).await {
            Ok(()) => "neither clause is taken".to_owned(),
            Err(cause) => format!("refused: {cause}"),
        }
    }
}

#[tokio::test]
async fn every_change_takes_what_the_results_say() {
    let mut bed = Bed::make().await;
    let mut text = String::from(
        "# What changes of tables take on MariaDB\n\nWritten by `SCHEMA_UPDATE=1 cargo test -p schema-tests --test mariadb`; the same test fails when it no longer holds. The\nstatements are those of `tests/mariadb/algorithms.txt`, each on the tables of `tests/mariadb/algorithms.sql`; the first pair of `ALGORITHM`\nand `LOCK` that the server takes. MariaDB 10.11.\n\n| row | statement | takes |\n|---|---|---|\n",
    );
    for line in STATEMENTS.lines() {
        let (row, sql) = line.split_once(' ').unwrap();
        let least = bed.least(sql).await.replace('|', "\\|");
        // The name of the database is another one each time.
        let least = least.split('`').filter(|part| !is_database(part)).collect::<Vec<_>>().join("`");
        let least = least.split_inclusive('\'').map(without_database).collect::<String>();
        writeln!(text, "| {row} | `{sql}` | {least} |").unwrap();
    }
    if std::env::var_os("SCHEMA_UPDATE").is_some() {
        std::fs::write(RESULTS, &text).unwrap();
    }
    let known = std::fs::read_to_string(RESULTS).unwrap_or_default();
    let differences: Vec<&str> = text.lines().filter(|line| !known.lines().any(|known| known == *line)).collect();
    assert!(known == text, "not what `{RESULTS}` says (SCHEMA_UPDATE=1 rewrites it):\n{}", differences.join("\n"));
}

/// `t0/t_q_fk'` as `t_q_fk'`.
fn without_database(part: &str) -> &str {
    part.split_once('/').filter(|(database, _)| is_database(database)).map_or(part, |(_, rest)| rest)
}

fn is_database(part: &str) -> bool {
    part.strip_prefix('t').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}
