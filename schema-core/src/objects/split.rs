//! A text of SQL as its statements.

use super::body::Body;
use super::tokens::{Kind, Token, tokens};
use crate::ir::Dialect;

/// One statement of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// It, without its final semicolon and without the comments before and after it.
    pub text: &'a str,
    /// The line of the text on which it starts, from 1.
    pub line: usize,
    /// The column at which it starts, from 1.
    pub column: usize,
}

/// The statements of a text: `;` ends one unless it is quoted, in a comment, in the body of a SQL function, of a trigger of
/// SQLite or MariaDB, or in MariaDB's BEGIN NOT ATOMIC.
///
/// # Errors
/// What can't be read, with its line and column.
///
/// ```
/// use schema_core::{ir::Dialect, objects::split};
/// let found = split(Dialect::Postgres, "CREATE VIEW a AS SELECT ';'; -- one;\nCREATE VIEW b AS SELECT 2").unwrap();
/// assert_eq!(found[1].text, "CREATE VIEW b AS SELECT 2");
/// assert_eq!((found[1].line, found[1].column), (2, 1));
/// ```
pub fn split(dialect: Dialect, sql: &str) -> Result<Vec<Statement<'_>>, String> {
    let tokens = tokens(dialect, sql)?;
    let mut statements = Vec::new();
    let (mut start, mut body, mut has_body) = (0, Body::default(), false);
    for (at, token) in tokens.iter().enumerate() {
        if body.is_closed() && token.is_symbol(";") {
            statements.extend(statement(sql, tokens.get(start..at).unwrap_or_default()));
            (start, body, has_body) = (at + 1, Body::default(), false);
            continue;
        }
        let read = tokens.get(start..=at).unwrap_or_default();
        let fresh = if has_body { read.len() - 1 } else { 0 };
        has_body = has_body || may_have_body(dialect, read);
        read.iter().skip(fresh).filter(|_| has_body).for_each(|token| take(&mut body, token));
    }
    statements.extend(statement(sql, tokens.get(start..).unwrap_or_default()));
    Ok(statements)
}

fn take(body: &mut Body, token: &Token) {
    match &token.kind {
        Kind::Word(word) => body.word(&word.to_ascii_lowercase()),
        Kind::Symbol(symbol) => body.other(symbol.chars().next()),
        Kind::Quoted(_) | Kind::Text(_) | Kind::Body => body.other(None),
    }
}

/// Whether it defines what can have a body: on PostgreSQL, whose bodies are texts mostly, that is known by `BEGIN ATOMIC`.
fn may_have_body(dialect: Dialect, read: &[Token]) -> bool {
    let is_among =
        |words: &[&str], tokens: usize| read.iter().take(tokens).any(|token| words.iter().any(|word| token.is(word)));
    let defines = match dialect {
        Dialect::Postgres => matches!(read, [.., begin, atomic] if begin.is("BEGIN") && atomic.is("ATOMIC")),
        Dialect::Sqlite => is_among(&["TRIGGER"], 3),
        // `CREATE DEFINER = 'a'@'b' TRIGGER` says it late.
        Dialect::MariaDb | Dialect::MySql => is_among(&["TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"], 10),
    };
    let is_block = dialect == Dialect::MariaDb
        && matches!(read, [begin, not, atomic, ..] if begin.is("BEGIN") && not.is("NOT") && atomic.is("ATOMIC"));
    is_block || (defines && read.first().is_some_and(|first| first.is("CREATE")))
}

fn statement<'a>(sql: &'a str, tokens: &[Token]) -> Option<Statement<'a>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let number = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let text = sql.get(first.start..last.end)?;
    Some(Statement { text, line: number(first.place.0), column: number(first.place.1) })
}
