//! What is particular to one database: types, quoting, SQL.

mod carried;
pub mod mysql;
pub mod postgres;
pub mod rust_types;
pub mod sqlite;

use crate::ir::{Dialect, Schema, SqlType};

/// The pattern of an integer as servers spell it: `007` would come back as `7`.
const INTEGER: &str = "^(0|-?[1-9][0-9]*)$";
/// The same for a number that may have a fraction.
const NUMBER: &str = "^-?(0|[1-9][0-9]*)([.][0-9]+)?$";

/// What changing a column from one type to another does to its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeChange {
    /// The same type in another spelling.
    Same,
    /// Every value survives and the table is not rewritten (HAZARDS.md row 15).
    Free,
    /// Every value survives; the table is rewritten (row 14).
    Rewrite,
    /// A value may be refused or lose something: needs consent (rows 14, 19).
    Narrowing,
}

/// A type in the canonical spelling of its database: on PostgreSQL as `format_type` prints it, on SQLite as
/// declared, on MariaDB and MySQL as `information_schema` prints it without display widths.
///
/// # Errors
/// Says what is wrong with the text.
///
/// ```
/// use schema_core::{dialect::parse_type, ir::{Dialect, SqlType}};
/// assert_eq!(parse_type(Dialect::Postgres, "varchar(50)"), Ok(SqlType::builtin("character varying(50)")));
/// assert!(parse_type(Dialect::Postgres, "varchar(50").is_err());
/// ```
pub fn parse_type(dialect: Dialect, text: &str) -> Result<SqlType, String> {
    match dialect {
        Dialect::Postgres => postgres::types::parse(text),
        Dialect::Sqlite => sqlite::types::parse(text),
        Dialect::MariaDb | Dialect::MySql => mysql::types::parse(dialect, text),
    }
}

/// What changing a column from one type to another does to its values.
#[must_use]
pub fn type_change(dialect: Dialect, from: &SqlType, to: &SqlType) -> TypeChange {
    match dialect {
        Dialect::Postgres => postgres::types::change(from, to),
        Dialect::Sqlite => sqlite::types::change(from, to),
        Dialect::MariaDb | Dialect::MySql => mysql::types::change(from, to),
    }
}

/// The same where the schemas are at hand: what a type's name stands for decides.
#[must_use]
pub fn type_change_in(before: (&Schema, &SqlType), after: (&Schema, &SqlType)) -> TypeChange {
    match after.0.dialect {
        Dialect::Postgres => postgres::types::change_in(before, after),
        Dialect::Sqlite => sqlite::types::change(before.1, after.1),
        Dialect::MariaDb | Dialect::MySql => mysql::change_in(before, after),
    }
}

impl Dialect {
    /// An identifier in the quotes of the database.
    ///
    /// ```
    /// use schema_core::ir::Dialect;
    /// assert_eq!(Dialect::Postgres.quote("order"), r#""order""#);
    /// assert_eq!(Dialect::MariaDb.quote("order"), "`order`");
    /// ```
    #[must_use]
    pub fn quote(self, name: &str) -> String {
        if self.is_mysql() { mysql::quote(name) } else { quote(name) }
    }

    /// A text as a literal; on MariaDB and MySQL one that means the same in every `sql_mode`.
    ///
    /// ```
    /// use schema_core::ir::Dialect;
    /// assert_eq!(Dialect::MySql.literal("it's"), "'it''s'");
    /// ```
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        if self.is_mysql() { mysql::literal(text) } else { literal(text) }
    }

    /// A table or type, each part quoted.
    #[must_use]
    pub fn qualified(self, name: &crate::ir::ObjectName) -> String {
        let parts = name.schema.iter().chain([&name.name]);
        parts.map(|part| self.quote(part)).collect::<Vec<_>>().join(".")
    }

    /// Quoted names, separated by commas.
    #[must_use]
    pub fn quoted_list(self, names: &[impl AsRef<str>]) -> String {
        names.iter().map(|name| self.quote(name.as_ref())).collect::<Vec<_>>().join(", ")
    }
}

/// An identifier, quoted. PostgreSQL and SQLite use the standard's double quotes.
///
/// ```
/// assert_eq!(schema_core::dialect::quote("order"), r#""order""#);
/// assert_eq!(schema_core::dialect::quote(r#"a"b"#), r#""a""b""#);
/// ```
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string literal. PostgreSQL and SQLite take the standard's form with `standard_conforming_strings` on, the default.
///
/// ```
/// assert_eq!(schema_core::dialect::literal("it's"), "'it''s'");
/// ```
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A table or type, each part quoted.
#[must_use]
pub fn qualified(name: &crate::ir::ObjectName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(&name.name)),
        None => quote(&name.name),
    }
}

/// The expression in parentheses; a comment at its end can't swallow the closing one.
pub(crate) fn parenthesised(expression: &str) -> String {
    let closing = if may_hold_comment(expression) { "\n)" } else { ")" };
    format!("({expression}{closing}")
}

/// Whether there is a comment to the line's end. Dashes within plain quotes are none; behind any other way to quote, each
/// pair of them may be one.
fn may_hold_comment(expression: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for c in expression.chars() {
        match (quote, previous, c) {
            (Some(open), ..) if open == c => quote = None,
            (Some(_), ..) => {}
            (None, '-', '-') => return true,
            (None, _, '$' | '`' | '[') | (None, '/', '*') | (None, 'e' | 'E', '\'') => {
                return expression.contains("--");
            }
            (None, _, '\'' | '"') => quote = Some(c),
            (None, ..) => {}
        }
        previous = c;
    }
    false
}

/// ` WHERE` with an index's predicate, which ends the statement: a comment can't swallow its semicolon.
pub(crate) fn where_clause(predicate: Option<&str>) -> String {
    match predicate {
        None => String::new(),
        Some(text) if may_hold_comment(text) => format!(" WHERE {}", parenthesised(text)),
        Some(text) => format!(" WHERE {text}"),
    }
}

/// Quoted names, separated by commas.
#[must_use]
pub fn quoted_list(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_comment_moves_what_follows_to_another_line() {
        for text in [r#""--dash" > 0"#, "a <> 'it''s --'", "a - -1", "'-'-1"] {
            assert_eq!(parenthesised(text), format!("({text})"));
            assert_eq!(where_clause(Some(text)), format!(" WHERE {text}"));
        }
        for text in
            ["a > 0 -- it's", r"a <> E'\'' -- it's", "a <> $$'$$ -- it's", "a /* ' */ > 0 -- it's", "[a'] -- it's"]
        {
            assert_eq!(parenthesised(text), format!("({text}\n)"));
        }
    }
}
