//! Generated files before the linter: a hazard that it finds and they don't name is a fault of one of the two.

use schema_core::ir::Dialect;
use schema_core::lint::{File, Way, lint};

/// What the linter says of drafted files, up and down, that run after `before`, a script or the texts of files.
#[must_use]
pub fn unsaid<'a>(dialect: Dialect, before: &[&str], files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let file =
        |label: String, text: &str, way, judged| File { label: label.into(), text: text.to_owned(), way, judged };
    let mut all: Vec<File> = before.iter().map(|text| file("before".to_owned(), text, Way::Up, false)).collect();
    for (at, (up, down)) in files.enumerate() {
        all.push(file(format!("{}.up.sql", at + 1), up, Way::Up, true));
        all.push(file(format!("{}.down.sql", at + 1), down, Way::Down, true));
    }
    let report = lint(dialect, &all);
    let findings = report.findings.iter().map(ToString::to_string);
    report.hazards.iter().map(|met| met.finding().to_string()).chain(findings).collect()
}
