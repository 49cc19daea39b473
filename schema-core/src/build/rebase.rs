//! Two lines of migrations from one base, made one (BUGS.md B34, B35).
//!
//! The first line stays as it is. What the second added goes behind it, to the letter, under later versions where its own
//! are too early; the base becomes what both lines make of the common one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::Serialize;

use super::lifecycle::{apply, lock, pair_paths};
use super::project::Project;
use super::state::State;
use super::update::unreadable;
use crate::diag::Finding;
use crate::ir::Schema;
use crate::locks::Locks;
use crate::merge::{Clash, merge, merged_set};
use crate::migration::{Migration, file_name, normalized};
use crate::snapshot::{Sealed, Snapshot};
use crate::squash;
use crate::writes::Writes;

/// A state of the crate as version control holds it, and what it is called.
#[derive(Clone, Debug)]
pub struct Line {
    /// As messages name it: a branch, or a commit.
    pub name: String,
    /// The state.
    pub state: State,
}

/// Three states: what two lines have in common, the line that stays, and the one that goes behind it.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Where they part.
    pub base: Line,
    /// What stays as it is.
    pub first: Line,
    /// What goes behind it.
    pub second: Line,
}

/// A migration of the second line.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The version that it had.
    pub from: i64,
    /// As it is to be.
    pub migration: Migration,
}

/// How two lines become one.
#[derive(Clone, Debug)]
pub struct Rebase {
    project: Project,
    lines: Lines,
    /// What both have.
    pub common: Vec<Migration>,
    /// What only the first has.
    pub first: Vec<Migration>,
    /// What only the second has.
    pub second: Vec<Moved>,
    /// What both lead to.
    pub schema: Schema,
    /// What both changed.
    pub clashes: Vec<Clash>,
    /// Why they can't be tried in turn, if so.
    untriable: Option<Finding>,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct Rebased {
    /// Files of the second line with their new names, relative to the migrations folder.
    pub renamed: BTreeMap<String, String>,
    /// Files of the second line that are gone, since they are to be drafted anew.
    pub removed: Vec<String>,
}

impl Rebase {
    /// Works out how; none where one of the lines adds nothing. `applied` are versions of the second that some database has
    /// applied: they keep their numbers.
    ///
    /// # Errors
    /// A line whose own state can't be put together with another, all faults at once.
    pub fn new(project: &Project, lines: Lines, applied: &BTreeSet<i64>) -> Result<Option<Self>, Vec<Finding>> {
        let Lines { base, first, second } = &lines;
        let common = base.state.migrations.clone();
        let mut findings = Vec::new();
        findings.extend([base, first, second].into_iter().filter_map(outdated_draft));
        findings.extend(squashed_aside(second, &common));
        findings.extend(first.lost(&common));
        findings.extend(second.lost(&common));
        if !findings.is_empty() {
            return Err(findings);
        }
        let (first_own, second_own) = (first.own(&common), second.own(&common));
        let is_squashed = !first.replaced(&common).is_empty();
        if second_own.is_empty() || (first_own.is_empty() && !is_squashed) {
            return Ok(None);
        }
        let newest = first.state.migrations.last().map_or(0, |migration| migration.version);
        let taken: BTreeSet<i64> = first.state.migrations.iter().map(|migration| migration.version).collect();
        let clashing = second_own.iter().map(|migration| migration.version).filter(|it| applied.contains(it));
        let clashing = clashing.filter(|version| taken.contains(version));
        let findings: Vec<Finding> = clashing.map(|version| shared_version(version, &lines)).collect();
        if !findings.is_empty() {
            return Err(findings);
        }
        let second = renumbered(project, second_own, newest, applied);
        let merged = merge(&base.state.end(), &lines.first.state.end(), &lines.second.state.end());
        Ok(Some(Self {
            untriable: squashed_beyond(&lines.first, &common),
            project: project.clone(),
            common,
            first: first_own,
            second,
            schema: merged.schema,
            clashes: merged.clashes,
            lines,
        }))
    }

