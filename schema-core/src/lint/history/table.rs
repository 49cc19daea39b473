//! A table as earlier statements left it.

use std::collections::BTreeMap;

use super::alter::{Names, rename_each};
use super::constraints::Constraints;
use crate::dialect::mysql::rename_columns as rename_in_expression;
use crate::lint::statement::{ColumnDef, Edit, Named, Options};

/// A table that a statement made, or that one changed.
#[derive(Clone, Debug, Default)]
pub(in crate::lint) struct Table {
    /// The file that made it; `None`: it was there before.
    pub(super) made: Option<usize>,
    pub(in crate::lint) partitioned: bool,
    pub(in crate::lint) columns: BTreeMap<String, Column>,
    pub(in crate::lint) constraints: Constraints,
    pub(in crate::lint) options: Options,
}

#[derive(Clone, Debug)]
pub(in crate::lint) struct Column {
    /// Whether its values are computed from others.
    pub(in crate::lint) generated: bool,
    /// As written; `None` where it was never seen.
    pub(in crate::lint) type_text: Option<String>,
    /// What COLLATE says; `None` is the type's own.
    pub(in crate::lint) collation: Option<String>,
    pub(in crate::lint) not_null: bool,
    /// All that a statement said of it, where that is what it still is: kept up to date for MariaDB and MySQL.
    pub(in crate::lint) definition: Option<ColumnDef>,
    /// The file that added it to a table that was there.
    pub(super) added: Option<usize>,
}

impl Table {
    pub(super) fn edit(&mut self, edit: &Edit, file: usize) {
        match edit {
            Edit::AlterType { column, type_text, collation, .. } => {
                let known = self.columns.entry(column.clone()).or_insert_with(Column::unknown);
                known.type_text = Some(type_text.clone());
                known.collation.clone_from(collation);
            }
            Edit::SetNotNull { column } => {
                self.columns.entry(column.clone()).or_insert_with(Column::unknown).not_null = true;
            }
            Edit::DropNotNull { column } => {
                self.columns.entry(column.clone()).or_insert_with(Column::unknown).not_null = false;
            }
            Edit::Validate { name } => {
                if let Some(known) = self.constraints.get_mut(&Named::any(name)) {
                    known.valid = true;
                }
            }
            Edit::RenameConstraint { from, to } => self.constraints.rename(&[(Named::any(from), to)], file),
            Edit::SetDefault { column, default } => self.set_default(column, Some(default.clone())),
            Edit::DropDefault { column } => self.set_default(column, None),
            Edit::Options(options) => self.options.extend(options.clone()),
            _ => {}
        }
    }

    /// Gives columns other names at once, and keys, constraints and expressions theirs.
    pub(super) fn rename_columns(&mut self, names: &Names) {
        let columns = std::mem::take(&mut self.columns).into_iter().map(|(mut name, mut column)| {
            rename_each([&mut name], names);
            if let Some(definition) = &mut column.definition {
                definition.name.clone_from(&name);
                for text in definition.expression.iter_mut().chain(&mut definition.default) {
                    *text = rename_in_expression(text, names);
                }
            }
            (name, column)
        });
        self.columns = columns.collect();
        self.constraints.rename_columns(names);
    }

    fn set_default(&mut self, column: &str, default: Option<String>) {
        if let Some(definition) = self.columns.get_mut(column).and_then(|column| column.definition.as_mut()) {
            definition.default = default;
        }
    }

    pub(super) fn is_in_primary_key(&self, column: &String) -> bool {
        self.constraints.keys().any(|(_, columns, primary)| primary && columns.contains(column))
    }
}

impl Column {
    pub(super) fn unknown() -> Self {
        Self { generated: false, type_text: None, collation: None, not_null: false, definition: None, added: None }
    }
}

pub(super) fn known(column: &ColumnDef, added: Option<usize>) -> Column {
    Column {
        generated: column.generated.is_some(),
        type_text: Some(column.type_text.clone()),
        collation: column.collation.clone(),
        not_null: column.not_null || column.primary_key,
        definition: Some(column.clone()),
        added,
    }
}
