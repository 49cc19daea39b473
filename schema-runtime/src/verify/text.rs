//! What a file's own text says about rows: its `-- Data:` lines, the rows that its statements write, the names that it changes.

use schema_core::ir::{Dialect, ObjectName};
use schema_core::migration::{Opening, Reversible, normalized};

use crate::migrate::script::{Token, statements};
use crate::seed::mentions;

/// A file, read for what it says.
#[derive(Debug)]
pub(crate) struct Text {
    /// Its `-- Data:` lines, without those that say that nothing happens.
    data: Vec<String>,
    /// It says that rows do not all come back.
    is_lossy: bool,
    writes: Vec<Write>,
    pub(crate) moves: Vec<Move>,
}

/// A name as a statement writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// Rows that a statement writes.
#[derive(Debug, PartialEq, Eq)]
enum Write {
    Insert(Named),
    Delete(Named),
    Update(Named, Vec<String>),
}

/// A name that changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Table(Named, String),
    Schema(Named, String),
    /// Former names and new ones, all at once.
    Columns(Named, Vec<(String, String)>),
    Label(Named, String, String),
}

impl Named {
    pub(super) fn is(&self, object: &ObjectName) -> bool {
        let same_schema = match (&self.schema, &object.schema) {
            (Some(own), Some(other)) => own == other,
            (Some(own), None) => own.eq_ignore_ascii_case("main"),
            (None, other) => other.as_deref().is_none_or(|schema| schema == "public"),
        };
        let same_name = match object.schema {
            Some(_) => self.name == object.name,
            None => self.name.eq_ignore_ascii_case(&object.name),
        };
        same_schema && same_name
    }
}

impl Text {
    /// What several files say, in the order in which they run.
    pub(super) fn of_all<'a>(dialect: Dialect, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self { data: Vec::new(), is_lossy: false, writes: Vec::new(), moves: Vec::new() };
        for text in texts.map(|text| Self::of(dialect, text)) {
            all.data.extend(text.data);
            all.is_lossy |= text.is_lossy;
            all.writes.extend(text.writes);
            all.moves.extend(text.moves);
        }
        all
    }

    pub(crate) fn of(dialect: Dialect, text: &str) -> Self {
        let plain = normalized(text);
        let opening = Opening::of(&plain);
        let is_lossy = opening.reversible == Some(Reversible::DefinitionsOnly);
        let mut read = Self { data: opening.data, is_lossy, writes: Vec::new(), moves: Vec::new() };
        read.statements(dialect, &plain);
        read
    }

    fn statements(&mut self, dialect: Dialect, text: &str) {
        for statement in statements(dialect, text) {
            let is_definition = statement.begins(&["create"])
                && ["trigger", "function", "procedure", "rule"].iter().any(|kind| statement.has(kind));
            if is_definition {
                continue;
            }
            self.writes.extend(writes(&statement.tokens));
            self.moves.extend(moved(&statement.tokens));
            if statement.begins(&["do"]) {
                for body in statement.tokens.iter().filter_map(body) {
                    self.statements(dialect, body);
                }
            }
        }
    }

    /// It says that it may fail on rows that are there.
    pub(super) fn refuses_rows(&self) -> bool {
        self.data.iter().any(|line| line.starts_with("refused") || line.contains("fails if"))
    }

    /// It says that not all rows come back.
    pub(super) fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    /// Its comments say something about the values of a column, one of which is this.
    pub(super) fn tells_of(&self, table: &ObjectName, column: &str, value: Option<&str>) -> bool {
        self.subjects().any(|line| {
            let labelled =
                value.is_some_and(|value| ['`', '\''].iter().any(|q| line.contains(&format!("{q}{value}{q}"))));
            labelled || mentions(line, column) || names_whole(line, &table.name)
        })
    }

    /// Its comments say something about the rows of a table.
    pub(super) fn tells_of_rows(&self, table: &ObjectName) -> bool {
        self.subjects().any(|line| names_whole(line, &table.name))
    }

    /// What the `-- Data:` lines are about: behind an expression, what gets it.
    fn subjects(&self) -> impl Iterator<Item = &str> {
        self.data.iter().map(|line| match line.rsplit_once(" in ") {
            Some((_, tail)) if line.contains(" get ") && !tail.contains(' ') => tail,
            _ => line.as_str(),
        })
    }

    pub(super) fn inserts_into(&self, table: &ObjectName) -> bool {
        self.writes.iter().any(|write| matches!(write, Write::Insert(name) if name.is(table)))
    }

    pub(super) fn deletes_from(&self, table: &ObjectName) -> bool {
        self.writes.iter().any(|write| matches!(write, Write::Delete(name) if name.is(table)))
    }

    pub(super) fn updates(&self, table: &ObjectName, column: &str) -> bool {
        let sets = |columns: &[String]| columns.iter().any(|name| name.eq_ignore_ascii_case(column));
        self.writes.iter().any(|write| matches!(write, Write::Update(name, columns) if name.is(table) && sets(columns)))
    }
}