    /// What the lines are called, the first one first.
    #[must_use]
    pub fn names(&self) -> [&str; 2] {
        [&self.lines.first.name, &self.lines.second.name]
    }

    /// That the lines can be tried in turn.
    ///
    /// # Errors
    /// Why not.
    pub fn triable(&self) -> Result<(), Vec<Finding>> {
        self.untriable.clone().map_or(Ok(()), |finding| Err(vec![finding]))
    }

    /// Writes both lines as one, all of it sealed.
    ///
    /// # Errors
    /// As [`triable`](Self::triable); files that were changed since version control saw them, or that can't be written.
    pub fn write(&self) -> Result<Rebased, Vec<Finding>> {
        let _lock = lock(&self.project)?;
        self.triable()?;
        self.unchanged()?;
        let mut writes = self.first_files();
        let mut renamed = BTreeMap::new();
        let mut gone = Vec::new();
        for Moved { from, migration } in &self.second {
            for (path, text) in migration.files() {
                writes.set(path.to_owned(), text);
            }
            if *from != migration.version {
                for (old, new) in self.former_paths(*from).into_iter().zip(migration.files()) {
                    renamed.insert(file_name(&old), file_name(new.0));
                    gone.push(old);
                }
            }
        }
        self.finish(writes, &self.sealed(), self.locks(&renamed), gone)?;
        Ok(Rebased { renamed, removed: Vec::new() })
    }

    /// Takes the first line as it is, and removes what the second added: the next build drafts it anew from the structs.
    ///
    /// # Errors
    /// As [`write`](Self::write); also what a database has applied under its number.
    pub fn redraft(&self, applied: &BTreeSet<i64>) -> Result<Rebased, Vec<Finding>> {
        let _lock = lock(&self.project)?;
        self.unchanged()?;
        let held = self.second.iter().filter(|moved| applied.contains(&moved.from));
        let held: Vec<Finding> = held.map(|moved| applied_already(moved.from)).collect();
        if !held.is_empty() {
            return Err(held);
        }
        let first: BTreeSet<PathBuf> = self.paths_of(&self.lines.first.state.migrations).collect();
        let old = self.second.iter().flat_map(|moved| self.former_paths(moved.from));
        let gone: Vec<PathBuf> = old.filter(|path| !first.contains(path)).collect();
        let removed = gone.iter().map(|path| file_name(path)).collect();
        let sealed = self.lines.first.state.sealed(None);
        self.finish(self.first_files(), &sealed, self.lines.first.state.locks.clone(), gone)?;
        Ok(Rebased { renamed: BTreeMap::new(), removed })
    }

    fn finish(
        &self,
        mut writes: Writes,
        base: &Snapshot,
        locks: Option<Locks>,
        gone: Vec<PathBuf>,
    ) -> Result<(), Vec<Finding>> {
        let state = &self.lines.first.state;
        base.plan(&self.project.schema_dir, &mut writes).map_err(|error| vec![unreadable(state, &error)])?;
        writes.remove(self.project.draft_record());
        match locks {
            Some(locks) => writes.set(self.project.locks_record(), locks.text()),
            None => writes.remove(self.project.locks_record()),
        }
        if let Some(stats) = &state.stats {
            writes.set(self.project.stats_record(), stats.text());
        }
        gone.into_iter().filter(|path| path.exists()).for_each(|path| writes.remove(path));
        apply(state, &writes, None).map(drop)
    }

    /// The base after both lines.
    fn sealed(&self) -> Snapshot {
        let Lines { base, first, second } = &self.lines;
        let mut sealed = first.state.sealed(None).sealed;
        sealed.extend(self.second.iter().map(|moved| (moved.migration.version, Sealed::of(&moved.migration))));
        let renames = |line: &Line| line.state.sealed(None).renames;
        Snapshot::new(self.schema.clone(), sealed, merged_set(&renames(base), &renames(first), &renames(second)))
    }

