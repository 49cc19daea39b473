//! Statements read from their tokens.
//!
//! What a statement says is taken from where its words stand, so that a clause nobody has heard of spoils only its own
//! part. What can't be read at all is [`Kind::Unknown`], and counted.

mod alter;
mod column;
mod create;
mod drop;
mod mysql;

use super::statement::{Create, Kind, Setting};
use crate::ir::{Dialect, ObjectName};
use crate::objects::Reader;
use crate::objects::tokens::{Kind as Text, Token};

type Result<T> = std::result::Result<T, String>;

/// Statements that lock nothing beyond what readers and writers lock, or that only change what comes after them.
const HARMLESS: [&str; 30] = [
    "SELECT",
    "WITH",
    "VALUES",
    "TABLE",
    "INSERT",
    "COPY",
    "COMMENT",
    "GRANT",
    "REVOKE",
    "ANALYZE",
    "EXPLAIN",
    "SHOW",
    "NOTIFY",
    "LISTEN",
    "SAVEPOINT",
    "RELEASE",
    "SECURITY",
    "REASSIGN",
    "DISCARD",
    "IMPORT",
    "REFRESH",
    "CHECKPOINT",
    "CHECK",
    "FLUSH",
    "HANDLER",
    "LOAD",
    "OPTIMIZE",
    "REPAIR",
    "UNLOCK",
    "DEALLOCATE",
];

/// What a statement does; its text is without the final semicolon.
pub(super) fn read(dialect: Dialect, text: &str) -> Kind {
    let Ok(mut reader) = Reader::new(dialect, text) else { return Kind::Unknown };
    statement(&mut reader).unwrap_or(Kind::Unknown)
}

fn statement(reader: &mut Reader<'_>) -> Result<Kind> {
    match () {
        () if reader.eat("CREATE") => create::create(reader),
        () if reader.eat("ALTER") => alter::alter(reader),
        () if reader.eat("DROP") => drop::drop(reader),
        () if reader.eat("TRUNCATE") => truncate(reader),
        () if reader.eat("UPDATE") => write(reader, "UPDATE"),
        () if reader.dialect.is_mysql() && reader.sees("DELETE") => {
            while !reader.is_at_end() && !reader.eat("FROM") {
                reader.skip();
            }
            write(reader, "DELETE")
        }
        () if reader.eat("DELETE FROM") => write(reader, "DELETE"),
        () if reader.dialect.is_mysql() && reader.sees("REPLACE") => replace(reader),
        () if reader.sees("INSERT") || reader.sees("REPLACE") => insert(reader),
        () if reader.eat("LOCK TABLES") || (reader.dialect.is_mysql() && reader.eat("LOCK TABLE")) => {
            mysql::lock_tables(reader)
        }
        () if reader.eat("LOCK") => lock(reader),
        () if reader.eat("RENAME TABLE") || reader.eat("RENAME TABLES") => mysql::rename_tables(reader),
        () if reader.eat("USE") => {
            let value = bare(reader)?;
            Ok(Kind::Settings(vec![Setting { name: "use".to_owned(), value, local: false }]))
        }
        // MariaDB's: settings for one statement.
        () if reader.eat("SET STATEMENT") => {
            while !reader.is_at_end() && !reader.eat("FOR") {
                reader.skip();
            }
            statement(reader)
        }
        () if reader.sees("BEGIN NOT ATOMIC") => Ok(Kind::Code),
        () if reader.eat("REINDEX") => {
            Ok(Kind::Reindex { concurrently: mentions(reader, "CONCURRENTLY") || reader.dialect == Dialect::Sqlite })
        }
        () if reader.eat("VACUUM") => Ok(vacuum(reader)),
        () if reader.eat("CLUSTER") => Ok(Kind::Compaction { what: "CLUSTER" }),
        () if reader.eat("SET") => setting(reader),
        () if reader.eat("RESET") => Ok(Kind::Harmless),
        () if reader.eat("PRAGMA") => pragma(reader),
        () if reader.sees("DO") || reader.sees("CALL") || reader.sees("EXECUTE") || reader.sees("PREPARE") => {
            Ok(Kind::Code)
        }
        () => Ok(control(reader)
            .or_else(|| HARMLESS.iter().any(|word| reader.sees(word)).then_some(Kind::Harmless))
            .unwrap_or(Kind::Unknown)),
    }
}

/// BEGIN and its like; a savepoint is none.
fn control(reader: &Reader<'_>) -> Option<Kind> {
    let word = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"].into_iter().find(|word| reader.sees(word))?;
    let rest: Vec<&Token> = reader.rest().iter().collect();
    let to_savepoint = rest.iter().skip(1).take(2).any(|token| token.is("TO"));
    Some(if to_savepoint { Kind::Harmless } else { Kind::Transaction { word: word.to_owned() } })
}

fn truncate(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("TABLE");
    let _ = reader.eat("ONLY");
    let tables = names(reader)?;
    Ok(Kind::Truncate { tables, cascade: mentions(reader, "CASCADE") })
}

fn write(reader: &mut Reader<'_>, verb: &'static str) -> Result<Kind> {
    if reader.eat("OR") {
        reader.skip();
    }
    let _ = reader.eat("ONLY");
    let _ = reader.eat("LOW_PRIORITY");
    let _ = reader.eat("IGNORE");
    let table = name(reader)?;
    Ok(Kind::Write { verb, table, everything: !mentions(reader, "WHERE") })
}

/// Rows in the way go, and what refers to them.
fn replace(reader: &mut Reader<'_>) -> Result<Kind> {
    reader.skip();
    let _ = reader.eat("LOW_PRIORITY") || reader.eat("DELAYED");
    let _ = reader.eat("INTO");
    Ok(Kind::Write { verb: "REPLACE", table: name(reader)?, everything: false })
}

