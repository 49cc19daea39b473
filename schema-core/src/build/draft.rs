use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::project::Project;
use crate::diag::Finding;
use crate::ir::{Dialect, EnumType, ObjectName, Schema, Table};
use crate::snapshot::{Snapshot, json};

/// `schema/draft.json`: which files are the draft, as they were written, and what they lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub(super) format: u32,
    pub(super) dialect: Dialect,
    /// The base's chain when the draft was made.
    pub(super) base: String,
    /// File names within the migrations folder to their normalized checksums.
    pub(super) files: BTreeMap<String, String>,
    /// The `renamed_from` attributes in the source, for the base to record.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) renames: BTreeSet<String>,
    pub(super) target: Delta,
}

impl Draft {
    pub(super) fn read(project: &Project) -> Result<Option<Self>, Finding> {
        let path = project.draft_record();
        let label = project.label(&path);
        let draft: Option<Self> = json::read(&path, &label)?;
        match draft {
            Some(draft) if draft.dialect != project.dialect => {
                let message =
                    format!("the draft is for {}, but the build script says {}", draft.dialect, project.dialect);
                Err(Finding::error(Some(json::start(&label)), message).help("`cargo schema discard` removes the draft"))
            }
            Some(draft) => draft.with_plain_names(&label).map(Some),
            None => Ok(None),
        }
    }

    /// The record names files that may be written and removed: none outside the migrations folder.
    fn with_plain_names(self, label: &std::path::Path) -> Result<Self, Finding> {
        match self.files.keys().find(|name| version_of(name).is_none() || name.contains(['/', '\\', ':'])) {
            Some(name) => {
                Err(Finding::error(Some(json::start(label)), format!("`{name}` is no name of a migration file"))
                    .help(json::restore(label)))
            }
            None => Ok(self),
        }
    }

    /// The versions of its pairs, in order.
    #[must_use]
    pub fn versions(&self) -> BTreeSet<i64> {
        self.files.keys().filter_map(|name| version_of(name)).collect()
    }

    /// Its files, but for those of versions that are sealed by now.
    pub(super) fn unsealed_paths(&self, project: &Project, base: &Snapshot) -> Vec<PathBuf> {
        let open = |name: &&String| version_of(name).is_some_and(|version| !base.sealed.contains_key(&version));
        self.files.keys().filter(open).map(|name| project.migrations.join(name)).collect()
    }

    /// Its files.
    #[must_use]
    pub fn paths(&self, project: &Project) -> Vec<PathBuf> {
        self.files.keys().map(|name| project.migrations.join(name)).collect()
    }
}

fn version_of(file_name: &str) -> Option<i64> {
    file_name.split_once('_')?.0.parse().ok()
}

/// What differs between the base and a schema: whole objects, so that applying it is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Delta {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    namespaces: BTreeSet<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    types: Vec<EnumType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<Table>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_namespaces: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_types: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_tables: BTreeSet<ObjectName>,
}

impl Delta {
    pub(super) fn between(base: &Schema, target: &Schema) -> Self {
        Self {
            namespaces: &target.namespaces - &base.namespaces,
            types: changed(&base.enums, &target.enums),
            tables: changed(&base.tables, &target.tables),
            gone_namespaces: &base.namespaces - &target.namespaces,
            gone_types: gone(&base.enums, &target.enums),
            gone_tables: gone(&base.tables, &target.tables),
        }
    }

    pub(super) fn apply(&self, base: &Schema) -> Schema {
        let mut schema = base.clone();
        schema.namespaces.retain(|name| !self.gone_namespaces.contains(name));
        schema.namespaces.extend(self.namespaces.iter().cloned());
        schema.enums.retain(|name, _| !self.gone_types.contains(name));
        schema.enums.extend(self.types.iter().map(|ty| (ty.name.clone(), ty.clone())));
        schema.tables.retain(|name, _| !self.gone_tables.contains(name));
        schema.tables.extend(self.tables.iter().map(|table| (table.name.clone(), table.clone())));
        schema
    }
}

fn changed<T: Clone + PartialEq>(base: &BTreeMap<ObjectName, T>, target: &BTreeMap<ObjectName, T>) -> Vec<T> {
    target.iter().filter(|(name, object)| base.get(name) != Some(object)).map(|(_, object)| object.clone()).collect()
}

fn gone<T>(base: &BTreeMap<ObjectName, T>, target: &BTreeMap<ObjectName, T>) -> BTreeSet<ObjectName> {
    base.keys().filter(|name| !target.contains_key(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(tables: &[(&str, bool)], enums: &[&str], namespaces: &[&str]) -> Schema {
        let mut schema = Schema::empty(Dialect::Sqlite);
        for (name, strict) in tables {
            let mut table = Table::new(ObjectName::bare(*name));
            table.strict = *strict;
            schema.tables.insert(table.name.clone(), table);
        }
        for name in enums {
            let name = ObjectName::bare(*name);
            schema.enums.insert(name.clone(), EnumType { name, labels: vec![], comment: None });
        }
        schema.namespaces.extend(namespaces.iter().map(ToString::to_string));
        schema
    }

    #[test]
    fn a_delta_leads_exactly_from_the_base_to_the_target() {
        let base = schema(&[("kept", false), ("changed", false), ("gone", false)], &["old", "both"], &["a", "b"]);
        let target = schema(&[("kept", false), ("changed", true), ("new", false)], &["both", "new"], &["b", "c"]);
        let delta = Delta::between(&base, &target);
        assert_eq!(delta.apply(&base), target);
        assert_eq!(delta.tables.len(), 2);
        let read: Delta = serde_json::from_str(&json::text(&delta)).unwrap();
        assert_eq!(read, delta);
    }
}
