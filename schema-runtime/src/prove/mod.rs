//! A change proved: planned, run on a copy that holds rows, compared with what it shall lead to, run back, compared
//! with where it came from, and run once more.

mod intents;
pub(crate) mod rows;

use std::collections::{BTreeMap, BTreeSet};

use schema_core::consent::consent;
use schema_core::diag::Finding;
use schema_core::diff::{Change, Renames, diff};
use schema_core::ir::Schema;
use schema_core::model::{Intents, Model, Placed};
use schema_core::plan::{DraftPair, Plan, plan};
use schema_core::renames::pending;
use serde::Serialize;

use crate::Error;
use crate::drift::settled;
use crate::seed::{Amount, Correspondence, Guide, Samples, Seeded, seed};
use crate::sides::{Bench, Side, TextRow, Work};

pub use intents::Consent;
use intents::Stating;
use rows::{End, Pair, pairs};

/// What is to be proved, beyond the two sides.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which losses are accepted.
    pub consent: Consent,
    /// Whether the drops that are accepted keep what goes.
    pub keep: bool,
    /// `old=new`, `table.old=new`.
    pub renames: Vec<String>,
    /// `type.label=label`: what rows get whose label goes.
    pub maps: Vec<String>,
    /// How many rows each table gets.
    pub rows: usize,
    /// What the source says, where the second side is structs.
    pub intents: Intents,
}

impl Default for Options {
    fn default() -> Self {
        let (renames, maps, intents) = (Vec::new(), Vec::new(), Intents::default());
        Self { consent: Consent::None, keep: false, renames, maps, rows: 5, intents }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// The migration runs, and runs again after its down.
    pub up: bool,
    /// Its down runs.
    pub down: bool,
    /// After the up, both times, the catalog is the second side's.
    pub reached: bool,
    /// After the down the catalog is the first side's.
    pub restored: bool,
    /// Rows whose tables and columns survive are what they were, after the up, the down and the second up.
    pub rows_kept: bool,
    /// Hazards by their codes (`cargo schema explain CODE`).
    pub hazards: BTreeSet<&'static str>,
    /// What needs a consent that isn't given, or can't be planned. Then nothing is run.
    pub refused: Vec<Finding>,
    /// What isn't as it must be, in words, with when it was found.
    pub differences: Vec<String>,
    /// Tables whose columns are in another order than the second or first side has them: nothing can change it.
    pub column_order: Vec<String>,
    /// Values that were chosen because the change needs them and nobody gave them.
    pub stated: BTreeSet<String>,
    /// The rows that it was run on.
    pub rows: Seeded,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// The files.
    pub migrations: Vec<File>,
}

/// One pair of files.
#[derive(Clone, Debug, Serialize)]
pub struct File {
    /// What it is named by.
    pub name: String,
    /// Forward.
    pub up: String,
    /// Back.
    pub down: String,
}

impl From<DraftPair> for File {
    fn from(pair: DraftPair) -> Self {
        Self { name: pair.slug, up: pair.up, down: pair.down }
    }
}

impl Proof {
    /// True when all holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.up && self.down && self.reached && self.restored && self.rows_kept && self.refused.is_empty()
    }

    fn refused(refused: Vec<Finding>) -> Self {
        Self { refused, ..Self::default() }
    }
}

/// The changes from one side to the other, unplanned. `renames` are those of [`Options`], beyond those of `intents`.
///
/// # Errors
/// Renames that name nothing.
pub fn changes(from: &Schema, to: &Schema, intents: Intents, renames: &[String]) -> Result<Vec<Change>, Vec<Finding>> {
    let (renames, errors) = stated_renames(from, to, &mut { intents }, renames);
    if errors.is_empty() { Ok(diff(from, to, &renames)) } else { Err(errors) }
}

fn stated_renames(from: &Schema, to: &Schema, intents: &mut Intents, renames: &[String]) -> (Renames, Vec<Finding>) {
    let mut errors: Vec<Finding> = intents::rename(intents, from, to, renames).into_iter().collect();
    let (renames, found) = pending(from, &BTreeSet::new(), intents);
    errors.extend(found.into_iter().filter(Finding::is_error));
    (renames, errors)
}

/// What leads from one side to the other, planned but not run.
#[derive(Clone, Debug)]
pub struct Way {
    /// The changes.
    pub changes: Vec<Change>,
    /// Errors and warnings.
    pub findings: Vec<Finding>,
    /// The steps; empty when there is an error.
    pub plan: Plan,
    /// Values that were chosen.
    pub stated: BTreeSet<String>,
    intents: Intents,
    renames: Renames,
}

impl Way {
    /// Plans it.
    #[must_use]
    pub fn new(from: &Schema, to: &Schema, options: &Options) -> Self {
        Self::with_samples(from, to, options, &Samples::default())
    }

