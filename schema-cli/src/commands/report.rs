use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schema_core::advise::{Advice, advise};
use schema_core::build::{Comparison, State};
use schema_core::describe::lines;
use schema_core::diff::diff;
use schema_core::ir::{Dialect, Schema};
use schema_core::lint;
use schema_core::locks::Locks;
use schema_core::model::{Intents, Model};
use schema_core::renames::pending;
use schema_core::report::{Changes, Chosen, Facts, Proof, Report as Written, Wanted, choose};
use schema_core::snapshot::{FileChange, changed_files};
use schema_runtime::Error;
use schema_runtime::locks::survey;
use schema_runtime::released::versions_at;
use schema_runtime::report::{changes_between, proof};
use schema_runtime::sides::Bench;
use schema_runtime::verify::{Chain, Options, verify};
use serde::Serialize;

use super::verify::points;
use crate::args::Global;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::progress::Progress;
use crate::sides::BenchArgs;

/// Report on a change for its reviewer: what it does, that it undoes itself, what it costs, what stands in the way
///
/// In GitHub's Markdown, for a comment of a pull request. Without an argument it is about what is not sealed, else about the
/// newest migration. As in git, FROM..TO leaves FROM out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One migration, or those after FROM up to TO; either end may be left out
    #[arg(value_name = "VERSION|FROM..TO", conflicts_with_all = ["draft", "since"])]
    versions: Option<String>,
    /// What is not sealed
    #[arg(long, conflicts_with = "since")]
    draft: bool,
    /// What this tag, branch or commit of git does not have
    #[arg(long, value_name = "COMMIT")]
    since: Option<String>,
    /// Run the migrations on a scratch database, as `verify` and `verify --locks` do
    #[arg(long)]
    verify: bool,
    /// How many rows each table gets
    #[arg(long, value_name = "N", default_value_t = Options::default().rows, requires = "verify")]
    rows: usize,
    /// Don't kill the runner at every statement to see whether another run mends it
    #[arg(long, requires = "verify")]
    no_crash: bool,
    /// The file to write the Markdown to, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Reported {
    #[serde(flatten)]
    report: Written,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

/// What scratch databases said.
#[derive(Default)]
struct Runs {
    changes: Option<Changes>,
    proof: Option<Proof>,
    measured: Option<Result<Locks, String>>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Reported, Failure> {
        let (state, faults) = State::examine(&global.project()?)?;
        let (scan, comparison) = state.compare()?;
        let differs = comparison.has_errors() || !comparison.changes.is_empty();
        let chosen = choose(&state, &self.wanted(&state)?, differs)?;
        let mut runs = Runs { changes: known_changes(&state, &chosen, &scan.model, &comparison), ..Runs::default() };
        if faults.is_empty() && !chosen.versions.is_empty() {
            self.run_on_scratch(&state, &chosen, &scan.model.intents, &mut runs)?;
        }
        let mut changes = runs.changes.unwrap_or_else(|| unknown("Not known: the migration files are not in order."));
        if chosen.versions.iter().all(|version| !state.base.sealed.contains_key(version)) {
            changes.files = drafted_files(&state);
        }
        let counts = chosen.reaches_newest(&state);
        let facts = Facts {
            structs: counts.then(|| state.disagreement(&scan.model, &comparison)),
            lint: linted(&state, &chosen),
            advice: counts.then(|| advice_on(&changes, &scan.model, &state)),
            commands: self.commands(&state, &chosen, counts),
            verifying: format!("cargo schema report {}", self.about(true)).trim_end().to_owned(),
            state: &state,
            chosen: &chosen,
            changes,
            faults,
            proof: runs.proof,
            measured: runs.measured,
        };
        let report = Written::of(&facts);
        if let Some(file) = &self.out {
            std::fs::write(file, report.markdown())
                .map_err(|error| Failure::new(format!("`{}` can't be written: {error}", file.display())))?;
        }
        Ok(Reported { report, file: self.out.clone() })
    }

    fn wanted(&self, state: &State) -> Result<Wanted, Failure> {
        match (&self.versions, &self.since) {
            (Some(versions), _) => versions
                .parse()
                .map_err(|message: String| Failure::new(message).help("`cargo schema status` lists the versions")),
            (None, Some(commit)) => {
                Ok(Wanted::Since { commit: commit.clone(), known: versions_at(&state.project, commit)? })
            }
            (None, None) if self.draft => Ok(Wanted::Draft),
            (None, None) => Ok(Wanted::Newest),
        }
    }

