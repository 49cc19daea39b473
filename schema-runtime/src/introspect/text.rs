//! SQL text as servers print it and people write it: just enough of its lexical rules to take it apart.

/// One token, as a range of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its text, with quotes.
    pub(crate) text: &'a str,
    /// Where it starts in the whole text, in bytes.
    pub(crate) start: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare word or number.
    Word,
    /// `"name"`, `[name]` or `` `name` ``.
    Quoted,
    /// `'text'`.
    Text,
    /// Any other single character.
    Symbol,
}

impl Token<'_> {
    /// Where it ends.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// True for this keyword in any case, unquoted.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// True for this one symbol.
    pub(crate) fn symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol && self.text.starts_with(symbol)
    }

    /// The identifier that it stands for. SQLite takes a text literal for one, too.
    pub(crate) fn identifier(&self) -> String {
        let mut characters = self.text.chars();
        let Some(open) = characters.next().filter(|_| self.kind != TokenKind::Word) else {
            return self.text.to_owned();
        };
        characters.next_back();
        let inner = characters.as_str();
        if open == '[' { inner.to_owned() } else { inner.replace(&format!("{open}{open}"), &open.to_string()) }
    }
}

/// The tokens of a text, without white space and comments. `brackets` makes `[name]` one token, as SQLite reads it.
pub(crate) fn tokens(text: &str, brackets: bool) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '\'' => (Some(TokenKind::Text), quoted(rest, '\'')),
            '"' | '`' => (Some(TokenKind::Quoted), quoted(rest, first)),
            '[' if brackets => (Some(TokenKind::Quoted), rest.find(']').map_or(rest.len(), |end| end + 1)),
            _ if in_word(first) => (Some(TokenKind::Word), rest.find(|c| !in_word(c)).unwrap_or(rest.len())),
            _ => (Some(TokenKind::Symbol), first.len_utf8()),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, text: &rest[..length], start });
        }
        start += length;
    }
    tokens
}

fn in_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$' || !character.is_ascii()
}

/// The length of a quoted run at the start of the text; a doubled quote within stands for itself.
fn quoted(text: &str, quote: char) -> usize {
    let mut length = 1;
    while let Some(at) = text[length..].find(quote) {
        length += at + 1;
        if !text[length..].starts_with(quote) {
            return length;
        }
        length += 1;
    }
    text.len()
}

/// The expression without parentheses that enclose it as a whole.
pub(crate) fn without_outer_parentheses(expression: &str) -> &str {
    let tokens = tokens(expression, false);
    let (mut first, mut last) = (0, tokens.len());
    while first + 1 < last && tokens.get(first).is_some_and(|token| token.symbol('(')) && {
        closing(&tokens, first) == Some(last - 1)
    } {
        first += 1;
        last -= 1;
    }
    match (first, tokens.get(first), last.checked_sub(1).and_then(|at| tokens.get(at))) {
        (1.., Some(start), Some(end)) if first < last => &expression[start.start..end.end()],
        _ => expression.trim(),
    }
}

/// Where the parenthesis that opens at `open` closes.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.symbol('(') {
            depth += 1;
        } else if token.symbol(')') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_around_the_whole_are_taken_off() {
        assert_eq!(without_outer_parentheses(" ((a > 0)) "), "a > 0");
        assert_eq!(without_outer_parentheses("(a) = (b)"), "(a) = (b)");
        assert_eq!(without_outer_parentheses("(a <> ')')"), "a <> ')'");
        assert_eq!(without_outer_parentheses("(a[1] = 'it''s (')"), "a[1] = 'it''s ('");
        assert_eq!(without_outer_parentheses("(\"a)\" = 1)"), "\"a)\" = 1");
        assert_eq!(without_outer_parentheses("(a"), "(a");
    }

    #[test]
    fn identifiers_are_read_in_every_quoting() {
        let text = "plain \"a\"\"b\" [c d] `e``f` 'g' имя";
        let names: Vec<String> = tokens(text, true).iter().map(Token::identifier).collect();
        assert_eq!(names, ["plain", "a\"b", "c d", "e`f", "g", "имя"]);
    }

    #[test]
    fn comments_and_unclosed_quotes_end_no_scan_early() {
        let kinds: Vec<&str> = tokens("a -- 'b\n/* (c */ d 'e", false).iter().map(|token| token.text).collect();
        assert_eq!(kinds, ["a", "d", "'e"]);
    }
}
