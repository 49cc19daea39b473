//! DROP.

use super::column::cascades;
use super::{Result, bare, mentions, mysql, name, names};
use crate::ir::ObjectName;
use crate::lint::statement::{Drop, DropIndex, Kind};
use crate::objects::Reader;

const IN_A_SCHEMA: [&str; 7] = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "TYPE", "DOMAIN"];
const WITH_ARGUMENTS: [&str; 4] = ["FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"];
const IN_NO_SCHEMA: [&str; 3] = ["SCHEMA", "DATABASE", "EXTENSION"];

pub(super) fn drop(reader: &mut Reader<'_>) -> Result<Kind> {
    if reader.dialect.is_mysql() && reader.eat("INDEX") {
        return mysql::drop_index(reader);
    }
    if reader.eat("TEMPORARY") {
        return Ok(Kind::Harmless);
    }
    if reader.eat("INDEX") {
        let concurrently = reader.eat("CONCURRENTLY");
        let _ = reader.eat("IF EXISTS");
        let names = names(reader)?;
        return Ok(Kind::DropIndex(DropIndex { names, concurrently, cascade: cascades(reader) }));
    }
    if reader.eat("POLICY") {
        let _ = reader.eat("IF EXISTS");
        let _ = bare(reader)?;
        reader.expect("ON")?;
        return Ok(Kind::Policy { table: name(reader)?, comes: false });
    }
    let Some(what) = IN_A_SCHEMA.into_iter().chain(WITH_ARGUMENTS).chain(IN_NO_SCHEMA).find(|words| reader.eat(words))
    else {
        return Ok(if mentions(reader, "CASCADE") { other(reader) } else { Kind::Harmless });
    };
    let if_exists = reader.eat("IF EXISTS");
    let names = match what {
        _ if IN_NO_SCHEMA.contains(&what) => vec![ObjectName::bare(bare(reader)?)],
        _ if WITH_ARGUMENTS.contains(&what) => vec![name(reader)?],
        _ => names(reader)?,
    };
    // MariaDB and MySQL read the word and do nothing about it.
    let cascade = cascades(reader) && !reader.dialect.is_mysql();
    Ok(Kind::Drop(Drop { what, names, if_exists, cascade }))
}

/// Something without a rule of its own, which takes with it what is built on it.
fn other(reader: &Reader<'_>) -> Kind {
    let first = reader.peek().and_then(|token| token.identifier()).unwrap_or_default().to_owned();
    let what = "";
    Kind::Drop(Drop { what, names: vec![ObjectName::bare(first)], if_exists: false, cascade: true })
}
