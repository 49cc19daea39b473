use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

use super::context::Context;

/// One comma-separated entry of an attribute's list: `name = ".."`, `index(..)`, `created_at desc`.
///
/// Entries are read one by one, so that an error in one does not hide those in the next.
pub(super) struct Entry {
    tokens: Vec<TokenTree>,
}

/// An entry that has a name: a flag, `name = value` or `name(..)`.
pub(super) struct Arg {
    /// The name, without `r#`.
    pub(super) name: Ident,
    /// What follows it.
    pub(super) value: Value,
}

/// What follows the name of an [`Arg`].
pub(super) enum Value {
    /// Nothing.
    Flag,
    /// `= ..`; never empty.
    Equals(Vec<TokenTree>),
    /// `(..)`
    List(Group),
}

/// The entries of `#[name(..)]`; any other form is an error.
pub(super) fn of_attribute(cx: &Context, attribute: &syn::Attribute) -> Vec<Entry> {
    match &attribute.meta {
        syn::Meta::List(list) if matches!(list.delimiter, syn::MacroDelimiter::Paren(_)) => of(cx, list.tokens.clone()),
        meta => {
            let path = meta.path();
            let name = path.get_ident().map(ToString::to_string).unwrap_or_default();
            let span = path.segments.first().map_or_else(Span::call_site, |segment| segment.ident.span());
            cx.error(span, format_args!("`{name}` needs a list: `#[{name}(..)]`"));
            Vec::new()
        }
    }
}

/// The entries of a list.
pub(super) fn of(cx: &Context, list: TokenStream) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut tokens = Vec::new();
    for token in flat(list) {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if tokens.is_empty() {
                    cx.error(comma.span(), "nothing stands before this comma");
                } else {
                    entries.push(Entry { tokens: std::mem::take(&mut tokens) });
                }
            }
            _ => tokens.push(token),
        }
    }
    if !tokens.is_empty() {
        entries.push(Entry { tokens });
    }
    entries
}

/// The tokens with invisible groups opened: `macro_rules` wraps what it substitutes in them.
pub(crate) fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flattened = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => flattened.extend(flat(group.stream())),
            token => flattened.push(token),
        }
    }
    flattened
}

impl Entry {
    /// Reads it from its start.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor::new(&self.tokens)
    }

    /// The name when it is nothing but a name.
    pub(super) fn bare_ident(&self) -> Option<Ident> {
        match self.tokens.as_slice() {
            [TokenTree::Ident(ident)] => Some(ident.unraw()),
            _ => None,
        }
    }

    /// Reads a named entry; anything else is an error.
    pub(super) fn arg(&self, cx: &Context) -> Option<Arg> {
        let mut cursor = self.cursor();
        let Some(name) = cursor.ident() else {
            cx.error(cursor.span(), "a name is expected here");
            return None;
        };
        let value = if cursor.is_empty() {
            Value::Flag
        } else if cursor.eat('=') {
            match cursor.rest() {
                [] => {
                    cx.error(name.span(), format_args!("`{name} =` lacks its value"));
                    return None;
                }
                value => return Some(Arg { name, value: Value::Equals(value.to_vec()) }),
            }
        } else if let Some(group) = cursor.group() {
            Value::List(group.clone())
        } else {
            Value::Flag
        };
        cursor.end(cx).then_some(Arg { name, value })
    }
}

/// A place within the tokens of an entry.
pub(super) struct Cursor<'a> {
    tokens: &'a [TokenTree],
    last: Span,
}

impl<'a> Cursor<'a> {
    /// The start of these tokens.
    pub(super) fn new(tokens: &'a [TokenTree]) -> Self {
        let last = tokens.first().map_or_else(Span::call_site, TokenTree::span);
        Self { tokens, last }
    }

    /// True at the end.
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [TokenTree] {
        self.tokens
    }

    /// The next token's place; at the end the last one's.
    pub(super) fn span(&self) -> Span {
        self.tokens.first().map_or(self.last, TokenTree::span)
    }

    /// The next token, taken when `matching` recognises it.
    fn take<T>(&mut self, matching: impl FnOnce(&'a TokenTree) -> Option<T>) -> Option<T> {
        let (first, rest) = self.tokens.split_first()?;
        let taken = matching(first)?;
        self.last = first.span();
        self.tokens = rest;
        Some(taken)
    }

    /// A name, without `r#`.
    pub(super) fn ident(&mut self) -> Option<Ident> {
        self.take(|token| match token {
            TokenTree::Ident(ident) => Some(ident.unraw()),
            _ => None,
        })
    }

    /// A literal.
    pub(super) fn literal(&mut self) -> Option<&'a Literal> {
        self.take(|token| match token {
            TokenTree::Literal(literal) => Some(literal),
            _ => None,
        })
    }

    /// A parenthesised group.
    pub(super) fn group(&mut self) -> Option<&'a Group> {
        self.take(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
            _ => None,
        })
    }

    /// A punctuation character, if it is next.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        self.take(|token| match token {
            TokenTree::Punct(punct) if punct.as_char() == wanted => Some(()),
            _ => None,
        })
        .is_some()
    }

    /// True when that punctuation character is next.
    pub(super) fn sees(&self, wanted: char) -> bool {
        matches!(self.tokens.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
    }

    /// True when that word is next.
    pub(super) fn sees_ident(&self, wanted: &str) -> bool {
        matches!(self.tokens.first(), Some(TokenTree::Ident(ident)) if ident == wanted)
    }

    /// True when a parenthesised group is next.
    pub(super) fn sees_group(&self) -> bool {
        matches!(self.tokens.first(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
    }

    /// True at the end; what is left over is an error.
    pub(super) fn end(&self, cx: &Context) -> bool {
        if !self.is_empty() {
            cx.error(self.span(), "a comma is expected before this");
        }
        self.is_empty()
    }
}
