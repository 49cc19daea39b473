//! Foreign keys against what they refer to.

use std::collections::BTreeSet;

use super::{Rules, listed, part};
use crate::dialect::sqlite::types::Affinity;
use crate::ir::{Column, Dialect, ForeignKey, Index, ReferentialAction, SqlType, Table};

impl Rules<'_> {
    pub(super) fn foreign_keys(&mut self, table: &Table) {
        let mut seen = BTreeSet::new();
        for key in &table.foreign_keys {
            if !seen.insert((&key.columns, &key.references, &key.referenced_columns)) {
                let message = format!("table `{}`: foreign key `{}` repeats another", table.name, key.name);
                self.error(&part(table, &key.name), message, &["remove one of them"]);
            }
            match self.model.schema.tables.get(&key.references) {
                Some(target) => self.reference(table, key, target),
                None => {
                    let message =
                        format!("{} refers to table `{}`, which isn't there", named(table, key), key.references);
                    self.error(&part(table, &key.name), message, &["declare that table"]);
                }
            }
            self.actions(table, key);
        }
    }

    fn reference(&mut self, table: &Table, key: &ForeignKey, target: &Table) {
        if key.columns.len() != key.referenced_columns.len() {
            let (here, there) = (key.columns.len(), key.referenced_columns.len());
            let message = format!("{} has {here} columns here and {there} in `{}`", named(table, key), target.name);
            self.error(&part(table, &key.name), message, &["name as many on both sides"]);
            return;
        }
        for (own, other) in key.columns.iter().zip(&key.referenced_columns) {
            if let (Some(own), Some(other)) = (table.column(own), target.column(other)) {
                self.types(table, key, own, target, other);
            }
        }
        if !is_unique(target, &key.referenced_columns) {
            let columns = listed(&key.referenced_columns);
            let message = format!(
                "{}: no primary key or unique constraint of `{}` is over {columns}",
                named(table, key),
                target.name
            );
            let help = match key.referenced_columns.as_slice() {
                [one] => format!("make it unique: `#[column(unique)]` on `{one}` of `{}`", target.name),
                _ => format!("add one: `#[table(unique({}))]` on `{}`", key.referenced_columns.join(", "), target.name),
            };
            self.error(&part(table, &key.name), message, &[&help, "or refer to the primary key"]);
        }
    }

    fn types(&mut self, table: &Table, key: &ForeignKey, own: &Column, target: &Table, other: &Column) {
        let same = match (&own.ty, &other.ty) {
            // SQLite compares by affinity (sqlite.org/foreignkeys.html, section 3).
            (own @ SqlType::Builtin(_), other @ SqlType::Builtin(_)) if self.dialect() == Dialect::Sqlite => {
                Affinity::of_type(own) == Affinity::of_type(other)
            }
            (own, other) => own == other,
        };
        if !same {
            let message = format!(
                "{} pairs column `{}` of type `{}` with `{}` of `{}`, of type `{}`",
                named(table, key),
                own.name,
                own.ty,
                other.name,
                target.name,
                other.ty
            );
            self.error(&part(table, &key.name), message, &["give both fields the same type"]);
        }
    }

    fn actions(&mut self, table: &Table, key: &ForeignKey) {
        for (action, attribute) in [(key.on_delete, "on_delete"), (key.on_update, "on_update")] {
            for column in key.columns.iter().filter_map(|name| table.column(name)) {
                if column.nullable {
                    continue;
                }
                let what = match action {
                    ReferentialAction::SetNull => "which is NOT NULL",
                    ReferentialAction::SetDefault if column.default.is_none() => "which is NOT NULL and has no default",
                    _ => continue,
                };
                let message =
                    format!("{}: `{attribute}` would empty column `{}`, {what}", named(table, key), column.name);
                let help = "make the field an `Option`, or choose another action, such as `cascade` or `restrict`";
                self.error(&part(table, &key.name), message, &[help]);
            }
        }
    }
}

fn named(table: &Table, key: &ForeignKey) -> String {
    format!("table `{}`: foreign key `{}`", table.name, key.name)
}

/// Whether a foreign key may refer to these columns, in whatever order: each row must be checked at once, and found by
/// them alone.
fn is_unique(target: &Table, columns: &[String]) -> bool {
    let wanted: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let covers = |columns: &[String]| {
        columns.len() == wanted.len() && columns.iter().all(|column| wanted.contains(column.as_str()))
    };
    target.primary_key.as_ref().is_some_and(|key| key.deferrable.is_none() && covers(&key.columns))
        || target.uniques.iter().any(|unique| unique.deferrable.is_none() && covers(&unique.columns))
        || target.indexes.iter().filter_map(unique_columns).any(|columns| covers(&columns))
}

/// The columns of a unique index over all rows.
fn unique_columns(index: &Index) -> Option<Vec<String>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    index.keys.iter().map(|key| key.of_column().cloned()).collect()
}
