//! Pairs of schemas from the suites of other tools, proved: there and back and there again, on rows, with the consents
//! and renames that each pair needs. `tests/corpus-results.md` holds what came of each pair; `SCHEMA_UPDATE=1` rewrites it.
//!
//! `SCHEMA_CORPUS_ONLY=name` runs the pairs whose names hold the text, and prints what differs.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use schema_core::ir::Dialect;
use schema_runtime::Error;
use schema_runtime::prove::{Consent, Options, Proof, prove};
use schema_runtime::sides::{Bench, Side};
use schema_tests::corpus;
use schema_tests::lint::unsaid;
use serde_json::Value;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus-results.md");
const WORKERS: usize = 4;
const LIMIT: Duration = Duration::from_secs(60);

struct Case {
    suite: &'static str,
    name: String,
    from: String,
    to: String,
    renames: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Passed {
        rows: usize,
        note: Option<String>,
    },
    Refused(String),
    /// The server takes one of the two schemas not at all.
    Unloadable(String),
    Failed(String),
}

fn cases(suite: &'static str, server: &str, [from, to]: [&str; 2], flags: [&str; 2]) -> Vec<Case> {
    let text = corpus::read(&format!("cases/{suite}.open.jsonl"));
    let cases = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a JSON line"));
    // Where nobody tried, the server tells.
    let executes =
        |case: &Value| case.get(server).is_none_or(|tried| flags.iter().all(|flag| tried[*flag] == Value::Bool(true)));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    cases
        .filter(executes)
        .map(|case| {
            let name =
                format!("{} {}", case["file"].as_str().unwrap_or_default(), case["name"].as_str().unwrap_or_default());
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            let name = if *count > 1 { format!("{name} ({count})") } else { name };
            let renames = case["up"].as_str().map(renames).unwrap_or_default();
            // Each pair has a database of its own.
            let script = |value| script(value).replace("`mysqldef_test`.", "").replace("mysqldef_test.", "");
            Case { suite, name, from: script(&case[from]), to: script(&case[to]), renames }
        })
        .collect()
}

fn script(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(|text| format!("{text};\n")).collect(),
        _ => String::new(),
    }
}

/// The renames that the other tool's own statements make.
fn renames(up: &str) -> Vec<String> {
    let rename = |line: &str| {
        let line = line.trim().trim_end_matches(';');
        let line = line.strip_prefix("ALTER TABLE ").or_else(|| line.strip_prefix("ALTER TYPE "))?;
        if let Some((owner, change)) = line.split_once(" CHANGE COLUMN ") {
            let mut names = change.split(' ').map(bare);
            let (old, new) = (names.next()?, names.next()?);
            return (old != new).then(|| format!("{}.{old}={new}", bare(owner)));
        }
        let (owner, change) = line.split_once(" RENAME ")?;
        let owner = owner.split('.').map(bare).collect::<Vec<_>>().join(".");
        match change.split_once(' ')? {
            ("TO", new) => Some(format!("{owner}={}", bare(new))),
            ("COLUMN" | "VALUE", pair) => {
                let (old, new) = pair.split_once(" TO ")?;
                Some(format!("{owner}.{}={}", bare(old), bare(new)))
            }
            _ => None,
        }
    };
    up.lines().filter_map(rename).collect()
}

fn bare(name: &str) -> &str {
    name.trim_matches(|c| matches!(c, '"' | '\'' | '`'))
}

async fn verdict(case: &Case, bench: &Bench) -> Verdict {
    let dialect = bench.dialect();
    let side =
        |name: &str, text: &str| Side::Sql { name: name.to_owned(), text: text.to_owned(), dialect: Some(dialect) };
    let options = Options { consent: Consent::All, renames: case.renames.clone(), ..Options::default() };
    let (from, to) = (side("current", &case.from), side("desired", &case.to));
    match tokio::time::timeout(LIMIT, prove(&from, &to, &options, bench)).await {
        Err(_) => Verdict::Failed("no end within a minute".to_owned()),
        Ok(Err(error)) if is_of_a_side(&error) => Verdict::Unloadable(error.to_string()),
        Ok(Err(error)) => Verdict::Failed(error.to_string()),
        Ok(Ok(proof)) => of(case, dialect, proof),
    }
}

fn is_of_a_side(error: &Error) -> bool {
    let text = error.to_string();
    matches!(error, Error::Refused(_)) && ["`current`: ", "`desired`: "].iter().any(|side| text.starts_with(side))
}

fn of(case: &Case, dialect: Dialect, proof: Proof) -> Verdict {
    if !proof.refused.is_empty() {
        let reasons: Vec<String> = proof.refused.iter().map(|finding| finding.message.clone()).collect();
        return Verdict::Refused(reasons.join("; "));
    }
    let files = proof.migrations.iter().map(|file| (file.up.as_str(), file.down.as_str()));
    let unsaid = unsaid(dialect, &[&case.from], files);
    if !unsaid.is_empty() {
        return Verdict::Failed(unsaid.join("; "));
    }
    if proof.holds() {
        return Verdict::Passed { rows: proof.rows.rows, note: proof.notes.first().cloned() };
    }
    Verdict::Failed(proof.differences.join("; "))
}

