//! A statement's tokens, nested by their parentheses.

use crate::objects::tokens::Token;

/// One token, or what stands between two parentheses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Token(&'a Token),
    /// All between the parentheses, and where they start and end.
    Group(&'a [Token], usize, usize),
}

/// The nodes of one level. A parenthesis that nothing closes ends with the text.
pub(super) fn nest(tokens: &[Token]) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is_symbol("(") {
            let rest = tokens.get(at + 1..).unwrap_or_default();
            let length = closing(rest);
            let end = rest.get(length).or(rest.last()).map_or(token.end, |token| token.end);
            nodes.push(Node::Group(rest.get(..length).unwrap_or_default(), token.start, end));
            at += length + 2;
        } else {
            nodes.push(Node::Token(token));
            at += 1;
        }
    }
    nodes
}

/// How deep parentheses go within each other.
pub(super) fn depth(tokens: &[Token]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in tokens {
        if token.is_symbol("(") {
            depth += 1;
            deepest = deepest.max(depth);
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
    }
    deepest
}

fn closing(tokens: &[Token]) -> usize {
    let mut depth = 1_usize;
    let closes = |token: &Token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth -= 1;
        }
        depth == 0
    };
    tokens.iter().position(closes).unwrap_or(tokens.len())
}

impl<'a> Node<'a> {
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Token(token) if token.is(word))
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self, Self::Token(token) if token.is_symbol(symbol))
    }

    pub(super) fn identifier(&self) -> Option<&'a str> {
        match self {
            Self::Token(token) => token.identifier(),
            Self::Group(..) => None,
        }
    }

    pub(super) fn group(&self) -> Option<&'a [Token]> {
        match self {
            Self::Token(_) => None,
            Self::Group(tokens, ..) => Some(tokens),
        }
    }

    pub(super) fn start(&self) -> usize {
        match self {
            Self::Token(token) => token.start,
            Self::Group(_, start, _) => *start,
        }
    }

    pub(super) fn end(&self) -> usize {
        match self {
            Self::Token(token) => token.end,
            Self::Group(_, _, end) => *end,
        }
    }
}

/// The parts between nodes of that kind, without those.
pub(super) fn parts<'n, 'a>(nodes: &'n [Node<'a>], ends: impl Fn(&Node<'a>) -> bool) -> Vec<&'n [Node<'a>]> {
    nodes.split(|node| ends(node)).filter(|part| !part.is_empty()).collect()
}
