//! What a server does while ALTER TABLE runs, stated so that it refuses rather than doing more.
//!
//! Measured on MariaDB 10.11 where it is the flavour, and by its manual for MySQL ("Online DDL Operations"). Where the
//! answer depends on what a file can't know, the stronger level is stated: a server never refuses that one.

use super::change::change;
use super::lower::is_text;
use super::types::labels_of;
use crate::dialect::TypeChange;
use crate::ir::{Column, Dialect, Index, IndexKey, IndexTarget, SqlType, Table};

/// From nothing but definitions to a copy of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Definitions alone, an instant.
    Instant,
    /// In place, while others read and write.
    Online,
    /// In place, while others read.
    Shared,
    /// Rows are written anew, while others read.
    Copy,
}

impl Level {
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Instant => "ALGORITHM=INSTANT",
            Self::Online => "ALGORITHM=INPLACE, LOCK=NONE",
            Self::Shared => "ALGORITHM=INPLACE, LOCK=SHARED",
            Self::Copy => "ALGORITHM=COPY, LOCK=SHARED",
        }
    }
}

/// Instant on MariaDB; on MySQL in place, which it may do in an instant too.
pub(crate) fn definitions(dialect: Dialect) -> Level {
    if dialect == Dialect::MariaDb { Level::Instant } else { Level::Online }
}

pub(crate) fn add_column(dialect: Dialect, column: &Column) -> Level {
    match (&column.generated, &column.identity, &column.default) {
        (Some(generated), ..) if generated.stored => Level::Copy,
        (Some(_), ..) => Level::Instant,
        (None, Some(_), _) => Level::Copy,
        (None, None, Some(default)) if super::ddl::is_now(default) => definitions(dialect),
        (None, None, Some(default)) if !super::ddl::is_literal(default) => Level::Copy,
        _ => Level::Instant,
    }
}

pub(crate) fn drop_column(column: &Column) -> Level {
    if column.generated.as_ref().is_some_and(|generated| generated.stored) { Level::Copy } else { Level::Instant }
}

pub(crate) fn add_index(index: &Index) -> Level {
    match index.method.as_deref() {
        Some("fulltext" | "spatial") => Level::Shared,
        _ => drop_index(index),
    }
}

pub(crate) fn is_full_text(index: &Index) -> bool {
    index.method.as_deref() == Some("fulltext")
}

/// A unique one by hash is a hidden virtual column on MariaDB, which comes and goes with nothing less than a copy.
pub(crate) fn drop_index(index: &Index) -> Level {
    if index.unique && index.method.as_deref() == Some("hash") { Level::Copy } else { Level::Online }
}

/// `is_in_index`: whether an index of the table is over the column.
pub(crate) fn modify(dialect: Dialect, (from, is_in_index): (&Column, bool), to: &Column) -> Level {
    if from.generated != to.generated || (from.identity.is_some() != to.identity.is_some()) {
        return Level::Copy;
    }
    // MODIFY takes such a column for another, even where it says what it was.
    if from.generated.as_ref().is_some_and(|generated| generated.stored || is_in_index) {
        return Level::Copy;
    }
    let ty = change_of_type(dialect, from, to);
    let nullable = match (from.nullable, to.nullable) {
        // It takes its NULLs for the time of day.
        (true, false) if to.ty.to_string().starts_with("timestamp") => Level::Copy,
        (before, after) if before == after => definitions(dialect),
        _ => Level::Online,
    };
    ty.max(nullable)
}

fn change_of_type(dialect: Dialect, from: &Column, to: &Column) -> Level {
    if is_text(&from.ty) && from.charset != to.charset {
        return Level::Copy;
    }
    let collation = match dialect {
        _ if from.collation == to.collation => definitions(dialect),
        Dialect::MariaDb => Level::Online,
        _ => Level::Copy,
    };
    let ty = match change(&from.ty, &to.ty) {
        TypeChange::Same => definitions(dialect),
        _ if grows_in_place(dialect, from, to) => definitions(dialect),
        TypeChange::Free if !is_varying(&from.ty) => definitions(dialect),
        _ => Level::Copy,
    };
    collation.max(ty)
}

fn is_varying(ty: &SqlType) -> bool {
    varying(ty).is_some()
}

/// Length of `varchar` or `varbinary`, with the bytes of a character where they are known.
fn varying(ty: &SqlType) -> Option<(&str, u32)> {
    let SqlType::Builtin(text) = ty else { return None };
    let (base, rest) = text.split_once('(')?;
    let length = rest.strip_suffix(')')?.parse().ok()?;
    matches!(base, "varchar" | "varbinary").then_some((base, length))
}

/// A value's length takes one byte or two. MySQL writes rows anew where the column's greatest length passes 255 bytes; so
/// does MariaDB, unless the length was below 128 bytes, which it stores in one byte either way.
fn grows_in_place(dialect: Dialect, from: &Column, to: &Column) -> bool {
    let (Some((base, before)), Some((other, after))) = (varying(&from.ty), varying(&to.ty)) else { return false };
    let widths: &[u32] = match from.charset.as_deref() {
        _ if base == "varbinary" => &[1],
        Some("latin1" | "ascii" | "binary") => &[1],
        Some("utf8mb3" | "utf8") => &[3],
        Some("utf8mb4") => &[4],
        _ => &[1, 2, 3, 4],
    };
    let stays = |width: &u32| {
        let (before, after) = (before.saturating_mul(*width), after.saturating_mul(*width));
        after <= 255 || before > 255 || (dialect == Dialect::MariaDb && before < 128)
    };
    base == other && before <= after && widths.iter().all(stays)
}

