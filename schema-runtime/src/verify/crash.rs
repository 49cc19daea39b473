//! The runner killed at every point of a migration, and run again: the end must be that of a run which nobody disturbed.

use std::collections::BTreeSet;

use schema_core::ir::Dialect;
use schema_core::migration::Migration;
use serde::Serialize;

use super::moves::correspondence;
use super::rows::{After, Rows};
use super::text::Text;
use super::{judged, validity};
use crate::Error;
use crate::connect::{ConnectSettings, Connection, connect};
use crate::drift::settled;
use crate::migrate::{Course, Migrator, STEPS, Source};
use crate::sides::{Bench, Held, TextRow, Work};

/// Which migrations are applied, and which were begun, as text.
fn queries(dialect: Dialect) -> Vec<String> {
    let version = if dialect.is_mysql() { "CAST(version AS CHAR)" } else { "CAST(version AS TEXT)" };
    let mut queries = vec![
        format!("SELECT {version} FROM _sqlx_migrations WHERE success ORDER BY version"),
        format!("SELECT {version}, phase FROM _schema_migrations ORDER BY version"),
    ];
    if dialect.is_mysql() {
        queries.push(format!("SELECT {version}, direction FROM {STEPS} ORDER BY version"));
    }
    queries
}

/// How often the runner was killed, and how often that did no harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crashes {
    /// Each statement of the up and of the down is a point at which it was killed once.
    pub tried: usize,
    /// Afterwards another run went on, and the end was as if nothing had happened.
    pub survived: usize,
}

/// The end of a run that nobody disturbed.
struct End {
    held: Held,
    rows: Rows,
    records: Vec<Vec<TextRow>>,
    /// What differs between two such runs: values that a clock or chance made.
    volatile: BTreeSet<String>,
}

pub(super) struct Crasher<'a> {
    bench: &'a Bench,
    migrator: Migrator,
    /// Those that it is killed in.
    files: &'a [Migration],
    /// The version before it; 0 before the first.
    previous: i64,
    pub(super) crashes: Crashes,
    pub(super) faults: Vec<String>,
}

impl<'a> Crasher<'a> {
    /// Kills the runner in the last so many of these migrations.
    pub(super) fn new(bench: &'a Bench, migrations: &'a [Migration], tried: usize) -> Self {
        let previous = migrations.iter().rev().nth(tried).map_or(0, |migration| migration.version);
        let source = Source { migrations: migrations.to_vec(), dialect: Some(bench.dialect()), drafts: None };
        let files = migrations.get(migrations.len().saturating_sub(tried)..).unwrap_or_default();
        let (crashes, faults) = (Crashes::default(), Vec::new());
        Self { bench, migrator: Migrator::new(source), files, previous, crashes, faults }
    }

    /// The way there to `after`, and where there is one, the way back to `before`. `work` is the database before the
    /// migration, with rows; it is removed.
    pub(super) async fn run(&mut self, mut work: Work, after: &Held, before: Option<&Held>) -> Result<(), Error> {
        if self.previous > 0 {
            let baselined = self.migrator.baseline(&mut open(&work).await?, self.previous).await;
            if let Err(why) = judged(baselined)? {
                self.faults.push(format!("runner: {why}"));
                return self.bench.remove(work).await;
            }
        }
        work = self.course("up", Course::Up, work, after).await?;
        if let Some(before) = before.filter(|_| self.faults.is_empty()) {
            let up = self.migrator.killed_after(usize::MAX, open(&work).await?, Course::Up).await;
            if judged(up)?.is_ok() {
                work = self.course("down", Course::DownTo(self.previous), work, before).await?;
            }
        }
        self.bench.remove(work).await
    }

