//! Just enough of SQLite's lexical rules to find names in an expression and literals in a default.

use std::collections::BTreeMap;

use crate::dialect::literal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A bare identifier or keyword.
    Word,
    /// An identifier in `"`, `` ` `` or `[]`.
    Quoted,
    /// A string or blob.
    Literal,
    Number,
    /// White space or a comment.
    Space,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

impl Token<'_> {
    /// The identifier, when it is one.
    fn name(&self) -> Option<String> {
        let inner = || {
            let mut chars = self.text.chars();
            chars.next();
            chars.next_back();
            chars.as_str()
        };
        match self.kind {
            Kind::Word if !means_itself(self.text) => None,
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted => match self.text.chars().next() {
                Some('[') => Some(inner().to_owned()),
                Some('`') => Some(inner().replace("``", "`")),
                _ => Some(inner().replace("\"\"", "\"")),
            },
            _ => None,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}

/// Cuts SQL into tokens that, joined, give it back.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut rest = sql;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (kind, length) = first_token(rest, first);
        let (text, tail) = rest.split_at(length.clamp(first.len_utf8(), rest.len()));
        found.push(Token { kind, text });
        rest = tail;
    }
    found
}

fn first_token(rest: &str, first: char) -> (Kind, usize) {
    let span = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    match first {
        'x' | 'X' if rest.get(1..2) == Some("'") => {
            (Kind::Literal, 1 + quoted_length(rest.get(1..).unwrap_or_default(), '\''))
        }
        '\'' => (Kind::Literal, quoted_length(rest, '\'')),
        '"' | '`' => (Kind::Quoted, quoted_length(rest, first)),
        '[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |at| at + 1)),
        '-' if rest.starts_with("--") => (Kind::Space, rest.find('\n').map_or(rest.len(), |at| at + 1)),
        '/' if rest.starts_with("/*") => (Kind::Space, rest.find("*/").map_or(rest.len(), |at| at + 2)),
        c if c.is_ascii_whitespace() => (Kind::Space, span(|c| c.is_ascii_whitespace())),
        c if is_name_start(c) => (Kind::Word, span(is_name_part)),
        c if c.is_ascii_digit() => (Kind::Number, span(|c| c.is_ascii_alphanumeric() || c == '.')),
        '.' if rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => {
            (Kind::Number, span(|c| c.is_ascii_alphanumeric() || c == '.'))
        }
        c => (Kind::Other, c.len_utf8()),
    }
}

/// The length of a quoted text at the start of `rest`, in which a doubled quote stands for itself.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// Positions of tokens that can be a column's name: no function, no table before a dot, no type or collation.
fn column_names(tokens: &[Token<'_>]) -> Vec<(usize, String)> {
    let significant = tokens.iter().enumerate().filter(|(_, token)| token.kind != Kind::Space).collect::<Vec<_>>();
    let neighbour = |at: Option<usize>| at.and_then(|at| significant.get(at)).map(|(_, token)| *token);
    significant
        .iter()
        .enumerate()
        .filter(|(at, _)| {
            let before = neighbour(at.checked_sub(1));
            let after = neighbour(Some(at + 1));
            !before.is_some_and(|token| token.is_word("AS") || token.is_word("COLLATE"))
                && !after.is_some_and(|token| matches!(token.text, "(" | "."))
        })
        .filter_map(|(_, (position, token))| token.name().map(|name| (*position, name)))
        .collect()
}

/// True when the expression uses the column.
pub(crate) fn mentions(expression: &str, column: &str) -> bool {
    column_names(&tokens(expression)).iter().any(|(_, name)| name.eq_ignore_ascii_case(column))
}

/// True when the expression qualifies something by that table's name.
pub(super) fn qualifies(expression: &str, table: &str) -> bool {
    let tokens = tokens(expression);
    let significant = tokens.iter().filter(|token| token.kind != Kind::Space).collect::<Vec<_>>();
    significant.windows(2).any(|pair| match pair {
        [name, dot] => dot.text == "." && name.name().is_some_and(|name| name.eq_ignore_ascii_case(table)),
        _ => false,
    })
}

/// The expression with columns renamed (former name to new), as RENAME COLUMN rewrites it: a bare name stays bare
/// where the new one can be.
pub(crate) fn rename_columns(expression: &str, renames: &BTreeMap<String, String>) -> String {
    let tokens = tokens(expression);
    let mut replaced = BTreeMap::new();
    for (position, name) in column_names(&tokens) {
        let new = renames.iter().find(|(old, _)| old.eq_ignore_ascii_case(&name)).map(|(_, new)| new);
        if let (Some(new), Some(token)) = (new, tokens.get(position)) {
            let bare = token.kind == Kind::Word && can_be_bare(new);
            replaced.insert(position, if bare { new.clone() } else { crate::dialect::quote(new) });
        }
    }
    let texts = tokens.iter().enumerate();
    texts.map(|(at, token)| replaced.get(&at).map_or(token.text, String::as_str)).collect()
}

/// The expression with whole strings replaced by others.
pub(crate) fn rename_strings(expression: &str, renames: &BTreeMap<String, String>) -> String {
    let literals: BTreeMap<String, String> = renames.iter().map(|(old, new)| (literal(old), literal(new))).collect();
    tokens(expression).iter().map(|token| literals.get(token.text).map_or(token.text, String::as_str)).collect()
}

/// True for a name that means itself without quotes, keywords left out.
pub(super) fn can_be_bare(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_part) && means_itself(name)
}

