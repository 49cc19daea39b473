//! The queries in a Rust source file, and the loops that they are in.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::comments::Comments;
use super::{Comment, Loop, LoopKind, Query};
use crate::diag::{Finding, Place};
use crate::ir::Dialect;

/// What a Rust source file asks of the database.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its literals.
    pub queries: Vec<Query>,
    /// The files that `query_file!` names.
    pub files: Vec<QueryFile>,
    /// Comments that allow something and stand above no query.
    pub(crate) left: Vec<Comment>,
}

/// A file that `query_file!` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryFile {
    /// Relative to the crate's folder.
    pub path: PathBuf,
    /// Where it is named.
    pub place: Place,
    repeated: Option<Loop>,
    allows: Vec<Comment>,
}

impl QueryFile {
    /// The query that the file holds; `label` is what places name.
    #[must_use]
    pub fn query(self, dialect: Dialect, label: &Path, text: String) -> Query {
        let place = Place { file: label.to_path_buf(), line: 1, column: 1 };
        let mut query = Query::new(dialect, place, text);
        query.repeated = self.repeated;
        query.allows.extend(self.allows);
        query
    }

    /// That it can't be read.
    #[must_use]
    pub fn unreadable(&self, error: &std::io::Error) -> Finding {
        Finding::error(Some(self.place.clone()), format!("`{}` can't be read: {error}", self.path.display()))
    }
}

/// The queries in a Rust source file; none where it is no Rust, and none of its tests. `label` is what places name.
#[must_use]
pub fn in_source(dialect: Dialect, label: &Path, text: &str) -> Source {
    let mut source = Source::default();
    let Ok(stream) = TokenStream::from_str(text) else { return source };
    let mut walk = Walk { file: label, calls: Vec::new(), loops: Vec::new() };
    walk.tokens(stream);
    let mut comments = Comments::new(text);
    for Call { name, literal, at, repeated, is_file } in walk.calls {
        let place = position(label, at);
        let mut allows = comments.above(name.start().line, &place);
        allows.extend(comments.above(place.line, &place));
        if is_file {
            source.files.push(QueryFile { path: literal.into(), place, repeated, allows });
        } else {
            let mut query = Query::new(dialect, place, literal);
            query.repeated = repeated;
            query.allows.extend(allows);
            source.queries.push(query);
        }
    }
    source.left = comments.left(&Place { file: label.to_path_buf(), line: 1, column: 1 });
    source
}

fn position(file: &Path, span: Span) -> Place {
    let start = span.start();
    Place { file: file.to_path_buf(), line: start.line, column: start.column + 1 }
}

/// A call of sqlx with its first literal.
struct Call {
    name: Span,
    literal: String,
    at: Span,
    repeated: Option<Loop>,
    is_file: bool,
}

struct Walk<'a> {
    file: &'a Path,
    calls: Vec<Call>,
    loops: Vec<Loop>,
}

/// What the tokens so far lead to, within one pair of delimiters.
#[derive(Default)]
struct Sight {
    /// A name of sqlx, and the angle brackets that are open behind it.
    named: Option<(Span, bool)>,
    angles: usize,
    /// A loop whose body comes.
    head: Option<Head>,
    /// Something here is gone through element by element.
    iterates: bool,
    /// A method that calls its closure for each element.
    each: Option<Span>,
    /// Something that starts a task of its own.
    spawns: bool,
    /// What comes is compiled for tests only.
    test: bool,
}

struct Head {
    span: Span,
    kind: LoopKind,
    /// `for` is a loop where `in` follows; else it belongs to an `impl` or a type.
    is_loop: bool,
    /// It waits for what happens elsewhere.
    waits: bool,
}

/// Macros and functions of sqlx whose literal is SQL: `query!`, `query_as("..")`, `raw_sql("..")`.
fn takes_sql(name: &str) -> bool {
    name.starts_with("query") || name == "raw_sql"
}

/// Behind these a closure that follows is called for each element.
const ITERATORS: [&str; 8] = ["iter", "iter_mut", "into_iter", "drain", "chunks", "windows", "lines", "keys"];
const ON_ITERATORS: [&str; 7] = ["map", "then", "filter_map", "flat_map", "fold", "try_fold", "filter"];
const EACH: [&str; 4] = ["for_each", "try_for_each", "for_each_concurrent", "try_for_each_concurrent"];

/// What a loop does that goes on when something happens, and not for each row.
const EVENTS: [&str; 8] = ["accept", "changed", "notified", "recv", "recv_async", "select", "sleep", "tick"];

