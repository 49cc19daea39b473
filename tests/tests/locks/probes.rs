//! Every statement of the list, against the checked-in results.

use std::collections::BTreeMap;
use std::fmt::Write;

use schema_runtime::locks::Meter;
use schema_tests::corpus;

use crate::bed::{facts, meter};

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lock-results.md");
const HEADING: &str = "## PostgreSQL ";
const STATEMENTS: &str = "lock_probe_statements.sql";

/// Whose results are checked in whole; of other versions it is what differs.
const MAJOR: u32 = 15;

#[tokio::test]
async fn every_statement_of_the_list_locks_what_the_results_say() {
    let mut meter = meter().await;
    let text = corpus::read(STATEMENTS);
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let found = probe(&mut meter, line).await;
        lines.push(format!("| `{}` | {} |", line.replace("||", "; "), found.replace('|', "\\|")));
    }
    compare(meter.server(), lines);
}

/// The facts of the last statement on a line, or why there are none.
async fn probe(meter: &mut Meter, line: &str) -> String {
    let sql = line.replace("||", ";\n");
    let alone = line.starts_with("vacuum");
    let result = match alone {
        true => meter.file(&format!("-- no-transaction\n{sql}")).await,
        false => meter.try_out(&sql).await,
    };
    match result {
        Ok(readings) => {
            let last = readings.last().map(|reading| facts(&reading.measured)).unwrap_or_default();
            if last.is_empty() { "nothing".to_owned() } else { last.join(", ") }
        }
        Err(error) => format!("refused: {}", error.to_string().split_once(": ").map_or("", |(_, cause)| cause)),
    }
}

/// The lines of each version's table.
type Results = BTreeMap<u32, Vec<String>>;

fn compare(major: u32, mut lines: Vec<String>) {
    let mut results = parse(&std::fs::read_to_string(RESULTS).unwrap_or_default());
    if major != MAJOR {
        let base = results.get(&MAJOR).expect("the results of the version that the others are compared with");
        lines.retain(|line| !base.contains(line));
    }
    if std::env::var_os("SCHEMA_UPDATE").is_some() {
        results.insert(major, lines);
        std::fs::write(RESULTS, text(&results)).expect("the results");
        return;
    }
    let known = results.remove(&major).unwrap_or_default();
    let only = |of: &[String], other: &[String], sign: char| -> String {
        of.iter().filter(|line| !other.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    let difference = only(&known, &lines, '-') + &only(&lines, &known, '+');
    assert!(
        known == lines,
        "the results on PostgreSQL {major} are not those of `{RESULTS}` (SCHEMA_UPDATE=1 rewrites it):\n{difference}"
    );
}

fn parse(text: &str) -> Results {
    let mut results = Results::new();
    let mut major = 0;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix(HEADING) {
            major = heading.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a version");
            results.insert(major, Vec::new());
        } else if line.starts_with("| `") {
            results.entry(major).or_default().push(line.to_owned());
        }
    }
    results
}

fn text(results: &Results) -> String {
    let mut text = format!(
        "# What statements lock on PostgreSQL\n\nWritten by `SCHEMA_UPDATE=1 cargo test -p schema-tests --test locks`, of other versions by `SCHEMA_UPDATE=1 SUITES=locks tests/versions.sh`;\nthe same test fails when it no longer holds. The statements are those of `{STATEMENTS}`, each in a transaction of its own on the\ntables of `tests/locks/bed.rs`. Of several in one transaction the last is measured: what it takes beyond what is held.\n"
    );
    let whole = results.iter().filter(|(major, _)| **major == MAJOR);
    for (major, lines) in whole.chain(results.iter().filter(|(major, _)| **major != MAJOR)) {
        let what = if *major == MAJOR { "" } else { " where it differs" };
        let _ = write!(text, "\n{HEADING}{major}{what}\n\n| statement | measured |\n|---|---|\n");
        lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}
