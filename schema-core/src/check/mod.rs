//! Rules within one schema: what the database would refuse, or take for something else than what was meant.
//!
//! What an attribute says that its database can't do is refused where attributes are lowered ([`crate::scan`]); here
//! stand the rules between objects.

mod columns;
mod enums;
mod exclusions;
mod foreign_keys;
mod indexes;
mod mysql;
mod mysql_values;
mod names;
mod partitions;
mod renames;
mod sequences;
#[cfg(test)]
mod tests;

use crate::diag::Finding;
use crate::ir::{Dialect, ForeignKey, ObjectName, Schema, Table};
use crate::model::{Model, Path};

/// Everything that is wrong in a model by itself, sorted by place. In a table that the base holds in the same form it is
/// a warning: a database has accepted it, and a pulled schema must build as it is.
///
/// A column that a constraint names but the table lacks is passed over: the scan reports it, and the type that it
/// could not read.
#[must_use]
pub fn check(model: &Model, base: &Schema) -> Vec<Finding> {
    let mut rules = Rules { model, base, findings: Vec::new() };
    rules.names();
    rules.enums();
    for table in model.schema.tables.values() {
        rules.columns(table);
        rules.foreign_keys(table);
        rules.indexes(table);
        rules.exclusions(table);
        rules.partitions(table);
    }
    rules.sequences();
    rules.mysql();
    rules.renames();
    rules.findings.sort();
    rules.findings.dedup();
    rules.findings
}

/// The model under check, and what was found.
struct Rules<'a> {
    model: &'a Model,
    base: &'a Schema,
    findings: Vec<Finding>,
}

impl Rules<'_> {
    fn dialect(&self) -> Dialect {
        self.model.schema.dialect
    }

    fn error(&mut self, at: &Path, message: impl Into<String>, help: &[&str]) {
        if self.is_in_base(at) {
            return self.warning(at, message, help);
        }
        let finding = Finding::error(self.model.places.get(at), message);
        self.add(finding, help);
    }

    /// Whether the base holds the table in the same form, and the keys that its foreign keys refer to.
    fn is_in_base(&self, at: &Path) -> bool {
        let (Path::Part(name, _) | Path::Column(name, _) | Path::ColumnType(name, _)) = at else { return false };
        let keys = self.model.schema.tables.get(name).map_or(&[][..], |table| &table.foreign_keys);
        self.is_unchanged(name) && keys.iter().all(|key| self.is_same_target(key))
    }

    fn is_same_target(&self, key: &ForeignKey) -> bool {
        let target = |schema: &Schema| {
            let table = schema.tables.get(&key.references)?;
            let columns = key.referenced_columns.iter().map(|name| table.column(name).cloned());
            let keys = (table.primary_key.clone(), table.uniques.clone(), table.indexes.clone());
            Some((columns.collect::<Vec<_>>(), keys))
        };
        let here = target(&self.model.schema);
        here.is_some() && here == target(self.base)
    }

    fn is_unchanged(&self, table: &ObjectName) -> bool {
        let (here, there) = (self.model.schema.tables.get(table), self.base.tables.get(table));
        here.is_some() && here == there
    }

    fn warning(&mut self, at: &Path, message: impl Into<String>, help: &[&str]) {
        let finding = Finding::warning(self.model.places.get(at), message);
        self.add(finding, help);
    }

    fn add(&mut self, finding: Finding, help: &[&str]) {
        self.findings.push(help.iter().fold(finding, |finding, line| finding.help(*line)));
    }
}

fn column(table: &Table, name: &str) -> Path {
    Path::Column(table.name.clone(), name.to_owned())
}

fn part(table: &Table, name: &str) -> Path {
    Path::Part(table.name.clone(), name.to_owned())
}

/// `` `a`, `b` ``
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
