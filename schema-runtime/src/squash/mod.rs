//! Old migrations folded into one baseline, proven equal on scratch databases.
//!
//! What the migrations make, definitions and rows, is read back and planned from nothing. Then the baseline runs beside them:
//! the catalogs must be the same, also by `pg_dump` or SHOW CREATE; so must the rows; the way back must leave nothing; and the migrations
//! behind must lead to the same from either.

mod dump;
mod rows;

use schema_core::build::{Baseline, Fold};
use schema_core::diag::Finding;
use schema_core::plan::DraftPair;
use serde::Serialize;

use crate::Error;
use crate::drift::settled;
use crate::sides::{Bench, Held, Work, from_nothing};
use crate::verify::ran;

use dump::Dump;
use rows::Contents;

/// What came of the proof.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// What the baseline does otherwise than what it stands for.
    pub faults: Vec<String>,
    /// How many rows it puts in, as the migrations do.
    pub rows: usize,
    /// Whether there was a second opinion on the catalogs.
    pub dumped: bool,
    /// Who gave it: `pg_dump`, or `SHOW CREATE` on MariaDB and MySQL.
    #[serde(skip)]
    pub dumped_by: &'static str,
    /// How many migrations behind it were run on both.
    pub behind: usize,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// Folds migrations, and proves it.
///
/// # Errors
/// No scratch database can be had, or the migrations fail on an empty one. What the baseline does wrong is no error: the proof
/// says it.
pub async fn squash(bench: &Bench, fold: &Fold) -> Result<(Baseline, Proof), Error> {
    let mut old = bench.fresh().await?;
    old.migrations(&fold.folded).await?;
    let held = old.read().await?;
    let contents = Contents::read(&mut old, &held.schema).await?;
    let dump = Dump::read(bench, &old).await?;
    let files = from_nothing(&held.schema).map_err(Error::Refused)?;
    let baseline = joined(&files, &contents)?;
    let mut proof = Proof {
        rows: contents.count(),
        dumped: dump.is_some(),
        dumped_by: dump::by(bench.dialect()),
        ..Proof::default()
    };
    proof.notes.extend(held.kept.iter().map(|name| {
        format!("{name}: what a folded migration put aside stays in the databases that have it, and no revert brings it back")
    }));
    let mut course = Course { bench, fold, baseline: &baseline, held: &held, contents: &contents, dump, proof };
    course.run(old).await?;
    let proof = course.proof;
    Ok((baseline, proof))
}

/// One file of all: nothing is there yet that a statement could get in the way of.
fn joined(files: &[DraftPair], contents: &Contents) -> Result<Baseline, Error> {
    if let Some(file) = files.iter().find(|file| schema_core::migration::no_transaction(&file.up)) {
        let message = format!("`{}` can't run in one transaction with the rest of a baseline", file.slug);
        return Err(Error::Refused(vec![Finding::error(None, message)]));
    }
    let ups: Vec<&str> = files.iter().map(|file| file.up.as_str()).collect();
    let downs: Vec<&str> = files.iter().rev().map(|file| file.down.as_str()).collect();
    let up = ups.join("\n");
    let up = match contents.count() {
        0 => up,
        count => {
            up.replacen("-- Data: no row changes", &format!("-- Data: {count} rows that the migrations put in"), 1)
        }
    };
    Ok(Baseline { up: up + &contents.text(), down: downs.join("\n") })
}

struct Course<'a> {
    bench: &'a Bench,
    fold: &'a Fold,
    baseline: &'a Baseline,
    /// What the folded migrations make.
    held: &'a Held,
    contents: &'a Contents,
    dump: Option<Dump>,
    proof: Proof,
}

impl Course<'_> {
    /// `old` holds what the migrations make.
    async fn run(&mut self, mut old: Work) -> Result<(), Error> {
        let mut new = self.bench.fresh().await?;
        let empty = Dump::read(self.bench, &new).await?;
        if self.up(&mut new, "up").await? {
            self.compare(&mut new, "up").await?;
            self.down(&mut new, empty).await?;
        }
        if self.proof.faults.is_empty() && self.up(&mut new, "second up").await? {
            self.compare(&mut new, "second up").await?;
            self.behind(&mut old, &mut new).await?;
        }
        self.bench.remove(old).await?;
        self.bench.remove(new).await
    }

    async fn up(&mut self, work: &mut Work, when: &str) -> Result<bool, Error> {
        let result = ran(work.file(&self.baseline.up).await)?;
        self.proof.faults.extend(result.as_ref().err().map(|error| format!("{when}: the baseline fails: {error}")));
        Ok(result.is_ok())
    }

    async fn compare(&mut self, work: &mut Work, when: &str) -> Result<(), Error> {
        let found = work.read().await?;
        let (differences, orders) = settled(&self.held.schema, &found.schema, self.bench).await;
        let faults = &mut self.proof.faults;
        faults.extend(differences.iter().map(|it| format!("{when}: {it}")));
        faults.extend(orders.iter().map(|it| format!("{when}: {} has its columns in another order", it.object)));
        let contents = Contents::read(work, &found.schema).await?;
        faults.extend(self.contents.differences(&contents).into_iter().map(|text| format!("{when}: {text}")));
        if let (Some(old), Some(new)) = (&self.dump, Dump::read(self.bench, work).await?) {
            faults.extend(old.differences(&new).into_iter().map(|text| format!("{when}: {text}")));
        }
        Ok(())
    }

    async fn down(&mut self, work: &mut Work, empty: Option<Dump>) -> Result<(), Error> {
        if let Err(error) = ran(work.file(&self.baseline.down).await)? {
            self.proof.faults.push(format!("down: the baseline fails: {error}"));
            return Ok(());
        }
        let left = work.read().await?.schema;
        if !left.is_empty() {
            let (differences, _) = settled(&schema_core::ir::Schema::empty(left.dialect), &left, self.bench).await;
            self.proof.faults.extend(differences.iter().map(|it| format!("down: {it}")));
        }
        if let (Some(empty), Some(left)) = (empty, Dump::read(self.bench, work).await?) {
            self.proof.faults.extend(empty.differences(&left).into_iter().map(|text| format!("down: {text}")));
        }
        Ok(())
    }

    /// The migrations behind lead to the same from either.
    async fn behind(&mut self, old: &mut Work, new: &mut Work) -> Result<(), Error> {
        old.migrations(&self.fold.rest).await?;
        if let Err(error) = new.migrations(&self.fold.rest).await {
            match error {
                Error::Refused(findings) => {
                    self.proof
                        .faults
                        .extend(findings.into_iter().map(|it| format!("behind the baseline: {}", it.message)));
                    return Ok(());
                }
                other => return Err(other),
            }
        }
        let (expected, found) = (old.read().await?, new.read().await?);
        let (differences, _) = settled(&expected.schema, &found.schema, self.bench).await;
        self.proof.faults.extend(differences.iter().map(|it| format!("with the migrations behind: {it}")));
        let (before, after) = (Contents::read(old, &expected.schema).await?, Contents::read(new, &found.schema).await?);
        let faults = before.differences(&after);
        self.proof.faults.extend(faults.into_iter().map(|text| format!("with the migrations behind: {text}")));
        self.proof.behind = self.fold.rest.len();
        Ok(())
    }
}
