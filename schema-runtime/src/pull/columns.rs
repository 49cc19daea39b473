//! Columns to fields.

use schema_core::ir::{Column, Identity, SequenceOptions, Table};
use schema_core::names::{Kind, derived};

use super::imports::Imports;
use super::text::{call, list, literal, pair};
use super::{Writer, rust_type};

/// What of a table's constraints and indexes stands on one field.
#[derive(Default)]
pub(super) struct OnField {
    pub(super) entries: Vec<String>,
}

/// The field of a column, with its attributes.
pub(super) fn field(
    writer: &mut Writer<'_>,
    table: &Table,
    column: &Column,
    on_field: OnField,
    imports: &mut Imports<'_>,
) -> String {
    let dialect = writer.schema.dialect;
    let ty = rust_type::of(dialect, &column.ty, imports);
    if !ty.decodes {
        let note =
            format!("{}.{}: sqlx has no Rust type for `{}`: read it as text", table.name, column.name, column.ty);
        writer.source.notes.push(note);
    }
    let mut entries = on_field.entries;
    entries.extend(ty.stated.as_deref().map(|stated| pair("type", stated)));
    entries.extend(attributes(column));
    let ident = writer.names.field(&table.name, &column.name);
    let text = if column.nullable { format!("Option<{}>", ty.text) } else { ty.text };
    let renamed = (ident.trim_start_matches("r#") != column.name).then(|| pair("rename", &column.name));
    let sqlx = list("sqlx", renamed.as_slice(), "    ");
    format!("{}{sqlx}    pub {ident}: {text},\n", list("column", &entries, "    "))
}

/// What a column says beside its name, type and constraints.
fn attributes(column: &Column) -> Vec<String> {
    let mut entries = Vec::new();
    match column.identity {
        Some(Identity::Always) => entries.push("identity = always".to_owned()),
        Some(Identity::ByDefault) => entries.push("identity".to_owned()),
        None => {}
    }
    if !column.identity_options.is_default() {
        entries.push(call("sequence", &sequence_options(&column.identity_options)));
    }
    entries.extend(column.default.as_deref().map(|default| pair("default", default)));
    entries.extend(column.on_update.as_deref().map(|update| pair("on_update", update)));
    if let Some(generated) = &column.generated {
        entries.push(pair("generated", &generated.expression));
        entries.extend(generated.stored.then(|| "stored".to_owned()));
    }
    entries.extend(column.charset.as_deref().map(|charset| pair("charset", charset)));
    entries.extend(column.collation.as_deref().map(|collation| pair("collate", collation)));
    entries.extend(column.storage.as_deref().map(|storage| format!("storage = {storage}")));
    entries.extend(column.compression.as_deref().map(|method| format!("compression = {method}")));
    entries.extend(column.statistics.map(|target| format!("statistics = {target}")));
    entries.extend(column.comment.as_deref().map(|comment| pair("comment", comment)));
    entries
}

/// `start = 10, increment = 5`.
pub(super) fn sequence_options(options: &SequenceOptions) -> Vec<String> {
    let numbers = [
        ("start", options.start),
        ("increment", options.increment),
        ("min", options.min),
        ("max", options.max),
        ("cache", options.cache),
    ];
    let numbers = numbers.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name} = {value}")));
    numbers.chain(options.cycle.then(|| "cycle".to_owned())).collect()
}

/// What of a table stands on a column's field: keys, checks and indexes of that column alone, with nothing to say but
/// that they are there.
pub(super) fn on_field(writer: &Writer<'_>, table: &Table, column: &Column, imports: &mut Imports<'_>) -> OnField {
    let mut entries = Vec::new();
    let (name, here) = (&column.name, [column.name.clone()]);
    let is_named = |found: &str, kind: Kind| found == derived(&table.name.name, &here, kind);
    entries
        .extend(super::tables::plain_primary_key(table).filter(|key| **key == *name).map(|_| "primary_key".to_owned()));
    let unique = table.uniques.iter().any(|unique| super::tables::is_plain_unique(unique, name, is_named));
    entries.extend(unique.then(|| "unique".to_owned()));
    if let Some(key) = super::tables::plain_foreign_key(table, name, is_named) {
        entries.extend(super::tables::references(writer, key, imports));
    }
    let index = table.indexes.iter().any(|index| super::tables::is_plain_index(index, name, is_named));
    entries.extend(index.then(|| "index".to_owned()));
    for check in table.checks.iter().filter(|check| super::tables::is_plain_check(check, is_named)) {
        entries.push(format!("check = {}", literal(&check.expression)));
    }
    OnField { entries }
}