impl Walk<'_> {
    /// Looks for a name of sqlx and the parentheses behind it, at any depth. Between the two there can be `!` or types in
    /// angle brackets.
    fn tokens(&mut self, stream: TokenStream) {
        let mut sight = Sight::default();
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    let attribute = trees.next_if(|next| matches!(next, TokenTree::Group(_)));
                    sight.test |= attribute.is_some_and(|tree| is_of_tests(&tree));
                }
                TokenTree::Group(group) if sight.test => sight.test = group.delimiter() != Delimiter::Brace,
                TokenTree::Punct(mark) if sight.test => sight.test = mark.as_char() != ';',
                _ if sight.test => {}
                TokenTree::Group(group) => self.group(&group, &mut sight),
                TokenTree::Punct(mark) => sight.mark(mark.as_char()),
                TokenTree::Ident(name) => sight.word(&name.to_string(), name.span()),
                TokenTree::Literal(_) => sight.named = None,
            }
        }
    }

    fn group(&mut self, group: &Group, sight: &mut Sight) {
        let is_parenthesis = group.delimiter() == Delimiter::Parenthesis;
        if let Some((name, is_file)) = sight.named.filter(|_| sight.angles == 0 && is_parenthesis) {
            self.literal(group, name, is_file);
        }
        sight.named = sight.named.filter(|_| sight.angles > 0);
        let depth = self.loops.len();
        if let Some(head) = sight.head.take_if(|_| group.delimiter() == Delimiter::Brace) {
            let waits = head.waits || (head.kind == LoopKind::Until && has_event(group.stream()));
            if head.is_loop && !waits {
                self.enter(head.span, head.kind);
            }
        } else if let Some(head) = &mut sight.head {
            head.waits |= has_event(group.stream());
        }
        if let Some(each) = sight.each.take().filter(|_| is_parenthesis && is_closure(group)) {
            self.enter(each, LoopKind::Each);
        }
        if std::mem::take(&mut sight.spawns) && is_parenthesis {
            let loops = std::mem::take(&mut self.loops);
            self.loops = loops.iter().filter(|it| it.kind == LoopKind::Each).cloned().collect();
            self.tokens(group.stream());
            self.loops = loops;
        } else {
            self.tokens(group.stream());
        }
        self.loops.truncate(depth);
    }

    fn enter(&mut self, span: Span, kind: LoopKind) {
        self.loops.push(Loop { place: position(self.file, span), kind });
    }

    /// The string literals of the arguments up to the first that is none: one, or several joined by `+` as sqlx takes them.
    /// In `query_as!` the struct's name comes first.
    fn literal(&mut self, group: &Group, name: Span, is_file: bool) {
        let mut text: Option<(String, Span)> = None;
        for tree in group.stream() {
            let TokenTree::Literal(literal) = &tree else {
                let joins = matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '+');
                if text.is_some() && !joins {
                    break;
                }
                continue;
            };
            let Ok(part) = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal.clone()).into()) else { continue };
            match &mut text {
                Some((text, _)) => text.push_str(&part.value()),
                None => text = Some((part.value(), part.span())),
            }
        }
        if let Some((literal, at)) = text {
            self.calls.push(Call { name, literal, at, repeated: self.loops.last().cloned(), is_file });
        }
    }
}

impl Sight {
    fn mark(&mut self, mark: char) {
        match mark {
            '<' if self.named.is_some() => self.angles += 1,
            '>' if self.named.is_some() => self.angles = self.angles.saturating_sub(1),
            _ => self.named = self.named.filter(|_| self.angles > 0 || matches!(mark, '!' | ':')),
        }
        if matches!(mark, ';' | ',') {
            (self.iterates, self.each, self.spawns) = (false, None, false);
        }
        if mark == ';' {
            self.head = None;
        }
    }

    fn word(&mut self, name: &str, span: Span) {
        if self.named.is_some() && self.angles > 0 {
            return;
        }
        (self.named, self.angles) = (takes_sql(name).then(|| (span, name.starts_with("query_file"))), 0);
        let head = |kind, is_loop| Some(Head { span, kind, is_loop, waits: false });
        match name {
            "for" => self.head = head(LoopKind::Each, false),
            "while" | "loop" => self.head = head(LoopKind::Until, true),
            "in" => self.head.iter_mut().for_each(|head| head.is_loop = true),
            _ => {}
        }
        if let Some(head) = &mut self.head {
            head.waits |= head.kind == LoopKind::Until && EVENTS.contains(&name);
        }
        self.iterates |= ITERATORS.contains(&name);
        let is_each = EACH.contains(&name) || (self.iterates && ON_ITERATORS.contains(&name));
        self.each = is_each.then_some(span);
        self.spawns = matches!(name, "spawn" | "spawn_local" | "spawn_blocking");
    }
}

/// `[cfg(test)]`, `[test]`, `[tokio::test]`, `[sqlx::test(..)]`.
fn is_of_tests(attribute: &TokenTree) -> bool {
    let TokenTree::Group(group) = attribute else { return false };
    let words: Vec<String> = group.stream().into_iter().map(|tree| tree.to_string()).collect();
    let path = words.iter().take_while(|word| !word.starts_with(['(', '='])).last();
    match words.as_slice() {
        [cfg, list] if cfg == "cfg" => list.trim_matches(['(', ')', ' ']) == "test",
        _ => path.is_some_and(|word| word == "test"),
    }
}

fn is_closure(group: &Group) -> bool {
    let mut trees = group.stream().into_iter().take(4);
    trees.any(|tree| matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '|'))
}

fn has_event(stream: TokenStream) -> bool {
    stream.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => has_event(group.stream()),
        TokenTree::Ident(name) => EVENTS.contains(&name.to_string().as_str()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
