//! The build steps of one crate: one for each of its databases.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::thread;

use super::Build;
use super::cargo::{Directives, newest_change};
use super::compare::{Comparison, distribute};
use super::lifecycle::{self, scan_of, split};
use super::mode::Mode;
use super::project::Project;
use super::settled::{Inputs, Question};
use super::state::State;
use super::update::{outdated, update};
use crate::diag::Finding;
use crate::gate::Gate;
use crate::scan::{LeftOut, Scan};

/// Runs them all, and hands the macros what any of them found.
///
/// # Errors
/// All that no macro can show.
pub(super) fn steps(builds: &[Build], directives: &mut Directives) -> Result<(), Vec<Finding>> {
    directives.watch_environment();
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let unreadable = |error| vec![Finding::error(None, format!("`{}` can't be read: {error}", crate_dir.display()))];
    let mut projects = Vec::new();
    for build in builds {
        let mut project = build.project(&crate_dir).map_err(unreadable)?;
        project.cache_dir = Some(out_dir.clone());
        projects.push(project);
    }
    apart(&projects)?;
    directives.migrations(projects.iter().map(|project| project.migrations.as_path()));
    let mode = Mode::detect(&crate_dir, |name| env::var(name).ok()).map_err(|finding| vec![finding])?;
    let question = Question::new(&out_dir, builds, &projects, mode);
    if let Some(answer) = question.answer() {
        directives.repeat(answer);
        return Ok(());
    }
    let (gate, inputs) = match mode {
        Mode::Off => <(Gate, Inputs)>::default(),
        mode => all(&projects, mode == Mode::Write, &out_dir, directives)?,
    };
    let gate = directives
        .gate(&out_dir, &gate)
        .map_err(|error| vec![Finding::error(None, format!("`{}` can't be written: {error}", out_dir.display()))])?;
    question.settle(&inputs, &gate, directives);
    Ok(())
}

fn all(
    projects: &[Project],
    writes: bool,
    out_dir: &Path,
    directives: &mut Directives,
) -> Result<(Gate, Inputs), Vec<Finding>> {
    let (mut gate, mut inputs, mut findings) = (Gate::default(), Inputs::default(), Vec::new());
    let mut left_out: Option<BTreeSet<LeftOut>> = None;
    for project in projects {
        match (Run { project, writes, out_dir }).run(directives) {
            Ok(ran) => {
                gate.merge(ran.gate);
                inputs.merge(ran.inputs);
                let others: BTreeSet<LeftOut> = ran.left_out.into_iter().collect();
                left_out = Some(left_out.map_or_else(|| others.clone(), |before| &before & &others));
            }
            Err(errors) => findings.extend(errors),
        }
    }
    if findings.is_empty() {
        findings.extend(left_out.unwrap_or_default().into_iter().map(without_database));
    }
    findings.sort();
    findings.dedup();
    if findings.is_empty() { Ok((gate, inputs)) } else { Err(findings) }
}

