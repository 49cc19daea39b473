//! ALTER.

use super::column::{cascades, collation, column, constraint, sees_constraint};
use super::{Result, bare, mentions, mentions_pair, mysql, name};
use crate::lint::statement::{Action, AlterTable, DomainEdit, Edit, Kind, Named, Stated, TypeEdit};
use crate::objects::tokens::Kind as Text;
use crate::objects::{Reader, split_at_commas};

/// Changes that write the table anew.
const REWRITES: [&str; 4] = ["SET UNLOGGED", "SET LOGGED", "SET TABLESPACE", "SET ACCESS METHOD"];

/// Relations that ALTER TABLE's words rename as well.
const RELATIONS: [&str; 5] = ["TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE"];

pub(super) fn alter(reader: &mut Reader<'_>) -> Result<Kind> {
    if reader.dialect.is_mysql() {
        let _ = reader.eat("ONLINE");
        let ignore = reader.eat("IGNORE");
        return if reader.eat("TABLE") { mysql::alter_table(reader, ignore) } else { Ok(Kind::Harmless) };
    }
    match () {
        () if reader.eat("TYPE") => alter_type(reader),
        () if reader.eat("DOMAIN") => alter_domain(reader),
        () if reader.eat("INDEX") => alter_index(reader),
        () if reader.eat("EXTENSION") => {
            let name = bare(reader)?;
            Ok(if reader.sees("UPDATE") { Kind::UpdateExtension { name } } else { Kind::Harmless })
        }
        () if RELATIONS.iter().any(|words| reader.eat(words)) => alter_table(reader),
        () => Ok(Kind::Harmless),
    }
}

fn alter_index(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("IF EXISTS");
    let name = name(reader)?;
    Ok(if reader.eat("RENAME TO") { Kind::RenameIndex { name, to: bare(reader)? } } else { Kind::Harmless })
}

fn alter_type(reader: &mut Reader<'_>) -> Result<Kind> {
    let name = name(reader)?;
    let change = match () {
        () if reader.eat("ADD VALUE") => {
            let _ = reader.eat("IF NOT EXISTS");
            TypeEdit::AddValue { label: label(reader)? }
        }
        () if reader.eat("RENAME VALUE") => TypeEdit::RenameValue { label: label(reader)? },
        () if reader.eat("RENAME TO") => TypeEdit::RenameTo { name: bare(reader)? },
        () => TypeEdit::Other,
    };
    Ok(Kind::AlterType { name, change })
}

fn label(reader: &Reader<'_>) -> Result<String> {
    match reader.peek().map(|token| &token.kind) {
        Some(Text::Text(label)) => Ok(label.clone()),
        _ => Err(reader.expected("a label")),
    }
}

fn alter_domain(reader: &mut Reader<'_>) -> Result<Kind> {
    let name = name(reader)?;
    let change = match () {
        () if reader.eat("ADD") => {
            let not_valid = mentions_pair(reader, ["NOT", "VALID"]);
            DomainEdit::AddConstraint { not_valid }
        }
        () if reader.eat("SET NOT NULL") => DomainEdit::SetNotNull,
        () if reader.eat("DROP NOT NULL") => DomainEdit::DropNotNull,
        () if reader.eat("DROP CONSTRAINT") => {
            let _ = reader.eat("IF EXISTS");
            DomainEdit::DropConstraint { name: bare(reader)? }
        }
        () if reader.eat("RENAME TO") => DomainEdit::RenameTo { name: bare(reader)? },
        () => DomainEdit::Other,
    };
    Ok(Kind::AlterDomain { name, change })
}

fn alter_table(reader: &mut Reader<'_>) -> Result<Kind> {
    let _ = reader.eat("IF EXISTS");
    let _ = reader.eat("ONLY");
    let name = name(reader)?;
    let _ = reader.eat_symbol("*");
    let mut actions = Vec::new();
    for part in split_at_commas(reader.rest()) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let text = reader.text.get(first.start..last.end).unwrap_or_default();
        let edit = edit(&mut Reader::new(reader.dialect, text)?)?;
        actions.push(Action { start: first.start, edit });
    }
    if actions.is_empty() {
        Err(reader.expected("an action"))
    } else {
        Ok(Kind::AlterTable(AlterTable { name, actions, stated: Stated::default() }))
    }
}

