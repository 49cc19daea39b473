//! Why a backfill stops before its end.

use std::time::Duration;

use super::super::backend::Backend;
use super::super::check::named;
use super::super::event::Report;
use super::super::run::{Job, Run};
use crate::error::{Error, MigrationFailed, seconds};

/// A backfill that was told to pause.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is paused; what is filled stays\n  help: `cargo schema backfill resume` lets the next `cargo schema migrate` go on with it",
    named(*.version, .description)
)]
pub struct Paused {
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// What the run did before it.
    pub report: Report,
}

/// A backfill that others left no room for.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} made way for {}, and gives up: {}\n  help: what is filled stays; run again and it goes on, or raise `SCHEMA_BACKFILL_WAIT`",
    named(*.version, .description), seconds(*.waited), .reason
)]
pub struct HeldUp {
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// For whom it made way last.
    pub reason: String,
    /// For how long.
    pub waited: Duration,
}

pub(super) enum Stop {
    /// After so many tries.
    Database(sqlx::Error, u32),
    /// The server refuses the value of this row.
    Row(String, sqlx::Error),
    Paused,
    HeldUp(String, Duration),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error, 1)
    }
}

impl<B: Backend> Run<'_, B> {
    /// What the user is told.
    pub(super) async fn stopped(&mut self, job: &Job<'_>, stop: Stop) -> Error {
        let (version, description) = (job.version, job.description.to_owned());
        let (row, cause, help) = match stop {
            Stop::Paused => return Error::Paused(Box::new(Paused { version, description, report: Report::default() })),
            Stop::HeldUp(reason, waited) => {
                return Error::HeldUp(Box::new(HeldUp { version, description, reason, waited }));
            }
            Stop::Row(row, error) => (
                Some(row),
                error,
                "correct that row, or what it gets, and run again: the rows before it are filled and stay, and it goes on with this one"
                    .to_owned(),
            ),
            Stop::Database(error, attempts) if B::passes(&error) => (None, error, self.blocked(attempts).await),
            Stop::Database(error, _) if error.as_database_error().is_none() => {
                (None, error, "the connection broke; run again: it goes on behind the last batch that was committed".to_owned())
            }
            Stop::Database(error, _) => {
                (None, error, "what is filled stays; mend the cause and run again: it goes on from there".to_owned())
            }
        };
        let verb = job.way.verb();
        Error::Migration(Box::new(MigrationFailed { verb, version, description, line: None, row, cause, help }))
    }
}
