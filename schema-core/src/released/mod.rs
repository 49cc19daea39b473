//! What a released version of a crate, which runs on while the database changes, would not survive (HAZARDS.md rows 4, 10,
//! 12, 13 and 47).

use std::collections::BTreeSet;

use crate::diag::{Finding, Place};
use crate::ir::{Column, ObjectName, Schema, Table};
use crate::model::{Model, Path};
use crate::queries::Query;

/// What a released version knows of the database.
#[derive(Clone, Debug)]
pub struct Release {
    /// How messages call it: `v1.4.0`.
    pub name: String,
    /// Its structs.
    pub model: Model,
    /// Its queries, as far as they are literals.
    pub queries: Vec<Query>,
}

/// An error for each thing that the release uses and the schema no longer has, and for each new column that its rows would
/// lack, at the place of the release's source that uses it. Places are those of [`Release::model`] and
/// [`Release::queries`].
///
/// A query counts as a use of a column when it names the column and its table, whatever else it is about: where that is
/// wrong the finding says what it saw. SQL that is put together at run time is not seen.
///
/// ```
/// use schema_core::ir::{Dialect, Schema};
/// use schema_core::model::Model;
/// use schema_core::released::{Release, broken};
///
/// let release = Release { name: "v1".into(), model: Model::empty(Dialect::Sqlite), queries: Vec::new() };
/// assert!(broken(&release, &Schema::empty(Dialect::Sqlite)).is_empty());
/// ```
#[must_use]
pub fn broken(release: &Release, now: &Schema) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in release.model.schema.tables.values() {
        match now.tables.get(&table.name) {
            None => findings.extend(release.gone_table(table)),
            Some(after) => {
                let gone = table.columns.iter().filter(|column| after.column(&column.name).is_none());
                findings.extend(gone.filter_map(|column| release.gone_column(table, column)));
                findings.extend(after.columns.iter().filter_map(|column| release.required(table, column)));
            }
        }
    }
    findings
}

impl Release {
    fn gone_table(&self, table: &Table) -> Option<Finding> {
        let uses = self.uses(Path::Table(table.name.clone()), |query| query.names(&table.name));
        let what = format!("table `{}` goes, and {} still uses it", table.name, self.name);
        Some(found(&what, &uses)?.help("release a version that does not, and drop the table after it"))
    }

    fn gone_column(&self, table: &Table, column: &Column) -> Option<Finding> {
        let path = Path::Column(table.name.clone(), column.name.clone());
        let uses = self.uses(path, |query| query.names(&table.name) && query.identifiers.contains(&column.name));
        let what = format!("table `{}`: column `{}` goes, and {} still uses it", table.name, column.name, self.name);
        Some(
            found(&what, &uses)?
                .help("release a version that does not, and drop the column after it; a rename: add `online`"),
        )
    }

    /// A value that rows must have from now on, and that the release's INSERTs do not give.
    fn required(&self, table: &Table, column: &Column) -> Option<Finding> {
        let fills_itself = column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        let before = table.column(&column.name);
        if column.nullable || fills_itself || before.is_some_and(|before| !before.nullable) {
            return None;
        }
        let inserts = |query: &Query| {
            query.inserts_into(&table.name) && (before.is_some() || !query.identifiers.contains(&column.name))
        };
        let uses: Vec<Use> = self.queries.iter().filter(|query| inserts(query)).map(Use::of).collect();
        let what = match before {
            None => format!("column `{}` is new and NOT NULL, and {} inserts rows without it", column.name, self.name),
            Some(_) => format!("column `{}` becomes NOT NULL, and {} may insert NULL", column.name, self.name),
        };
        Some(
            found(&format!("table `{}`: {what}", table.name), &uses)?
                .help("give it a default until that release is gone, or make it NOT NULL after it"),
        )
    }

    /// The struct's own place first.
    fn uses(&self, path: Path, used: impl Fn(&Query) -> bool) -> Vec<Use> {
        let declared = self.model.places.get(&path).map(|place| Use { place, text: None });
        declared.into_iter().chain(self.queries.iter().filter(|query| used(query)).map(Use::of)).collect()
    }
}

/// Where the release uses something.
struct Use {
    place: Place,
    text: Option<String>,
}

impl Use {
    fn of(query: &Query) -> Self {
        Self { place: query.place.clone(), text: Some(query.summary()) }
    }
}

fn found(what: &str, uses: &[Use]) -> Option<Finding> {
    let (first, rest) = uses.split_first()?;
    let finding = Finding::error(Some(first.place.clone()), what);
    let finding = first.text.iter().fold(finding, |finding, text| finding.help(format!("the query: {text}")));
    let mut seen = BTreeSet::from([first.place.to_string()]);
    let rest = rest.iter().filter(|it| seen.insert(it.place.to_string()));
    Some(rest.fold(finding, |finding, it| {
        let text = it.text.as_ref().map_or_else(String::new, |text| format!(": {text}"));
        finding.help(format!("also at {}{text}", it.place))
    }))
}

impl Query {
    fn names(&self, table: &ObjectName) -> bool {
        self.identifiers.contains(&table.name)
    }
}

#[cfg(test)]
mod tests;
