//! A file as its statements, each with what stands above it.

use super::read::read;
use super::statement::Kind;
use crate::allow::{Allow, Language, allow};
use crate::hazard;
use crate::ir::Dialect;
use crate::objects::split;
use crate::objects::tokens::{Token, line_comments, tokens};

const HAZARDS: Language = Language {
    find: |text| hazard::all().find(|hazard| hazard.code.eq_ignore_ascii_case(text)).map(|hazard| hazard.code),
    of: "a hazard",
    listed: "`cargo schema explain` lists them: `H1` to `H72`",
    form: "write `-- schema: allow(H12, reason = \"why it is safe here\")`",
};

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: String,
    /// Line and column, from 1.
    pub(super) place: (usize, usize),
    pub(super) tokens: Vec<Token>,
    pub(super) kind: Kind,
    /// Between the statement before it and its own end.
    pub(super) allows: Vec<Allow>,
}

impl Statement {
    /// Line and column in the file of a byte of the statement.
    pub(super) fn place_of(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or_default();
        let (line, column) = self.place;
        match before.rfind('\n') {
            Some(at) => {
                (line + before.matches('\n').count(), before.get(at + 1..).unwrap_or_default().chars().count() + 1)
            }
            None => (line, column + before.chars().count()),
        }
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) statements: Vec<Statement>,
    /// Behind the last statement.
    pub(super) left: Vec<Allow>,
}

/// # Errors
/// What can't be read, with its line and column: an open quote or comment.
pub(super) fn source(dialect: Dialect, text: &str) -> Result<Source, String> {
    let mut allows = line_comments(dialect, text)?.into_iter().filter_map(|comment| {
        let number = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        allow(&HAZARDS, &comment.text, (number(comment.place.0), number(comment.place.1)))
    });
    let mut next = allows.next();
    let mut source = Source::default();
    for found in split(dialect, text)? {
        let mut statement = Statement {
            text: found.text.to_owned(),
            place: (found.line, found.column),
            tokens: tokens(dialect, found.text)?,
            kind: read(dialect, found.text),
            allows: Vec::new(),
        };
        let end = statement.place_of(statement.text.len());
        while let Some(above) = next.take_if(|allow| allow.place < end) {
            statement.allows.push(above);
            next = allows.next();
        }
        source.statements.push(statement);
    }
    source.left.extend(next);
    source.left.extend(allows);
    Ok(source)
}
