//! Pulled source into a crate: nothing that somebody changed is overwritten unasked.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schema_core::build::{Project, adopt, new_empty};
use schema_core::diag::Finding;
use schema_core::diff::{Renames, diff};
use schema_core::ir::Schema;
use schema_core::model::Intents;
use schema_core::plan::plan;
use schema_core::snapshot::{Snapshot, recorded_dialect};

use super::objects::FOLDER;
use super::{MODULE, Source};

/// What [`write()`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files written, below the crate.
    pub written: Vec<PathBuf>,
    /// Files that no longer belong to the schema and were removed.
    pub removed: Vec<PathBuf>,
    /// How many files held the same text already.
    pub unchanged: usize,
}

/// Writes the source's files below a crate's folder.
///
/// # Errors
/// Without `force`: each file of the module or of `sql/` that is there and isn't what would be written. Nothing is
/// written then. Otherwise what the file system refuses.
pub fn write(crate_dir: &Path, source: &Source, force: bool) -> Result<Written, Vec<Finding>> {
    let there = [MODULE, FOLDER].iter().map(|folder| files_below(crate_dir, Path::new(folder)));
    let there: BTreeSet<PathBuf> = there
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| vec![failed(crate_dir, &error)])?
        .concat()
        .into_iter()
        .collect();
    let mut written = Written::default();
    let mut findings = Vec::new();
    for path in there.iter().filter(|path| !source.files.contains_key(*path)) {
        findings.push(in_the_way(path, "it holds nothing of this schema", "removes it"));
        written.removed.push(path.clone());
    }
    for (path, text) in &source.files {
        match there.contains(path).then(|| fs::read(crate_dir.join(path))) {
            Some(Ok(found)) if found == text.as_bytes() => written.unchanged += 1,
            Some(_) => {
                findings.push(in_the_way(path, "it differs from what is pulled", "overwrites it"));
                written.written.push(path.clone());
            }
            None => written.written.push(path.clone()),
        }
    }
    if !force && !findings.is_empty() {
        return Err(findings);
    }
    apply(crate_dir, source, &written).map_err(|error| vec![failed(crate_dir, &error)])?;
    Ok(written)
}

fn apply(crate_dir: &Path, source: &Source, written: &Written) -> io::Result<()> {
    for path in &written.removed {
        fs::remove_file(crate_dir.join(path))?;
    }
    for path in &written.written {
        let place = crate_dir.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, &source.files[path])?;
    }
    Ok(())
}

fn in_the_way(path: &Path, what: &str, force: &str) -> Finding {
    Finding::error(None, format!("`{}` is there already, and {what}", path.display()))
        .help(format!("--force {force}; commit your changes first"))
}

fn failed(crate_dir: &Path, error: &io::Error) -> Finding {
    Finding::error(None, format!("`{}` can't be written: {error}", crate_dir.display()))
}

/// Every `.rs` and `.sql` file below a folder, relative to the crate. Links are not followed.
fn files_below(crate_dir: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(crate_dir.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files.extend(files_below(crate_dir, &path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql") {
            files.push(path);
        }
    }
    Ok(files)
}

/// How the base came about.
#[derive(Clone, Debug)]
pub enum Base {
    /// It was there: the next build drafts what differs.
    Kept,
    /// The existing migrations make it; how many they are.
    Adopted(usize),
    /// These migrations make it from nothing; there are several where several transactions are needed.
    Baseline(Vec<i64>),
}

/// Gives a crate whose structs were just pulled from a schema its base: what the existing migrations make, or a baseline
/// that makes the schema from nothing.
///
/// # Errors
/// What is wrong with the structs or with the crate's migrations.
pub fn base(project: &Project, schema: &Schema) -> Result<Base, Vec<Finding>> {
    if recorded_dialect(&project.schema_dir).is_some() {
        let base = Snapshot::read(&project.schema_dir, project.dialect)?;
        if !base.sealed.is_empty() || !base.schema.is_empty() {
            return Ok(Base::Kept);
        }
    }
    let has_migrations = fs::read_dir(&project.migrations).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "sql"))
    });
    if has_migrations {
        return adopt(project).map(Base::Adopted);
    }
    let empty = Schema::empty(schema.dialect);
    let changes = diff(&empty, schema, &Renames::default());
    let pairs = plan(&empty, schema, &changes, &Intents::default())?.pairs(schema.dialect);
    let mut versions = Vec::new();
    for pair in pairs {
        let migration = new_empty(project, "baseline")?;
        let down = migration.down_path.as_ref().map_or(Ok(()), |path| fs::write(path, &pair.down));
        fs::write(&migration.up_path, &pair.up).and(down).map_err(|error| vec![failed(&project.migrations, &error)])?;
        versions.push(migration.version);
    }
    adopt(project)?;
    Ok(Base::Baseline(versions))
}
