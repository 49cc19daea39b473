//! Where the backfills of a source stand, and their pause.

use schema_core::backfill;
use schema_core::diag::Finding;
use serde::Serialize;

use super::super::backend::Backend;
use super::super::check::Records;
use super::super::run::{Run, Way};
use super::super::source::Source;
use super::cursor::{Cursor, Progress, cursors, keep};
use crate::error::Error;

/// A backfill that is pending or under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backfilling {
    /// The version of its file.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// The table, as SQL names it.
    pub table: String,
    /// The column, as SQL names it.
    pub column: String,
    /// How it stands.
    pub state: State,
    /// Whether it belongs to the way back.
    pub reverting: bool,
    /// How far it is; `None` before it began.
    pub progress: Option<Progress>,
}

/// How a backfill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has not begun.
    Pending,
    /// A run is at it.
    Running,
    /// A run ended in the middle; the next one goes on.
    Interrupted,
    /// It stops, or does not begin, until it is resumed.
    Paused,
}

/// Every backfill among the files that are pending, and those that a revert has begun.
pub(crate) async fn status<B: Backend>(
    run: &mut Run<'_, B>,
    source: &Source,
    records: &Records,
) -> Result<Vec<Backfilling>, Error> {
    let cursors = cursors(&mut run.backend).await?.unwrap_or_default();
    let is_running = run.backend.holder().await.is_some();
    let state = |cursor: Option<&Cursor>| match cursor {
        Some(cursor) if cursor.paused => State::Paused,
        Some(_) if is_running => State::Running,
        Some(_) => State::Interrupted,
        None => State::Pending,
    };
    let mut found = Vec::new();
    for file in source.migrations() {
        let is_applied = records.applied.contains_key(&file.version);
        let (way, text) = if is_applied { (Way::Revert, file.down.as_deref()) } else { (Way::Apply, Some(&*file.up)) };
        let cursor = cursors.iter().find(|cursor| (cursor.version, cursor.way) == (file.version, way));
        let Some(fill) = text.and_then(backfill::parse).filter(|_| !is_applied || cursor.is_some()) else { continue };
        found.push(Backfilling {
            version: file.version,
            description: file.description.clone(),
            table: fill.table,
            column: fill.column,
            state: state(cursor),
            reverting: is_applied,
            progress: cursor.map(|cursor| cursor.progress.clone()),
        });
    }
    Ok(found)
}

/// Pauses or resumes one backfill or all, and says how they stand then. A run that is at it sees it behind its batch.
pub(crate) async fn set_paused<B: Backend>(
    run: &mut Run<'_, B>,
    source: &Source,
    records: &Records,
    version: Option<i64>,
    paused: bool,
) -> Result<Vec<Backfilling>, Error> {
    let is_meant = |one: &Backfilling| version.is_none_or(|version| version == one.version);
    let found: Vec<Backfilling> = status(run, source, records).await?.into_iter().filter(is_meant).collect();
    if let (Some(version), true) = (version, found.is_empty()) {
        let message = format!("there is no backfill {version} that is pending or under way");
        let finding = Finding::error(None, message).help("`cargo schema backfill status` lists them");
        return Err(Error::Refused(vec![finding]));
    }
    for one in &found {
        let way = if one.reverting { Way::Revert } else { Way::Apply };
        let has_row = one.progress.is_some();
        if paused || has_row {
            keep(&mut run.backend, &Cursor::new(one.version, way, String::new(), paused)).await?;
        }
    }
    Ok(status(run, source, records).await?.into_iter().filter(is_meant).collect())
}