    fn with_samples(from: &Schema, to: &Schema, options: &Options, samples: &Samples) -> Self {
        let mut intents = options.intents.clone();
        let mut findings = Vec::new();
        let mut maps = Vec::new();
        let (renames, found) = stated_renames(from, to, &mut intents, &options.renames);
        findings.extend(found);
        findings.extend(options.maps.iter().filter_map(|option| intents::map(&mut maps, to, option).err()));
        let changes = diff(from, to, &renames);
        let (intents_given, stated) = (&mut intents, BTreeSet::new());
        let (consent_given, keep, maps) = (&options.consent, options.keep, &maps);
        let mut stating =
            Stating { from, to, consent: consent_given, keep, maps, samples, intents: intents_given, stated };
        stating.changes(&changes);
        stating.removals();
        let stated = stating.stated;
        let model = Model { schema: to.clone(), intents: intents.clone(), ..Model::empty(to.dialect) };
        findings.extend(consent(from, &model, &changes).into_iter().filter(Finding::is_error));
        let mut way = Self { changes, findings, plan: Plan::default(), stated, intents, renames };
        if way.findings.is_empty() {
            match plan(from, to, &way.changes, &way.intents) {
                Ok(plan) => way.plan = plan,
                Err(errors) => way.findings.extend(errors),
            }
        }
        way.findings.sort();
        way.findings.dedup();
        way
    }

    fn hazards(&self) -> BTreeSet<&'static str> {
        self.plan.steps.iter().flat_map(|step| step.hazards.iter().copied()).collect()
    }

    fn correspondence(&self, from: &Schema, to: &Schema) -> Correspondence {
        let mut correspondence = Correspondence::default();
        let moved: BTreeSet<_> = self.renames.tables.values().collect();
        for (name, after) in &to.tables {
            let former = self.renames.tables.get(name).unwrap_or(name);
            let Some(before) = from.tables.get(former) else { continue };
            if former == name && moved.contains(name) {
                continue;
            }
            correspondence.tables.insert(former.clone(), name.clone());
            let renamed = |column: &str| self.renames.columns.get(&(name.clone(), column.to_owned()));
            let gone: BTreeSet<&String> = after.columns.iter().filter_map(|column| renamed(&column.name)).collect();
            for column in &after.columns {
                let old = renamed(&column.name).unwrap_or(&column.name);
                let stays = before.column(old).is_some() && (*old != column.name || !gone.contains(old));
                if stays {
                    correspondence.columns.insert((former.clone(), old.clone()), column.name.clone());
                }
            }
        }
        for ((ty, new), old) in &self.renames.labels {
            correspondence.labels.insert((ty.clone(), old.clone()), new.clone());
            correspondence.renamed_labels.insert((ty.clone(), old.clone()), new.clone());
        }
        for allow in &self.intents.allows {
            if let (Some(label), Some(map_to)) = (&allow.part, &allow.map_to) {
                correspondence.labels.insert((allow.object.clone(), label.clone()), map_to.clone());
            }
        }
        let bare = |(key, value): (&_, &Placed<String>)| (Clone::clone(key), value.value.clone());
        correspondence.backfills = self.intents.backfills.iter().map(bare).collect();
        correspondence
    }
}

/// Proves the change from one side to the other.
///
/// # Errors
/// A side can't be read or made. What the change does wrong is no error: the proof says it.
pub async fn prove(from: &Side, to: &Side, options: &Options, bench: &Bench) -> Result<Proof, Error> {
    // Rows that the way back can't give to the former schema are not this change's fault: fewer, or none, are tried.
    let mut tries = vec![options.rows, 1, 0];
    tries.retain(|rows| *rows <= options.rows);
    tries.dedup();
    let mut notes = Vec::new();
    loop {
        let rows = if tries.is_empty() { 0 } else { tries.remove(0) };
        let mut tables = Tables { a: from.copy(bench).await?, b: None };
        let result = match to.copy(bench).await {
            Ok(b) => attempt([&mut tables.a, tables.b.insert(b)], options, rows, bench).await,
            Err(error) => Err(error),
        };
        bench.put_back(tables.a).await;
        if let Some(b) = tables.b {
            bench.put_back(b).await;
        }
        let (mut proof, rows_at_fault) = result?;
        match rows_at_fault {
            Some(error) if !tries.is_empty() && proof.rows.rows > 0 => {
                notes.push(format!("with {} rows in all: {error}", proof.rows.rows));
            }
            _ => {
                proof.notes.splice(0..0, notes);
                return Ok(proof);
            }
        }
    }
}

/// The two databases of one attempt.
struct Tables {
    a: Work,
    b: Option<Work>,
}

