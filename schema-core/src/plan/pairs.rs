//! Steps grouped into pairs of files, and their texts.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{DraftPair, Script, Step};
use crate::ir::Dialect;

/// What sqlx looks for as the very first bytes of a file (FACTS.md 3.1).
const NO_TRANSACTION: &str = "-- no-transaction\n";

/// Leaves room for a version number and the suffix in what file systems allow.
const SLUG_BYTES: usize = 60;

pub(super) fn pairs(steps: &[Step], dialect: Dialect) -> Vec<DraftPair> {
    grouped(steps).into_iter().map(|group| pair(group, dialect)).collect()
}

/// Runs of steps that may share a file.
fn grouped(steps: &[Step]) -> Vec<&[Step]> {
    steps.chunk_by(|a, b| a.kind == b.kind && !is_alone(a) && !is_alone(b)).collect()
}

fn is_alone(step: &Step) -> bool {
    step.alone || step.up.no_transaction || step.down.no_transaction
}

fn pair(steps: &[Step], dialect: Dialect) -> DraftPair {
    let forward: Vec<(&Step, &Script)> = steps.iter().map(|step| (step, &step.up)).collect();
    let back: Vec<(&Step, &Script)> = steps.iter().rev().map(|step| (step, &step.down)).collect();
    DraftPair {
        slug: slug(steps),
        up: text(&forward, "Up", dialect),
        down: text(&back, "Down: undoes", dialect),
    }
}

fn text(scripts: &[(&Step, &Script)], direction: &str, dialect: Dialect) -> String {
    let mut out = String::new();
    if scripts.iter().any(|(_, script)| script.no_transaction) {
        out.push_str(NO_TRANSACTION);
    }
    let titles: Vec<String> = scripts.iter().map(|(step, _)| comment_safe(&step.title)).collect();
    let _ = writeln!(out, "-- {direction} {} ({dialect})", titles.join("; "));
    header(&mut out, scripts);
    for (step, script) in scripts {
        let _ = write!(out, "\n-- {}\n", comment_safe(&step.title));
        if script.statements.is_empty() {
            out.push_str("-- Nothing to do in this direction.\n");
        }
        for statement in &script.statements {
            let _ = writeln!(out, "{statement};");
        }
    }
    out
}

fn header(out: &mut String, scripts: &[(&Step, &Script)]) {
    let impacts: Vec<&String> = scripts.iter().flat_map(|(step, _)| &step.data_impact).collect();
    if impacts.is_empty() {
        out.push_str("-- Data: no row changes.\n");
    }
    for impact in impacts {
        let _ = writeln!(out, "-- Data: {}", comment_safe(impact));
    }
    let hazards: BTreeSet<&str> = scripts.iter().flat_map(|(step, _)| step.hazards.iter().copied()).collect();
    for code in hazards {
        let _ = writeln!(out, "-- Hazard {code}: see `cargo schema explain {code}`");
    }
}

/// Text within one comment line: a name can hold a line break, which would end the comment.
fn comment_safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn slug(steps: &[Step]) -> String {
    match steps {
        [] => "empty".to_owned(),
        [only] => snake(&only.title),
        [first, rest @ ..] => snake(&format!("{} and {} more", first.title, rest.len())),
    }
}

/// ASCII words joined by `_`, at most [`SLUG_BYTES`] long.
fn snake(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let mut slug = spaced.split_whitespace().collect::<Vec<_>>().join("_");
    slug.truncate(SLUG_BYTES);
    match slug.trim_end_matches('_') {
        "" => "change".to_owned(),
        slug => slug.to_owned(),
    }
}