async fn run(cases: Vec<Case>, dialect: Dialect) -> Vec<(Case, Verdict)> {
    let bench = Arc::new(bench(dialect).await);
    let queue = Arc::new(Mutex::new(cases.into_iter().rev().collect::<Vec<_>>()));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..WORKERS {
        let (bench, queue) = (Arc::clone(&bench), Arc::clone(&queue));
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let Some(case) = queue.lock().expect("the queue").pop() else { return done };
                let verdict = verdict(&case, &bench).await;
                done.push((case, verdict));
            }
        });
    }
    let mut all: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    all.sort_by(|a, b| (a.0.suite, &a.0.name).cmp(&(b.0.suite, &b.0.name)));
    all
}

async fn bench(dialect: Dialect) -> Bench {
    match dialect {
        Dialect::Postgres => Bench::on(schema_tests::server().await),
        _ => Bench::new(dialect, None),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairs_of_other_tools_go_there_and_back() {
    let mut postgres = cases("psqldef", "pg15", ["current", "desired"], ["current_ok", "desired_ok"]);
    postgres.extend(cases("pg-schema-diff", "pg15", ["oldSchemaDDL", "newSchemaDDL"], ["old_ok", "new_ok"]));
    let mut sqlite = cases("sqlite3def", "sqlite", ["current", "desired"], ["current_ok", "desired_ok"]);
    let mut mariadb = cases("mysqldef", "mariadb", ["current", "desired"], ["current_ok", "desired_ok"]);
    let only = std::env::var("SCHEMA_CORPUS_ONLY").ok();
    if let Some(only) = &only {
        mariadb.retain(|case| case.name.contains(only.as_str()));
        postgres.retain(|case| case.name.contains(only.as_str()));
        sqlite.retain(|case| case.name.contains(only.as_str()));
    }
    let mut results = run(postgres, Dialect::Postgres).await;
    results.extend(run(sqlite, Dialect::Sqlite).await);
    results.extend(run(mariadb, Dialect::MariaDb).await);
    if only.is_some() {
        for (case, verdict) in &results {
            println!(
                "== {} {}\n-- from\n{}\n-- to\n{}\n{:?}\n{verdict:#?}",
                case.suite, case.name, case.from, case.to, case.renames
            );
        }
        return;
    }
    compare(&table(&results));
}

/// The checked-in table must say the same, and no pair may fail that isn't listed there.
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

fn table(results: &[(Case, Verdict)]) -> String {
    let mut text = String::from(
        "# Pairs of schemas from other tools' suites\n\nWritten by `SCHEMA_UPDATE=1 cargo test -p schema-tests --test corpus`; the same test fails when it no longer holds.\nEach pair is proved with consent given: up, the desired catalog, rows kept, down, the current catalog, up again.\n\n",
    );
    text.push_str("| suite | passed | of these with rows | refused | failed | not for this server |\n|---|---:|---:|---:|---:|---:|\n");
    let suites: std::collections::BTreeSet<&str> = results.iter().map(|(case, _)| case.suite).collect();
    for suite in suites {
        let of =
            |test: fn(&Verdict) -> bool| results.iter().filter(|(case, it)| case.suite == suite && test(it)).count();
        let passed = of(|it| matches!(it, Verdict::Passed { .. }));
        let with_rows = of(|it| matches!(it, Verdict::Passed { rows, .. } if *rows > 0));
        let (refused, failed) = (of(|it| matches!(it, Verdict::Refused(_))), of(|it| matches!(it, Verdict::Failed(_))));
        let unloadable = of(|it| matches!(it, Verdict::Unloadable(_)));
        let _ = writeln!(text, "| {suite} | {passed} | {with_rows} | {refused} | {failed} | {unloadable} |");
    }
    for (title, wanted) in
        [("Failed", "failed"), ("Refused", "refused"), ("Not for this server", "unloadable"), ("Passed", "passed")]
    {
        let _ = write!(text, "\n## {title}\n\n| suite | pair | |\n|---|---|---|\n");
        for (case, verdict) in results {
            let (kind, what) = match verdict {
                Verdict::Passed { rows, note } => (
                    "passed",
                    format!("{rows} rows{}", note.as_ref().map(|note| format!("; {note}")).unwrap_or_default()),
                ),
                Verdict::Refused(why) => ("refused", why.clone()),
                Verdict::Unloadable(why) => ("unloadable", why.clone()),
                Verdict::Failed(why) => ("failed", why.clone()),
            };
            if kind == wanted {
                let _ = writeln!(text, "| {} | {} | {} |", case.suite, cell(&case.name, 120), cell(&what, 300));
            }
        }
    }
    text
}

fn cell(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().map(timeless).collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if line.chars().count() > limit { line.chars().take(limit).chain(['…']).collect() } else { line }
}

/// `now()` is another one at each run.
fn timeless(word: &str) -> &str {
    let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
    let digits = |separator: char| {
        bare.contains(separator) && bare.chars().all(|c| c.is_ascii_digit() || c == separator || c == '.')
    };
    match bare.len() {
        10 if digits('-') => "DATE",
        8.. if digits(':') => "TIME",
        _ => word,
    }
}