    fn run_on_scratch(
        &self,
        state: &State,
        chosen: &Chosen,
        intents: &Intents,
        runs: &mut Runs,
    ) -> Result<(), Failure> {
        let (reads, dialect) = (runs.changes.is_none(), state.project.dialect);
        if !reads && !self.verify {
            return Ok(());
        }
        let done = self.bench.run(dialect, async |bench| {
            let mut done = Runs::default();
            if self.verify {
                done.proof = Some(self.proof(bench, state, chosen).await?);
            }
            if self.verify && dialect == Dialect::Postgres {
                done.measured = Some(measure(bench, state).await?);
            }
            if reads {
                done.changes = Some(read_changes(bench, state, chosen, intents).await?);
            }
            Ok(done)
        });
        match done {
            Ok(done) => {
                runs.changes = runs.changes.take().or(done.changes);
                (runs.proof, runs.measured) = (done.proof, done.measured);
            }
            // A report that was not asked to run anything can do without a server.
            Err(failure) if !self.verify => {
                let why: Vec<String> = failure.into_findings().into_iter().map(|finding| finding.message).collect();
                runs.changes = Some(unknown(&format!("Not known: {}.", why.join("; "))));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    async fn proof(&self, bench: &Bench, state: &State, chosen: &Chosen) -> Result<Proof, Error> {
        let is_all = chosen.versions.len() == state.migrations.len();
        let only = if is_all { Vec::new() } else { chosen.versions.clone() };
        let options =
            Options { rows: self.rows, crash: !self.no_crash, only: only.into_iter().collect(), ..Options::default() };
        let chain = Chain { migrations: &state.migrations, points: points(state) };
        let mut progress = Progress::new();
        Ok(proof(&verify(bench, &chain, &options, &mut |at| progress.verifying(&at)).await?))
    }

    /// The commands that say the same as what was run.
    fn commands(&self, state: &State, chosen: &Chosen, counts: bool) -> Vec<String> {
        let mut commands = vec![format!("cargo schema report {}", self.about(self.verify)).trim_end().to_owned()];
        commands.push("cargo schema check".to_owned());
        if !chosen.versions.is_empty() {
            let files = chosen.migrations(state).flat_map(|migration| migration.files());
            let files: Vec<String> = files.map(|(path, _)| state.project.label(path).display().to_string()).collect();
            commands.push(format!("cargo schema lint {}", files.join(" ")));
        }
        if counts {
            commands.push("cargo schema advise --no-explain".to_owned());
        }
        if self.verify && !chosen.versions.is_empty() {
            let versions: Vec<String> = chosen.versions.iter().map(ToString::to_string).collect();
            let is_all = chosen.versions.len() == state.migrations.len();
            let only = if is_all { String::new() } else { format!(" --only {}", versions.join(" ")) };
            commands.push(format!("cargo schema verify{}{only}", self.how()));
            if state.project.dialect == Dialect::Postgres {
                commands.push("cargo schema verify --locks --check".to_owned());
            }
        }
        commands
    }

    fn how(&self) -> String {
        let rows = if self.rows == Options::default().rows { String::new() } else { format!(" --rows {}", self.rows) };
        format!("{rows}{}", if self.no_crash { " --no-crash" } else { "" })
    }

    /// The arguments that say what the report is about.
    fn about(&self, verify: bool) -> String {
        let since = self.since.as_ref().map(|commit| format!("--since {commit}"));
        let draft = self.draft.then(|| "--draft".to_owned());
        let verify = verify.then(|| format!("--verify{}", self.how()));
        let parts = [self.versions.clone(), since, draft, verify];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

fn unknown(why: &str) -> Changes {
    Changes { basis: why.to_owned(), ..Changes::default() }
}

/// What the base and the structs say of the changes, where they say it: of the draft, and of everything from the beginning.
fn known_changes(state: &State, chosen: &Chosen, model: &Model, comparison: &Comparison) -> Option<Changes> {
    let between = |from: &Schema, to: &Schema, basis: &str| {
        let (renames, _) = pending(from, &state.base.renames, &model.intents);
        Changes {
            lines: lines(&diff(from, to, &renames), &model.intents),
            basis: basis.to_owned(),
            ..Changes::default()
        }
    };
    if !state.hand_written().is_empty() {
        return None;
    }
    let base = &state.base.schema;
    let is_draft = chosen.holds_draft && chosen.versions.iter().all(|it| !state.base.sealed.contains_key(it));
    match state.target() {
        Some(target) if is_draft => Some(between(base, &target, "The base against what the draft leads to.")),
        None if is_draft => Some(Changes {
            lines: lines(&comparison.changes, &model.intents),
            basis: "The base against the structs; the draft is not written.".to_owned(),
            ..Changes::default()
        }),
        _ if chosen.versions.is_empty() => Some(unknown("No migration, no change.")),
        _ => None,
    }
}

/// The files of the base that the seal will change. What is written by hand changes none.
fn drafted_files(state: &State) -> BTreeMap<PathBuf, FileChange> {
    state.target().map(|target| changed_files(&state.base.schema, &target)).unwrap_or_default()
}

async fn read_changes(bench: &Bench, state: &State, chosen: &Chosen, intents: &Intents) -> Result<Changes, Error> {
    match changes_between(bench, &state.migrations, &chosen.versions, intents).await {
        Err(Error::Refused(findings)) => {
            let why: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
            Ok(unknown(&format!("Not known: {}.", why.join("; "))))
        }
        other => other,
    }
}

/// What is wrong with a file is for the report to say.
async fn measure(bench: &Bench, state: &State) -> Result<Result<Locks, String>, Error> {
    match survey(bench, &state.migrations, &state.project.crate_dir).await {
        Ok(survey) => Ok(Ok(survey.locks())),
        Err(Error::Refused(findings)) => {
            Ok(Err(findings.iter().map(|finding| finding.text()).collect::<Vec<_>>().join("; ")))
        }
        Err(error) => Err(error),
    }
}

fn linted(state: &State, chosen: &Chosen) -> lint::Report {
    let project = &state.project;
    let label = project.label(&project.migrations);
    let judged = |version: i64| chosen.versions.contains(&version);
    let (files, _) = lint::folder(&project.migrations, &label, |migration, _| judged(migration.version));
    lint::lint(project.dialect, &files)
}

/// Of the advice on tables, that on those that change. Queries are no part of the change.
fn advice_on(changes: &Changes, model: &Model, state: &State) -> Vec<Advice> {
    let changes = |advice: &Advice| {
        let table = advice.table.as_ref().map(|table| format!("table {table}"));
        changes.lines.iter().any(|line| Some(&line.object) == table.as_ref())
    };
    advise(model, state.stats.as_ref(), None).advice.into_iter().filter(changes).collect()
}

impl Report for Reported {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.report.is_blocked())
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "wrote {}: {}", file.display(), self.report.summary.verdict),
            None => f.write_str(&self.report.markdown()),
        }
    }
}
