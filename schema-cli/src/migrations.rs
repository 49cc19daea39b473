//! A crate's migrations and the database they are for.

use std::fmt;

use schema_core::build::State;
use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, Connection, connect};
use schema_runtime::migrate::{self, Done, Event, Migrator, Source, Step};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::asynchronous::runtime;
use crate::failure::Failure;
use crate::output::{ADDED, HEADING, Outcome, QUIET, REMOVED, Report, count, paint};
use crate::progress::{Progress, milliseconds};

/// A migrator with an open connection.
pub(crate) struct Target {
    migrator: Migrator,
    connection: Connection,
    runtime: Runtime,
}

impl Target {
    pub(crate) fn open(state: &State, url: &str, settings: &ConnectSettings) -> Result<Self, Failure> {
        let drafts =
            state.status().draft.iter().chain(state.hand_written()).map(|migration| migration.version).collect();
        let source = Source::folder(&state.project.migrations)?.dialect(state.project.dialect).drafts(drafts);
        let runtime = runtime()?;
        let connection = runtime.block_on(connect(url, settings))?;
        Ok(Self { migrator: Migrator::new(source), connection, runtime })
    }

    pub(crate) fn allow_out_of_order(mut self, allow: bool) -> Self {
        self.migrator = self.migrator.allow_out_of_order(allow);
        self
    }

    pub(crate) fn place(&self) -> &str {
        self.connection.place()
    }

    pub(crate) fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Migrator, &mut Connection) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        Ok(self.runtime.block_on(work(&self.migrator, &mut self.connection))?)
    }

    /// The same, with a listener that shows how it goes on.
    pub(crate) fn run_shown(
        &mut self,
        work: impl AsyncFnOnce(&Migrator, &mut Connection, &mut (dyn FnMut(Event) + Send)) -> Result<migrate::Report, Error>,
    ) -> Result<Ran, Failure> {
        let mut progress = Progress::new();
        let mut listener = |event: Event| progress.show(&event);
        let result = self.runtime.block_on(work(&self.migrator, &mut self.connection, &mut listener));
        drop(progress);
        match result {
            Ok(report) => Ok(Ran::new(self.place(), report, None)),
            Err(Error::Paused(paused)) => {
                let said = paused.to_string();
                Ok(Ran::new(self.place(), paused.report, Some(said)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a run did.
#[derive(Debug, Serialize)]
pub(crate) struct Ran {
    place: String,
    reverted: Vec<Line>,
    applied: Vec<Line>,
    /// Versions whose record was written without running anything.
    recorded: Vec<i64>,
    /// The backfill that stopped it, and how it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    version: i64,
    description: String,
    milliseconds: u64,
}

impl Ran {
    fn new(place: &str, report: migrate::Report, paused: Option<String>) -> Self {
        let lines = |all: Vec<Done>| all.into_iter().map(Line::from).collect();
        Self {
            place: place.to_owned(),
            reverted: lines(report.reverted),
            applied: lines(report.applied),
            recorded: report.recorded,
            paused,
        }
    }
}

impl From<Done> for Line {
    fn from(done: Done) -> Self {
        let milliseconds = u64::try_from(done.elapsed.as_millis()).unwrap_or(u64::MAX);
        Self { version: done.version, description: done.description, milliseconds }
    }
}

impl Report for Ran {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.paused.is_some())
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reverted.is_empty() && self.applied.is_empty() && self.recorded.is_empty() && self.paused.is_none() {
            return write!(f, "nothing to do: {}", self.place);
        }
        let mut all = |word: String, lines: &[Line]| {
            lines.iter().try_for_each(|line| {
                let took = milliseconds(std::time::Duration::from_millis(line.milliseconds));
                writeln!(f, "{word} {} {} ({took})", line.version, line.description)
            })
        };
        all(paint(REMOVED, "reverted"), &self.reverted)?;
        all(paint(ADDED, "applied"), &self.applied)?;
        self.recorded.iter().try_for_each(|version| writeln!(f, "{} {version}", paint(ADDED, "recorded")))?;
        match &self.paused {
            Some(paused) => write!(f, "{paused}"),
            None => write!(f, "done: {}", self.place),
        }
    }
}

/// What a run would do.
#[derive(Debug, Serialize)]
pub(crate) struct Planned {
    place: String,
    direction: &'static str,
    steps: Vec<Step>,
}

impl Planned {
    pub(crate) fn new(target: &Target, direction: &'static str, steps: Vec<Step>) -> Self {
        Self { place: target.place().to_owned(), direction, steps }
    }

    /// Says on standard error what is about to run.
    pub(crate) fn announce(&self) {
        if !self.steps.is_empty() {
            anstream::eprintln!("{}", paint(HEADING, self.headline()));
            self.steps.iter().for_each(|step| anstream::eprintln!("  {} {}", step.version, step.description));
        }
    }

    fn headline(&self) -> String {
        format!("{} {} on {}", self.direction, count(self.steps.len(), "migration"), self.place)
    }
}

impl Report for Planned {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.steps.is_empty())
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return write!(f, "nothing to do: {}", self.place);
        }
        writeln!(f, "{}", paint(HEADING, format!("would {}", self.headline())))?;
        self.steps.iter().try_for_each(|step| {
            let title = paint(HEADING, format!("{} {}", step.version, step.description));
            let outside = if step.in_transaction { "" } else { " (outside a transaction)" };
            writeln!(f, "\n{title}{}\n{}", paint(QUIET, outside), step.sql.trim_end())
        })
    }
}

/// A run, or what it would do.
pub(crate) enum Outlook {
    Ran(Ran),
    Planned(Planned),
}

impl Report for Outlook {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Ran(ran) => ran.outcome(),
            Self::Planned(planned) => planned.outcome(),
        }
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ran(ran) => ran.fmt(f),
            Self::Planned(planned) => planned.fmt(f),
        }
    }
}

impl Serialize for Outlook {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ran(ran) => ran.serialize(serializer),
            Self::Planned(planned) => planned.serialize(serializer),
        }
    }
}
