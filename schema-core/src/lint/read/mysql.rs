//! What MariaDB and MySQL write otherwise: ALTER TABLE's clauses, indexes within tables, table options.

use super::column::{column, constraint, sees_constraint};
use super::create::elements;
use super::{Result, bare, columns, mentions, mentions_pair, name};
use crate::lint::statement::{
    Action, AlterTable, Constraint, ConstraintKind, CreateTable, Edit, Kind, Named, NewIndex, Options, Partitions,
    Setting, Space, Stated,
};
use crate::objects::tokens::{Kind as Text, Token};
use crate::objects::{Reader, split_at_commas};

/// What begins a clause about partitions, and what becomes of them.
const PARTITIONS: [(&str, Partitions); 12] = [
    ("DROP PARTITION", Partitions::Lost("DROP")),
    ("TRUNCATE PARTITION", Partitions::Lost("TRUNCATE")),
    ("PARTITION BY", Partitions::Moved),
    ("REMOVE PARTITIONING", Partitions::Moved),
    ("REORGANIZE PARTITION", Partitions::Moved),
    ("COALESCE PARTITION", Partitions::Moved),
    ("ADD PARTITION", Partitions::Other),
    ("EXCHANGE PARTITION", Partitions::Other),
    ("REBUILD PARTITION", Partitions::Other),
    ("ANALYZE PARTITION", Partitions::Other),
    ("CHECK PARTITION", Partitions::Other),
    ("CONVERT PARTITION", Partitions::Other),
];

/// Words with which a constraint begins that has no name.
const CONSTRAINTS: [&str; 4] = ["CHECK", "FOREIGN", "PRIMARY", "UNIQUE"];

/// Behind ALTER TABLE.
pub(super) fn alter_table(reader: &mut Reader<'_>, ignore: bool) -> Result<Kind> {
    let _ = reader.eat("IF EXISTS");
    let mut alter = AlterTable { name: name(reader)?, actions: Vec::new(), stated: Stated::default() };
    alter.stated.ignore = ignore;
    wait(reader);
    for part in split_at_commas(reader.rest()) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let text = reader.text.get(first.start..last.end).unwrap_or_default();
        let mut part = Reader::new(reader.dialect, text)?;
        if !stated(&mut part, &mut alter.stated) {
            let edits = clause(&mut part)?;
            alter.actions.extend(edits.into_iter().map(|edit| Action { start: first.start, edit }));
        }
    }
    Ok(Kind::AlterTable(alter))
}

/// MariaDB's limit of the wait for a lock.
fn wait(reader: &mut Reader<'_>) {
    if reader.eat("WAIT") {
        reader.skip();
    }
    let _ = reader.eat("NOWAIT");
}

/// Takes `ALGORITHM = ..` or `LOCK = ..` where it comes next.
fn stated(reader: &mut Reader<'_>, stated: &mut Stated) -> bool {
    for (word, place) in [("ALGORITHM", &mut stated.algorithm), ("LOCK", &mut stated.lock)] {
        if reader.eat(word) {
            let _ = reader.eat_symbol("=");
            *place = reader.peek().and_then(Token::identifier).map(str::to_ascii_uppercase);
            reader.skip();
            return true;
        }
    }
    false
}

fn clause(reader: &mut Reader<'_>) -> Result<Vec<Edit>> {
    if let Some((_, partitions)) = PARTITIONS.iter().find(|(words, _)| reader.sees(words)) {
        return Ok(vec![Edit::Partition(*partitions)]);
    }
    Ok(vec![match () {
        () if reader.eat("ADD") => return add(reader),
        () if reader.eat("DROP") => drop(reader)?,
        () if reader.eat("MODIFY") => {
            let _ = reader.eat("COLUMN");
            let _ = reader.eat("IF EXISTS");
            Edit::Modify { from: None, column: Box::new(column(reader)?) }
        }
        () if reader.eat("CHANGE") => {
            let _ = reader.eat("COLUMN");
            let _ = reader.eat("IF EXISTS");
            let (from, column) = (bare(reader)?, Box::new(column(reader)?));
            Edit::Modify { from: Some(from).filter(|from| *from != column.name), column }
        }
        () if reader.eat("ALTER") => alter_column(reader)?,
        () if reader.eat("RENAME") => rename(reader)?,
        () if reader.sees("CONVERT TO") => Edit::Convert,
        () => return Ok(plain(reader)),
    }])
}

