//! What the database itself does to tables when something is renamed, for the databases whose plans compare whole tables.

use std::collections::BTreeMap;

use crate::diff::same_expression;
use crate::ir::{IndexTarget, ObjectName, Table};

/// The table with expressions spelled as in `after` where they differ in white space alone, which is no change.
pub(crate) fn spelled_as(before: &Table, after: &Table) -> Table {
    let mut table = before.clone();
    for column in &mut table.columns {
        let Some(model) = after.column(&column.name) else { continue };
        adopt_option(&mut column.default, &model.default);
        if let (Some(own), Some(model)) = (&mut column.generated, &model.generated) {
            adopt(&mut own.expression, &model.expression);
        }
    }
    for check in &mut table.checks {
        if let Some(model) = after.checks.iter().find(|other| other.name == check.name) {
            adopt(&mut check.expression, &model.expression);
        }
    }
    for index in &mut table.indexes {
        let Some(model) = after.indexes.iter().find(|other| other.name == index.name) else { continue };
        adopt_option(&mut index.predicate, &model.predicate);
        for (own, model) in index.keys.iter_mut().zip(&model.keys) {
            if let (IndexTarget::Expression(own), IndexTarget::Expression(model)) = (&mut own.target, &model.target) {
                adopt(own, model);
            }
        }
    }
    table
}

fn adopt(own: &mut String, model: &str) {
    if same_expression(own, model) {
        model.clone_into(own);
    }
}

fn adopt_option(own: &mut Option<String>, model: &Option<String>) {
    if let (Some(own), Some(model)) = (own, model) {
        adopt(own, model);
    }
}

/// Renames columns within an expression, former name to new.
pub(crate) type Rewrite = fn(&str, &BTreeMap<String, String>) -> String;

/// Renames of one plan, former name to new. Columns are by the table's new name.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    pub(crate) tables: BTreeMap<ObjectName, ObjectName>,
    pub(crate) columns: BTreeMap<ObjectName, BTreeMap<String, String>>,
}

impl Renames {
    fn table(&self, name: &ObjectName) -> ObjectName {
        self.tables.get(name).unwrap_or(name).clone()
    }

    /// A column's new name, in the table's new name.
    fn column(&self, table: &ObjectName, column: &str) -> String {
        let renamed = self.columns.get(table).and_then(|columns| columns.get(column));
        renamed.map_or_else(|| column.to_owned(), Clone::clone)
    }

    /// The tables as they are once the database has renamed: it carries new names into keys, indexes, checks, what
    /// computes values, how rows are parted, and the foreign keys of other tables, but leaves the names of constraints and indexes. `rewrite` renames columns within an
    /// expression.
    pub(crate) fn applied(
        &self,
        tables: &BTreeMap<ObjectName, Table>,
        rewrite: Rewrite,
    ) -> BTreeMap<ObjectName, Table> {
        tables
            .iter()
            .map(|(name, table)| {
                let name = self.table(name);
                (name.clone(), self.applied_to(table, &name, rewrite))
            })
            .collect()
    }

    fn applied_to(&self, table: &Table, name: &ObjectName, rewrite: Rewrite) -> Table {
        let mut table = table.clone();
        table.name = name.clone();
        let none = BTreeMap::new();
        let columns = self.columns.get(name).unwrap_or(&none);
        let rename = |names: &mut Vec<String>| names.iter_mut().for_each(|each| *each = self.column(name, each));
        let rewrite = |expression: &mut String| *expression = rewrite(expression, columns);
        for column in &mut table.columns {
            column.name = self.column(name, &column.name);
            if let Some(generated) = &mut column.generated {
                rewrite(&mut generated.expression);
            }
            column.default.iter_mut().for_each(rewrite);
        }
        table.partitioning.iter_mut().for_each(rewrite);
        table.primary_key.iter_mut().for_each(|key| rename(&mut key.columns));
        table.uniques.iter_mut().for_each(|unique| rename(&mut unique.columns));
        table.checks.iter_mut().for_each(|check| rewrite(&mut check.expression));
        for key in &mut table.foreign_keys {
            rename(&mut key.columns);
            key.references = self.table(&key.references);
            let parent = key.references.clone();
            key.referenced_columns.iter_mut().for_each(|each| *each = self.column(&parent, each));
        }
        for index in &mut table.indexes {
            index.predicate.iter_mut().for_each(rewrite);
            for index_key in &mut index.keys {
                match &mut index_key.target {
                    IndexTarget::Column(column) => *column = self.column(name, column),
                    IndexTarget::Expression(expression) => rewrite(expression),
                }
            }
        }
        table
    }
}