/// True when a line has the table's name, and not as the owner of a column.
fn names_whole(line: &str, table: &str) -> bool {
    line.match_indices(table).any(|(at, _)| {
        let rest = line.get(at + table.len()..).unwrap_or_default();
        let before = line.get(..at).unwrap_or_default().chars().next_back();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let owns = rest.starts_with('.') && rest.chars().nth(1).is_some_and(is_part);
        !owns && !before.is_some_and(is_part) && !rest.chars().next().is_some_and(is_part)
    })
}

fn body(token: &Token) -> Option<&str> {
    match token {
        Token::Text(text) => Some(text),
        _ => None,
    }
}

/// A cursor over tokens.
struct Cursor<'a>(&'a [Token]);

impl Cursor<'_> {
    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.0.first(), Some(Token::Word(own)) if own == word);
        if found {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        found
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.0.first() == Some(&Token::Symbol(symbol));
        if found {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        found
    }

    fn part(&mut self) -> Option<String> {
        let (first, rest) = self.0.split_first()?;
        let (Token::Word(name) | Token::Name(name)) = first else { return None };
        self.0 = rest;
        Some(name.clone())
    }

    fn text(&mut self) -> Option<String> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        body(first).map(str::to_owned)
    }

    fn name(&mut self) -> Option<Named> {
        self.word("only");
        let first = self.part()?;
        if self.symbol('.') {
            return Some(Named { schema: Some(first), name: self.part()? });
        }
        Some(Named { schema: None, name: first })
    }
}

fn writes(tokens: &[Token]) -> Vec<Write> {
    let from = |at: usize| Cursor(tokens.get(at..).unwrap_or_default());
    (0..tokens.len()).filter_map(|at| write(from(at))).collect()
}

/// The write that begins here.
fn write(mut cursor: Cursor<'_>) -> Option<Write> {
    if cursor.word("insert") {
        if cursor.word("or") {
            cursor.part();
        }
        cursor.word("ignore");
        return if cursor.word("into") { cursor.name().map(Write::Insert) } else { None };
    }
    if cursor.word("delete") {
        return if cursor.word("from") { cursor.name().map(Write::Delete) } else { None };
    }
    if cursor.word("truncate") {
        cursor.word("table");
        return cursor.name().map(Write::Delete);
    }
    if !cursor.word("update") {
        return None;
    }
    if cursor.word("or") {
        cursor.part();
    }
    cursor.word("ignore");
    let table = cursor.name()?;
    if !cursor.word("set") {
        cursor.word("as");
        cursor.part();
        cursor.word("set").then_some(())?;
    }
    Some(Write::Update(table, assigned(cursor.0)))
}

/// The columns that a SET list assigns.
fn assigned(tokens: &[Token]) -> Vec<String> {
    let mut columns = Vec::new();
    let mut depth = 0_usize;
    let mut last = None;
    for token in tokens {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            Token::Symbol('=') if depth == 0 => columns.extend(last.take()),
            Token::Word(word) if depth == 0 && matches!(word.as_str(), "where" | "from" | "returning") => break,
            Token::Word(name) | Token::Name(name) => last = Some(name.clone()),
            _ => {}
        }
    }
    columns
}

fn moved(tokens: &[Token]) -> Vec<Move> {
    let mut cursor = Cursor(tokens);
    if cursor.word("rename") {
        return clauses(cursor.0).into_iter().filter_map(renamed_table).collect();
    }
    if !cursor.word("alter") {
        return Vec::new();
    }
    if cursor.word("type") {
        return relabelled(cursor).into_iter().collect();
    }
    altered(cursor).unwrap_or_default()
}

/// `a TO b`, also behind `TABLE`: MariaDB and MySQL rename several tables at once, one after the other.
fn renamed_table(tokens: &[Token]) -> Option<Move> {
    let mut cursor = Cursor(tokens);
    cursor.word("table");
    let table = cursor.name()?;
    cursor.word("to").then_some(())?;
    Some(Move::Table(table, cursor.name()?.name))
}

fn relabelled(mut cursor: Cursor<'_>) -> Option<Move> {
    let name = cursor.name()?;
    (cursor.word("rename") && cursor.word("value")).then_some(())?;
    let old = cursor.text()?;
    cursor.word("to").then_some(())?;
    Some(Move::Label(name, old, cursor.text()?))
}

