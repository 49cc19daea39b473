//! What a report on migrations needs to have run: the schema before and after them, and the proof of them in its words.

use schema_core::describe::lines;
use schema_core::diff::diff;
use schema_core::migration::Migration;
use schema_core::model::Intents;
use schema_core::report::{Changes, Outcome, Proof, Proved};
use schema_core::snapshot::changed_files;

use crate::Error;
use crate::sides::Bench;
use crate::verify::{Mark, Verification, Verified, renamed};

/// What becomes of the schema between the first of these versions and the last: the migrations are applied in a scratch
/// database, which is read before and after. Renames are those that the files carry out. `intents` hold the reasons that
/// the source still gives.
///
/// # Errors
/// No scratch database can be had, or a migration fails in it.
pub async fn changes_between(
    bench: &Bench,
    migrations: &[Migration],
    versions: &[i64],
    intents: &Intents,
) -> Result<Changes, Error> {
    let is_before = |migration: &&Migration| versions.first().is_some_and(|first| migration.version < *first);
    let is_after = |migration: &&Migration| versions.last().is_some_and(|last| migration.version > *last);
    let earlier: Vec<&Migration> = migrations.iter().filter(is_before).collect();
    let meant: Vec<&Migration> = migrations.iter().filter(|it| !is_before(it) && !is_after(it)).collect();
    let mut work = bench.fresh().await?;
    work.migrations(earlier).await?;
    let before = work.read().await?.schema;
    work.migrations(meant.iter().copied()).await?;
    let after = work.read().await?.schema;
    bench.put_back(work).await;
    let ups: Vec<&str> = meant.iter().map(|migration| migration.up.as_str()).collect();
    let renames = renamed(bench.dialect(), &before, &after, &ups);
    Ok(Changes {
        lines: lines(&diff(&before, &after, &renames), intents),
        files: changed_files(&before, &after),
        basis: "Read from a scratch database before and after these files.".to_owned(),
    })
}

/// A verification as a report tells it.
#[must_use]
pub fn proof(verification: &Verification) -> Proof {
    Proof {
        migrations: verification.migrations.iter().map(proved).collect(),
        whole: verification.whole.as_ref().map(|whole| whole.faults.clone()),
    }
}

fn proved(verified: &Verified) -> Proved {
    let all = |marks: &[Mark]| Outcome::all(marks.iter().map(|mark| outcome(*mark)));
    let lacking = verified.rows.lacking.iter().map(|text| format!("rows: {text}"));
    Proved {
        version: verified.version,
        through: verified.through,
        description: verified.description.clone(),
        irreversible: verified.irreversible.clone(),
        runs: all(&[verified.up, verified.down, verified.up_again]),
        catalogs: all(&[verified.reached, verified.restored]),
        rows: all(&[verified.rows_kept, verified.rows_restored]),
        put_in: verified.rows.rows,
        compared: verified.compared,
        kills: verified.crashes.map(|crashes| (crashes.tried, crashes.survived)),
        faults: verified.faults.clone(),
        stated: verified.stated.clone(),
        notes: verified.notes.iter().cloned().chain(lacking).collect(),
    }
}

fn outcome(mark: Mark) -> Outcome {
    match mark {
        Mark::Holds | Mark::Stated => Outcome::Passed,
        Mark::Fails => Outcome::Failed,
        Mark::NotRun => Outcome::NotRun,
    }
}
