use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::draft::Draft;
use super::git;
use super::project::Project;
use crate::diag::Finding;
use crate::ir::Schema;
use crate::locks::Locks;
use crate::memory::{Memory, file_name};
use crate::migration::{Folder, Migration};
use crate::snapshot::json::REDO_MERGE;
use crate::snapshot::{FILE_NAME, Sealed, Snapshot, hex_checksum};
use crate::stats::Stats;

/// A crate's base, its migration files and its draft, found to agree with each other.
#[derive(Clone, Debug)]
pub struct State {
    /// Where it was read.
    pub project: Project,
    /// The base.
    pub base: Arc<Snapshot>,
    /// Every migration in the folder, in the order of versions.
    pub migrations: Vec<Migration>,
    /// The draft.
    pub draft: Option<Draft>,
    /// What was measured of the migrations, if anything.
    pub locks: Option<Locks>,
    /// How large the tables of a database are, if that was exported.
    pub stats: Option<Stats>,
    /// What is not wrong enough to stop.
    pub warnings: Vec<Finding>,
    /// Whether a base is checked in at all.
    pub(super) has_base: bool,
}

impl State {
    /// Reads a crate's state.
    ///
    /// # Errors
    /// All that is wrong: unreadable files, faults of the migrations folder, sealed files that were edited, are
    /// missing or came late (BUGS.md B29, B34, B35).
    pub fn load(project: &Project) -> Result<Self, Vec<Finding>> {
        let (state, errors) = Self::examine(project)?;
        if errors.is_empty() { Ok(state) } else { Err(errors) }
    }