fn add(reader: &mut Reader<'_>) -> Result<Vec<Edit>> {
    if reader.eat("SYSTEM VERSIONING") {
        return Ok(vec![Edit::Rewrite { what: "ADD SYSTEM VERSIONING" }]);
    }
    if reader.sees("PERIOD") {
        return Ok(vec![Edit::Harmless]);
    }
    if sees_index(reader) {
        return Ok(vec![Edit::AddIndex(index(reader)?)]);
    }
    if sees_constraint(reader) {
        return Ok(vec![Edit::AddConstraint(constraint(reader)?)]);
    }
    let _ = reader.eat("COLUMN");
    let if_not_exists = reader.eat("IF NOT EXISTS");
    if !reader.peek().is_some_and(|token| token.is_symbol("(")) {
        return Ok(vec![Edit::AddColumn { column: Box::new(column(reader)?), if_not_exists }]);
    }
    let mut list = CreateTable::new(name_of_a_list());
    elements(reader, &mut list)?;
    let columns = list.columns.into_iter().map(|it| Edit::AddColumn { column: Box::new(it), if_not_exists });
    let constraints = list.constraints.into_iter().map(Edit::AddConstraint);
    Ok(columns.chain(constraints).chain(list.indexes.into_iter().map(Edit::AddIndex)).collect())
}

/// `ADD (a int, KEY (a))` is read as the table that it would be.
fn name_of_a_list() -> crate::ir::ObjectName {
    crate::ir::ObjectName::bare("")
}

fn drop(reader: &mut Reader<'_>) -> Result<Edit> {
    if reader.eat("PRIMARY KEY") {
        return Ok(Edit::DropConstraint { constraint: Named::key("primary"), if_exists: false, cascade: false });
    }
    if reader.eat("SYSTEM VERSIONING") || reader.sees("PERIOD") {
        return Ok(Edit::Rewrite { what: "DROP SYSTEM VERSIONING" });
    }
    let what =
        ["INDEX", "KEY", "FOREIGN KEY", "CHECK", "CONSTRAINT", "COLUMN"].into_iter().find(|words| reader.eat(words));
    let if_exists = reader.eat("IF EXISTS");
    let name = bare(reader)?;
    let space = match what {
        None | Some("COLUMN") => return Ok(Edit::DropColumn { name, if_exists, cascade: false }),
        Some("INDEX" | "KEY") => return Ok(Edit::DropIndex { name, if_exists }),
        Some("FOREIGN KEY") => Some(Space::ForeignKeys),
        Some("CHECK") => Some(Space::Checks),
        Some(_) => None,
    };
    Ok(Edit::DropConstraint { constraint: Named { space, name }, if_exists, cascade: false })
}

fn alter_column(reader: &mut Reader<'_>) -> Result<Edit> {
    if ["INDEX", "KEY", "CHECK", "CONSTRAINT"].iter().any(|word| reader.sees(word)) {
        return Ok(Edit::Harmless);
    }
    let _ = reader.eat("COLUMN");
    let _ = reader.eat("IF EXISTS");
    let column = bare(reader)?;
    Ok(match () {
        () if reader.eat("SET DEFAULT") => Edit::SetDefault { column, default: reader.rest_text().to_owned() },
        () if reader.eat("DROP DEFAULT") => Edit::DropDefault { column },
        () => Edit::Harmless,
    })
}

fn rename(reader: &mut Reader<'_>) -> Result<Edit> {
    let is_index = reader.eat("INDEX") || reader.eat("KEY");
    if is_index || reader.eat("COLUMN") {
        let _ = reader.eat("IF EXISTS");
        let from = bare(reader)?;
        reader.expect("TO")?;
        let to = bare(reader)?;
        return Ok(if is_index { Edit::RenameIndex { from, to } } else { Edit::RenameColumn { from, to } });
    }
    let _ = reader.eat("TO") || reader.eat("AS") || reader.eat_symbol("=");
    Ok(Edit::RenameTo { name: name(reader)?.name })
}

