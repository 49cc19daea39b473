//! A text of SQL as its statements.

use super::tokens::{Token, tokens};
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

/// The statements of a text: `;` ends one unless it is quoted, in a comment, or in the body of a SQL function or of a
/// SQLite trigger.
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
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let here = tokens.get(start..at).unwrap_or_default();
        if depth == 0 && token.is_symbol(";") {
            statements.extend(statement(sql, here));
            start = at + 1;
        } else if opens_body(dialect, here, token, tokens.get(at + 1)) || (depth > 0 && token.is("CASE")) {
            depth += 1;
        } else if depth > 0 && token.is("END") {
            depth -= 1;
        }
    }
    statements.extend(statement(sql, tokens.get(start..).unwrap_or_default()));
    Ok(statements)
}

fn statement<'a>(sql: &'a str, tokens: &[Token]) -> Option<Statement<'a>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let number = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let text = sql.get(first.start..last.end)?;
    Some(Statement { text, line: number(first.place.0), column: number(first.place.1) })
}

/// BEGIN of a body, as opposed to the statement.
fn opens_body(dialect: Dialect, before: &[Token], token: &Token, next: Option<&Token>) -> bool {
    let is_create = before.first().is_some_and(|first| first.is("CREATE"));
    let opens = match dialect {
        Dialect::Postgres => next.is_some_and(|next| next.is("ATOMIC")),
        Dialect::Sqlite => before.iter().take(3).any(|word| word.is("TRIGGER")),
        Dialect::MariaDb | Dialect::MySql => true,
    };
    is_create && token.is("BEGIN") && opens
}
