//! Columns, primary keys and the options of SQLite tables.

use super::{Rules, column, listed};
use crate::diag::Finding;
use crate::ir::{Column, Dialect, SqlType, Table};
use crate::model::Path;
use crate::objects::tokens::{Kind, tokens};

/// Columns that every PostgreSQL table has already (manual, section 5.6).
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// What a STRICT table may hold (sqlite.org/stricttables.html).
const STRICT_TYPES: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];

/// What AUTO_INCREMENT numbers.
const MYSQL_INTEGERS: [&str; 10] = [
    "tinyint",
    "tinyint unsigned",
    "smallint",
    "smallint unsigned",
    "mediumint",
    "mediumint unsigned",
    "int",
    "int unsigned",
    "bigint",
    "bigint unsigned",
];

impl Rules<'_> {
    pub(super) fn columns(&mut self, table: &Table) {
        let needs_stored =
            self.dialect() == Dialect::Sqlite && table.columns.iter().all(|column| column.generated.is_some());
        let has_its_parents = table.partition_of.is_some() && table.columns.is_empty();
        // PostgreSQL takes a table without columns, so that a pulled one may be such.
        let is_pulled = table.columns.is_empty() && self.is_unchanged(&table.name);
        if !has_its_parents && !is_pulled && (needs_stored || table.columns.is_empty()) {
            let what = if table.columns.is_empty() { "no columns" } else { "no column but generated ones" };
            let message = format!("table `{}` has {what}", table.name);
            self.error(&Path::Table(table.name.clone()), message, &["add a field that holds something"]);
        }
        for column in &table.columns {
            self.identity(table, column);
            self.label_by_default(table, column);
            if self.dialect() == Dialect::Postgres {
                self.system_column(table, column);
            }
            if table.strict {
                self.strict(table, column);
            }
        }
        self.primary_key(table);
        self.without_rowid(table);
    }

    fn primary_key(&mut self, table: &Table) {
        let keys = table.primary_key.iter().flat_map(|key| &key.columns);
        for key in keys.filter_map(|name| table.column(name)) {
            if key.nullable {
                let message = format!("table `{}`: primary key column `{}` is nullable", table.name, key.name);
                let help = ["make the field's type `T` instead of `Option<T>`"];
                self.error(&Path::ColumnType(table.name.clone(), key.name.clone()), message, &help);
            }
            if key.generated.is_some() && self.dialect() == Dialect::Sqlite {
                let message = format!("table `{}`: primary key column `{}` is generated", table.name, key.name);
                self.error(
                    &column(table, &key.name),
                    message,
                    &["SQLite takes stored values only: choose another key"],
                );
            }
        }
    }

    /// A default of an enum is one of its labels, also once they have other names.
    fn label_by_default(&mut self, table: &Table, on: &Column) {
        let SqlType::Named(name) = &on.ty else { return };
        let (Some(ty), Some(default)) = (self.model.schema.enums.get(name), on.default.as_deref()) else { return };
        let Some(label) = label_of(self.dialect(), default).filter(|label| !ty.labels.contains(label)) else { return };
        let message =
            format!("table `{}`: column `{}`: its default '{label}' is no label of enum `{name}`", table.name, on.name);
        let help = [format!("its labels are: {}", ty.labels.join(", "))];
        let at = column(table, &on.name);
        match self.dialect() {
            // PostgreSQL holds no such default, so none has come from there.
            Dialect::Postgres => {
                let finding = Finding::error(self.model.places.get(&at), message);
                self.add(finding, &[&help[0]]);
            }
            _ => self.error(&at, message, &[&help[0]]),
        }
    }

    fn identity(&mut self, table: &Table, on: &Column) {
        if on.identity.is_none() {
            return;
        }
        let at = column(table, &on.name);
        let named = format!("table `{}`: identity column `{}`", table.name, on.name);
        let integers: &[&str] = match self.dialect() {
            Dialect::Postgres => &["smallint", "integer", "bigint"],
            Dialect::Sqlite => &["INTEGER"],
            Dialect::MariaDb | Dialect::MySql => &MYSQL_INTEGERS,
        };
        if !matches!(&on.ty, SqlType::Builtin(text) if integers.contains(&text.as_str())) {
            let types = listed(&integers.iter().map(ToString::to_string).collect::<Vec<_>>());
            let message = format!("{named} is of type `{}`", on.ty);
            self.error(&at, message, &[&format!("identity is for {types}: use `i64`, or leave `identity` out")]);
        }
        if on.nullable {
            self.error(&at, format!("{named} is nullable"), &["make the field's type `T` instead of `Option<T>`"]);
        }
        let key = table.primary_key.as_ref().map(|key| key.columns.as_slice()).unwrap_or_default();
        if self.dialect() == Dialect::Sqlite && *key != [on.name.clone()] {
            let message = format!("{named} is not the primary key");
            self.error(&at, message, &["SQLite's AUTOINCREMENT is for the one column of a primary key"]);
        }
    }

    fn system_column(&mut self, table: &Table, on: &Column) {
        if SYSTEM_COLUMNS.contains(&on.name.as_str()) {
            let message =
                format!("table `{}`: column `{}` has the name of a column of PostgreSQL's own", table.name, on.name);
            self.error(&column(table, &on.name), message, &["choose another `#[column(name = \"..\")]`"]);
        }
    }

    fn strict(&mut self, table: &Table, on: &Column) {
        let SqlType::Builtin(text) = &on.ty else { return };
        if !STRICT_TYPES.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            let message = format!("table `{}`: column `{}`: a STRICT table has no type `{text}`", table.name, on.name);
            let help = "use INTEGER, REAL, TEXT, BLOB or ANY";
            self.error(&Path::ColumnType(table.name.clone(), on.name.clone()), message, &[help]);
        }
    }

    fn without_rowid(&mut self, table: &Table) {
        if !table.without_rowid {
            return;
        }
        if table.primary_key.is_none() {
            let message = format!("table `{}` is WITHOUT ROWID and has no primary key", table.name);
            let help = ["mark its key: `#[column(primary_key)]`", "or leave `without_rowid` out"];
            self.error(&Path::Table(table.name.clone()), message, &help);
        }
        for identity in table.columns.iter().filter(|column| column.identity.is_some()) {
            let message =
                format!("table `{}` is WITHOUT ROWID, so column `{}` can't be an identity", table.name, identity.name);
            self.error(&column(table, &identity.name), message, &["leave `identity` or `without_rowid` out"]);
        }
    }
}

/// The label that a default spells as a literal, with or without a cast; none of any other expression.
fn label_of(dialect: Dialect, default: &str) -> Option<String> {
    let mut tokens = tokens(dialect, default).ok()?.into_iter();
    match (tokens.next()?.kind, tokens.next()) {
        (Kind::Text(label), None) => Some(label),
        (Kind::Text(label), Some(behind)) if behind.is_symbol("::") => Some(label),
        _ => None,
    }
}