    async fn course(&mut self, when: &str, course: Course, work: Work, expected: &Held) -> Result<Work, Error> {
        let (mut work, end) = self.end(course, work, expected).await?;
        let end = match end {
            Ok(end) => end,
            Err(why) => {
                self.faults.push(format!("runner: {when}: {why}"));
                return Ok(work);
            }
        };
        for statements in 0.. {
            let (kept, mut copy) = self.bench.copied(work).await?;
            work = kept;
            let is_through = judged(self.migrator.killed_after(statements, open(&copy).await?, course).await)?;
            if is_through == Ok(true) {
                self.bench.remove(copy).await?;
                break;
            }
            self.crashes.tried += 1;
            let again = match is_through {
                Ok(_) => judged(self.migrator.killed_after(usize::MAX, open(&copy).await?, course).await)?,
                Err(why) => Err(why),
            };
            let differences = match again {
                Ok(_) => end.differences(&mut copy, self.bench).await?,
                Err(why) => vec![why],
            };
            self.bench.remove(copy).await?;
            if differences.is_empty() {
                self.crashes.survived += 1;
            } else if self.crashes.tried == self.crashes.survived + 1 {
                let told = |text| format!("{when}: killed behind statement {statements} and run again: {text}");
                self.faults.extend(differences.into_iter().map(told));
            }
        }
        Ok(work)
    }

    /// How it ends undisturbed, twice.
    async fn end(&self, course: Course, work: Work, expected: &Held) -> Result<(Work, Result<End, String>), Error> {
        let (work, first) = self.undisturbed(course, work).await?;
        let mut first = match first {
            Ok(first) => first,
            Err(why) => return Ok((work, Err(why))),
        };
        let mut end = End::read(&mut first).await?;
        self.bench.remove(first).await?;
        let (work, second) = self.undisturbed(course, work).await?;
        if let Ok(mut second) = second {
            end.volatile = end.changed(&mut second).await?.into_iter().map(|(what, _)| what).collect();
            self.bench.remove(second).await?;
        }
        let (mut differences, _) = settled(&expected.schema, &end.held.schema, self.bench).await;
        if course != Course::Up {
            validity::take_out(&mut differences, self.files);
        }
        let end = match differences.is_empty() {
            true => Ok(end),
            false => Err(differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        };
        Ok((work, end))
    }
}

impl Crasher<'_> {
    /// A copy that went the whole way, or why it couldn't.
    async fn undisturbed(&self, course: Course, work: Work) -> Result<(Work, Result<Work, String>), Error> {
        let (work, copy) = self.bench.copied(work).await?;
        match judged(self.migrator.killed_after(usize::MAX, open(&copy).await?, course).await)? {
            Ok(_) => Ok((work, Ok(copy))),
            Err(why) => {
                self.bench.remove(copy).await?;
                Ok((work, Err(why)))
            }
        }
    }
}

impl End {
    async fn read(work: &mut Work) -> Result<Self, Error> {
        let held = work.read().await?;
        let same = correspondence(&held.schema, &held.schema, &[]);
        let rows = Rows::read(work, &held.schema, &held.schema, &same).await?;
        Ok(Self { held, rows, records: records(work).await?, volatile: BTreeSet::new() })
    }

    /// The rows that are others: what differs, and how.
    async fn changed(&self, work: &mut Work) -> Result<Vec<(String, String)>, Error> {
        let changed = self.rows.compare(work, After::Up(&Text::of(work.dialect(), ""))).await?;
        Ok(changed.into_iter().map(|changed| (changed.what, changed.how)).collect())
    }

    async fn differences(&self, work: &mut Work, bench: &Bench) -> Result<Vec<String>, Error> {
        let found = work.read().await?;
        let (differences, _) = settled(&self.held.schema, &found.schema, bench).await;
        let mut all: Vec<String> = differences.iter().map(ToString::to_string).collect();
        all.extend(
            self.held.kept.symmetric_difference(&found.kept).map(|name| format!("{name} is kept in one of both")),
        );
        let changed = self.changed(work).await?.into_iter().filter(|(what, _)| !self.volatile.contains(what));
        all.extend(changed.map(|(what, how)| format!("{what}: {how}")));
        if records(work).await? != self.records {
            all.push("the history records something else".to_owned());
        }
        Ok(all)
    }
}

async fn records(work: &mut Work) -> Result<Vec<Vec<TextRow>>, Error> {
    let mut all = Vec::new();
    for query in queries(work.dialect()) {
        all.push(work.rows(&query).await?);
    }
    Ok(all)
}

/// A connection of a runner's own.
pub(super) async fn open(work: &Work) -> Result<Connection, Error> {
    connect(work.url()?, &ConnectSettings::default()).await
}
