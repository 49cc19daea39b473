//! CREATE TABLE and CREATE INDEX. Tables are lowered already ([`super::lower`]): their types are SQLite's own.

use super::expr;
use crate::dialect::{parenthesised, quote, quoted_list, where_clause};
use crate::ir::{Check, Column, ForeignKey, Index, IndexKey, IndexTarget, SqlType, Table};

/// The table's definition, under a name that may be a temporary one.
pub(super) fn table(table: &Table, name: &str) -> String {
    let mut lines = table.columns.iter().map(|each| column_of(table, each)).collect::<Vec<_>>();
    lines.extend(constraints(table));
    let options = match (table.strict, table.without_rowid) {
        (false, false) => "",
        (true, false) => " STRICT",
        (false, true) => " WITHOUT ROWID",
        (true, true) => " STRICT, WITHOUT ROWID",
    };
    format!("CREATE TABLE {} (\n    {}\n){options}", quote(name), lines.join(",\n    "))
}

/// The table under its own name, with its indexes.
pub(super) fn table_and_indexes(of: &Table) -> Vec<String> {
    let indexes = of.indexes.iter().map(|each| index(&of.name.name, each));
    std::iter::once(table(of, &of.name.name)).chain(indexes).collect()
}

/// The column that is an alias of the rowid: a primary key of one column declared INTEGER.
pub(super) fn rowid_alias(table: &Table) -> Option<&str> {
    match table.primary_key.as_ref()?.columns.as_slice() {
        [name] if !table.without_rowid => {
            let column = table.column(name)?;
            let integer = matches!(&column.ty, SqlType::Builtin(text) if text.eq_ignore_ascii_case("INTEGER"));
            integer.then_some(name.as_str())
        }
        _ => None,
    }
}

/// The AUTOINCREMENT column. SQLite takes the keyword only with the column, so its key is written there.
pub(super) fn autoincrement(table: &Table) -> Option<&str> {
    let name = rowid_alias(table)?;
    table.column(name)?.identity.map(|_| name)
}

fn column_of(table: &Table, of: &Column) -> String {
    let key = table.primary_key.as_ref().filter(|_| autoincrement(table) == Some(of.name.as_str()));
    match key {
        Some(key) => format!("{} CONSTRAINT {} PRIMARY KEY AUTOINCREMENT", column(of), quote(&key.name)),
        None => column(of),
    }
}

/// A column as CREATE TABLE and ADD COLUMN take it.
pub(super) fn column(column: &Column) -> String {
    let mut sql = quote(&column.name);
    if let SqlType::Builtin(text) = &column.ty
        && !text.is_empty()
    {
        sql.push(' ');
        sql.push_str(text);
    }
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {}", default_sql(default)));
    }
    if let Some(generated) = &column.generated {
        let storage = if generated.stored { "STORED" } else { "VIRTUAL" };
        let expression = parenthesised(&generated.expression);
        sql.push_str(&format!(" GENERATED ALWAYS AS {expression} {storage}"));
    }
    sql
}

fn default_sql(default: &str) -> String {
    if expr::is_bare_default(default) { default.trim().to_owned() } else { parenthesised(default) }
}

fn constraints(table: &Table) -> Vec<String> {
    let key = table.primary_key.iter().filter(|_| autoincrement(table).is_none());
    let keys = key.map(|key| named(&key.name, &format!("PRIMARY KEY ({})", quoted_list(&key.columns))));
    let uniques =
        table.uniques.iter().map(|each| named(&each.name, &format!("UNIQUE ({})", quoted_list(&each.columns))));
    let checks = table.checks.iter().map(check);
    let references = table
        .foreign_keys
        .iter()
        .map(|each| named(&each.name, &format!("FOREIGN KEY ({}) {}", quoted_list(&each.columns), references(each))));
    keys.chain(uniques).chain(checks).chain(references).collect()
}

fn named(name: &str, constraint: &str) -> String {
    format!("CONSTRAINT {} {constraint}", quote(name))
}

/// A check, which stands on a column or on the table alike.
pub(super) fn check(check: &Check) -> String {
    named(&check.name, &format!("CHECK {}", parenthesised(&check.expression)))
}

/// A foreign key of one column, as ADD COLUMN takes it.
pub(super) fn inline_foreign_key(key: &ForeignKey) -> String {
    named(&key.name, &references(key))
}

fn references(key: &ForeignKey) -> String {
    let mut sql = format!("REFERENCES {}", quote(&key.references.name));
    if !key.referenced_columns.is_empty() {
        sql.push_str(&format!(" ({})", quoted_list(&key.referenced_columns)));
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != crate::ir::ReferentialAction::NoAction {
            sql.push_str(&format!(" ON {event} {}", action.as_sql()));
        }
    }
    if let Some(deferrable) = key.deferrable {
        sql.push(' ');
        sql.push_str(deferrable.as_sql());
    }
    sql
}

/// An index on a table.
pub(super) fn index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let keys = index.keys.iter().map(index_key).collect::<Vec<_>>().join(", ");
    let predicate = where_clause(index.predicate.as_deref());
    format!("CREATE {unique}INDEX {} ON {} ({keys}){predicate}", quote(&index.name), quote(table))
}

fn index_key(key: &IndexKey) -> String {
    let mut sql = match &key.target {
        IndexTarget::Column(name) => quote(name),
        IndexTarget::Expression(text) => parenthesised(text),
    };
    if let Some(collation) = &key.collation {
        sql.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if key.descending {
        sql.push_str(" DESC");
    }
    sql
}