fn edit(reader: &mut Reader<'_>) -> Result<Edit> {
    Ok(match () {
        () if reader.eat("ADD") => return add(reader),
        () if reader.eat("DROP") => return drop(reader),
        () if reader.eat("ALTER") => return alter_column(reader),
        () if reader.eat("VALIDATE CONSTRAINT") => Edit::Validate { name: bare(reader)? },
        () if reader.eat("RENAME TO") => Edit::RenameTo { name: bare(reader)? },
        () if reader.eat("RENAME CONSTRAINT") => {
            let (from, to) = renamed(reader)?;
            Edit::RenameConstraint { from, to }
        }
        () if reader.eat("RENAME") => {
            let _ = reader.eat("COLUMN");
            let (from, to) = renamed(reader)?;
            Edit::RenameColumn { from, to }
        }
        () if reader.eat("SET SCHEMA") => Edit::SetSchema { schema: bare(reader)? },
        () if reader.eat("ATTACH PARTITION") => Edit::Attach { child: name(reader)? },
        () if reader.eat("DETACH PARTITION") => {
            let child = name(reader)?;
            Edit::Detach { child, concurrently: mentions(reader, "CONCURRENTLY") || mentions(reader, "FINALIZE") }
        }
        () if reader.eat("DISABLE ROW LEVEL SECURITY") || reader.eat("NO FORCE ROW LEVEL SECURITY") => {
            Edit::DisableRowSecurity
        }
        () => match REWRITES.into_iter().find(|words| reader.eat(words)) {
            Some(what) => Edit::Rewrite { what },
            None => Edit::Harmless,
        },
    })
}

fn renamed(reader: &mut Reader<'_>) -> Result<(String, String)> {
    let from = bare(reader)?;
    reader.expect("TO")?;
    Ok((from, bare(reader)?))
}

fn add(reader: &mut Reader<'_>) -> Result<Edit> {
    if sees_constraint(reader) {
        return Ok(Edit::AddConstraint(constraint(reader)?));
    }
    let _ = reader.eat("COLUMN");
    let if_not_exists = reader.eat("IF NOT EXISTS");
    Ok(Edit::AddColumn { column: Box::new(column(reader)?), if_not_exists })
}

fn drop(reader: &mut Reader<'_>) -> Result<Edit> {
    let is_constraint = reader.eat("CONSTRAINT");
    let _ = !is_constraint && reader.eat("COLUMN");
    let if_exists = reader.eat("IF EXISTS");
    let (name, cascade) = (bare(reader)?, cascades(reader));
    Ok(if is_constraint {
        Edit::DropConstraint { constraint: Named::any(name), if_exists, cascade }
    } else {
        Edit::DropColumn { name, if_exists, cascade }
    })
}

fn alter_column(reader: &mut Reader<'_>) -> Result<Edit> {
    if reader.eat("CONSTRAINT") {
        return Ok(Edit::Harmless);
    }
    let _ = reader.eat("COLUMN");
    let column = bare(reader)?;
    Ok(match () {
        () if reader.eat("SET NOT NULL") => Edit::SetNotNull { column },
        () if reader.eat("DROP NOT NULL") => Edit::DropNotNull { column },
        () if reader.eat("SET DEFAULT") => Edit::SetDefault { column, default: reader.rest_text().to_owned() },
        () if reader.eat("DROP DEFAULT") => Edit::DropDefault { column },
        () if reader.eat("TYPE") || reader.eat("SET DATA TYPE") => new_type(reader, column)?,
        () => Edit::Harmless,
    })
}

fn new_type(reader: &mut Reader<'_>, column: String) -> Result<Edit> {
    let start = reader.peek().map_or(0, |token| token.start);
    while !(reader.is_at_end() || reader.sees("COLLATE") || reader.sees("USING")) {
        reader.skip();
    }
    let type_text = reader.text.get(start..reader.end()).unwrap_or_default().trim().to_owned();
    let collation = if reader.eat("COLLATE") { collation(reader)? } else { None };
    let using = reader.eat("USING").then(|| reader.rest_text().to_owned());
    Ok(Edit::AlterType { column, type_text, collation, using })
}