/// The proof with so many rows, and what the rows broke on their way back.
async fn attempt(
    [a, b]: [&mut Work; 2],
    options: &Options,
    rows: usize,
    bench: &Bench,
) -> Result<(Proof, Option<String>), Error> {
    let (former, new) = (a.read().await?, b.read().await?);
    let (from, to) = (former.schema, new.schema);
    let way = Way::new(&from, &to, options);
    if way.findings.iter().any(Finding::is_error) {
        return Ok((Proof::refused(way.findings), None));
    }
    let (whole_from, whole_to) = (from.expanded(), to.expanded());
    let correspondence = way.correspondence(&whole_from, &whole_to);
    let guide = Guide { work: &mut *b, schema: &whole_to, correspondence: &correspondence };
    let (seeded, samples) = seed(a, &whole_from, Some(guide), Amount { rows, seed: 0 }).await?;
    let way = Way::with_samples(&from, &to, options, &samples);
    let mut proof = Proof {
        hazards: way.hazards(),
        stated: way.stated.clone(),
        rows: seeded,
        notes: former.notes.iter().chain(&new.notes).map(|note| note.message.clone()).collect(),
        ..Proof::default()
    };
    let files = way.plan.pairs(to.dialect);
    proof.migrations = files.iter().cloned().map(File::from).collect();
    let mut run =
        Run { proof, a, b, from: &from, to: &to, correspondence, pairs: Vec::new(), before: Vec::new(), files, bench };
    run.pairs = pairs(&from, &to, &run.correspondence);
    let at_fault = run.all().await?;
    Ok((run.proof, at_fault))
}

struct Run<'a> {
    proof: Proof,
    a: &'a mut Work,
    /// It holds what the rows must have become.
    b: &'a mut Work,
    from: &'a Schema,
    to: &'a Schema,
    correspondence: Correspondence,
    pairs: Vec<Pair>,
    /// The rows of each before anything ran.
    before: Vec<Vec<TextRow>>,
    files: Vec<DraftPair>,
    bench: &'a Bench,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<Option<String>, Error> {
        self.proof.rows_kept = true;
        for pair in &self.pairs {
            self.before.push(pair.rows(self.a, End::Former).await.unwrap_or_default());
        }
        if !self.up("up").await {
            return Ok(None);
        }
        self.proof.reached = self.is("up", End::New).await?;
        self.check_rows("up", End::New).await;
        for pair in self.files.clone().iter().rev() {
            if let Err(error) = self.a.file(&pair.down).await {
                self.differ("down", format!("{} fails: {error}", pair.slug));
                return Ok(error.is_about_rows().then(|| format!("the down fails: {error}")));
            }
        }
        self.proof.down = true;
        self.proof.restored = self.is("down", End::Former).await?;
        self.check_rows("down", End::Former).await;
        self.proof.up = self.up("second up").await;
        if self.proof.up {
            self.proof.reached &= self.is("second up", End::New).await?;
        }
        Ok(None)
    }

    async fn up(&mut self, when: &str) -> bool {
        for pair in self.files.clone() {
            if let Err(error) = self.a.file(&pair.up).await {
                self.differ(when, format!("{} fails: {error}", pair.slug));
                return false;
            }
        }
        true
    }

    fn differ(&mut self, when: &str, what: impl std::fmt::Display) {
        self.proof.differences.push(format!("{when}: {what}"));
    }

    /// Compares the catalog with what it must be.
    async fn is(&mut self, when: &str, end: End) -> Result<bool, Error> {
        let found = self.a.read().await?.schema;
        let expected = if end == End::New { self.to } else { self.from };
        let (differences, orders) = settled(expected, &found, self.bench).await;
        let is_same = differences.is_empty();
        for order in orders {
            let text =
                format!("after the {when}: {} has its columns in the order {}", order.object, order.found.join(", "));
            self.proof.column_order.push(text);
        }
        for difference in differences {
            self.differ(when, difference);
        }
        Ok(is_same)
    }

    /// Compares the rows with what they must be.
    async fn check_rows(&mut self, when: &str, end: End) {
        for (pair, before) in self.pairs.iter().zip(&self.before) {
            let expected = match end {
                End::New => pair.rows(self.b, End::New).await,
                End::Former => pair.rows_back(self.b, &self.correspondence).await,
            };
            let found = pair.rows(self.a, end).await;
            if end == End::Former && found.as_ref() == Ok(before) {
                continue;
            }
            let trouble = match (expected, found) {
                (Ok(expected), Ok(found)) if expected == found => continue,
                (Ok(expected), Ok(found)) => unequal_rows(&expected, &found),
                (Err(error), _) | (_, Err(error)) => format!("can't be compared: {error}"),
            };
            self.proof.rows_kept = false;
            self.proof.differences.push(format!("{when}: rows of {}: {trouble}", pair.name()));
        }
    }
}

/// The first row that is missing, and the first that shouldn't be there.
fn unequal_rows(expected: &[TextRow], found: &[TextRow]) -> String {
    let counted = |rows: &[TextRow]| {
        rows.iter().fold(BTreeMap::<TextRow, usize>::new(), |mut counts, row| {
            *counts.entry(row.clone()).or_default() += 1;
            counts
        })
    };
    let (wanted, there) = (counted(expected), counted(found));
    let first = |of: &BTreeMap<TextRow, usize>, other: &BTreeMap<TextRow, usize>| {
        let row = of.iter().find(|(row, count)| other.get(*row) < Some(*count)).map(|(row, _)| row);
        row.map_or_else(|| "none".to_owned(), |row| format!("{row:?}"))
    };
    format!(
        "{} expected, {} found; missing {}, unexpected {}",
        expected.len(),
        found.len(),
        first(&wanted, &there),
        first(&there, &wanted)
    )
}
