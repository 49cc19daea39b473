//! The proof that every migration undoes itself: each one runs, on rows, there and back and there again.
//!
//! Between two migrations a scratch database stands where the files before have brought it, without rows but those that
//! they put in. From it each migration gets a copy, which is filled with rows of the schema as it is there. What the
//! catalog must be then follows from the chain itself, run once without these rows, and where there is a snapshot of that
//! point, from that too.

mod changes;
mod crash;
pub(crate) mod moves;
pub(crate) mod rows;
pub(crate) mod text;
mod trial;
mod validity;
mod whole;

use std::collections::BTreeSet;

use schema_core::ir::{Dialect, Schema};
use schema_core::migration::Migration;
use serde::Serialize;

use crate::Error;
use crate::drift::{Order, settled};
use crate::seed::{Amount, Seeded};
use crate::sides::{Bench, Side, WorkError};

use changes::{Change, changes};
pub use crash::Crashes;
pub(crate) use moves::renamed;
use trial::Trial;
pub use whole::Whole;

/// What is to be verified, beyond the migrations.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many rows each table gets.
    pub rows: usize,
    /// Other numbers give other rows; the same number gives the same rows.
    pub seed: u32,
    /// The versions that are verified; all where it is empty. The others are applied to get there.
    pub only: BTreeSet<i64>,
    /// Whether the runner is killed at every point of each.
    pub crash: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { rows: 8, seed: 0, only: BTreeSet::new(), crash: true }
    }
}

/// The migrations of a project.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// In the order of their versions.
    pub migrations: &'a [Migration],
    /// What is known of points within.
    pub points: Vec<Point>,
}

/// What a version is known to lead to.
#[derive(Clone, Debug)]
pub struct Point {
    /// The version.
    pub version: i64,
    /// Who says so: `the base`, `the draft`.
    pub label: String,
    /// The schema after it.
    pub schema: Schema,
}

/// How one step of a proof went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// All is as it must be.
    Holds,
    /// Something isn't, and the file says so.
    Stated,
    /// Something isn't as it must be.
    Fails,
    /// It was not run: there is no way back, or something before it failed.
    #[default]
    NotRun,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// The database.
    pub dialect: Dialect,
    /// The number that the rows were chosen by.
    pub seed: u32,
    /// One for each migration that was asked for.
    pub migrations: Vec<Verified>,
    /// All together; none where only some were asked for, or one fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
}

/// What came of one migration.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Its version.
    pub version: i64,
    /// The version of the last of several files that go back together and are tried as one; its own where it is one file.
    pub through: i64,
    /// Its description.
    pub description: String,
    /// Why there is no way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// The up runs on rows.
    pub up: Mark,
    /// After it the catalog is what the chain makes without rows, and what a snapshot says.
    pub reached: Mark,
    /// Rows of tables and columns that stay are what they were.
    pub rows_kept: Mark,
    /// The down runs.
    pub down: Mark,
    /// After it the catalog is what it was.
    pub restored: Mark,
    /// Rows are what they were.
    pub rows_restored: Mark,
    /// The up runs again, to the same catalog.
    pub up_again: Mark,
    /// How it went when the runner was killed; none where that was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crashes: Option<Crashes>,
    /// The rows that it ran on.
    pub rows: Seeded,
    /// How many rows were compared.
    pub compared: usize,
    /// What is wrong, in words, with when it was found.
    pub faults: Vec<String>,
    /// What isn't as it was, as the file says.
    pub stated: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Verification {
    /// True when nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        let whole = self.whole.as_ref().is_none_or(|whole| whole.faults.is_empty());
        whole && self.migrations.iter().all(Verified::holds)
    }
}

impl Verified {
    fn of(files: &[Migration]) -> Self {
        let [Some(first), Some(last)] = [files.first(), files.last()] else { return Self::default() };
        let description = match files.len() {
            1 => first.description.clone(),
            count => format!("{} and the {} behind it, which go back together", first.description, count - 1),
        };
        Self { version: first.version, through: last.version, description, ..Self::default() }
    }

