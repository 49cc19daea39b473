//! Every statement of the list, against the checked-in results.

use std::fmt::Write;

use schema_runtime::locks::Meter;
use schema_tests::corpus;

use crate::bed::{facts, meter};

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lock-results.md");
const STATEMENTS: &str = "lock_probe_statements.sql";

/// Whose results are checked in.
const MAJOR: u32 = 15;

#[tokio::test]
async fn every_statement_of_the_list_locks_what_the_results_say() {
    let mut meter = meter().await;
    let text = corpus::read(STATEMENTS);
    let mut table = heading();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let found = probe(&mut meter, line).await;
        let _ = writeln!(table, "| `{}` | {} |", line.replace("||", "; "), found.replace('|', "\\|"));
    }
    if meter.server() == MAJOR {
        compare(&table);
    } else {
        println!("left out, the results are those of PostgreSQL {MAJOR}: {STATEMENTS}\n{table}");
    }
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

fn heading() -> String {
    format!(
        "# What statements lock on PostgreSQL {MAJOR}\n\nWritten by `SCHEMA_UPDATE=1 cargo test -p schema-tests --test locks`; the same test fails when it no longer holds.\nThe statements are those of `{STATEMENTS}`, each in a transaction of its own on the tables of `tests/locks/bed.rs`.\nOf several in one transaction the last is measured: what it takes beyond what is held.\n\n| statement | measured |\n|---|---|\n"
    )
}

fn compare(table: &str) {
    if std::env::var_os("SCHEMA_UPDATE").is_some() {
        std::fs::write(RESULTS, table).expect("the results");
        return;
    }
    let known = std::fs::read_to_string(RESULTS).unwrap_or_default();
    let (old, new): (Vec<&str>, Vec<&str>) = (known.lines().collect(), table.lines().collect());
    let lines = |of: &[&str], other: &[&str], sign: char| -> String {
        of.iter().filter(|line| !other.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    let difference = lines(&old, &new, '-') + &lines(&new, &old, '+');
    assert!(known == table, "the results are not those of `{RESULTS}` (SCHEMA_UPDATE=1 rewrites it):\n{difference}");
}