    /// What was measured of either line. The record is made anew at any time, so two servers are no conflict.
    fn locks(&self, renamed: &BTreeMap<String, String>) -> Option<Locks> {
        let [first, second] = [&self.lines.first, &self.lines.second].map(|line| line.state.locks.as_ref());
        let (Some(first), Some(second)) = (first, second) else { return first.cloned() };
        let mut locks = first.clone();
        if first.server == second.server {
            let own = second.files.iter().filter(|(name, _)| !first.files.contains_key(*name));
            locks.files.extend(own.map(|(name, it)| (renamed.get(name).unwrap_or(name).clone(), it.clone())));
        }
        Some(locks)
    }

    fn first_files(&self) -> Writes {
        let mut writes = Writes::default();
        for migration in &self.lines.first.state.migrations {
            for (path, text) in migration.files() {
                writes.set(self.project.migrations.join(file_name(path)), normalized(text));
            }
        }
        writes
    }

    fn former_paths(&self, version: i64) -> Vec<PathBuf> {
        let former = self.lines.second.state.migrations.iter().filter(|migration| migration.version == version);
        self.paths_of(former).collect()
    }

    fn paths_of<'a>(
        &'a self,
        migrations: impl IntoIterator<Item = &'a Migration> + 'a,
    ) -> impl Iterator<Item = PathBuf> + 'a {
        let paths = migrations.into_iter().flat_map(Migration::files);
        paths.map(|(path, _)| self.project.migrations.join(file_name(path)))
    }

    /// Everything that is written over must be in version control: as one of the lines has it, or in git's conflict.
    fn unchanged(&self) -> Result<(), Vec<Finding>> {
        let Lines { base, first, second } = &self.lines;
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for migration in [base, first, second].into_iter().flat_map(|line| &line.state.migrations) {
            for (path, text) in migration.files() {
                known.entry(file_name(path)).or_default().insert(normalized(text));
            }
        }
        let changed = known.iter().filter_map(|(name, texts)| {
            let path = self.project.migrations.join(name);
            let text = normalized(&fs::read_to_string(&path).ok()?);
            let is_conflict = text.lines().any(|line| line.starts_with("<<<<<<< "));
            (!texts.contains(&text) && !is_conflict).then(|| {
                Finding::error(
                    self.project.start_of(&path),
                    "the file is neither line's: it was edited since, and would be lost",
                )
                .help("put the edit elsewhere, and take the file from version control")
            })
        });
        let changed: Vec<Finding> = changed.collect();
        if changed.is_empty() { Ok(()) } else { Err(changed) }
    }
}

impl Line {
    /// Its migrations that are not among the common ones, by what they say: a number may have changed since.
    fn own(&self, common: &[Migration]) -> Vec<Migration> {
        let mut left: Vec<Sealed> = common.iter().map(Sealed::of).collect();
        let mut own = Vec::new();
        for migration in &self.state.migrations {
            let sealed = Sealed::of(migration);
            match left.iter().position(|other| *other == sealed) {
                Some(at) => drop(left.swap_remove(at)),
                None if squash::replaced(&migration.up).is_empty() => own.push(migration.clone()),
                None => {}
            }
        }
        own
    }

    fn replaced(&self, common: &[Migration]) -> BTreeSet<i64> {
        let known = |migration: &&Migration| !common.iter().any(|other| Sealed::of(other) == Sealed::of(migration));
        let baselines = self.state.migrations.iter().filter(known);
        baselines.flat_map(|migration| squash::replaced(&migration.up)).map(|replaced| replaced.version).collect()
    }