/// What one database writes, another must not take for its own.
fn apart(projects: &[Project]) -> Result<(), Vec<Finding>> {
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in projects.iter().flat_map(|project| [project.schema_dir.as_path(), project.migrations.as_path()]) {
        *folders.entry(folder).or_default() += 1;
    }
    let shared = folders.into_iter().filter(|(_, count)| *count > 1);
    let findings: Vec<Finding> = shared
        .map(|(folder, _)| {
            let message = format!("two databases share the folder `{}`", folder.display());
            Finding::error(None, message).help("give each its own, in the build script: `Build::new(..).schema_dir(\"schema/a\").migrations(\"migrations/a\")`")
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn without_database(left_out: LeftOut) -> Finding {
    let message = format!("`{}` belongs to no database: no build step names a module that it is in", left_out.name);
    Finding::error(Some(left_out.place), message)
        .help("name its module in the build script: `Build::new(..).module(\"..\")`")
}

fn variable(name: &str) -> Result<String, Vec<Finding>> {
    env::var(name).map_err(|_| {
        vec![Finding::error(None, format!("{name} is not set: this runs in a build script, started by cargo"))]
    })
}

struct Run<'a> {
    project: &'a Project,
    writes: bool,
    out_dir: &'a Path,
}

/// What came of it.
struct Ran {
    /// What its macros must show.
    gate: Gate,
    /// What is other databases'.
    left_out: Vec<LeftOut>,
    inputs: Inputs,
}

impl Run<'_> {
    fn run(&self, directives: &mut Directives) -> Result<Ran, Vec<Finding>> {
        let _lock = if self.writes { Some(lifecycle::lock(self.project)?) } else { None };
        let (state, scan) = match self.read() {
            (Ok(state), Ok(scan)) => (state, scan),
            (state, scan) => return Err(errors_of(state.err(), scan)),
        };
        let comparison = Comparison::new(&state, &scan.model, &scan.findings);
        let (gate, rest) = distribute(&state, &scan.model, &comparison.findings);
        let (errors, warnings) = split(rest);
        if !errors.is_empty() {
            // The macros will not run, so theirs are shown too.
            return Err(split(comparison.findings).0);
        }
        let files = self.watched_files(&scan);
        let mut wrote = false;
        state.warnings.iter().chain(&warnings).for_each(|finding| directives.warning(finding));
        if comparison.has_errors() {
            directives.unfinished(&comparison.findings);
        } else if self.writes {
            let ups;
            (ups, wrote) = lifecycle::write_draft(
                &state,
                &scan.model,
                &comparison,
                newest_change(files.iter().chain(&self.watched_folders(&scan))),
            )?;
            self.announce(directives, &state, &comparison, &ups);
        } else {
            let update = update(&state, &scan.model, &comparison, lifecycle::now())?;
            outdated(&state, &update.writes).map_or(Ok(()), |finding| Err(vec![finding]))?;
        }
        let folders = self.watched_folders(&scan);
        directives.watch(files.iter().chain(&folders));
        // Of migrations written by hand git is asked whether they are committed.
        let is_open = wrote || comparison.has_errors() || !state.hand_written().is_empty();
        let ran = Ran { gate, inputs: self.inputs(&scan, files, folders, is_open), left_out: scan.left_out };
        // The process ends soon: to take thousands of tables apart first takes a build without optimisation its time.
        std::mem::forget((state, scan.model, comparison));
        Ok(ran)
    }

    /// The state and the structs, which have nothing to do with each other until they are compared.
    fn read(&self) -> (Result<State, Vec<Finding>>, Result<Scan, Vec<Finding>>) {
        thread::scope(|scope| {
            let state = thread::Builder::new().spawn_scoped(scope, || State::load(self.project));
            let scan = scan_of(self.project);
            let state = match state.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(state)) => state,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // The system gives no thread.
                Err(_) => State::load(self.project),
            };
            (state, scan)
        })
    }

    fn inputs(&self, scan: &Scan, files: Vec<PathBuf>, folders: Vec<PathBuf>, is_open: bool) -> Inputs {
        let plain: BTreeSet<PathBuf> = scan.plain.iter().map(|path| self.project.resolve(path)).collect();
        let whole: BTreeSet<PathBuf> =
            [&self.project.schema_dir, &self.project.migrations].into_iter().cloned().collect();
        let files = files.into_iter().filter(|path| !plain.contains(path)).collect();
        Inputs { files, plain, folders: folders.into_iter().collect(), whole, is_open }
    }

    fn watched_files(&self, scan: &Scan) -> Vec<PathBuf> {
        self.there(scan.files.iter())
    }

    /// Folders that hold the build's own output would change at every build.
    fn watched_folders(&self, scan: &Scan) -> Vec<PathBuf> {
        let folders = scan.dirs.iter().chain([&self.project.schema_dir, &self.project.migrations]);
        self.there(
            folders.filter(|folder| !self.out_dir.starts_with(folder) && !self.project.crate_dir.starts_with(folder)),
        )
    }

    fn there<'p>(&self, paths: impl Iterator<Item = &'p PathBuf>) -> Vec<PathBuf> {
        paths.map(|path| self.project.resolve(path)).filter(|path| path.exists()).collect()
    }

    fn announce(&self, directives: &mut Directives, state: &State, comparison: &Comparison, ups: &[PathBuf]) {
        for (up, pair) in ups.iter().zip(comparison.plan.pairs(self.project.dialect)) {
            directives.draft(&self.project.label(up), &pair.work, state.stats.as_ref());
        }
    }
}

fn errors_of(state: Option<Vec<Finding>>, scan: Result<Scan, Vec<Finding>>) -> Vec<Finding> {
    let mut errors = state.unwrap_or_default();
    errors.extend(scan.map_or_else(|errors| errors, |scan| split(scan.findings).0));
    errors
}
