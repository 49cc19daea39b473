//! SQL text as tokens with their places, whitespace and comments left out.

use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Location, Token as Parsed, TokenWithSpan, Tokenizer, Whitespace};

use crate::ir::Dialect;

/// One token of a text.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Byte offsets into the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Line and column of the text, from 1.
    pub(crate) place: (u64, u64),
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare word, folded as the dialect does.
    Word(String),
    /// A quoted identifier, without its quotes.
    Quoted(String),
    /// A string literal, without its quotes; a dollar-quoted one is `Body`.
    Text(String),
    /// A dollar-quoted string.
    Body,
    /// Anything else.
    Symbol(String),
}

impl Token {
    /// Whether it is that bare word, in whatever case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(&self.kind, Kind::Symbol(found) if found == symbol)
    }

    /// The identifier that it can be.
    pub(crate) fn identifier(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(name) | Kind::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// The tokens of a text.
///
/// # Errors
/// What can't be read, with its line and column: an open quote or comment.
pub(crate) fn tokens(dialect: Dialect, text: &str) -> Result<Vec<Token>, String> {
    let parsed = parsed(dialect, text)?;
    let mut cursor = Cursor { text, offset: 0, line: 1, column: 1 };
    let mut tokens = Vec::new();
    for token in parsed {
        let start = cursor.advance(token.span.start);
        let end = cursor.advance(token.span.end);
        let Some(raw) = text.get(start..end) else { continue };
        if matches!(token.token, Parsed::Whitespace(_) | Parsed::EOF) || raw.is_empty() {
            continue;
        }
        let place = (token.span.start.line, token.span.start.column);
        tokens.push(Token { kind: kind(dialect, token.token, raw), start, end, place });
    }
    Ok(tokens)
}

fn parsed(dialect: Dialect, text: &str) -> Result<Vec<TokenWithSpan>, String> {
    let parsed = match dialect {
        Dialect::Postgres => Tokenizer::new(&PostgreSqlDialect {}, text).with_unescape(false).tokenize_with_location(),
        Dialect::Sqlite => Tokenizer::new(&SQLiteDialect {}, text).with_unescape(false).tokenize_with_location(),
        Dialect::MariaDb | Dialect::MySql => {
            let text = super::hints::opened(text);
            Tokenizer::new(&MySqlDialect {}, &text).with_unescape(false).tokenize_with_location()
        }
    };
    parsed.map_err(|error| {
        let Location { line, column } = error.location;
        format!("line {line}, column {column}: {}", error.message)
    })
}

/// A comment to the end of its line: what stands behind the dashes, and line and column of its start, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineComment {
    pub(crate) text: String,
    pub(crate) place: (u64, u64),
}

/// The comments of a text that run to the end of their lines.
///
/// # Errors
/// As [`tokens`].
pub(crate) fn line_comments(dialect: Dialect, text: &str) -> Result<Vec<LineComment>, String> {
    let comment = |token: TokenWithSpan| match token.token {
        Parsed::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
            let place = (token.span.start.line, token.span.start.column);
            Some(LineComment { text: comment.trim().to_owned(), place })
        }
        _ => None,
    };
    Ok(parsed(dialect, text)?.into_iter().filter_map(comment).collect())
}

fn kind(dialect: Dialect, token: Parsed, raw: &str) -> Kind {
    match token {
        Parsed::Word(word) => match word.quote_style {
            None if dialect == Dialect::Postgres => Kind::Word(raw.to_lowercase()),
            None => Kind::Word(raw.to_owned()),
            Some(quote) => Kind::Quoted(unquoted(raw, quote)),
        },
        Parsed::DoubleQuotedString(_) if dialect.is_mysql() => Kind::Text(unquoted(raw, '"')),
        // SQLite's identifiers can be in any of these.
        Parsed::DoubleQuotedString(_) => Kind::Quoted(unquoted(raw, '"')),
        Parsed::SingleQuotedString(_) => Kind::Text(unquoted(raw, '\'')),
        Parsed::EscapedStringLiteral(text)
        | Parsed::NationalStringLiteral(text)
        | Parsed::UnicodeStringLiteral(text) => Kind::Text(text),
        Parsed::DollarQuotedString(_) => Kind::Body,
        _ => Kind::Symbol(raw.to_owned()),
    }
}

fn unquoted(raw: &str, quote: char) -> String {
    let closing = if quote == '[' { ']' } else { quote };
    let inner = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(closing)).unwrap_or(raw);
    inner.replace(&format!("{closing}{closing}"), &closing.to_string())
}

/// Turns lines and columns, which only grow, into byte offsets.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
    column: u64,
}

impl Cursor<'_> {
    fn advance(&mut self, to: Location) -> usize {
        let rest = self.text.get(self.offset..).unwrap_or_default();
        for c in rest.chars() {
            if (self.line, self.column) >= (to.line, to.column) {
                break;
            }
            self.offset += c.len_utf8();
            if c == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.offset
    }
}

/// Whether the word can stand unquoted as a name that is no keyword there: the alias of a table.
pub(crate) fn can_be_alias(word: &str) -> bool {
    use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, RESERVED_FOR_TABLE_ALIAS};
    let upper = word.to_uppercase();
    let keyword = ALL_KEYWORDS.binary_search(&upper.as_str()).ok().and_then(|at| ALL_KEYWORDS_INDEX.get(at));
    !keyword.is_some_and(|keyword| RESERVED_FOR_TABLE_ALIAS.contains(keyword))
}
