//! The checked-in base: the state after the last sealed migration.
//!
//! `schema/snapshot.json` holds the dialect, the sealed migrations with their checksums and a hash chain over them;
//! beside it each object has a file of its own: `schema/tables/public.users.json`, `schema/types/..`,
//! `schema/namespaces/..`. Text merges of single facts then work, and a merge of two histories conflicts in
//! `snapshot.json` or fails its checks; none passes in silence (BUGS.md B35).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::diag::Finding;
use crate::ir::{CompositeType, Dialect, Domain, EnumType, Object, ObjectName, Schema, Sequence, Table};
use crate::memory::Memory;
use crate::migration::{Migration, normalized_checksum};
use crate::writes::Writes;

pub(crate) mod json;
mod object_file;

/// The name of the file that says which migrations are sealed.
pub const FILE_NAME: &str = "snapshot.json";
const TABLES: &str = "tables";
const TYPES: &str = "types";
const DOMAINS: &str = "domains";
const COMPOSITES: &str = "composites";
const SEQUENCES: &str = "sequences";
const OBJECTS: &str = "objects";
const NAMESPACES: &str = "namespaces";

/// The base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What the sealed migrations make.
    pub schema: Schema,
    /// The newest sealed migration.
    pub head: Option<i64>,
    /// The hash chain's last link; empty before the first sealed migration.
    pub chain: String,
    /// Every sealed migration.
    pub sealed: BTreeMap<i64, Sealed>,
    /// The `renamed_from` attributes that stood in the source at the last seal ([`crate::renames::sealed_keys`]).
    pub renames: BTreeSet<String>,
}

/// The checksums of a sealed migration's files: SHA-384 in hexadecimal over their normalized texts, so that a
/// checkout with other line endings agrees (BUGS.md B29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Of the up file.
    pub up: String,
    /// Of the down file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<String>,
}

impl Sealed {
    /// The checksums of a migration's files.
    #[must_use]
    pub fn of(migration: &Migration) -> Self {
        Self { up: hex_checksum(&migration.up), down: migration.down.as_deref().map(hex_checksum) }
    }
}

