use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::project::Project;
use crate::diag::Finding;
use crate::ir::{CompositeType, Dialect, Domain, EnumType, Object, ObjectId, ObjectName, Schema, Sequence, Table};
use crate::snapshot::{Snapshot, hex_checksum, json};

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

    /// Its files that hold what was written to them.
    pub(super) fn untouched_paths(&self, project: &Project) -> Vec<PathBuf> {
        let holds = |(name, checksum): (&String, &String)| {
            let path = project.migrations.join(name);
            let text = fs::read_to_string(&path).ok()?;
            (hex_checksum(&text) == *checksum).then_some(path)
        };
        self.files.iter().filter_map(holds).collect()
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
    domains: Vec<Domain>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    composites: Vec<CompositeType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sequences: Vec<Sequence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<Table>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<Object>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_namespaces: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_types: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_domains: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_composites: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_sequences: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_tables: BTreeSet<ObjectName>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gone_objects: BTreeSet<ObjectId>,
}

impl Delta {
    pub(super) fn between(base: &Schema, target: &Schema) -> Self {
        // Every kind by name, so that none can be forgotten: what is not recorded is lost when the draft is sealed.
        let Schema { dialect: _, namespaces, enums, domains, composites, sequences, tables, objects } = target;
        Self {
            namespaces: namespaces - &base.namespaces,
            types: changed(&base.enums, enums),
            domains: changed(&base.domains, domains),
            composites: changed(&base.composites, composites),
            sequences: changed(&base.sequences, sequences),
            tables: changed(&base.tables, tables),
            objects: changed(&base.objects, objects),
            gone_namespaces: &base.namespaces - namespaces,
            gone_types: gone(&base.enums, enums),
            gone_domains: gone(&base.domains, domains),
            gone_composites: gone(&base.composites, composites),
            gone_sequences: gone(&base.sequences, sequences),
            gone_tables: gone(&base.tables, tables),
            gone_objects: gone(&base.objects, objects),
        }
    }

    pub(super) fn apply(&self, base: &Schema) -> Schema {
        let mut schema = base.clone();
        schema.namespaces.retain(|name| !self.gone_namespaces.contains(name));
        schema.namespaces.extend(self.namespaces.iter().cloned());
        replace(&mut schema.enums, &self.gone_types, &self.types, |ty| &ty.name);
        replace(&mut schema.domains, &self.gone_domains, &self.domains, |domain| &domain.name);
        replace(&mut schema.composites, &self.gone_composites, &self.composites, |composite| &composite.name);
        replace(&mut schema.sequences, &self.gone_sequences, &self.sequences, |sequence| &sequence.name);
        replace(&mut schema.tables, &self.gone_tables, &self.tables, |table| &table.name);
        replace(&mut schema.objects, &self.gone_objects, &self.objects, |object| &object.id);
        schema
    }
}

fn changed<K: Ord, T: Clone + PartialEq>(base: &BTreeMap<K, T>, target: &BTreeMap<K, T>) -> Vec<T> {
    target.iter().filter(|(key, object)| base.get(key) != Some(object)).map(|(_, object)| object.clone()).collect()
}

fn gone<K: Ord + Clone, T>(base: &BTreeMap<K, T>, target: &BTreeMap<K, T>) -> BTreeSet<K> {
    base.keys().filter(|key| !target.contains_key(key)).cloned().collect()
}

fn replace<K: Ord + Clone, T: Clone>(
    objects: &mut BTreeMap<K, T>,
    gone: &BTreeSet<K>,
    changed: &[T],
    key: impl Fn(&T) -> &K,
) {
    objects.retain(|key, _| !gone.contains(key));
    objects.extend(changed.iter().map(|object| (key(object).clone(), object.clone())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{ScanOptions, scan};

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
        assert_reads_back(&delta);
    }

    fn assert_reads_back(delta: &Delta) {
        let read: Delta = serde_json::from_str(&json::text(delta)).unwrap();
        assert_eq!(read, *delta);
    }

    /// A schema of one object of each kind that has a text.
    fn others(name: &str, text: &str) -> Schema {
        let dir = tempfile::tempdir().unwrap();
        let source = format!(
            "schema! {{ sequence(\"{name}_no\", comment = \"{text}\"); sql(\"CREATE VIEW {name}_view AS SELECT '{text}'\"); }}
            #[derive(Domain)] #[domain(comment = \"{text}\")] struct {name}Domain(i64);
            #[derive(Composite)] #[composite(comment = \"{text}\")] struct {name}Parts {{ a: i64 }}"
        );
        std::fs::write(dir.path().join("lib.rs"), source).unwrap();
        let roots = vec!["lib.rs".into()];
        let options = ScanOptions {
            crate_dir: dir.path().to_owned(),
            roots,
            dialect: Dialect::Postgres,
            cache_dir: None,
            modules: Vec::new(),
        };
        let scan = scan(&options).unwrap();
        assert_eq!(scan.findings, []);
        scan.model.schema
    }

    #[test]
    fn objects_of_every_kind_are_recorded() {
        let none = Schema::empty(Dialect::Postgres);
        let (first, second) = (others("One", "first"), others("One", "second"));
        let other = others("Other", "first");
        for (base, target) in [(&none, &first), (&first, &second), (&second, &other), (&other, &none)] {
            let delta = Delta::between(base, target);
            assert_eq!(delta.apply(base), *target);
            assert_reads_back(&delta);
        }
        let delta = Delta::between(&none, &first);
        let counts = [delta.domains.len(), delta.composites.len(), delta.sequences.len(), delta.objects.len()];
        assert_eq!(counts, [1, 1, 1, 1], "{delta:?}");
    }
}