    /// Reads a crate's state though its files may be at fault, with the errors that [`load`](Self::load) would refuse it
    /// for.
    ///
    /// # Errors
    /// Records in the schema folder that can't be read: then there is nothing to hold files against.
    pub fn examine(project: &Project) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let mut findings = Vec::new();
        let schema_dir = project.schema_dir.to_string_lossy();
        let mut memory = Memory::load(project.cache_dir.as_deref(), &file_name("files", &schema_dir));
        let label = project.label(&project.schema_dir);
        let base = Snapshot::read_labelled(&project.schema_dir, &label, project.dialect, &mut memory).unwrap_or_else(
            |errors| {
                findings.extend(errors);
                None
            },
        );
        let draft = Draft::read(project).unwrap_or_else(|error| {
            findings.push(error);
            None
        });
        let record = project.locks_record();
        let locks = Locks::read(&record, &project.label(&record)).unwrap_or_else(|error| {
            findings.push(error);
            None
        });
        let record = project.stats_record();
        let stats = Stats::read(&record, &project.label(&record)).unwrap_or_else(|error| {
            findings.push(error);
            None
        });
        let is_unreadable = !findings.is_empty();
        let folder = Folder::read(&project.migrations, &project.label(&project.migrations));
        findings.extend(folder.findings);
        let has_base = base.is_some();
        let base = Arc::new(base.unwrap_or_else(|| Snapshot::empty(project.dialect)));
        let draft = draft.filter(|draft| draft.versions().iter().any(|version| !base.sealed.contains_key(version)));
        let mut state = Self {
            project: project.clone(),
            base,
            migrations: folder.migrations,
            draft,
            locks,
            stats,
            warnings: Vec::new(),
            has_base,
        };
        if !is_unreadable {
            findings.extend(state.disagreements(&mut memory));
        }
        memory.store();
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::is_error);
        state.warnings = warnings;
        if is_unreadable { Err(errors) } else { Ok((state, errors)) }
    }

    /// The version of the newest file or sealed migration.
    pub(super) fn newest(&self) -> Option<i64> {
        self.migrations.last().map(|migration| migration.version).max(self.base.head)
    }

    /// True for a migration of the draft.
    #[must_use]
    pub fn is_draft(&self, migration: &Migration) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.versions().contains(&migration.version))
    }

    /// Migrations written by hand (`cargo schema new`) since the last seal.
    #[must_use]
    pub fn hand_written(&self) -> Vec<&Migration> {
        let sealed = |migration: &&Migration| self.base.sealed.contains_key(&migration.version);
        self.migrations.iter().filter(|migration| !sealed(migration) && !self.is_draft(migration)).collect()
    }

    /// What the draft leads to, when it was made on this base.
    #[must_use]
    pub fn target(&self) -> Option<Schema> {
        let draft = self.draft.as_ref()?;
        (draft.base == self.base.chain).then(|| draft.target.apply(&self.base.schema))
    }

    /// Files of the draft that no longer hold what the build wrote. Missing files are not among them.
    #[must_use]
    pub fn edited(&self) -> Vec<PathBuf> {
        let files = self.draft.iter().flat_map(|draft| &draft.files);
        let edited = files.filter_map(|(name, checksum)| {
            let path = self.project.migrations.join(name);
            let text = fs::read_to_string(&path).ok()?;
            (hex_checksum(&text) != *checksum).then_some(path)
        });
        edited.collect()
    }

    /// The base after the draft and the hand-written migrations up to a version.
    pub(super) fn sealed(&self, last: Option<i64>) -> Snapshot {
        let mut sealed = self.base.sealed.clone();
        let taken = self.migrations.iter().filter(|migration| last.is_none_or(|last| migration.version <= last));
        sealed.extend(taken.map(|migration| (migration.version, Sealed::of(migration))));
        match (&self.draft, self.target()) {
            (Some(draft), Some(target)) => Snapshot::new(target, sealed, draft.renames.clone()),
            _ => Snapshot::new(self.base.schema.clone(), sealed, self.base.renames.clone()),
        }
    }

    fn disagreements(&self, memory: &mut Memory) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (version, sealed) in &self.base.sealed {
            match self.migrations.iter().find(|migration| migration.version == *version) {
                Some(migration) => findings.extend(self.edits(migration, sealed, memory)),
                None => findings.push(self.missing(*version)),
            }
        }
        if self.has_base {
            let late = |migration: &&Migration| Some(migration.version) <= self.base.head;
            let (late, behind): (Vec<_>, Vec<_>) = self.hand_written().into_iter().partition(late);
            findings.extend(late.into_iter().map(|migration| self.late(migration)));
            findings.extend(behind.into_iter().filter_map(|migration| self.forgotten(migration)));
        } else if let Some(first) = self.hand_written().first() {
            findings.push(self.without_base(first));
        }
        findings
    }

    fn edits(&self, migration: &Migration, sealed: &Sealed, memory: &mut Memory) -> Vec<Finding> {
        let up = (&migration.up_path, Some(&migration.up), Some(&sealed.up));
        let down = migration.down_path.as_ref().map(|path| (path, migration.down.as_ref(), sealed.down.as_ref()));
        let edited = [Some(up), down].into_iter().flatten().filter(|(path, text, sealed)| {
            text.map(|text| remembered_checksum(memory, path, text)).as_ref() != *sealed
        });
        edited.map(|(path, ..)| self.edit(path)).collect()
    }

    fn edit(&self, path: &std::path::Path) -> Finding {
        let label = self.project.label(path);
        Finding::error(self.project.start_of(path), "the sealed migration was edited")
            .help(format!("undo the edit: `git checkout HEAD -- {}`", label.display()))
            .help("to change what it did, write another migration: `cargo schema new`")
    }

    fn missing(&self, version: i64) -> Finding {
        let folder = &self.project.migrations;
        let message = format!("the files of the sealed migration {version} are missing");
        let label = self.project.label(folder);
        Finding::error(self.project.start_of(folder), message)
            .help(format!("restore them: `git checkout HEAD -- {}`", label.display()))
    }

    fn late(&self, migration: &Migration) -> Finding {
        let message = format!(
            "the migration came late: its version {} is not after the newest sealed one, {}",
            migration.version,
            self.base.head.unwrap_or_default()
        );
        Finding::error(self.project.start_of(&migration.up_path), message)
            .help("of a merge: `cargo schema rebase` puts it behind the newest one")
            .help("made from structs: delete its files and build, it is drafted anew on top")
            .help("written by hand: rename its files to a version after the newest one")
    }

    /// What was sealed or drafted once and is in no record any more was lost in a merge that git found clean: to take it for
    /// one written by hand would plan its change again (BUGS.md B35).
    fn forgotten(&self, migration: &Migration) -> Option<Finding> {
        if !git::is_committed(&migration.up_path) {
            return None;
        }
        let commit = git::recorded_in(&self.project.schema_dir, &hex_checksum(&migration.up))?;
        let message = format!(
            "the base knows nothing of the migration, which was sealed or drafted by commit {commit}: two histories were merged"
        );
        Some(Finding::error(self.project.start_of(&migration.up_path), message).help(REDO_MERGE))
    }

    fn without_base(&self, migration: &Migration) -> Finding {
        let label = self.project.label(&self.project.schema_dir);
        let message = format!("there are migrations, but no base in `{}` that says what they make", label.display());
        let help = match git::is_lost(&self.project.crate_dir, &label.join(FILE_NAME)) {
            true => format!("bring it back: `git checkout HEAD -- {}`", label.display()),
            false => {
                "`cargo schema init --adopt` takes what the structs say now for what these migrations make".to_owned()
            }
        };
        Finding::error(self.project.start_of(&migration.up_path), message).help(help)
    }
}

/// The checksum of a file, of which an earlier build may know it.
fn remembered_checksum(memory: &mut Memory, path: &Path, text: &str) -> String {
    let path = path.to_string_lossy();
    if let Some(found) = memory.recall(&path, text) {
        return String::from_utf8_lossy(found).into_owned();
    }
    let checksum = hex_checksum(text);
    memory.remember(&path, text, checksum.clone().into_bytes());
    checksum
}
