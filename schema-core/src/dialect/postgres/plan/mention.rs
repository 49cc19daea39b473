//! Which columns an expression names, as far as its text tells.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::quote;
use crate::ir::Dialect;
use crate::objects::tokens::{Kind, Token, tokens};

/// Every identifier in a SQL expression, unquoted ones folded to lower case as PostgreSQL does.
///
/// It may hold too much (a function's name), which costs an index its rebuild, and never too little.
pub(super) fn identifiers(expression: &str) -> BTreeSet<String> {
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
pub(super) fn mentions(expression: &str, columns: &BTreeSet<String>) -> bool {
    !columns.is_empty() && !identifiers(expression).is_disjoint(columns)
}

/// The expression with columns under other names; `None` where its text does not tell whether a word is such a column.
pub(super) fn renamed(expression: &str, names: &BTreeMap<String, String>) -> Option<String> {
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

/// Whether the word is a column, not a type or function; `None` where it may be either, or a keyword, as in
/// `AT TIME ZONE` or `EXTRACT(year FROM ..)`.
fn is_column(tokens: &[Token], at: usize) -> Option<bool> {
    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
    let next = tokens.get(at + 1);
    let names_type = |it: Option<&Token>| it.is_some_and(|it| it.is_symbol("::") || it.is("as"));
    let is_qualified = back(1).is_some_and(|it| it.is_symbol("."));
    if names_type(back(1)) || is_qualified && names_type(back(3)) {
        return Some(false);
    }
    let is_function = next.is_some_and(|it| it.is_symbol("("));
    let is_typed_literal = next.is_some_and(|it| matches!(it.kind, Kind::Text(_)));
    let is_keyword = matches!(tokens.get(at)?.kind, Kind::Word(_))
        && (next.is_some_and(|it| ["from", "time", "zone"].iter().any(|word| it.is(word)))
            || back(1).is_some_and(|it| ["at", "time"].iter().any(|word| it.is(word))));
    if is_qualified || is_keyword {
        return None;
    }
    Some(!is_function && !is_typed_literal)
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
    fn identifiers_are_found_quoted_and_folded_but_not_within_strings() {
        let found = identifiers(r#"Lower("E-Mail""x") || status::text = 'age'' x' AND n1 > 2"#);
        let expected = ["and", "lower", "E-Mail\"x", "status", "text", "n1"];
        assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    }
}
