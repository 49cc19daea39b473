//! A statement read from its start, and rewritten where its names are not in full.

use std::ops::Range;

use super::tokens::{Token, tokens};
use crate::dialect::quote;
use crate::ir::{Dialect, ObjectName};

pub(crate) struct Reader<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Replacements of parts of the text, in order.
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(dialect: Dialect, text: &'a str) -> Result<Self, String> {
        Ok(Self { dialect, text, tokens: tokens(dialect, text)?, at: 0, edits: Vec::new() })
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// The token that many places ahead.
    pub(crate) fn ahead(&self, places: usize) -> Option<&Token> {
        self.tokens.get(self.at + places)
    }

    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The tokens from here on.
    pub(crate) fn rest(&self) -> &[Token] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// The text from here to the end.
    pub(crate) fn rest_text(&self) -> &'a str {
        self.peek().and_then(|token| self.text.get(token.start..)).unwrap_or_default().trim_end()
    }

    /// Whether these words come next.
    pub(crate) fn sees(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(at, word)| self.ahead(at).is_some_and(|token| token.is(word)))
    }

    /// Goes past the words if they come next.
    pub(crate) fn eat(&mut self, words: &str) -> bool {
        let found = self.sees(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    pub(crate) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Goes past the words and leaves them out of the canonical text.
    pub(crate) fn leave_out(&mut self, words: &str) -> bool {
        let Some(start) = self.peek().map(|token| token.start) else { return false };
        let found = self.eat(words);
        if found {
            let end = self.peek().map_or(self.text.len(), |token| token.start);
            self.edits.push((start..end, String::new()));
        }
        found
    }

    pub(crate) fn expect(&mut self, words: &str) -> Result<(), String> {
        if self.eat(words) { Ok(()) } else { Err(self.expected(&format!("`{words}`"))) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Result<(), String> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    pub(crate) fn expected(&self, what: &str) -> String {
        match self.peek() {
            Some(token) => {
                let found = self.text.get(token.start..token.end).unwrap_or_default();
                let (line, column) = token.place;
                format!("line {line}, column {column}: expected {what}, found `{}`", shortened(found))
            }
            None => format!("expected {what}, and the statement ends"),
        }
    }

    fn start(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.start)
    }

    /// Where the last token that was read ends.
    pub(crate) fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end)
    }

    fn identifier(&mut self) -> Result<String, String> {
        let found = self.peek().and_then(Token::identifier).map(str::to_owned);
        let name = found.ok_or_else(|| self.expected("a name"))?;
        self.skip();
        Ok(name)
    }

    /// The parts of a name, which stay as they are in the text.
    pub(crate) fn parts(&mut self) -> Result<Vec<String>, String> {
        let mut parts = vec![self.identifier()?];
        while self.eat_symbol(".") {
            parts.push(self.identifier()?);
        }
        Ok(parts)
    }

    /// A name without a schema; quoted in the canonical text.
    pub(crate) fn bare_name(&mut self) -> Result<String, String> {
        let start = self.start();
        let name = self.identifier()?;
        self.edits.push((start..self.end(), self.dialect.quote(&name)));
        Ok(name)
    }

    /// A name in a schema; in full in the canonical text.
    pub(crate) fn name(&mut self) -> Result<ObjectName, String> {
        let start = self.start();
        let parts = self.parts()?;
        let name = object_name(self.dialect, &parts)?;
        self.edits.push((start..self.end(), self.dialect.qualified(&name)));
        Ok(name)
    }

    /// An operator's name in a schema: `app.===`.
    pub(crate) fn operator(&mut self) -> Result<ObjectName, String> {
        let start = self.start();
        let mut schema = "public".to_owned();
        if self.peek().is_some_and(|token| token.identifier().is_some()) {
            schema = self.identifier()?;
            self.expect_symbol(".")?;
        }
        let symbols = self.rest().iter().take_while(|token| is_operator(token)).count();
        if symbols == 0 {
            return Err(self.expected("an operator"));
        }
        let from = self.start();
        self.at += symbols;
        let name = self.text.get(from..self.end()).unwrap_or_default().to_owned();
        self.edits.push((start..self.end(), format!("{}.{name}", quote(&schema))));
        Ok(ObjectName::qualified(schema, name))
    }

    /// What is in parentheses, which come next, as text.
    pub(crate) fn parentheses(&mut self) -> Result<&'a str, String> {
        self.expect_symbol("(")?;
        let start = self.end();
        let mut depth = 1_usize;
        while let Some(token) = self.peek() {
            let (opens, closes, before) = (token.is_symbol("("), token.is_symbol(")"), token.start);
            self.skip();
            depth = if opens { depth + 1 } else { depth - usize::from(closes) };
            if depth == 0 {
                return Ok(self.text.get(start..before).unwrap_or_default());
            }
        }
        Err(self.expected("`)`"))
    }

    /// The statement with its names in full.
    pub(crate) fn canonical(&self) -> String {
        let mut out = String::new();
        let mut from = 0;
        for (range, replacement) in &self.edits {
            out += self.text.get(from..range.start).unwrap_or_default();
            out += replacement;
            from = range.end;
        }
        out += self.text.get(from..).unwrap_or_default();
        out.trim().to_owned()
    }
}

/// A name of one or two parts; on PostgreSQL it is in `public` unless it says otherwise.
pub(crate) fn object_name(dialect: Dialect, parts: &[String]) -> Result<ObjectName, String> {
    match (dialect, parts) {
        (Dialect::Postgres, [name]) => Ok(ObjectName::qualified("public", name)),
        (Dialect::Postgres, [schema, name]) => Ok(ObjectName::qualified(schema, name)),
        (Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql, [name]) => Ok(ObjectName::bare(name)),
        (Dialect::Sqlite, [schema, name]) if schema.eq_ignore_ascii_case("main") => Ok(ObjectName::bare(name)),
        _ => Err(format!("`{}` has too many parts for a name", parts.join("."))),
    }
}

fn is_operator(token: &Token) -> bool {
    let super::tokens::Kind::Symbol(text) = &token.kind else { return false };
    text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 { text.to_owned() } else { text.chars().take(37).chain("...".chars()).collect() }
}
