//! Where a database stands.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use serde::Serialize;

use super::backend::APPLIED;
use super::backfill::{Backfilling, State as BackfillState};
use super::check::{Kind, Records};
use super::source::Source;

/// Every version that the files or the database know, and what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// In the order of the versions.
    pub entries: Vec<Entry>,
    /// What a run would refuse, each with what to do.
    pub findings: Vec<Finding>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// How it stands.
    pub state: State,
    /// Whether it is a draft still.
    pub draft: bool,
}

/// How a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Applied, and the files agree.
    Applied,
    /// Not applied yet.
    Pending,
    /// Applied, and the files are others now.
    Changed,
    /// Applied, and there is no file.
    Missing,
    /// A killed run left it in the middle; the next one takes it up.
    Interrupted,
    /// A backfill that was told to pause.
    Paused,
    /// The history says that it failed.
    Failed,
}

impl Status {
    /// A backfill that was begun is more than pending.
    pub(crate) fn note(&mut self, backfill: &Backfilling) {
        let state = match backfill.state {
            BackfillState::Pending => return,
            BackfillState::Running | BackfillState::Interrupted => State::Interrupted,
            BackfillState::Paused => State::Paused,
        };
        let entry = self.entries.iter_mut().find(|entry| entry.version == backfill.version);
        if let Some(entry) = entry.filter(|entry| entry.state == State::Pending) {
            entry.state = state;
        }
    }
}

pub(crate) fn status(source: &Source, records: &Records, dialect: Dialect) -> Status {
    let faults = records.faults(source, dialect);
    let states: BTreeMap<i64, State> =
        faults.iter().filter_map(|fault| Some((fault.version, state(fault.kind)?))).collect();
    let versions: BTreeSet<i64> =
        source.migrations.iter().map(|file| file.version).chain(records.applied.keys().copied()).collect();
    let entry = |version| {
        let begun = records.notes.get(&version).is_some_and(|note| note.phase != APPLIED);
        let usual = match records.applied.contains_key(&version) {
            true => State::Applied,
            false if begun => State::Interrupted,
            false => State::Pending,
        };
        let description = match (source.find(version), records.applied.get(&version)) {
            (Some(file), _) => file.description.clone(),
            (None, row) => row.map(|row| row.description.clone()).unwrap_or_default(),
        };
        let state = states.get(&version).copied().unwrap_or(usual);
        Entry { version, description, state, draft: records.is_draft(source, version) }
    };
    Status {
        entries: versions.into_iter().map(entry).collect(),
        findings: faults.into_iter().map(|fault| fault.finding).collect(),
    }
}

fn state(kind: Kind) -> Option<State> {
    match kind {
        Kind::Dirty => Some(State::Failed),
        Kind::HalfReverted => Some(State::Interrupted),
        Kind::Missing => Some(State::Missing),
        Kind::Edited | Kind::Draft | Kind::Endings | Kind::Down => Some(State::Changed),
        Kind::Late | Kind::Script | Kind::Interrupted => None,
    }
}