/// [`normalized_checksum`] in hexadecimal.
pub(crate) fn hex_checksum(text: &str) -> String {
    hex(&normalized_checksum(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Main {
    format: u32,
    dialect: Dialect,
    head: Option<i64>,
    chain: String,
    /// Over the object files and the renames: a half-made or hand-made change of one shows.
    objects: String,
    sealed: BTreeMap<i64, Sealed>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    renames: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Namespace {
    name: String,
}

/// The dialect that the checked-in base in `dir` is for, also where git left a conflict in it; `None` where there is none
/// yet or it can't be read.
#[must_use]
pub fn recorded_dialect(dir: &Path) -> Option<Dialect> {
    let text = fs::read_to_string(dir.join(FILE_NAME)).ok()?;
    let value = text.lines().find_map(|line| line.trim().strip_prefix("\"dialect\":"))?;
    serde_json::from_str(value.trim().trim_end_matches(',')).ok()
}

impl Snapshot {
    /// The base after these migrations.
    #[must_use]
    pub fn new(schema: Schema, sealed: BTreeMap<i64, Sealed>, renames: BTreeSet<String>) -> Self {
        let head = sealed.keys().next_back().copied();
        let chain = sealed.iter().fold(String::new(), |chain, (version, sealed)| link(&chain, *version, sealed));
        Self { schema, head, chain, sealed, renames }
    }

    /// The base before the first migration.
    #[must_use]
    pub fn empty(dialect: Dialect) -> Self {
        Self::new(Schema::empty(dialect), BTreeMap::new(), BTreeSet::new())
    }

    /// Reads the base; a folder without one is the empty base.
    ///
    /// # Errors
    /// All that is wrong with its files, each with its place and the way out.
    pub fn read(dir: &Path, dialect: Dialect) -> Result<Self, Vec<Finding>> {
        Self::read_labelled(dir, dir, dialect, &mut Memory::default())
            .map(|found| found.unwrap_or_else(|| Self::empty(dialect)))
    }

    /// As [`Snapshot::read`], with findings that name files below `label`, and `None` where there is no base.
    pub(crate) fn read_labelled(
        dir: &Path,
        label: &Path,
        dialect: Dialect,
        memory: &mut Memory,
    ) -> Result<Option<Self>, Vec<Finding>> {
        let main_label = label.join(FILE_NAME);
        let main: Option<Main> = json::read(&dir.join(FILE_NAME), &main_label).map_err(|finding| vec![finding])?;
        if let Some(main) = &main
            && main.dialect != dialect
        {
            return Err(vec![wrong_dialect(&main_label, main.dialect, dialect)]);
        }
        let mut reader = Reader { dir, label, dialect, texts: BTreeMap::new(), findings: Vec::new() };
        let schema = reader.schema();
        let Reader { mut findings, texts, .. } = reader;
        let Some(main) = main else {
            if findings.is_empty() && schema.is_empty() {
                return Ok(None);
            }
            findings.insert(0, main_is_missing(&main_label));
            return Err(findings);
        };
        if !findings.is_empty() {
            return Err(findings);
        }
        main.verified(schema, &texts, &main_label, memory).map(Some).map_err(|finding| vec![finding])
    }

    /// The files, relative to the schema folder.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = object_files(&self.schema);
        let main = Main {
            format: json::FORMAT,
            dialect: self.schema.dialect,
            head: self.head,
            chain: self.chain.clone(),
            objects: digest(&files, &self.renames),
            sealed: self.sealed.clone(),
            renames: self.renames.clone(),
        };
        files.insert(PathBuf::from(FILE_NAME), json::text(&main));
        files
    }

    /// Writes the base: each file atomically, nothing that is equal, and removes files of objects that are gone.
    ///
    /// # Errors
    /// When a file can't be written. `snapshot.json` is written last, so a half-written base is noticed.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        let dir = dir.canonicalize()?;
        let mut writes = Writes::default();
        self.plan(&dir, &mut writes)?;
        writes.apply(None).map(drop)
    }

    pub(crate) fn plan(&self, dir: &Path, writes: &mut Writes) -> io::Result<()> {
        let mut files = self.files();
        let main = files.remove(Path::new(FILE_NAME)).unwrap_or_default();
        for folder in [TABLES, TYPES, DOMAINS, COMPOSITES, SEQUENCES, OBJECTS, NAMESPACES] {
            let stale = json_files(&dir.join(folder))?;
            let stale = stale.into_iter().filter(|name| !files.contains_key(&Path::new(folder).join(name)));
            stale.for_each(|name| writes.remove(dir.join(folder).join(name)));
        }
        for (path, text) in files {
            writes.set(dir.join(path), text);
        }
        writes.set(dir.join(FILE_NAME), main);
        Ok(())
    }
}

fn link(previous: &str, version: i64, sealed: &Sealed) -> String {
    let down = sealed.down.as_deref().unwrap_or("none");
    hex(&Sha256::digest(format!("{previous}\n{version}\n{}\n{down}\n", sealed.up)))
}

fn object_files(schema: &Schema) -> BTreeMap<PathBuf, String> {
    let path = |folder: &str, name: &ObjectName| Path::new(folder).join(object_file::file_name(name));
    let tables = schema.tables.values().map(|table| (path(TABLES, &table.name), json::text(table)));
    let enums = schema.enums.values().map(|ty| (path(TYPES, &ty.name), json::text(ty)));
    let namespaces = schema
        .namespaces
        .iter()
        .map(|name| (path(NAMESPACES, &ObjectName::bare(name)), json::text(&Namespace { name: name.clone() })));
    let domains = schema.domains.values().map(|domain| (path(DOMAINS, &domain.name), json::text(domain)));
    let composites = schema.composites.values().map(|ty| (path(COMPOSITES, &ty.name), json::text(ty)));
    let sequences = schema.sequences.values().map(|sequence| (path(SEQUENCES, &sequence.name), json::text(sequence)));
    let objects = schema
        .objects
        .values()
        .map(|object| (Path::new(OBJECTS).join(object_file::object_file_name(&object.id)), json::text(object)));
    tables.chain(enums).chain(domains).chain(composites).chain(sequences).chain(objects).chain(namespaces).collect()
}

/// The files of objects that differ between two schemas, relative to the schema folder: those that come, that change and
/// that go.
#[must_use]
pub fn changed_files(from: &Schema, to: &Schema) -> BTreeMap<PathBuf, FileChange> {
    let (old, new) = (object_files(from), object_files(to));
    let change = |path: &PathBuf| match (old.get(path), new.get(path)) {
        (None, _) => Some(FileChange::Added),
        (_, None) => Some(FileChange::Removed),
        (old, new) => (old != new).then_some(FileChange::Changed),
    };
    let paths: BTreeSet<&PathBuf> = old.keys().chain(new.keys()).collect();
    paths.into_iter().filter_map(|path| Some((path.clone(), change(path)?))).collect()
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// It comes.
    Added,
    /// It changes.
    Changed,
    /// It goes.
    Removed,
}

fn digest(files: &BTreeMap<PathBuf, String>, renames: &BTreeSet<String>) -> String {
    hex(&Sha256::digest(joined(files, renames)))
}

/// The same, which an earlier build may know.
fn remembered_digest(files: &BTreeMap<PathBuf, String>, renames: &BTreeSet<String>, memory: &mut Memory) -> String {
    const ALL: &str = "the base's files";
    let whole = joined(files, renames);
    if let Some(found) = memory.recall(ALL, &whole) {
        return String::from_utf8_lossy(found).into_owned();
    }
    let digest = hex(&Sha256::digest(&whole));
    memory.remember(ALL, &whole, digest.clone().into_bytes());
    digest
}

fn joined(files: &BTreeMap<PathBuf, String>, renames: &BTreeSet<String>) -> String {
    files.values().chain(renames).flat_map(|text| [text.as_str(), "\0"]).collect()
}

fn json_files(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

impl Main {
    /// `texts` are the object files as they are; the digest is over them as they are written, whatever git did to their
    /// line endings.
    fn verified(
        self,
        schema: Schema,
        texts: &BTreeMap<PathBuf, String>,
        label: &Path,
        memory: &mut Memory,
    ) -> Result<Snapshot, Finding> {
        let snapshot = Snapshot::new(schema, self.sealed, self.renames);
        let at = Some(json::start(label));
        if snapshot.head != self.head || snapshot.chain != self.chain {
            let message = "`head` and `chain` do not follow from the sealed migrations: two histories were merged, or \
                           the file was edited";
            return Err(Finding::error(at, message).help(json::restore(label)).help(json::REDO_MERGE));
        }
        if remembered_digest(texts, &snapshot.renames, memory) != self.objects
            && digest(&object_files(&snapshot.schema), &snapshot.renames) != self.objects
        {
            let folder = label.parent().unwrap_or(label);
            let message = "the base's object files or renames are not those that were sealed: two histories were merged, \
                           or a file was edited, added or lost";
            return Err(Finding::error(at, message).help(json::restore(folder)).help(json::REDO_MERGE));
        }
        Ok(snapshot)
    }
}

fn wrong_dialect(label: &Path, found: Dialect, wanted: Dialect) -> Finding {
    let message = format!("the base is for {found}, but the build script says {wanted}");
    Finding::error(Some(json::start(label)), message)
        .help(format!("name Dialect::{found:?} in the build script"))
        .help("or start anew: give the other database a schema and a migrations folder of its own")
}

fn main_is_missing(label: &Path) -> Finding {
    Finding::error(Some(json::start(label)), "the file is missing, though files of objects are there")
        .help(json::restore(label))
}

struct Reader<'a> {
    dir: &'a Path,
    label: &'a Path,
    dialect: Dialect,
    /// The files as they are, relative to the folder.
    texts: BTreeMap<PathBuf, String>,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn schema(&mut self) -> Schema {
        let mut schema = Schema::empty(self.dialect);
        schema.tables = self.named(TABLES, |table: &Table| &table.name);
        schema.enums = self.named(TYPES, |ty: &EnumType| &ty.name);
        schema.domains = self.named(DOMAINS, |domain: &Domain| &domain.name);
        schema.composites = self.named(COMPOSITES, |ty: &CompositeType| &ty.name);
        schema.sequences = self.named(SEQUENCES, |sequence: &Sequence| &sequence.name);
        let objects = self.objects(OBJECTS, |object: &Object| object_file::object_file_name(&object.id));
        schema.objects = objects.into_iter().map(|object| (object.id.clone(), object)).collect();
        let file_name = |namespace: &Namespace| object_file::file_name(&ObjectName::bare(&namespace.name));
        let namespaces = self.objects(NAMESPACES, file_name);
        schema.namespaces = namespaces.into_iter().map(|namespace| namespace.name).collect();
        schema
    }

    /// The objects of a folder whose files are called after them.
    fn named<T: DeserializeOwned>(
        &mut self,
        folder: &str,
        name_of: impl Fn(&T) -> &ObjectName,
    ) -> BTreeMap<ObjectName, T> {
        let objects = self.objects(folder, |object| object_file::file_name(name_of(object)));
        objects.iter().for_each(|object| self.qualification(name_of(object)));
        objects.into_iter().map(|object| (name_of(&object).clone(), object)).collect()
    }

    fn qualification(&mut self, name: &ObjectName) {
        if name.schema.is_some() != (self.dialect == Dialect::Postgres) {
            let message = format!("`{name}` is no full name for {}", self.dialect);
            self.findings.push(Finding::error(Some(json::start(self.label)), message).help(json::restore(self.label)));
        }
    }

    fn objects<T: DeserializeOwned>(&mut self, folder: &str, file_name: impl Fn(&T) -> String) -> Vec<T> {
        let (dir, label) = (self.dir.join(folder), self.label.join(folder));
        let names = json_files(&dir).unwrap_or_else(|error| {
            let message = format!("the folder can't be read: {error}");
            self.findings.push(Finding::error(Some(json::start(&label)), message));
            Vec::new()
        });
        let mut objects = Vec::new();
        for file in names {
            let label = label.join(&file);
            match json::read_with_text::<T>(&dir.join(&file), &label) {
                Ok(Some((object, text))) => {
                    self.file_name(&label, &file, &file_name(&object));
                    self.texts.insert(Path::new(folder).join(&file), text);
                    objects.push(object);
                }
                Ok(None) => {}
                Err(finding) => self.findings.push(finding),
            }
        }
        objects
    }

    fn file_name(&mut self, label: &Path, file: &str, wanted: &str) {
        if file != wanted {
            let message = format!("the file holds what belongs in `{wanted}`");
            let help = format!("undo the renaming or copying: `git status {}`", label.display());
            self.findings.push(Finding::error(Some(json::start(label)), message).help(help));
        }
    }
}

#[cfg(test)]
mod tests;
