//! What the linter says of writes that wait, held against what the server took (`tests/algorithm-results.md`, which the
//! suite measures).

use schema_core::ir::Dialect;
use schema_core::lint::{File, Way, lint};

const FIXTURE: &str = include_str!("algorithms.sql");
const RESULTS: &str = include_str!("../../algorithm-results.md");

/// The linter takes the greater cost where the text leaves it open: these the server does while writes go on.
const CAUTIOUS: [&str; 10] = [
    // Which expressions are constants is the server's to say.
    "ALTER TABLE t ADD COLUMN z int DEFAULT (1 + 1)",
    "ALTER TABLE t ADD COLUMN z double DEFAULT rand()",
    // Stored and indexed computed columns make a copy of most changes, and the planner states it for all of them.
    "ALTER TABLE t ADD COLUMN z int UNIQUE",
    "ALTER TABLE t DROP COLUMN vs",
    "ALTER TABLE t DROP COLUMN vs, MODIFY c text NOT NULL",
    "ALTER TABLE t MODIFY vv int AS (a + 2) VIRTUAL",
    "ALTER TABLE t MODIFY f int DEFAULT 1",
    "ALTER TABLE t MODIFY b varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "ALTER TABLE t MODIFY b70 varchar(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    // From one character set to the other in place, by the bytes that they share.
    "ALTER TABLE t MODIFY u3 varchar(10) CHARACTER SET utf8mb4",
];

/// What is said of the statement, run on the tables of the fixture, about writes that wait.
fn waits(sql: &str) -> Vec<String> {
    let file = |label: &str, text: &str, judged| File { label: label.into(), text: text.into(), way: Way::Up, judged };
    let report = lint(Dialect::MariaDb, &[file("fixture", FIXTURE, false), file("change", sql, true)]);
    assert_eq!((report.findings, report.passed_over), (vec![], vec![]), "{sql}");
    let messages = report.hazards.into_iter().map(|met| format!("{} {}", met.code, met.message));
    messages.filter(|said| said.contains("takes no writes") || said.contains("may be copied")).collect()
}

#[test]
fn writes_that_wait_are_said_where_the_server_makes_them_wait() {
    let mut faults = Vec::new();
    let mut compared = 0;
    for line in RESULTS.lines().filter(|line| line.starts_with("| H")) {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [_, sql, takes] = parts.as_slice() else { panic!("{line}") };
        let sql = sql.trim_matches('`');
        let Some((clauses, _)) = takes.split_once(':').filter(|(clauses, _)| clauses.contains(", ")) else { continue };
        let Some((algorithm, lock)) = clauses.split_once(", ") else { continue };
        compared += 1;
        let said = waits(sql);
        if (lock == "SHARED") == said.is_empty() && !CAUTIOUS.contains(&sql) {
            faults.push(format!("{sql}: takes {takes} but the linter says {said:?}"));
        }
        let stated = waits(&format!("{sql}, ALGORITHM={algorithm}, LOCK={lock}"));
        if (lock == "SHARED") == stated.is_empty() {
            faults.push(format!("{sql}, ALGORITHM={algorithm}, LOCK={lock}: the linter says {stated:?}"));
        }
    }
    assert!(faults.is_empty() && compared > 90, "of {compared}:\n{}", faults.join("\n"));
}
