//! The conditions of a block that an index can serve.

use super::nest::{Node, nest};
use super::shape::{Block, Names};
use crate::objects::tokens::{Kind, Token};

/// What all rows of a block meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// Which of the block's relations it is about.
    pub(super) relation: usize,
    pub(super) what: What,
    pub(super) test: Test,
    /// The other side is a column as well.
    pub(super) is_join: bool,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Column(String),
    /// An expression over columns of one relation: its text without aliases, and the columns.
    Expression(String, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `=`, IN, ANY
    Equal,
    /// `<` and the like
    Range,
}

/// Conditions that are joined by AND.
pub(super) fn conditions(names: Names<'_>, block: &Block<'_>, nodes: &[Node<'_>]) -> Vec<Condition> {
    let mut found = Vec::new();
    for part in conjuncts(nodes) {
        match part.as_slice() {
            [Node::Group(inner, ..)] => found.extend(conditions(names, block, &nest(inner))),
            part if part.iter().any(|node| node.is("or")) => {}
            part => found.extend(comparison(names, block, part)),
        }
    }
    found
}

/// Split at AND, but for that of BETWEEN.
fn conjuncts<'a>(nodes: &[Node<'a>]) -> Vec<Vec<Node<'a>>> {
    let mut found = vec![Vec::new()];
    let mut between = false;
    for node in nodes {
        if node.is("and") && !between {
            found.push(Vec::new());
            continue;
        }
        between = node.is("between") || (between && !node.is("and"));
        if let Some(last) = found.last_mut() {
            last.push(*node);
        }
    }
    found
}

/// Whether there are conditions of which one must hold, and one of them says which rows.
pub(super) fn has_alternatives(nodes: &[Node<'_>]) -> bool {
    let chooses = |node: &Node<'_>| node.is_symbol("=") || node.is("in");
    (nodes.iter().any(|node| node.is("or")) && nodes.iter().any(chooses))
        || nodes.iter().filter_map(Node::group).any(|group| has_alternatives(&nest(group)))
}

const RANGES: [&str; 4] = ["<", ">", "<=", ">="];

fn comparison(names: Names<'_>, block: &Block<'_>, nodes: &[Node<'_>]) -> Vec<Condition> {
    let is_operator = |node: &Node<'_>| {
        node.is_symbol("=")
            || node.is_symbol("==")
            || RANGES.iter().any(|it| node.is_symbol(it))
            || node.is_any(&["in", "between"])
    };
    let Some(at) = nodes.iter().position(is_operator) else { return Vec::new() };
    let (left, right) = (nodes.get(..at).unwrap_or_default(), nodes.get(at + 1..).unwrap_or_default());
    let operator = nodes.get(at);
    let is_range = operator.is_some_and(|node| node.is("between") || RANGES.iter().any(|it| node.is_symbol(it)));
    let test = if is_range { Test::Range } else { Test::Equal };
    let sides = [side(names, block, left), side(names, block, right)];
    let is_join = sides.iter().all(|side| matches!(side, Some((_, What::Column(_)))));
    let found = sides.into_iter().flatten();
    found.map(|(relation, what)| Condition { relation, what, test, is_join }).collect()
}

/// A column, or an expression over columns of one relation that holds nothing else that varies.
fn side(names: Names<'_>, block: &Block<'_>, nodes: &[Node<'_>]) -> Option<(usize, What)> {
    if let Some((relation, column)) = block.column(nodes) {
        return Some((relation, What::Column(column)));
    }
    if let [Node::Group(inner, ..)] = nodes {
        return side(names, block, &nest(inner));
    }
    let mut reading = Reading { block, relation: None, columns: Vec::new(), qualifiers: Vec::new() };
    reading.all(nodes)?;
    let relation = reading.relation?;
    let (start, end) = (nodes.first()?.start(), nodes.last()?.end());
    let mut text = String::new();
    let mut from = start;
    for (cut, behind) in reading.qualifiers {
        text.push_str(names.text.get(from..cut)?);
        from = behind;
    }
    text.push_str(names.text.get(from..end)?);
    Some((relation, What::Expression(text, reading.columns)))
}

struct Reading<'b, 'a> {
    block: &'b Block<'a>,
    relation: Option<usize>,
    columns: Vec<String>,
    /// From an alias to the name behind its dot.
    qualifiers: Vec<(usize, usize)>,
}

impl Reading<'_, '_> {
    /// `None` where there is a parameter, a query, or a column of another relation.
    fn all(&mut self, nodes: &[Node<'_>]) -> Option<()> {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            let qualified = nodes.get(at..at + 3).and_then(|three| self.block.column(three));
            if let Some((relation, column)) = qualified {
                self.column(relation, column)?;
                self.qualifiers.push((node.start(), nodes.get(at + 2)?.start()));
                at += 3;
                continue;
            }
            // An alias of something else.
            if nodes.get(at + 1).is_some_and(|next| next.is_symbol(".")) {
                return None;
            }
            match node {
                Node::Group(inner, ..) if inner.first().is_some_and(|it| it.is("select") || it.is("with")) => {
                    return None;
                }
                Node::Group(inner, ..) => self.all(&nest(inner))?,
                Node::Token(token) if is_parameter(token) => return None,
                Node::Token(_) if node.is_any(&["not", "any", "all", "some", "case", "exists"]) => return None,
                Node::Token(_) => {}
            }
            // A name before parentheses is that of a function.
            let is_call = nodes.get(at + 1).is_some_and(|next| next.group().is_some());
            if let Some((relation, column)) = self.block.column(std::slice::from_ref(node)).filter(|_| !is_call) {
                self.column(relation, column)?;
            }
            at += 1;
        }
        Some(())
    }

    fn column(&mut self, relation: usize, column: String) -> Option<()> {
        if self.relation.is_some_and(|known| known != relation) {
            return None;
        }
        self.relation = Some(relation);
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
        Some(())
    }
}

/// Whether the token stands for a value that comes with the query.
pub(super) fn is_parameter(token: &Token) -> bool {
    matches!(&token.kind, Kind::Symbol(symbol) if symbol.starts_with(['$', '?', '@']) || symbol == ":")
}