/// False for keywords that SQLite doesn't take as a name without quotes, and for those that can stand in an expression.
fn means_itself(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    !KEYWORDS.contains(&word.as_str()) && !OPERATORS.contains(&word.as_str())
}

const OPERATORS: [&str; 11] = [
    "CAST",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "END",
    "FALSE",
    "GLOB",
    "LIKE",
    "MATCH",
    "REGEXP",
    "TRUE",
];

const KEYWORDS: [&str; 59] = [
    "ADD",
    "ALL",
    "ALTER",
    "AND",
    "AS",
    "AUTOINCREMENT",
    "BETWEEN",
    "CASE",
    "CHECK",
    "COLLATE",
    "COMMIT",
    "CONSTRAINT",
    "CREATE",
    "DEFAULT",
    "DEFERRABLE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "ESCAPE",
    "EXISTS",
    "FOREIGN",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LIMIT",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "RETURNING",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TO",
    "TRANSACTION",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
    "WINDOW",
];

/// True for a value that ADD COLUMN takes as a default on a table with rows (HAZARDS.md row 2, BUGS.md B40).
pub(super) fn is_constant(default: &str) -> bool {
    let tokens = tokens(default);
    let significant = tokens.iter().filter(|token| token.kind != Kind::Space).collect::<Vec<_>>();
    match significant.as_slice() {
        [one] => {
            matches!(one.kind, Kind::Literal | Kind::Number)
                || ["NULL", "TRUE", "FALSE"].iter().any(|word| one.is_word(word))
        }
        [sign, number] => matches!(sign.text, "+" | "-") && number.kind == Kind::Number,
        _ => false,
    }
}

/// True for `NULL`.
pub(super) fn is_null(default: &str) -> bool {
    default.trim().eq_ignore_ascii_case("NULL")
}

/// True for what DEFAULT takes without parentheses.
pub(super) fn is_bare_default(default: &str) -> bool {
    let word = default.trim();
    is_constant(default)
        || ["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_renamed_and_nothing_else_is() {
        let renames = [("a", "b"), ("b", "a"), ("text", "order")].map(|(old, new)| (old.to_owned(), new.to_owned()));
        let renamed = rename_columns(
            r#"A > 1 AND "b" <> 'a' AND a(b) AND CAST(text AS text) /* a */ COLLATE a AND x.b = [a] AND a.y"#,
            &renames.into(),
        );
        assert_eq!(
            renamed,
            r#"b > 1 AND "a" <> 'a' AND a(a) AND CAST("order" AS text) /* a */ COLLATE a AND x.a = "b" AND a.y"#
        );
    }

    #[test]
    fn mentioned_columns_are_found_in_any_quotes() {
        assert!(mentions("coalesce([Größe], 1)", "größe") || mentions("coalesce([größe], 1)", "größe"));
        assert!(mentions("lower(\"e\"\"x\")", "e\"x"));
        assert!(!mentions("'email'", "email"));
        assert!(!mentions("CASE WHEN a IS NULL THEN 1 END", "end") && !mentions("a IS NULL", "null"));
        assert!(mentions("\"null\" IS NULL", "null") && mentions("key <> ''", "key"));
    }

    #[test]
    fn constants_are_told_from_expressions() {
        for constant in ["1", "-1.5e3", "'it''s'", "x'00'", "NULL", "true", " 'a' "] {
            assert!(is_constant(constant), "{constant}");
        }
        for expression in ["CURRENT_TIMESTAMP", "(1)", "1 + 1", "abs(1)", "now", "'a' || 'b'"] {
            assert!(!is_constant(expression), "{expression}");
        }
    }

    #[test]
    fn unfinished_sql_is_cut_into_tokens_that_give_it_back() {
        for sql in ["'a", "\"", "x'", "/* a", "-- a", "[a", "é$1.5.", ""] {
            assert_eq!(tokens(sql).iter().map(|token| token.text).collect::<String>(), sql);
        }
    }
}
