//! Which columns an expression names, as far as its text tells.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::postgres::words::is_reserved;
use crate::dialect::quote;
use crate::ir::Dialect;
use crate::objects::tokens::{Kind, Token, tokens};

/// Every identifier in a SQL expression, unquoted ones folded to lower case as PostgreSQL does.
///
/// It may hold too much (a function's name), which costs an index its rebuild, and never too little.
pub(crate) fn identifiers(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => while chars.next().is_some_and(|c| c != '\'') {},
            '"' => {
                found.insert(quoted(&mut chars));
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                    word.push(c);
                }
                found.insert(word.to_ascii_lowercase());
            }
            _ => {}
        }
    }
    found
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next() {
        if c == '"' && chars.next_if_eq(&'"').is_none() {
            break;
        }
        name.push(c);
    }
    name
}

/// Whether an expression names one of the columns.
pub(crate) fn mentions(expression: &str, columns: &BTreeSet<String>) -> bool {
    !columns.is_empty() && !identifiers(expression).is_disjoint(columns)
}

/// Whether an expression is over one of the columns, as PostgreSQL reads it: a function, a type or a reserved word of a column's
/// name is none. True where its text does not tell.
pub(crate) fn is_over(expression: &str, columns: &BTreeSet<String>) -> bool {
    let others = columns.iter().map(|name| (name.clone(), format!("{name}_"))).collect();
    !columns.is_empty() && renamed(expression, &others).is_none_or(|renamed| renamed != expression)
}

/// The expression with columns under other names; `None` where its text does not tell whether a word is such a column.
pub(crate) fn renamed(expression: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let tokens = tokens(Dialect::Postgres, expression).ok()?;
    let mut out = String::with_capacity(expression.len());
    let mut copied = 0;
    for (at, token) in tokens.iter().enumerate() {
        let Some(new) = token.identifier().and_then(|name| names.get(name)) else { continue };
        if !is_column(&tokens, at)? {
            continue;
        }
        out.push_str(expression.get(copied..token.start)?);
        out.push_str(&quote(new));
        copied = token.end;
    }
    out.push_str(expression.get(copied..)?);
    Some(out)
}

/// Whether the word is a column, not a type, a collation, a function or a reserved word; `None` where it may be either, or
/// another word of the language, as in `AT TIME ZONE` or `EXTRACT(year FROM ..)`.
fn is_column(tokens: &[Token], at: usize) -> Option<bool> {
    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
    let next = tokens.get(at + 1);
    let names_type = |it: Option<&Token>| it.is_some_and(|it| it.is_symbol("::") || it.is("as") || it.is("collate"));
    let is_qualified = back(1).is_some_and(|it| it.is_symbol("."));
    if names_type(back(1)) || is_qualified && names_type(back(3)) {
        return Some(false);
    }
    if is_qualified {
        return None;
    }
    if let Kind::Word(word) = &tokens.get(at)?.kind {
        if is_reserved(word) {
            return Some(false);
        }
        let is_tested = back(1).is_some_and(|it| it.is("is"))
            || back(1).is_some_and(|it| it.is("not")) && back(2).is_some_and(|it| it.is("is"));
        let is_field = next.is_some_and(|it| it.is("from"));
        if is_tested || is_field || back(1).is_some_and(ends_an_operand) {
            return None;
        }
    }
    let is_function = next.is_some_and(|it| it.is_symbol("("));
    let is_typed_literal = next.is_some_and(|it| matches!(it.kind, Kind::Text(_)));
    Some(!is_function && !is_typed_literal)
}

/// Behind an operand stands no other one: a word there is an operator, or a further word of a type or literal.
fn ends_an_operand(token: &Token) -> bool {
    const BEFORE_OPERANDS: [&str; 4] = ["between", "by", "escape", "zone"];
    const VALUES: [&str; 5] = ["null", "true", "false", "user", "end"];
    match &token.kind {
        Kind::Word(word) if is_reserved(word) => VALUES.contains(&word.as_str()) || word.starts_with("current_"),
        Kind::Word(word) => !BEFORE_OPERANDS.contains(&word.as_str()),
        Kind::Quoted(_) | Kind::Text(_) | Kind::Body => true,
        Kind::Symbol(symbol) => {
            matches!(symbol.as_str(), ")" | "]") || symbol.starts_with(|c: char| c.is_ascii_digit())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_other_names_but_words_in_doubt_do_not() {
        let names = BTreeMap::from([("a".to_owned(), "b c".to_owned())]);
        let renamed = |text| renamed(text, &names);
        assert_eq!(
            renamed("A > 0 AND \"a\" <> 'a' AND \"A\" = x"),
            Some(r#""b c" > 0 AND "b c" <> 'a' AND "A" = x"#.to_owned())
        );
        assert_eq!(
            renamed("x::a = a(1) OR y::t.a = CAST(z AS a)"),
            Some("x::a = a(1) OR y::t.a = CAST(z AS a)".to_owned())
        );
        for text in ["t.a > 0", "EXTRACT(a FROM b) > 1", "x AT a ZONE", "a > 'x"] {
            assert_eq!(renamed(text), None, "{text}");
        }
    }

    #[test]
    fn a_word_of_the_language_is_not_taken_for_a_column_of_its_name() {
        let names = ["null", "user", "between", "precision", "time", "unknown", "year", "value"];
        let names = BTreeMap::from(names.map(|name| (name.to_owned(), format!("{name}_new"))));
        let renamed = |text| renamed(text, &names);
        for (text, expected) in [
            (
                r#"a IS NOT NULL OR "null" > 1 OR "user" = USER"#,
                r#"a IS NOT NULL OR "null_new" > 1 OR "user_new" = USER"#,
            ),
            (r#""between" > 1 AND a = "unknown""#, r#""between_new" > 1 AND a = "unknown_new""#),
            ("value > 0 AND f(value, Year)", r#""value_new" > 0 AND f("value_new", "year_new")"#),
            ("a LIKE b ESCAPE value", r#"a LIKE b ESCAPE "value_new""#),
            (r#"a COLLATE "value" > 'x'"#, r#"a COLLATE "value" > 'x'"#),
        ] {
            assert_eq!(renamed(text).as_deref(), Some(expected));
        }
        for text in [
            "a BETWEEN 1 AND 2",
            "(a) BETWEEN 1 AND 2",
            "a::double precision > 1",
            "a::timestamp without time zone > b",
            "b AT TIME ZONE 'x' > a",
            "a IS UNKNOWN",
            "(a > 1) IS NOT UNKNOWN",
            "a > INTERVAL '1' YEAR",
            "EXTRACT(year FROM a) > 1",
            "t.null > 1",
        ] {
            assert_eq!(renamed(text), None, "{text}");
        }
    }

    #[test]
    fn an_expression_is_over_what_is_no_function_type_or_word_of_the_language() {
        let columns = BTreeSet::from(["null".to_owned(), "lower".to_owned()]);
        for text in ["a IS NULL", "lower(a) <> ''", "a::lower > b"] {
            assert!(!is_over(text, &columns), "{text}");
        }
        for text in [r#""null" > 1"#, "lower(lower) <> ''", "t.lower > 1", "a = 'open"] {
            assert!(is_over(text, &columns), "{text}");
        }
        assert!(!is_over("lower > 1", &BTreeSet::new()));
    }

    #[test]
    fn identifiers_are_found_quoted_and_folded_but_not_within_strings() {
        let found = identifiers(r#"Lower("E-Mail""x") || status::text = 'age'' x' AND n1 > 2"#);
        let expected = ["and", "lower", "E-Mail\"x", "status", "text", "n1"];
        assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    }
}