/// What ALTER TABLE renames: columns all at once, whatever their order, then the table.
fn altered(mut cursor: Cursor<'_>) -> Option<Vec<Move>> {
    cursor.word("table").then_some(())?;
    let _ = cursor.word("if") && cursor.word("exists");
    let table = cursor.name()?;
    let (mut moves, mut columns) = (Vec::new(), Vec::new());
    for clause in clauses(cursor.0) {
        let mut clause = Cursor(clause);
        if clause.word("set") {
            let schema = if clause.word("schema") { clause.part() } else { None };
            moves.extend(schema.map(|schema| Move::Schema(table.clone(), schema)));
        } else if clause.word("change") {
            columns.extend(renamed_column(clause, |_| true));
        } else if clause.word("rename") && !["constraint", "index", "key"].iter().any(|kind| clause.word(kind)) {
            match clause.word("to") || clause.word("as") {
                true => moves.extend(clause.name().map(|name| Move::Table(table.clone(), name.name))),
                false => columns.extend(renamed_column(clause, |cursor| cursor.word("to"))),
            }
        }
    }
    if !columns.is_empty() {
        moves.insert(0, Move::Columns(table, columns));
    }
    Some(moves)
}

fn renamed_column(mut cursor: Cursor<'_>, between: impl Fn(&mut Cursor<'_>) -> bool) -> Option<(String, String)> {
    cursor.word("column");
    let _ = cursor.word("if") && cursor.word("exists");
    let old = cursor.part()?;
    between(&mut cursor).then_some(())?;
    Some((old, cursor.part()?))
}

/// What is between commas, except of those in parentheses.
fn clauses(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    let is_end = |token: &Token| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Symbol(',')
    };
    tokens.split(is_end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Text {
        Text::of(Dialect::Postgres, text)
    }

    #[test]
    fn comments_tell_of_columns_of_tables_and_of_labels() {
        let users = ObjectName::qualified("public", "users");
        let text = read(
            "-- drop\n-- Reversible: definitions yes, rows not fully\n-- Data: values of users.note are lost\n-- Data: rows that hold `x` get `y`\n",
        );
        assert!(text.is_lossy() && text.tells_of(&users, "note", None) && text.tells_of(&users, "kind", Some("x")));
        assert!(!text.tells_of(&users, "email", Some("z")) && !text.tells_of_rows(&users));
        assert!(read("-- Data: all rows of org, users are lost").tells_of(&users, "email", None));
        assert!(!read("-- Data: existing rows get users.email in users.login").tells_of(&users, "email", None));
        assert!(!read("-- Data: no row changes\n-- users").tells_of_rows(&users));
        assert!(read("-- Data: fails if users.a holds 'x'").refuses_rows());
    }

    #[test]
    fn rows_that_statements_write_are_found_in_blocks_too() {
        let users = ObjectName::qualified("public", "users");
        let text = read("DO $$ BEGIN UPDATE ONLY users AS u SET \"a\" = (b = 1), c = 2 WHERE d = 3; END $$");
        assert!(text.updates(&users, "a") && text.updates(&users, "c"));
        assert!(!text.updates(&users, "b") && !text.updates(&users, "d"));
        assert!(read("INSERT INTO public.users SELECT 1").inserts_into(&users));
        assert!(read("TRUNCATE users").deletes_from(&users));
        let quiet = read(
            "CREATE TRIGGER t BEFORE UPDATE ON users; ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES users ON UPDATE SET NULL",
        );
        assert!(quiet.writes.is_empty(), "{quiet:?}");
    }

    #[test]
    fn names_that_change_are_found() {
        let text = read(
            "ALTER TABLE ONLY a RENAME TO b; ALTER TABLE IF EXISTS s.a RENAME c TO d; ALTER TYPE t RENAME VALUE 'x' TO 'y'; ALTER TABLE b RENAME CONSTRAINT k TO l",
        );
        let named =
            |schema: Option<&str>, name: &str| Named { schema: schema.map(str::to_owned), name: name.to_owned() };
        assert_eq!(
            text.moves,
            [
                Move::Table(named(None, "a"), "b".to_owned()),
                Move::Columns(named(Some("s"), "a"), vec![("c".to_owned(), "d".to_owned())]),
                Move::Label(named(None, "t"), "x".to_owned(), "y".to_owned()),
            ]
        );
        let text = Text::of(
            Dialect::MariaDb,
            "RENAME TABLE `a` TO `b`, `c` TO `d`; ALTER TABLE `b` RENAME COLUMN x TO y, RENAME COLUMN y TO x, CHANGE `z` `u` \
             decimal(3, 2), ALGORITHM=INSTANT; ALTER TABLE d RENAME INDEX i TO j, ADD COLUMN k int; UPDATE IGNORE d SET k = 1",
        );
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(
            text.moves,
            [
                Move::Table(named(None, "a"), "b".to_owned()),
                Move::Table(named(None, "c"), "d".to_owned()),
                Move::Columns(named(None, "b"), vec![pair("x", "y"), pair("y", "x"), pair("z", "u")]),
            ]
        );
        assert!(text.updates(&ObjectName::bare("d"), "k"));
    }
}
