//! The SQL texts of a crate: literals of sqlx's macros and functions, and what `cargo sqlx prepare` recorded.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::diag::{Finding, Place};
use crate::ir::{Dialect, ObjectName};
use crate::objects::tokens::{Token, tokens};

/// A query that a crate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where it is written.
    pub place: Place,
    /// Its text.
    pub sql: String,
    /// The words in it that can name something.
    pub identifiers: BTreeSet<String>,
    inserts: Vec<String>,
}

impl Query {
    /// A query at its place. One that can't be read as SQL names every word in it.
    #[must_use]
    pub fn new(dialect: Dialect, place: Place, sql: String) -> Self {
        let Ok(tokens) = tokens(dialect, &sql) else {
            let words = sql.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase);
            return Self { place, identifiers: words.collect(), inserts: Vec::new(), sql };
        };
        let identifiers = tokens.iter().filter_map(Token::identifier).map(str::to_owned).collect();
        Self { place, identifiers, inserts: inserts(&tokens), sql }
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

/// Macros and functions of sqlx whose literal is SQL: `query!`, `query_as("..")`, `raw_sql("..")`.
fn takes_sql(name: &str) -> bool {
    (name.starts_with("query") && !name.starts_with("query_file")) || name == "raw_sql"
}

/// The queries in a Rust source file; none where it is no Rust. `label` is what places name. Files of `query_file!` are
/// SQL files, which are read as a whole.
#[must_use]
pub fn in_source(dialect: Dialect, label: &Path, text: &str) -> Vec<Query> {
    let mut queries = Vec::new();
    if let Ok(stream) = TokenStream::from_str(text) {
        walk(stream, &mut |literal, line, column| {
            queries.push(Query::new(dialect, Place { file: label.to_path_buf(), line, column }, literal));
        });
    }
    queries
}

/// Looks for a name of sqlx and the parentheses behind it, at any depth. Between the two there can be `!` or types in
/// angle brackets.
fn walk(stream: TokenStream, found: &mut impl FnMut(String, usize, usize)) {
    let (mut is_named, mut angles) = (false, 0_usize);
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                if is_named && angles == 0 && group.delimiter() == Delimiter::Parenthesis {
                    literal(&group, found);
                }
                is_named &= angles > 0;
                walk(group.stream(), found);
            }
            TokenTree::Punct(mark) if is_named && mark.as_char() == '<' => angles += 1,
            TokenTree::Punct(mark) if is_named && mark.as_char() == '>' => angles = angles.saturating_sub(1),
            TokenTree::Punct(mark) => is_named &= angles > 0 || matches!(mark.as_char(), '!' | ':'),
            TokenTree::Ident(_) if is_named && angles > 0 => {}
            TokenTree::Ident(name) => (is_named, angles) = (takes_sql(&name.to_string()), 0),
            TokenTree::Literal(_) => (is_named, angles) = (false, 0),
        }
    }
}

/// The string literals of the arguments up to the first that is none: one, or several joined by `+` as sqlx takes them. In
/// `query_as!` the struct's name comes first.
fn literal(group: &Group, found: &mut impl FnMut(String, usize, usize)) {
    let mut text: Option<(String, usize, usize)> = None;
    for tree in group.stream() {
        let TokenTree::Literal(literal) = &tree else {
            let joins = matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '+');
            if text.is_some() && !joins {
                break;
            }
            continue;
        };
        let Ok(part) = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal.clone()).into()) else { continue };
        match &mut text {
            Some((text, ..)) => text.push_str(&part.value()),
            None => {
                let start = part.span().start();
                text = Some((part.value(), start.line, start.column + 1));
            }
        }
    }
    if let Some((text, line, column)) = text {
        found(text, line, column);
    }
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