/// Options, behind which partitions can be told.
fn plain(reader: &mut Reader<'_>) -> Vec<Edit> {
    let parts = mentions_pair(reader, ["PARTITION", "BY"]).then_some(Edit::Partition(Partitions::Moved));
    let options = options(reader);
    let options = if options.is_empty() { Edit::Harmless } else { Edit::Options(options) };
    [options].into_iter().chain(parts).collect()
}

/// Table options by their names, up to PARTITION BY.
pub(super) fn options(reader: &mut Reader<'_>) -> Options {
    let mut found = Options::new();
    while !reader.is_at_end() && !reader.sees("PARTITION BY") && !reader.sees("SELECT") {
        let _ = reader.eat("DEFAULT");
        let word = match reader.peek().and_then(Token::identifier) {
            Some(word) => word.to_ascii_lowercase(),
            None => {
                reader.skip();
                continue;
            }
        };
        let is_charset = reader.eat("CHARACTER SET");
        if !is_charset {
            reader.skip();
        }
        let has_value = reader.eat_symbol("=") || is_charset || takes_a_value(&word);
        let value = if has_value { value(reader) } else { String::new() };
        let word = if is_charset { "charset".to_owned() } else { word };
        found.insert(word, value);
    }
    found
}

fn takes_a_value(option: &str) -> bool {
    matches!(option, "engine" | "charset" | "collate" | "comment" | "auto_increment" | "row_format" | "key_block_size")
}

fn value(reader: &mut Reader<'_>) -> String {
    let value = match reader.peek().map(|token| &token.kind) {
        Some(Text::Word(word) | Text::Quoted(word)) => word.to_ascii_lowercase(),
        Some(Text::Text(text)) => text.clone(),
        Some(Text::Symbol(symbol)) => symbol.clone(),
        Some(Text::Body) | None => String::new(),
    };
    reader.skip();
    value
}

/// Whether an index that is no constraint comes next.
pub(super) fn sees_index(reader: &Reader<'_>) -> bool {
    ["INDEX", "KEY", "FULLTEXT", "SPATIAL"].iter().any(|word| reader.sees(word))
}

/// `FULLTEXT KEY name (columns)`, from its start.
pub(super) fn index(reader: &mut Reader<'_>) -> Result<NewIndex> {
    let method = method(reader);
    let _ = reader.eat("INDEX") || reader.eat("KEY");
    let if_not_exists = reader.eat("IF NOT EXISTS");
    let (name, leading) = keyed(reader)?;
    Ok(NewIndex { name, if_not_exists, leading, method })
}