fn insert(reader: &mut Reader<'_>) -> Result<Kind> {
    if !mentions(reader, "INTO") {
        return Ok(Kind::Harmless);
    }
    while !reader.is_at_end() && !reader.eat("INTO") {
        reader.skip();
    }
    let to = name(reader)?;
    let mut from = Vec::new();
    while !reader.is_at_end() {
        if reader.eat("FROM") || reader.eat("JOIN") {
            from.extend(name(reader).ok());
        } else {
            reader.skip();
        }
    }
    Ok(Kind::Copy { to, from })
}

fn lock(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("TABLE");
    let _ = reader.eat("ONLY");
    let tables = names(reader)?;
    let weak = ["IN ACCESS SHARE MODE", "IN ROW SHARE MODE", "IN ROW EXCLUSIVE MODE"];
    if weak.into_iter().any(|mode| reader.sees(mode)) {
        return Ok(Kind::Harmless);
    }
    Ok(Kind::Lock { tables, waits: !mentions(reader, "NOWAIT") })
}

fn vacuum(reader: &Reader<'_>) -> Kind {
    match reader.dialect {
        Dialect::Sqlite => Kind::Compaction { what: "VACUUM" },
        Dialect::Postgres if mentions(reader, "FULL") => Kind::Compaction { what: "VACUUM FULL" },
        Dialect::Postgres | Dialect::MariaDb | Dialect::MySql => Kind::Harmless,
    }
}

fn setting(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("SESSION");
    let local = reader.eat("LOCAL");
    if reader.sees("TRANSACTION") || reader.sees("CONSTRAINTS") || reader.sees("ROLE") {
        return Ok(Kind::Harmless);
    }
    if reader.dialect.is_mysql() {
        return Ok(mysql::settings(reader));
    }
    let name = reader.parts()?.join(".");
    let _ = reader.eat_symbol("=") || reader.eat("TO");
    Ok(Kind::Settings(vec![Setting { name, value: unquoted(reader), local }]))
}

/// A value without the quotes around it.
fn unquoted(reader: &Reader<'_>) -> String {
    match reader.rest() {
        [only] => match &only.kind {
            Text::Text(text) => text.clone(),
            _ => reader.rest_text().to_owned(),
        },
        _ => reader.rest_text().to_owned(),
    }
}

fn pragma(reader: &mut Reader<'_>) -> Result<Kind> {
    let name = reader.parts()?.pop().unwrap_or_default().to_ascii_lowercase();
    let value = if reader.eat_symbol("=") {
        unquoted(reader)
    } else if reader.peek().is_some_and(|token| token.is_symbol("(")) {
        reader.parentheses()?.trim().trim_matches('\'').to_owned()
    } else {
        String::new()
    };
    Ok(Kind::Settings(vec![Setting { name, value: value.to_ascii_lowercase(), local: false }]))
}

/// A name in full. SQLite's are the same in every case; what is temporary is in `temp`.
pub(super) fn name(reader: &mut Reader<'_>) -> Result<ObjectName> {
    if reader.dialect == Dialect::Postgres {
        return reader.name();
    }
    let parts: Vec<String> = reader.parts()?.iter().map(|part| part.to_ascii_lowercase()).collect();
    match parts.as_slice() {
        [name] => Ok(ObjectName::bare(name)),
        [schema, name] if schema == "temp" => Ok(ObjectName::qualified(schema, name)),
        [_, name] => Ok(ObjectName::bare(name)),
        _ => Err(reader.expected("a name")),
    }
}

/// A name without a schema.
pub(super) fn bare(reader: &mut Reader<'_>) -> Result<String> {
    let name = reader.bare_name()?;
    Ok(reader.dialect.folded(&name).into_owned())
}

/// Names separated by commas.
fn names(reader: &mut Reader<'_>) -> Result<Vec<ObjectName>> {
    let mut found = vec![name(reader)?];
    let _ = reader.eat_symbol("*");
    while reader.eat_symbol(",") {
        found.push(name(reader)?);
        let _ = reader.eat_symbol("*");
    }
    Ok(found)
}

/// Whether the bare word stands anywhere in what is left.
fn mentions(reader: &Reader<'_>, word: &str) -> bool {
    reader.rest().iter().any(|token| token.is(word))
}

/// Whether the two bare words stand one behind the other in what is left.
fn mentions_pair(reader: &Reader<'_>, words: [&str; 2]) -> bool {
    reader.rest().windows(2).any(|pair| pair.iter().zip(words).all(|(token, word)| token.is(word)))
}

/// Columns in parentheses: `(a, "b" DESC)`; up to the first that is an expression.
fn columns(reader: &mut Reader<'_>) -> Result<Vec<String>> {
    let inner = reader.parentheses()?;
    let tokens = crate::objects::tokens::tokens(reader.dialect, inner)?;
    let parts = crate::objects::split_at_commas(&tokens);
    let plain = |part: &&[Token]| {
        let [first, rest @ ..] = part else { return None };
        let calls = rest.first().is_some_and(|next| next.is_symbol("(") || next.is_symbol("."));
        let column = first.identifier().filter(|_| !calls)?;
        Some(reader.dialect.folded(column).into_owned())
    };
    Ok(parts.iter().map_while(plain).collect())
}

/// What only its kind and name identify.
fn created(what: &'static str, name: ObjectName, if_not_exists: bool) -> Kind {
    Kind::Create(Create { what, name, if_not_exists, domain: None })
}
