//! The query of a view.

use super::split::split;
use super::tokens::tokens;
use crate::ir::Dialect;

/// How a query starts; the database reads the rest.
const STARTS: &[&str] = &["SELECT", "WITH", "VALUES"];

/// The one query of a text, without what stands before and after it.
///
/// # Errors
/// What else the text is.
pub(crate) fn query(dialect: Dialect, text: &str) -> Result<&str, String> {
    let statements = split(dialect, text)?;
    let [statement] = statements.as_slice() else {
        return Err(match statements.len() {
            0 => "there is no query, only comments".to_owned(),
            count => format!("these are {count} statements, and a view is one query"),
        });
    };
    let tokens = tokens(dialect, statement.text)?;
    // PostgreSQL lets a query stand in parentheses, and has `TABLE name`.
    let is_postgres = dialect == Dialect::Postgres;
    let first = tokens.iter().find(|token| !(is_postgres && token.is_symbol("(")));
    let is_query =
        first.is_some_and(|first| STARTS.iter().any(|word| first.is(word)) || (is_postgres && first.is("TABLE")));
    if is_query {
        return Ok(statement.text);
    }
    let found = first.and_then(|token| statement.text.get(token.start..token.end)).unwrap_or_default();
    Err(format!("a query starts with SELECT, WITH or VALUES, and this with `{found}`"))
}
