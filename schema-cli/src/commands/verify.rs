mod locks;

use std::collections::BTreeSet;
use std::fmt;

use schema_core::build::State;
use schema_runtime::verify::{Chain, Mark, Options, Point, Verification, Verified, Whole, verify};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, QUIET, REMOVED, Report, count, paint};
use crate::progress::Progress;
use crate::sides::BenchArgs;

use locks::{Measured, measure};

/// Prove on a scratch database that every migration undoes itself, with rows in the tables
///
/// Each one runs up, down and up again; the catalog and the rows are compared in between. With --locks, measures what
/// each statement of the migrations locks, rewrites, scans and builds instead; the result is kept in `schema/locks.json`
/// and shown in the draft's comments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many rows each table gets
    #[arg(long, value_name = "N", default_value_t = Options::default().rows, conflicts_with = "locks")]
    rows: usize,
    /// Other numbers put other rows in; the same one always the same
    #[arg(long, value_name = "S", default_value_t = 0, conflicts_with = "locks")]
    seed: u32,
    /// Only these; the migrations before them are applied all the same
    #[arg(long, value_name = "VERSION", num_args = 1.., conflicts_with = "locks")]
    only: Vec<i64>,
    /// Don't kill the runner at every statement to see whether another run mends it
    #[arg(long, conflicts_with = "locks")]
    no_crash: bool,
    /// Measure locks instead
    #[arg(long)]
    locks: bool,
    /// Write nothing; end with 1 where `schema/locks.json` says otherwise than the server
    #[arg(long, requires = "locks")]
    check: bool,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Checked {
    Migrations(Verification),
    Locks(Measured),
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Checked, Failure> {
        if self.locks {
            return measure(global, &self.bench, self.check).map(Checked::Locks);
        }
        let project = global.project()?;
        let state = State::load(&project)?;
        self.check_versions(&state)?;
        let options = Options {
            rows: self.rows,
            seed: self.seed,
            only: self.only.iter().copied().collect(),
            crash: !self.no_crash,
        };
        let chain = Chain { migrations: &state.migrations, points: points(&state) };
        let mut progress = Progress::new();
        let verification = self.bench.run(project.dialect, async |bench| {
            verify(bench, &chain, &options, &mut |at| progress.verifying(&at)).await
        })?;
        Ok(Checked::Migrations(verification))
    }

    fn check_versions(&self, state: &State) -> Result<(), Failure> {
        let known: BTreeSet<i64> = state.migrations.iter().map(|migration| migration.version).collect();
        match self.only.iter().find(|version| !known.contains(version)) {
            Some(version) => Err(Failure::new(format!("there is no migration {version}"))
                .help("`cargo schema status` lists the versions")),
            None => Ok(()),
        }
    }
}

/// Where the base and the draft say what there must be.
pub(super) fn points(state: &State) -> Vec<Point> {
    let point = |version, label: &str, schema| Point { version, label: label.to_owned(), schema };
    let base = state.base.head.map(|head| point(head, "the base", state.base.schema.clone()));
    let last = state.draft.as_ref().and_then(|draft| draft.versions().last().copied());
    let draft = last.zip(state.target()).map(|(last, target)| point(last, "the draft's structs", target));
    base.into_iter().chain(draft).collect()
}

impl Report for Checked {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Migrations(verification) => Outcome::differences_if(!verification.holds()),
            Self::Locks(measured) => measured.outcome(),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Migrations(verification) => proof(verification, f),
            Self::Locks(measured) => measured.fmt(f),
        }
    }
}

fn proof(verification: &Verification, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for migration in &verification.migrations {
        one(migration, f)?;
    }
    if let Some(whole) = &verification.whole {
        all(whole, f)?;
    }
    let wrong = verification.migrations.iter().filter(|migration| !migration.holds()).count();
    let total = count(verification.migrations.len(), "migration");
    match wrong {
        0 if !verification.holds() => {
            writeln!(f, "{}", paint(REMOVED, format!("{total} verified, all together at fault")))
        }
        0 => writeln!(f, "{}", paint(ADDED, format!("{total} verified"))),
        _ => writeln!(f, "{}", paint(REMOVED, format!("{total} verified, {wrong} of them at fault"))),
    }
}

fn all(whole: &Whole, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let down = if whole.down_to == 0 { "down to nothing".to_owned() } else { format!("down to {}", whole.down_to) };
    let marks = [("up", whole.up), (down.as_str(), whole.down), ("up again", whole.up_again)];
    let words: Vec<String> = marks.iter().map(|(name, mark)| word(name, *mark)).collect();
    writeln!(f, "{}\n  {}", paint(HEADING, "all together"), words.join(", "))?;
    whole.faults.iter().try_for_each(|fault| writeln!(f, "  {}", paint(REMOVED, fault)))
}

fn one(migration: &Verified, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "{}", paint(HEADING, format!("{} {}", migration.version, migration.description)))?;
    let marks = [
        ("up", migration.up),
        ("catalog", migration.reached),
        ("rows", migration.rows_kept),
        ("down", migration.down),
        ("catalog", migration.restored),
        ("rows", migration.rows_restored),
        ("up again", migration.up_again),
    ];
    let words: Vec<String> = marks.iter().map(|(name, mark)| word(name, *mark)).collect();
    let rows = format!("{} put in, {} compared", count(migration.rows.rows, "row"), migration.compared);
    let kills = migration.crashes.map(|it| format!("; {} of {} kills survived", it.survived, it.tried));
    writeln!(f, "  {}; {rows}{}", words.join(", "), kills.unwrap_or_default())?;
    let irreversible = migration.irreversible.iter().map(|why| paint(CHANGED, format!("irreversible: {why}")));
    let faults = migration.faults.iter().map(|fault| paint(REMOVED, fault));
    let stated = migration.stated.iter().map(|text| paint(QUIET, format!("{text}, as the file says")));
    let notes = migration.notes.iter().map(|note| paint(QUIET, note));
    let lacking = migration.rows.lacking.iter().map(|text| paint(QUIET, format!("rows: {text}")));
    let mut lines = irreversible.chain(faults).chain(stated).chain(notes).chain(lacking);
    lines.try_for_each(|line| writeln!(f, "  {line}"))
}

fn word(name: &str, mark: Mark) -> String {
    match mark {
        Mark::Holds => format!("{name} {}", paint(ADDED, "ok")),
        Mark::Stated => format!("{name} {}", paint(CHANGED, "as stated")),
        Mark::Fails => format!("{name} {}", paint(REMOVED, "wrong")),
        Mark::NotRun => paint(QUIET, format!("{name} not run")),
    }
}
