//! The life of a change, for the build step and the command line alike. Nothing here prints.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::compare::{Comparison, distribute};
use super::draft::Draft;
use super::lock::Lock;
use super::locks::lock_findings;
use super::project::Project;
use super::state::State;
use super::update::{Update, groundwork, outdated, unreadable, update};
use crate::diag::Finding;
use crate::gate::Gate;
use crate::memory::Memory;
use crate::migration::{Folder, Migration};
use crate::model::Model;
use crate::scan::{Scan, ScanOptions, scan};
use crate::snapshot::{Sealed, Snapshot};
use crate::writes::Writes;

/// Where a crate's migrations stand.
#[derive(Clone, Debug)]
pub struct Status {
    /// The newest sealed migration.
    pub head: Option<i64>,
    /// How many are sealed.
    pub sealed: usize,
    /// The draft's migrations.
    pub draft: Vec<Migration>,
    /// Files of the draft edited by hand.
    pub edited: Vec<PathBuf>,
    /// Migrations written by hand since the last seal.
    pub hand_written: Vec<Migration>,
}

impl State {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            head: self.base.head,
            sealed: self.base.sealed.len(),
            draft: self.migrations.iter().filter(|migration| self.is_draft(migration)).cloned().collect(),
            edited: self.edited(),
            hand_written: self.hand_written().into_iter().cloned().collect(),
        }
    }

    /// Compares the structs with the base.
    ///
    /// # Errors
    /// When the crate's source can't be read.
    pub fn compare(&self) -> Result<(Scan, Comparison), Vec<Finding>> {
        let scan = scan_of(&self.project)?;
        let comparison = Comparison::new(self, &scan.model, &scan.findings);
        Ok((scan, comparison))
    }

    /// Everything that keeps the crate from a release: errors in the structs, an outdated draft, unsealed migrations.
    /// Warnings are among them.
    ///
    /// # Errors
    /// When the crate's source can't be read.
    pub fn check(&self) -> Result<Vec<Finding>, Vec<Finding>> {
        let (scan, comparison) = self.compare()?;
        let mut findings = self.warnings.clone();
        findings.extend(self.disagreement(&scan.model, &comparison));
        let unsealed = self.migrations.iter().filter(|migration| !self.base.sealed.contains_key(&migration.version));
        findings.extend(unsealed.map(|migration| {
            Finding::error(self.project.start_of(&migration.up_path), "the migration is not sealed")
                .help("`cargo schema seal` closes it")
        }));
        findings.extend(lock_findings(self));
        findings.sort();
        Ok(findings)
    }

    /// What keeps structs and draft from agreeing: errors in the structs, an outdated draft, one that was edited by hand.
    /// Warnings are among them.
    #[must_use]
    pub fn disagreement(&self, model: &Model, comparison: &Comparison) -> Vec<Finding> {
        let mut findings = comparison.findings.clone();
        if !comparison.has_errors() {
            match update(self, model, comparison, now()) {
                Ok(update) => findings.extend(outdated(self, &update.writes)),
                Err(edits) => findings.extend(edits),
            }
        }
        findings
    }
}

/// Brings the draft up to date with the structs, as a build does. Returns the draft's migrations.
///
/// # Errors
/// Every error in the state or the structs; nothing is written then.
pub fn draft(project: &Project) -> Result<Vec<Migration>, Vec<Finding>> {
    let _lock = lock(project)?;
    let state = State::load(project)?;
    let (scan, comparison) = state.compare()?;
    let (errors, _) = split(comparison.findings.clone());
    if !errors.is_empty() {
        return Err(errors);
    }
    write_draft(&state, &scan.model, &comparison, None)?;
    Ok(State::load(project)?.status().draft)
}

/// Writes the draft that leads to `model`, and tells its files that lead up and whether anything had to be written. Errors of
/// the comparison are the caller's to heed.
pub(super) fn write_draft(
    state: &State,
    model: &Model,
    comparison: &Comparison,
    stamp: Option<SystemTime>,
) -> Result<(Vec<PathBuf>, bool), Vec<Finding>> {
    let Update { writes, ups } = update(state, model, comparison, now())?;
    let wrote_groundwork = apply(state, &groundwork(state)?, stamp)?;
    let wrote = apply(state, &writes, stamp)? || wrote_groundwork;
    Ok((ups, wrote))
}

