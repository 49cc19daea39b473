//! What comments above and in a query allow.

use std::collections::BTreeSet;

use super::Comment;
use crate::advise;
use crate::allow::{Allow, Language, allow};
use crate::diag::Place;
use crate::ir::Dialect;
use crate::objects::tokens::line_comments;

const ADVICE: Language = Language {
    find: |text| advise::find(text).map(|rule| rule.code),
    of: "an advice",
    listed: "the rules of `cargo schema advise` are listed in docs/advise.md",
    form: "write `schema: allow(select_star, reason = \"why it is right here\")`, behind `//` above the call or behind `--` in the query",
};

/// What a comment allows. Among source code one may begin with `schema:` and be about something else.
fn allowance(text: &str, place: (usize, usize)) -> Option<Allow> {
    let rest = text.trim().strip_prefix("schema:")?;
    if rest.trim_start().starts_with("allow") { allow(&ADVICE, text, place) } else { None }
}

/// Those in the text of a query. Where that is a literal of Rust, its place is theirs too.
pub(super) fn in_sql(dialect: Dialect, place: &Place, sql: &str) -> Vec<Comment> {
    let comments = line_comments(dialect, sql).unwrap_or_default();
    let is_file = place.file.extension().is_some_and(|extension| extension == "sql");
    let found = comments.iter().filter_map(|comment| {
        let number = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let (line, column) = (number(comment.place.0), number(comment.place.1));
        let place = if is_file { Place { line, column, ..place.clone() } } else { place.clone() };
        Some(Comment { allow: allowance(&comment.text, (line, column))?, place })
    });
    found.collect()
}

/// Those of a Rust file, which stand on lines of their own.
pub(super) struct Comments<'a> {
    lines: Vec<&'a str>,
    /// The lines, from 0, whose comments a query has.
    taken: BTreeSet<usize>,
}

impl<'a> Comments<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { lines: text.lines().collect(), taken: BTreeSet::new() }
    }

    /// Those right above a line, which counts from 1.
    pub(super) fn above(&mut self, line: usize, place: &Place) -> Vec<Comment> {
        let mut found = Vec::new();
        let before = self.lines.get(..line.saturating_sub(1)).unwrap_or_default();
        for (at, text) in before.iter().enumerate().rev().take_while(|(_, text)| text.trim_start().starts_with("//")) {
            if let Some(comment) = comment(at, text, place).filter(|_| self.taken.insert(at)) {
                found.push(comment);
            }
        }
        found
    }

    /// Those that stand above no query.
    pub(super) fn left(self, place: &Place) -> Vec<Comment> {
        let lines = self.lines.iter().enumerate().filter(|(at, _)| !self.taken.contains(at));
        lines.filter_map(|(at, text)| comment(at, text, place)).collect()
    }
}

fn comment(at: usize, text: &str, place: &Place) -> Option<Comment> {
    let inner = text.trim_start().strip_prefix("//")?;
    // What documents something is not about a query.
    let inner = Some(inner).filter(|inner| !inner.starts_with(['/', '!']))?;
    let place = Place { line: at + 1, column: text.len() - text.trim_start().len() + 1, ..place.clone() };
    Some(Comment { allow: allowance(inner, (place.line, place.column))?, place })
}