    /// True when nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    fn fail_up(&mut self, error: &WorkError) {
        self.up = Mark::Fails;
        self.faults.push(format!("up: it fails on the rows of the migrations alone: {error}"));
    }

    fn unreached(mut self) -> Self {
        self.notes.push("not run: a migration before it fails".to_owned());
        self
    }

    /// Nothing can change the order of columns, so it is no fault.
    fn note_orders(&mut self, when: &str, orders: &[Order]) {
        let texts = orders
            .iter()
            .map(|it| format!("{when}: {} has its columns in the order {}", it.object, it.found.join(", ")));
        for text in texts {
            if !self.notes.contains(&text) {
                self.notes.push(text);
            }
        }
    }
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The migration that begins.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// Its place, from 1.
    pub index: usize,
    /// How many there are.
    pub total: usize,
}

/// Verifies the migrations of a project.
///
/// # Errors
/// No scratch database can be had, or it ends while it is used. What is wrong with a migration is no error: the result
/// says it.
pub async fn verify(
    bench: &Bench,
    chain: &Chain<'_>,
    options: &Options,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verification, Error> {
    let mut migrations = Vec::new();
    let mut base = bench.fresh().await?;
    let mut before = base.read().await?;
    let amount = Amount { rows: options.rows, seed: options.seed };
    let mut lowest = (0, before.clone());
    let mut pending = changes(chain.migrations).into_iter();
    for range in pending.by_ref() {
        let files = chain.migrations.get(range.clone()).unwrap_or_default();
        let mut verified = Verified::of(files);
        let (version, description) = (verified.version, verified.description.clone());
        tell(Progress { version, description, index: range.end, total: chain.migrations.len() });
        let (mut former, mut reached) = bench.copied(base).await?;
        let change = Change { files };
        if let Err(error) = change.run_up(&mut reached).await? {
            verified.fail_up(&error);
            migrations.push(verified);
            bench.remove(former).await?;
            base = reached;
            break;
        }
        let after = reached.read().await?;
        if options.takes(files) {
            compare_with_snapshot(bench, chain, &after.schema, &mut verified).await?;
            let through = verified.through;
            let mut trial = Trial::new(bench, change, [&before, &after], amount, verified);
            (former, reached) = trial.run(former, reached).await?;
            if options.crash && trial.verified.holds() {
                let so_far = chain.migrations.get(..range.end).unwrap_or_default();
                (former, reached) = trial.crash(so_far, former, reached).await?;
            }
            if trial.verified.irreversible.is_some() {
                lowest = (through, after.clone());
            }
            migrations.push(trial.verified);
        }
        bench.remove(former).await?;
        (base, before) = (reached, after);
    }
    bench.remove(base).await?;
    let unreached = pending.filter_map(|range| chain.migrations.get(range)).filter(|files| options.takes(files));
    migrations.extend(unreached.map(|files| Verified::of(files).unreached()));
    let mut verification = Verification { dialect: bench.dialect(), seed: options.seed, migrations, whole: None };
    if options.only.is_empty() && verification.holds() {
        verification.whole = Some(Whole::run(bench, chain, (lowest.0, &lowest.1), &before).await?);
    }
    Ok(verification)
}

impl Options {
    fn takes(&self, files: &[Migration]) -> bool {
        self.only.is_empty() || files.iter().any(|file| self.only.contains(&file.version))
    }
}

/// What the chain has led to, held against what is recorded of that point.
async fn compare_with_snapshot(
    bench: &Bench,
    chain: &Chain<'_>,
    found: &Schema,
    verified: &mut Verified,
) -> Result<(), Error> {
    let version = verified.through;
    for point in chain.points.iter().filter(|point| point.version == version) {
        let side = Side::Schema(Box::new(point.schema.clone()), point.label.clone());
        let expected = side.read(bench).await?.schema;
        let (differences, orders) = settled(&expected, found, bench).await;
        if !differences.is_empty() {
            verified.reached = Mark::Fails;
        }
        verified.faults.extend(differences.iter().map(|it| format!("up: other than {} says: {it}", point.label)));
        verified.note_orders("up", &orders);
    }
    Ok(())
}

/// What a scratch database said to a file; an error when there is no database any more.
pub(crate) fn ran(result: Result<(), WorkError>) -> Result<Result<(), WorkError>, Error> {
    match result {
        Err(error) if error.is_about_the_connection() => Err(error.into()),
        other => Ok(other),
    }
}

/// What the runner said: in words where it is about the migrations, an error where there is no database any more.
fn judged<T>(result: Result<T, Error>) -> Result<Result<T, String>, Error> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(Error::Migration(failed)) if failed.cause.as_database_error().is_none() => Err(Error::Migration(failed)),
        Err(error @ (Error::Migration(_) | Error::Refused(_) | Error::Paused(_) | Error::HeldUp(_))) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error),
    }
}