/// Closes the draft and what was written by hand since the last seal: the base moves on. `name` replaces what the
/// draft's files are called. Returns the sealed migrations.
///
/// # Errors
/// When there is nothing to seal, the draft is not of this base, or the state is at fault.
pub fn seal(project: &Project, name: Option<&str>) -> Result<Vec<Migration>, Vec<Finding>> {
    let _lock = lock(project)?;
    let state = State::load(project)?;
    sealable(&state)?;
    let sealed: Vec<i64> = state.migrations.iter().map(|migration| migration.version).collect();
    let mut writes = Writes::default();
    let leftovers = name.map(|name| renamed(&state, name, &mut writes)).transpose()?.unwrap_or_default();
    state.sealed(None).plan(&project.schema_dir, &mut writes).map_err(|error| vec![unreadable(&state, &error)])?;
    writes.remove(project.draft_record());
    leftovers.into_iter().for_each(|path| writes.remove(path));
    apply(&state, &writes, None)?;
    let after = State::load(project)?;
    let new = |migration: &Migration| {
        sealed.contains(&migration.version) && !state.base.sealed.contains_key(&migration.version)
    };
    Ok(after.migrations.into_iter().filter(|migration| new(migration)).collect())
}

fn sealable(state: &State) -> Result<(), Vec<Finding>> {
    let project = &state.project;
    if state.draft.is_none() && state.hand_written().is_empty() {
        return Err(vec![Finding::error(None, "there is nothing to seal: no draft, and no migration written by hand")]);
    }
    let Some(draft) = &state.draft else { return Ok(()) };
    let record = project.draft_record();
    if state.target().is_none() {
        let message = "the base has moved on since the draft was made";
        return Err(vec![
            Finding::error(project.start_of(&record), message).help("build first: the draft is made anew on the base"),
        ]);
    }
    let missing = draft.paths(project).into_iter().filter(|path| !path.is_file());
    let missing: Vec<Finding> = missing
        .map(|path| {
            Finding::error(project.start_of(&path), "the draft's file is missing")
                .help("build first: it is written anew")
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// Plans the draft's files under another name; returns those under the old one.
fn renamed(state: &State, name: &str, writes: &mut Writes) -> Result<Vec<PathBuf>, Vec<Finding>> {
    let slug = slug(name)?;
    let mut leftovers = Vec::new();
    let draft: Vec<&Migration> = state.migrations.iter().filter(|migration| state.is_draft(migration)).collect();
    for (index, migration) in draft.into_iter().enumerate() {
        let slug = if index == 0 { slug.clone() } else { format!("{slug}_{}", index + 1) };
        if slug == migration.slug() {
            continue;
        }
        let (up, down) = pair_paths(&state.project, migration.version, &slug);
        writes.set(up, migration.up.clone());
        writes.set(down, migration.down.clone().unwrap_or_default());
        leftovers.push(migration.up_path.clone());
        leftovers.extend(migration.down_path.clone());
    }
    Ok(leftovers)
}

/// The draft's files that hold what the build wrote.
///
/// # Errors
/// When the draft's record can't be read.
pub fn drafted_files(project: &Project) -> Result<Vec<PathBuf>, Vec<Finding>> {
    let draft = Draft::read(project).map_err(|error| vec![error])?;
    Ok(draft.map(|draft| draft.untouched_paths(project)).unwrap_or_default())
}

/// Removes the draft, with whatever was edited in it. The next build writes it anew from the structs. Returns the
/// removed files.
///
/// # Errors
/// When the state is at fault or a file can't be removed.
pub fn discard(project: &Project) -> Result<Vec<PathBuf>, Vec<Finding>> {
    let _lock = lock(project)?;
    let Some(draft) = Draft::read(project).map_err(|error| vec![error])? else { return Ok(Vec::new()) };
    let base = read_base(project)?;
    let mut gone = draft.unsealed_paths(project, &base);
    gone.retain(|path| path.exists());
    gone.push(project.draft_record());
    let mut writes = Writes::default();
    gone.iter().for_each(|path| writes.remove(path.clone()));
    writes
        .apply(None)
        .map_err(|error| vec![project.failed(&project.migrations, "the draft can't be removed", &error)])?;
    Ok(gone)
}

fn read_base(project: &Project) -> Result<Snapshot, Vec<Finding>> {
    let label = project.label(&project.schema_dir);
    let base = Snapshot::read_labelled(&project.schema_dir, &label, project.dialect, &mut Memory::default())?;
    Ok(base.unwrap_or_else(|| Snapshot::empty(project.dialect)))
}

/// Takes what the structs say now for what the existing migrations make: the first base of a project that has used
/// sqlx without this tool. Returns how many migrations it covers.
///
/// # Errors
/// When there is a base already, or the structs or the folder are at fault.
pub fn adopt(project: &Project) -> Result<usize, Vec<Finding>> {
    let _lock = lock(project)?;
    let base = read_base(project)?;
    if !base.sealed.is_empty() || !base.schema.is_empty() || project.draft_record().exists() {
        let message = "there is a base or a draft already; only a project without either can be adopted";
        return Err(vec![Finding::error(project.start_of(&project.schema_dir), message)]);
    }
    let folder = Folder::read(&project.migrations, &project.label(&project.migrations));
    let scan = scan_of(project)?;
    let mut findings = folder.findings;
    findings.extend(scan.findings.iter().cloned());
    findings.extend(crate::check::check(&scan.model, &scan.model.schema));
    let (errors, _) = split(findings);
    if !errors.is_empty() {
        return Err(errors);
    }
    let sealed: BTreeMap<i64, Sealed> =
        folder.migrations.iter().map(|migration| (migration.version, Sealed::of(migration))).collect();
    let renames = crate::renames::sealed_keys(&scan.model.intents);
    let count = sealed.len();
    let snapshot = Snapshot::new(scan.model.schema, sealed, renames);
    snapshot
        .write(&project.schema_dir)
        .map_err(|error| vec![project.failed(&project.schema_dir, "the base can't be written", &error)])?;
    Ok(count)
}

/// What the macros of a crate would show, without a build: `root_file` stands for the whole crate.
///
/// # Errors
/// The errors that no macro shows.
pub fn gate_for(
    crate_dir: &std::path::Path,
    root_file: &std::path::Path,
    dialect: crate::ir::Dialect,
    schema_dir: &std::path::Path,
) -> Result<Gate, Vec<Finding>> {
    let mut project = Project::new(crate_dir, dialect)
        .map_err(|error| vec![Finding::error(None, format!("`{}` can't be read: {error}", crate_dir.display()))])?;
    project.roots = vec![project.resolve(root_file)];
    project.schema_dir = project.resolve(schema_dir);
    let state = State {
        base: Arc::new(read_base(&project)?),
        migrations: Vec::new(),
        draft: None,
        locks: None,
        stats: None,
        warnings: Vec::new(),
        has_base: true,
        project,
    };
    let (scan, comparison) = state.compare()?;
    let (gate, rest) = distribute(&state, &scan.model, &comparison.findings);
    let (errors, _) = split(rest);
    if errors.is_empty() { Ok(gate) } else { Err(errors) }
}

pub(super) fn scan_of(project: &Project) -> Result<Scan, Vec<Finding>> {
    if project.roots.is_empty() {
        let message = "there is no `src/lib.rs` or `src/main.rs` to look for structs in";
        return Err(vec![
            Finding::error(None, message).help("name the crate's root file: `Build::new(..).crate_root(\"..\")`"),
        ]);
    }
    scan(&ScanOptions {
        crate_dir: project.crate_dir.clone(),
        roots: project.roots.clone(),
        modules: project.modules.clone(),
        dialect: project.dialect,
        cache_dir: project.cache_dir.clone(),
    })
}

pub(super) fn lock(project: &Project) -> Result<Lock, Vec<Finding>> {
    Lock::acquire(&project.crate_dir).map_err(|error| {
        vec![Finding::error(None, format!("the lock in the system's temporary folder can't be taken: {error}"))]
    })
}

/// True when anything had to be written.
pub(super) fn apply(state: &State, writes: &Writes, stamp: Option<SystemTime>) -> Result<bool, Vec<Finding>> {
    writes.apply(stamp).map_err(|error| {
        vec![
            state
                .project
                .failed(&state.project.migrations, "the migrations can't be written", &error)
                .help("make the crate's folder writable, or build where nothing has changed since the last commit"),
        ]
    })
}

/// (errors, warnings)
pub(super) fn split(findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    findings.into_iter().partition(Finding::is_error)
}

pub(super) fn pair_paths(project: &Project, version: i64, slug: &str) -> (PathBuf, PathBuf) {
    let path = |direction: &str| project.migrations.join(format!("{version}_{slug}.{direction}.sql"));
    (path("up"), path("down"))
}

pub(super) fn slug(name: &str) -> Result<String, Vec<Finding>> {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    let slug: String = slug.chars().take(60).collect();
    if slug.is_empty() {
        return Err(vec![Finding::error(
            None,
            format!("the name `{name}` has no letter or digit of ASCII for a file name"),
        )]);
    }
    Ok(slug)
}

/// The time in UTC as YYYYMMDDHHMMSS.
pub(super) fn now() -> i64 {
    let now = time::OffsetDateTime::now_utc();
    let (year, month, day) = (i64::from(now.year()), i64::from(u8::from(now.month())), i64::from(now.day()));
    let (hour, minute, second) = (i64::from(now.hour()), i64::from(now.minute()), i64::from(now.second()));
    ((((year * 100 + month) * 100 + day) * 100 + hour) * 100 + minute) * 100 + second
}