    /// Common migrations that it no longer has, and that nothing stands for.
    fn lost(&self, common: &[Migration]) -> Vec<Finding> {
        let replaced = self.replaced(common);
        let has = |migration: &Migration| {
            self.state.migrations.iter().any(|own| Sealed::of(own) == Sealed::of(migration))
                || replaced.contains(&migration.version)
        };
        let lost = common.iter().filter(|migration| !has(migration));
        let said = lost.map(|migration| {
            let message = format!(
                "migration {} `{}`, which both lines come from, is missing or edited in {}",
                migration.version, migration.description, self.name
            );
            Finding::error(None, message).help("what is sealed must stay: restore it there first")
        });
        said.collect()
    }
}

fn outdated_draft(line: &Line) -> Option<Finding> {
    let outdated = line.state.draft.is_some() && line.state.target().is_none();
    outdated.then(|| {
        Finding::error(None, format!("the draft in {} was made on another base than the one beside it", line.name))
            .help("build there, and commit what the build writes")
    })
}

/// The first line folded migrations that the common ones don't have: what it did since can't be told from them.
fn squashed_beyond(first: &Line, common: &[Migration]) -> Option<Finding> {
    let known: BTreeSet<i64> = common.iter().map(|migration| migration.version).collect();
    let beyond = first.replaced(common).into_iter().find(|version| !known.contains(version))?;
    let message = format!(
        "{} folded migration {beyond} into a baseline, and the lines parted before it: the other line can't be tried on what was between",
        first.name
    );
    let line = Finding::error(None, message)
        .help("`cargo schema rebase --redraft` takes that line as it is, and the next build drafts yours anew")
        .help(format!("or merge the last commit before the squash first, and {} then", first.name));
    Some(line)
}

fn squashed_aside(second: &Line, common: &[Migration]) -> Option<Finding> {
    let is_squashed = !second.replaced(common).is_empty();
    is_squashed.then(|| {
        let message =
            format!("{} folded migrations into a baseline while the other line went on from them", second.name);
        Finding::error(None, message).help("undo the squash, merge, and squash again on the merged line")
    })
}

fn shared_version(version: i64, lines: &Lines) -> Finding {
    let names = [&lines.first.name, &lines.second.name];
    let message = format!(
        "{} and {} both have a migration {version}, and a database has applied the one of {}",
        names[0], names[1], names[1]
    );
    Finding::error(None, message)
        .help(format!("revert it there (`cargo schema revert --target {}`), and rebase then", version - 1))
}

fn applied_already(version: i64) -> Finding {
    Finding::error(
        None,
        format!("migration {version} is applied in a database, and would be drafted under another number"),
    )
    .help(format!("revert it there first: `cargo schema revert --target {}`", version - 1))
}

/// Gives later versions to what is not behind what comes before it. The clock has no part in it: twice is once.
fn renumbered(project: &Project, own: Vec<Migration>, newest: i64, applied: &BTreeSet<i64>) -> Vec<Moved> {
    let mut newest = newest;
    let moved = own.into_iter().map(|mut migration| {
        let from = migration.version;
        if !applied.contains(&from) && from <= newest {
            migration.version = newest.saturating_add(1);
        }
        newest = newest.max(migration.version);
        let (up, down) = pair_paths(project, migration.version, &migration.slug());
        let simple = migration.down.is_none();
        migration.up_path = if simple { project.migrations.join(simple_name(&migration)) } else { up };
        migration.down_path = migration.down.as_ref().map(|_| down);
        migration.up = normalized(&migration.up);
        migration.down = migration.down.map(|text| normalized(&text));
        Moved { from, migration }
    });
    moved.collect()
}

/// A migration without a down keeps the ending that it has.
fn simple_name(migration: &Migration) -> String {
    let old = file_name(&migration.up_path);
    let rest = old.split_once('_').map_or(old.as_str(), |(_, rest)| rest);
    format!("{}_{rest}", migration.version)
}

impl State {
    /// What all of its migrations lead to.
    fn end(&self) -> Schema {
        self.sealed(None).schema
    }
}