fn method(reader: &mut Reader<'_>) -> Option<&'static str> {
    let words = [("FULLTEXT", "fulltext"), ("SPATIAL", "spatial")];
    words.into_iter().find(|(word, _)| reader.eat(word)).map(|(_, method)| method)
}

/// `name USING BTREE (columns)`.
fn keyed(reader: &mut Reader<'_>) -> Result<(Option<String>, Vec<String>)> {
    let is_bare = reader.sees("USING") || reader.peek().is_some_and(|token| token.is_symbol("("));
    let name = if is_bare { None } else { Some(bare(reader)?) };
    if reader.eat("USING") {
        reader.skip();
    }
    Ok((name, columns(reader)?))
}

/// Behind UNIQUE or PRIMARY KEY: the key's own name stands before that of the constraint.
pub(super) fn key(reader: &mut Reader<'_>, primary: bool, name: Option<String>) -> Result<Constraint> {
    let _ = reader.eat("INDEX") || reader.eat("KEY");
    let _ = reader.eat("IF NOT EXISTS");
    let (own, columns) = keyed(reader)?;
    let name = if primary { None } else { own.or(name) };
    Ok(Constraint { name, kind: ConstraintKind::Key { primary, columns, using: None }, not_valid: false })
}

/// Whether a constraint begins without a name behind CONSTRAINT.
pub(super) fn is_nameless(reader: &Reader<'_>) -> bool {
    reader.dialect.is_mysql() && CONSTRAINTS.iter().any(|word| reader.sees(word))
}

/// CREATE INDEX, behind CREATE, as the ALTER TABLE that it is.
pub(super) fn create_index(reader: &mut Reader<'_>) -> Result<Kind> {
    let is_unique = reader.eat("UNIQUE");
    let method = method(reader);
    reader.expect("INDEX")?;
    let if_not_exists = reader.eat("IF NOT EXISTS");
    let index = bare(reader)?;
    if reader.eat("USING") {
        reader.skip();
    }
    reader.expect("ON")?;
    let table = name(reader)?;
    wait(reader);
    let leading = columns(reader)?;
    let edit = if is_unique {
        let kind = ConstraintKind::Key { primary: false, columns: leading, using: None };
        Edit::AddConstraint(Constraint { name: Some(index), kind, not_valid: false })
    } else {
        Edit::AddIndex(NewIndex { name: Some(index), if_not_exists, leading, method })
    };
    Ok(alone(reader, table, edit))
}

/// DROP INDEX, behind these words, as the ALTER TABLE that it is.
pub(super) fn drop_index(reader: &mut Reader<'_>) -> Result<Kind> {
    let if_exists = reader.eat("IF EXISTS");
    let index = bare(reader)?;
    reader.expect("ON")?;
    let table = name(reader)?;
    Ok(alone(reader, table, Edit::DropIndex { name: index, if_exists }))
}

/// A change of a table by a statement of its own, which says at its end how it is carried out.
fn alone(reader: &mut Reader<'_>, name: crate::ir::ObjectName, edit: Edit) -> Kind {
    let mut clauses = Stated::default();
    while !reader.is_at_end() {
        if !stated(reader, &mut clauses) {
            reader.skip();
        }
    }
    Kind::AlterTable(AlterTable { name, actions: vec![Action { start: 0, edit }], stated: clauses })
}

/// Behind RENAME TABLE.
pub(super) fn rename_tables(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("IF EXISTS");
    let mut pairs = Vec::new();
    loop {
        let from = name(reader)?;
        wait(reader);
        reader.expect("TO")?;
        pairs.push((from, name(reader)?));
        if !reader.eat_symbol(",") {
            return Ok(Kind::RenameTables(pairs));
        }
    }
}

/// Behind LOCK TABLES.
pub(super) fn lock_tables(reader: &Reader<'_>) -> Result<Kind> {
    let mut tables = Vec::new();
    for part in split_at_commas(reader.rest()) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let text = reader.text.get(first.start..last.end).unwrap_or_default();
        tables.push(name(&mut Reader::new(reader.dialect, text)?)?);
    }
    Ok(Kind::Lock { tables, waits: !mentions(reader, "NOWAIT") })
}

/// Behind SET: `SESSION a = 1, @@b = 2, @c = 3`.
pub(super) fn settings(reader: &Reader<'_>) -> Kind {
    let settings = split_at_commas(reader.rest()).into_iter().filter_map(|part| {
        let at = part.iter().position(|token| token.is_symbol("=") || token.is_symbol(":="))?;
        let (name, value) = (part.get(..at)?, part.get(at + 1..)?);
        let is = |word: &str| name.iter().any(|token| token.is(word));
        let text = |tokens: &[Token]| {
            let (first, last) = (tokens.first()?, tokens.last()?);
            match (&first.kind, tokens.len()) {
                (Text::Text(text) | Text::Quoted(text), 1) => Some(text.clone()),
                _ => reader.text.get(first.start..last.end).map(str::to_owned),
            }
        };
        let whole = text(name)?;
        let is_variable_of_the_user = whole.starts_with('@') && !whole.starts_with("@@");
        let own = whole.rsplit([' ', '.', '@']).next()?.trim_matches('`').to_ascii_lowercase();
        (!is("GLOBAL") && !is_variable_of_the_user).then(|| Setting {
            name: own,
            value: text(value).unwrap_or_default(),
            local: false,
        })
    });
    Kind::Settings(settings.collect())
}
