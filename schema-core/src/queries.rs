//! The SQL texts of a crate: literals of sqlx's macros and functions, the files that they name, and what `cargo sqlx
//! prepare` recorded.

mod comments;
mod source;

use std::collections::BTreeSet;
use std::path::Path;

use crate::allow::Allow;
use crate::diag::{Finding, Place};
use crate::ir::{Dialect, ObjectName};
use crate::objects::tokens::{Token, tokens};

pub use source::{QueryFile, Source, in_source};

/// A query that a crate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where it is written.
    pub place: Place,
    /// Its text.
    pub sql: String,
    /// The words in it that can name something.
    pub identifiers: BTreeSet<String>,
    /// The innermost loop around its call.
    pub repeated: Option<Loop>,
    /// What comments above the call and in the text allow.
    pub(crate) allows: Vec<Comment>,
    inserts: Vec<String>,
}

/// A loop that a query is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Where it starts.
    pub place: Place,
    /// Which kind.
    pub kind: LoopKind,
}

/// What repeats a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `for`, and a closure that an iterator or stream is given: once for each element.
    Each,
    /// `while` and `loop`: until something is so.
    Until,
}

/// `// schema: allow(..)`, or the same in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) place: Place,
    pub(crate) allow: Allow,
}

impl Query {
    /// A query at its place. One that can't be read as SQL names every word in it.
    #[must_use]
    pub fn new(dialect: Dialect, place: Place, sql: String) -> Self {
        let allows = comments::in_sql(dialect, &place, &sql);
        let (repeated, inserts) = (None, Vec::new());
        let Ok(tokens) = tokens(dialect, &sql) else {
            let words = sql.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase);
            return Self { place, identifiers: words.collect(), repeated, allows, inserts, sql };
        };
        let identifiers = tokens.iter().filter_map(Token::identifier).map(str::to_owned).collect();
        Self { place, identifiers, repeated, allows, inserts: self::inserts(&tokens), sql }
    }

    /// Whether it adds rows to the table.
    #[must_use]
    pub fn inserts_into(&self, table: &ObjectName) -> bool {
        self.inserts.contains(&table.name)
    }

    /// Its text in one line, cut where it is long.
    #[must_use]
    pub fn summary(&self) -> String {
        const LENGTH: usize = 80;
        let line = self.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(LENGTH) {
            Some((end, _)) => format!("{}..", line.get(..end).unwrap_or(&line)),
            None => line,
        }
    }
}

/// The names behind INSERT INTO, MERGE INTO and REPLACE INTO, without their schemas.
fn inserts(tokens: &[Token]) -> Vec<String> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| token.is("into"));
    let named = starts.filter_map(|(at, _)| {
        let is_qualified = tokens.get(at + 2).is_some_and(|token| token.is_symbol("."));
        tokens.get(at + if is_qualified { 3 } else { 1 })?.identifier()
    });
    named.map(str::to_owned).collect()
}

/// The query of a record of `cargo sqlx prepare`, `.sqlx/query-<hash>.json`.
///
/// # Errors
/// When it is none.
pub fn in_record(dialect: Dialect, label: &Path, text: &str) -> Result<Query, Finding> {
    #[derive(serde::Deserialize)]
    struct Record {
        query: String,
    }
    let place = Place { file: label.to_path_buf(), line: 1, column: 1 };
    match serde_json::from_str::<Record>(text) {
        Ok(record) => Ok(Query::new(dialect, place, record.query)),
        Err(error) => Err(Finding::error(Some(place), format!("this is no record of a query: {error}"))
            .help("`cargo sqlx prepare` writes it anew")),
    }
}

#[cfg(test)]
mod tests;
