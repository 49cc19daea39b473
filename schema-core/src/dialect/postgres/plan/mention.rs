//! Which columns an expression names, as far as its text tells.

use std::collections::BTreeSet;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_quoted_and_folded_but_not_within_strings() {
        let found = identifiers(r#"Lower("E-Mail""x") || status::text = 'age'' x' AND n1 > 2"#);
        let expected = ["and", "lower", "E-Mail\"x", "status", "text", "n1"];
        assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    }
}