/// What all clauses of one statement amount to on that table.
pub(crate) fn on_table(levels: &[Level], clauses: &Shape, before: &Table, after: &Table) -> Level {
    let mut level = levels.iter().copied().max().unwrap_or(Level::Instant);
    let is_other = |table: &Table| !super::ddl::engine(table).eq_ignore_ascii_case("innodb");
    if is_other(before) || is_other(after) {
        return Level::Copy;
    }
    let either = |has: fn(&Table) -> bool| has(before) || has(after);
    if clauses.virtual_columns > 0 && clauses.columns > 1 {
        return Level::Copy;
    }
    // Beside a column that is computed when it is read, only one comes or goes in place, and that behind it.
    if (has_virtual(before) && clauses.placed) || (either(has_virtual) && clauses.moved > 0 && levels.len() > 1) {
        return Level::Copy;
    }
    let (held, wanted) = (row_keys(before), row_keys(after));
    if !held.is_empty() && wanted.is_empty() {
        return Level::Copy;
    }
    if held != wanted && either(has_indexed_virtual) {
        level = level.max(Level::Shared);
    }
    if clauses.moved > clauses.virtual_columns && either(is_compressed) {
        // Written anew in place, which no table with a column that is computed when it is read always is.
        level = level.max(if either(has_virtual) { Level::Copy } else { Level::Online });
    }
    if clauses.options && clauses.retyped {
        // Indexes on the column are made anew, as they are not where the column changes alone.
        level = level.max(Level::Online);
    }
    if clauses.columns == 0 || level == Level::Copy {
        return level;
    }
    let changes_rows = clauses.moved > 0 || level > Level::Instant;
    if (either(has_indexed_virtual) && changes_rows) || (either(has_stored) && level > Level::Instant) {
        return Level::Copy;
    }
    if either(|table| has_index(table, "fulltext"))
        || (either(|table| has_index(table, "spatial")) && level > Level::Instant)
    {
        return level.max(Level::Shared);
    }
    level
}

/// What a statement's clauses are about.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Columns that are added, dropped or changed.
    pub(crate) columns: usize,
    /// Those of them that are generated and not stored.
    pub(crate) virtual_columns: usize,
    /// Those of them that are added or dropped.
    pub(crate) moved: usize,
    /// Whether one is added, or may be, before one that stays and is computed when it is read.
    pub(crate) placed: bool,
    /// Whether one gets another type.
    pub(crate) retyped: bool,
    /// Whether the table's comment or character set changes.
    pub(crate) options: bool,
}

/// What rows can be stored by: the primary key, or else one of the keys that are unique and never NULL.
fn row_keys(table: &Table) -> Vec<Vec<&str>> {
    if let Some(key) = &table.primary_key {
        return vec![key.columns.iter().map(String::as_str).collect()];
    }
    let is_held = |name: &&str| table.column(name).is_some_and(|column| !column.nullable && !is_virtual(column));
    let uniques = table.uniques.iter().map(|unique| unique.columns.iter().map(String::as_str).collect());
    let indexes = table.indexes.iter().filter(|index| index.unique && index.method.as_deref() != Some("hash"));
    let keys = uniques.chain(indexes.filter_map(whole_columns));
    keys.filter(|columns: &Vec<&str>| columns.iter().all(is_held)).collect()
}

/// The index's columns, unless it is over a part of one or over an expression.
fn whole_columns(index: &Index) -> Option<Vec<&str>> {
    let keys = index.keys.iter().map(|key| match &key.target {
        IndexTarget::Column(name) if key.prefix.is_none() => Some(name.as_str()),
        _ => None,
    });
    keys.collect()
}

/// Pages that are compressed take no column in an instant.
fn is_compressed(table: &Table) -> bool {
    let says = |name: &str| table.storage.get(name);
    says("row_format").is_some_and(|format| format.eq_ignore_ascii_case("compressed"))
        || says("key_block_size").is_some_and(|size| size != "0")
}

fn has_index(table: &Table, method: &str) -> bool {
    table.indexes.iter().any(|index| index.method.as_deref() == Some(method))
}

fn has_stored(table: &Table) -> bool {
    table.columns.iter().any(|column| column.generated.as_ref().is_some_and(|generated| generated.stored))
}

pub(crate) fn is_virtual(column: &Column) -> bool {
    column.generated.as_ref().is_some_and(|generated| !generated.stored)
}

fn has_virtual(table: &Table) -> bool {
    table.columns.iter().any(is_virtual)
}

fn has_indexed_virtual(table: &Table) -> bool {
    table.columns.iter().filter(|column| is_virtual(column)).any(|column| is_indexed(table, &column.name))
}

/// Whether an index or a unique key of the table is over the column.
pub(crate) fn is_indexed(table: &Table, column: &str) -> bool {
    let keys = table.indexes.iter().flat_map(|index| &index.keys);
    let mut of_indexes = keys.filter_map(IndexKey::of_column);
    let mut of_keys = table.uniques.iter().flat_map(|unique| &unique.columns);
    of_indexes.any(|name| name == column) || of_keys.any(|name| name == column)
}

/// Whether a change of the column writes values anew.
pub(crate) fn rewrites(dialect: Dialect, from: &Column, to: &Column) -> bool {
    change_of_type(dialect, from, to) == Level::Copy
}

/// Whether both are lists of labels.
pub(crate) fn are_labels(from: &SqlType, to: &SqlType) -> bool {
    let labels = |ty: &SqlType| matches!(ty, SqlType::Builtin(text) if labels_of(text).is_some());
    labels(from) && labels(to)
}
