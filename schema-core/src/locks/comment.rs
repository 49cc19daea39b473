//! Locks as lines of a migration's opening comment.

use std::collections::BTreeMap;

use super::{LockMode, Locks, Measured};
use crate::migration::LOCKS;

/// What nobody waits for in practice is left out of a file's comment.
const HARMLESS: LockMode = LockMode::RowShare;

/// What a file takes and does, table by table, the strongest lock first. A transaction holds what it took to its end.
#[must_use]
pub fn summary(statements: &[Measured]) -> Vec<String> {
    let mut found: BTreeMap<&str, LockMode> = BTreeMap::new();
    for (relation, mode) in statements.iter().flat_map(|measured| &measured.locks) {
        let strongest = found.entry(relation).or_insert(*mode);
        *strongest = (*mode).max(*strongest);
    }
    let mut lines: Vec<(LockMode, String)> = Vec::new();
    for (relation, mode) in &found {
        let effects = effects(statements, relation);
        if *mode > HARMLESS || !effects.is_empty() {
            let effects = if effects.is_empty() { String::new() } else { format!(" ({})", effects.join(", ")) };
            lines.push((*mode, format!("{mode} on {relation}{effects}")));
        }
    }
    lines.extend(indexes(statements, &found));
    lines.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    lines.dedup();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn effects(statements: &[Measured], relation: &str) -> Vec<String> {
    let mut effects: Vec<String> = Vec::new();
    for effect in statements.iter().flat_map(|measured| measured.effects(relation)) {
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    }
    effects
}

/// Indexes that are locked more strongly than their tables.
fn indexes(statements: &[Measured], tables: &BTreeMap<&str, LockMode>) -> Vec<(LockMode, String)> {
    let all = statements.iter().flat_map(|measured| &measured.indexes);
    let stronger = all.flat_map(|(table, indexes)| indexes.iter().map(move |(index, mode)| (table, index, *mode)));
    stronger
        .filter(|(table, _, mode)| *mode > HARMLESS && tables.get(table.as_str()).is_none_or(|held| held < mode))
        .map(|(table, index, mode)| (mode, format!("{mode} on index {index} of {table}")))
        .collect()
}

/// The text with what was measured of it, in its opening comment: the same lines for the same text and record. Without
/// a record that fits, there are none.
#[must_use]
pub fn annotated(text: &str, file_name: &str, locks: Option<&Locks>) -> String {
    let text = bare(text);
    let Some(statements) = locks.and_then(|locks| locks.fitting(file_name, &text)) else { return text };
    let mut lines = summary(statements);
    if lines.is_empty() {
        lines.push("none that keep anybody off".to_owned());
    }
    let (opening, rest) = text.split_at(opening_length(&text));
    let lines: String = lines.iter().map(|line| format!("{LOCKS}{}\n", one_line(line))).collect();
    format!("{opening}{lines}{rest}")
}

/// The text without the lines of [`annotated`].
#[must_use]
pub fn bare(text: &str) -> String {
    let (opening, rest) = text.split_at(opening_length(text));
    let kept = opening.split_inclusive('\n').filter(|line| !line.starts_with(LOCKS));
    kept.chain([rest]).collect()
}

/// The length of the comment lines that a file begins with.
fn opening_length(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with("--") && line.ends_with('\n')).map(str::len).sum()
}

/// A name can hold a line break, which would end the comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}
