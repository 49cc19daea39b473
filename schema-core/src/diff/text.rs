//! SQL texts compared as their author would: whitespace outside quotes means nothing.

/// True when two SQL expressions differ in nothing but whitespace outside quotes.
pub(crate) fn same_expression(a: &str, b: &str) -> bool {
    squeezed(a) == squeezed(b)
}

/// True when two statements differ in nothing but whitespace outside quotes and dollar-quoted bodies.
pub(crate) fn same_statement(a: &str, b: &str) -> bool {
    squeezed(a) == squeezed(b)
}

/// True when the expression may name the column; its name within a string literal counts, too.
pub(crate) fn mentions(expression: &str, column: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    expression.contains(&crate::dialect::quote(column))
        || expression.contains(&crate::dialect::mysql::quote(column))
        || expression.split(|c| !word(c)).any(|found| found.eq_ignore_ascii_case(column))
}

/// The expression without whitespace that separates nothing.
///
/// Texts with a comment or a dollar-quoted string are only trimmed: in those whitespace can mean something.
pub(crate) fn squeezed(text: &str) -> String {
    let text = text.trim();
    if text.contains('$') || text.contains("--") || text.contains("/*") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut gap = false;
    for c in text.chars() {
        if let Some(open) = quote {
            out.push(c);
            if c == open {
                quote = None;
            }
        } else if c.is_whitespace() {
            gap = true;
        } else {
            if gap && out.chars().next_back().is_some_and(|last| would_merge(last, c)) {
                out.push(' ');
            }
            gap = false;
            out.push(c);
            quote = matches!(c, '\'' | '"' | '`').then_some(c);
        }
    }
    out
}

/// Whether two characters side by side would read as one token.
fn would_merge(left: char, right: char) -> bool {
    class(left) != Class::Punctuation && class(left) == class(right) || (left == '\'' || right == '\'')
}

#[derive(PartialEq, Eq)]
enum Class {
    Word,
    Operator,
    Punctuation,
}

fn class(c: char) -> Class {
    if c.is_alphanumeric() || matches!(c, '_' | '"' | '`') {
        Class::Word
    } else if "+-*/<>=~!@#%^&|?:.".contains(c) {
        Class::Operator
    } else {
        Class::Punctuation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitespace_outside_quotes_means_nothing() {
        assert!(same_expression(" age>0 AND\n name  <> 'a  b'", "age > 0 AND name <> 'a  b'"));
        assert!(same_expression("lower( email )", "lower(email)"));
    }

    #[test]
    fn whitespace_that_separates_or_is_quoted_counts() {
        assert!(!same_expression("name = 'a b'", "name = 'a  b'"));
        assert!(!same_expression("a - -1", "a --1"));
        assert!(!same_expression("not null", "notnull"));
        assert!(!same_expression("E '1'", "E'1'"));
        assert!(!same_expression("f($$a  b$$)", "f($$a b$$)"));
    }
}
