//! CREATE.

use super::column::{column, constraint, sees_constraint, until_a_part};
use super::{Result, bare, columns, created, mentions, mentions_pair, mysql, name};
use crate::lint::statement::{Create, CreateIndex, CreateTable, Domain, Kind, is_temporary};
use crate::objects::tokens::tokens;
use crate::objects::{Reader, split_at_commas};

/// What is told by its kind and name, and named with a schema.
const NAMED: [(&str, &str); 9] = [
    ("VIEW", "VIEW"),
    ("RECURSIVE VIEW", "VIEW"),
    ("MATERIALIZED VIEW", "MATERIALIZED VIEW"),
    ("SEQUENCE", "SEQUENCE"),
    ("TYPE", "TYPE"),
    ("FUNCTION", "FUNCTION"),
    ("PROCEDURE", "PROCEDURE"),
    ("AGGREGATE", "AGGREGATE"),
    ("FOREIGN TABLE", "FOREIGN TABLE"),
];

pub(super) fn create(reader: &mut Reader<'_>) -> Result<Kind> {
    let replaces = reader.eat("OR REPLACE");
    let _ = reader.eat("GLOBAL") || reader.eat("LOCAL");
    let temporary = reader.eat("TEMP") || reader.eat("TEMPORARY");
    let _ = reader.eat("UNLOGGED");
    if reader.eat("TABLE") {
        return table(reader, temporary, replaces);
    }
    if temporary {
        return Ok(Kind::Harmless);
    }
    if reader.dialect.is_mysql() {
        return on_mysql(reader);
    }
    if reader.eat("UNIQUE INDEX") || reader.eat("INDEX") {
        return index(reader);
    }
    if reader.eat("DOMAIN") {
        return domain(reader);
    }
    if reader.eat("POLICY") {
        let _ = bare(reader)?;
        reader.expect("ON")?;
        return Ok(Kind::Policy { table: name(reader)?, comes: true });
    }
    named(reader)
}

/// What has a name and no rule of its own.
fn named(reader: &mut Reader<'_>) -> Result<Kind> {
    let Some((_, what)) = NAMED.into_iter().find(|(words, _)| reader.eat(words)) else { return Ok(Kind::Harmless) };
    let if_not_exists = reader.eat("IF NOT EXISTS");
    Ok(created(what, name(reader)?, if_not_exists))
}

/// Words that stand before VIEW and FUNCTION, with what they introduce: `DEFINER = a@b SQL SECURITY INVOKER`.
const BEFORE_KINDS: [&str; 4] = ["ALGORITHM", "DEFINER", "SQL", "AGGREGATE"];

fn on_mysql(reader: &mut Reader<'_>) -> Result<Kind> {
    if ["INDEX", "UNIQUE INDEX", "FULLTEXT INDEX", "SPATIAL INDEX"].iter().any(|words| reader.sees(words)) {
        return mysql::create_index(reader);
    }
    if BEFORE_KINDS.iter().any(|word| reader.sees(word)) {
        let is_kind = |reader: &Reader<'_>| {
            ["TRIGGER", "EVENT"].iter().any(|word| reader.sees(word))
                || NAMED.iter().any(|(words, _)| reader.sees(words))
        };
        while !reader.is_at_end() && !is_kind(reader) {
            reader.skip();
        }
    }
    named(reader)
}

fn domain(reader: &mut Reader<'_>) -> Result<Kind> {
    let name = name(reader)?;
    let _ = reader.eat("AS");
    let base = until_a_part(reader).to_owned();
    let refuses = mentions(reader, "CHECK") || mentions_pair(reader, ["NOT", "NULL"]);
    Ok(Kind::Create(Create { what: "DOMAIN", name, if_not_exists: false, domain: Some(Domain { base, refuses }) }))
}

fn table(reader: &mut Reader<'_>, temporary: bool, replaces: bool) -> Result<Kind> {
    let if_not_exists = reader.eat("IF NOT EXISTS");
    let name = name(reader)?;
    let temporary = temporary || is_temporary(&name);
    let mut table = CreateTable { replaces, temporary, if_not_exists, ..CreateTable::new(name) };
    if reader.eat("PARTITION OF") {
        table.parent = Some(super::name(reader)?);
    } else if reader.peek().is_some_and(|token| token.is_symbol("(")) {
        elements(reader, &mut table)?;
    }
    table.partitioned = mentions_pair(reader, ["PARTITION", "BY"]);
    if reader.dialect.is_mysql() {
        table.options = mysql::options(reader);
    }
    Ok(Kind::CreateTable(table))
}

pub(super) fn elements(reader: &mut Reader<'_>, table: &mut CreateTable) -> Result<()> {
    let inner = reader.parentheses()?;
    let tokens = tokens(reader.dialect, inner)?;
    for part in split_at_commas(&tokens) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let mut element = Reader::new(reader.dialect, inner.get(first.start..last.end).unwrap_or_default())?;
        if element.sees("LIKE") || element.sees("PERIOD FOR") {
            continue;
        }
        if element.dialect.is_mysql() && mysql::sees_index(&element) {
            table.indexes.push(mysql::index(&mut element)?);
        } else if sees_constraint(&element) {
            table.constraints.push(constraint(&mut element)?);
        } else {
            table.columns.push(column(&mut element)?);
        }
    }
    Ok(())
}

fn index(reader: &mut Reader<'_>) -> Result<Kind> {
    let concurrently = reader.eat("CONCURRENTLY");
    let if_not_exists = reader.eat("IF NOT EXISTS");
    let index = if reader.sees("ON") { None } else { Some(name(reader)?.name) };
    reader.expect("ON")?;
    let only = reader.eat("ONLY");
    let table = name(reader)?;
    let is_able = !reader.eat("USING") || reader.eat("btree") || reader.eat("hash");
    if !is_able {
        reader.skip();
    }
    let mut leading = columns(reader)?;
    if !is_able || mentions(reader, "WHERE") {
        leading.clear();
    }
    Ok(Kind::CreateIndex(CreateIndex { name: index, table, concurrently, if_not_exists, only, leading }))
}
