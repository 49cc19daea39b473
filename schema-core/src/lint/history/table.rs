//! A table as earlier statements left it.

use std::collections::BTreeMap;

use super::alter::{Names, rename_each};
use crate::dialect::mysql::rename_columns as rename_in_expression;
use crate::lint::statement::{ColumnDef, ConstraintKind, Edit, Options};

/// A table that a statement made, or that one changed.
#[derive(Clone, Debug, Default)]
pub(in crate::lint) struct Table {
    /// The file that made it; `None`: it was there before.
    pub(super) made: Option<usize>,
    pub(in crate::lint) partitioned: bool,
    pub(in crate::lint) columns: BTreeMap<String, Column>,
    pub(in crate::lint) constraints: BTreeMap<String, Known>,
    pub(in crate::lint) options: Options,
}

#[derive(Clone, Debug)]
pub(in crate::lint) struct Column {
    /// Whether its values are computed from others.
    pub(in crate::lint) generated: bool,
    /// As written; `None` where it was never seen.
    pub(in crate::lint) type_text: Option<String>,
    pub(in crate::lint) not_null: bool,
    /// All that a statement said of it, where that is what it still is: kept up to date for MariaDB and MySQL.
    pub(in crate::lint) definition: Option<ColumnDef>,
    /// The file that added it to a table that was there.
    pub(super) added: Option<usize>,
}

/// A constraint by its name.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Known {
    pub(in crate::lint) kind: ConstraintKind,
    /// Whether it holds for every row.
    pub(in crate::lint) valid: bool,
    /// The file that made it.
    pub(in crate::lint) file: usize,
}

impl Table {
    pub(super) fn edit(&mut self, edit: &Edit, file: usize) {
        match edit {
            Edit::AlterType { column, type_text, .. } => {
                let known = self.columns.entry(column.clone()).or_insert_with(Column::unknown);
                known.type_text = Some(type_text.clone());
            }
            Edit::SetNotNull { column } => {
                self.columns.entry(column.clone()).or_insert_with(Column::unknown).not_null = true;
            }
            Edit::DropNotNull { column } => {
                self.columns.entry(column.clone()).or_insert_with(Column::unknown).not_null = false;
            }
            Edit::Validate { name } => {
                if let Some(known) = self.constraints.get_mut(name) {
                    known.valid = true;
                }
            }
            Edit::RenameConstraint { from, to } => self.rename_constraints(&[(from, to)], file),
            Edit::SetDefault { column, default } => self.set_default(column, Some(default.clone())),
            Edit::DropDefault { column } => self.set_default(column, None),
            Edit::Options(options) => self.options.extend(options.clone()),
            _ => {}
        }
    }

    /// Gives constraints other names at once.
    pub(super) fn rename_constraints(&mut self, pairs: &[(&String, &String)], file: usize) {
        let found = pairs.iter().filter_map(|(from, to)| Some(((*to).clone(), self.constraints.remove(*from)?)));
        let renamed: Vec<(String, Known)> = found.map(|(to, known)| (to, Known { file, ..known })).collect();
        self.constraints.extend(renamed);
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
        for known in self.constraints.values_mut() {
            match &mut known.kind {
                ConstraintKind::Key { columns, .. } | ConstraintKind::ForeignKey { columns, .. } => {
                    rename_each(columns, names);
                }
                ConstraintKind::NotNull { column } => rename_each([column], names),
                ConstraintKind::Check { not_null } => rename_each(not_null, names),
                ConstraintKind::Exclusion => {}
            }
        }
    }

    fn set_default(&mut self, column: &str, default: Option<String>) {
        if let Some(definition) = self.columns.get_mut(column).and_then(|column| column.definition.as_mut()) {
            definition.default = default;
        }
    }

    /// Whether the index of that name is a key: on MariaDB and MySQL foreign keys and checks can have the same name.
    pub(in crate::lint) fn has_key(&self, name: &str) -> bool {
        self.constraints.get(name).is_some_and(|known| matches!(known.kind, ConstraintKind::Key { .. }))
    }

    pub(super) fn is_in_primary_key(&self, column: &String) -> bool {
        self.constraints.values().any(|known| {
            matches!(&known.kind, ConstraintKind::Key { primary: true, columns, .. } if columns.contains(column))
        })
    }
}

impl Column {
    pub(super) fn unknown() -> Self {
        Self { generated: false, type_text: None, not_null: false, definition: None, added: None }
    }
}

pub(super) fn known(column: &ColumnDef, added: Option<usize>) -> Column {
    Column {
        generated: column.generated.is_some(),
        type_text: Some(column.type_text.clone()),
        not_null: column.not_null || column.primary_key,
        definition: Some(column.clone()),
        added,
    }
}
