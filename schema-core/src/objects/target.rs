//! What a comment or privileges are on, as the statement names it.

use super::arguments::identity;
use super::reader::{Reader, object_name};
use crate::dialect::{qualified, quote};
use crate::ir::ObjectKind;

const IN_A_SCHEMA: [&str; 15] = [
    "MATERIALIZED VIEW",
    "VIEW",
    "TABLE",
    "FOREIGN TABLE",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "INDEX",
    "COLLATION",
    "CONVERSION",
    "STATISTICS",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
];
const IN_NO_SCHEMA: [&str; 11] = [
    "SCHEMA",
    "EXTENSION",
    "EVENT TRIGGER",
    "PUBLICATION",
    "SUBSCRIPTION",
    "FOREIGN SERVER",
    "SERVER",
    "FOREIGN DATA WRAPPER",
    "LANGUAGE",
    "ROLE",
    "DATABASE",
];
const ON_A_TABLE: [&str; 4] = ["CONSTRAINT", "TRIGGER", "RULE", "POLICY"];
const WITH_ARGUMENTS: [(&str, ObjectKind); 4] = [
    ("FUNCTION", ObjectKind::Function),
    ("PROCEDURE", ObjectKind::Procedure),
    ("AGGREGATE", ObjectKind::Aggregate),
    ("ROUTINE", ObjectKind::Function),
];

/// `VIEW "public"."active"`, from a statement that stands before it.
pub(super) fn named(reader: &mut Reader<'_>) -> Result<String, String> {
    if let Some((words, kind)) = WITH_ARGUMENTS.into_iter().find(|(words, _)| reader.eat(words)) {
        return with_arguments(reader, words, kind);
    }
    if let Some(words) = IN_A_SCHEMA.into_iter().find(|words| reader.eat(words)) {
        return Ok(format!("{words} {}", qualified(&reader.name()?)));
    }
    if let Some(words) = IN_NO_SCHEMA.into_iter().find(|words| reader.eat(words)) {
        return Ok(format!("{words} {}", quote(&reader.bare_name()?)));
    }
    if let Some(words) = ON_A_TABLE.into_iter().find(|words| reader.eat(words)) {
        let part = quote(&reader.bare_name()?);
        reader.expect("ON")?;
        let domain = if reader.eat("DOMAIN") { "DOMAIN " } else { "" };
        return Ok(format!("{words} {part} ON {domain}{}", qualified(&reader.name()?)));
    }
    if reader.eat("COLUMN") {
        return column(reader);
    }
    as_written(reader)
}

fn with_arguments(reader: &mut Reader<'_>, words: &str, kind: ObjectKind) -> Result<String, String> {
    let name = reader.name()?;
    if !reader.peek().is_some_and(|token| token.is_symbol("(")) {
        return Err(reader.expected("the arguments, which tell functions of one name apart"));
    }
    let arguments = identity(kind, reader.parentheses()?)?;
    Ok(format!("{words} {}({arguments})", qualified(&name)))
}

fn column(reader: &mut Reader<'_>) -> Result<String, String> {
    let mut parts = reader.parts()?;
    let column = parts.pop().unwrap_or_default();
    let table = object_name(reader.dialect, &parts)?;
    Ok(format!("COLUMN {}.{}", qualified(&table), quote(&column)))
}

/// Casts, operators and what else there may be.
fn as_written(reader: &mut Reader<'_>) -> Result<String, String> {
    let rest = reader.rest_text();
    let mut end = 0;
    let start = reader.peek().map_or(0, |token| token.start);
    while !reader.is_at_end() && !["IS", "TO", "FROM"].into_iter().any(|word| reader.sees(word)) {
        reader.skip();
        end = reader.end() - start;
    }
    let text = rest.get(..end).unwrap_or_default();
    if text.is_empty() { Err(reader.expected("an object")) } else { Ok(text.to_owned()) }
}
