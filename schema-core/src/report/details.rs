//! The files of a change, each with what it says of itself and what came of running it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Facts, Outcome, Proved};
use crate::migration::{Migration, Opening, Reversible, no_transaction};
use crate::snapshot::FileChange;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// Its version.
    pub version: i64,
    /// Relative to the crate.
    pub file: PathBuf,
    /// Which way it leads.
    pub direction: Direction,
    /// What it says that it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether there is a way back from it, and how that is known; on a down whether it is one.
    pub reversible: String,
    /// What happens to rows: as its comments say; empty when they say that nothing does.
    pub data: Vec<String>,
    /// Whether its comments say anything about rows.
    pub tells_of_rows: bool,
    /// What must be gone before it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<String>,
    /// Whether it runs in one transaction.
    pub in_transaction: bool,
}

/// Which way a file leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Forward.
    Up,
    /// Back.
    Down,
}

/// A file of the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedFile {
    /// Relative to the crate.
    pub file: PathBuf,
    /// What it is.
    pub standing: Standing,
    /// How many lines it holds; none for records of the base.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<usize>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Written by the build; the next one may write it anew.
    Draft,
    /// Written by the build and edited since.
    Edited,
    /// Written by hand since the last seal.
    ByHand,
    /// It is history.
    Sealed,
    /// The record of the draft.
    Record,
    /// A file of the base that comes.
    BaseAdded,
    /// A file of the base that changes.
    BaseChanged,
    /// A file of the base that goes.
    BaseRemoved,
}

impl Standing {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Edited => "draft, edited by hand",
            Self::ByHand => "written by hand, not sealed",
            Self::Sealed => "sealed",
            Self::Record => "record of the draft",
            Self::BaseAdded => "base: comes",
            Self::BaseChanged => "base: changes",
            Self::BaseRemoved => "base: goes",
        }
    }
}

pub(super) fn details(facts: &Facts<'_>) -> Vec<Detail> {
    facts.chosen.migrations(facts.state).flat_map(|migration| of_migration(facts, migration)).collect()
}

fn of_migration(facts: &Facts<'_>, migration: &Migration) -> Vec<Detail> {
    let proved = facts.proof.iter().flat_map(|proof| &proof.migrations).find(|it| it.is_about(migration.version));
    let directions = [Direction::Up, Direction::Down];
    let files = directions.into_iter().zip(migration.files());
    files
        .map(|(direction, (path, text))| {
            let opening = Opening::of(text);
            Detail {
                version: migration.version,
                file: facts.state.project.label(path),
                direction,
                reversible: match direction {
                    Direction::Up => reversible(migration, &opening, proved),
                    Direction::Down => way_back(proved),
                },
                title: opening.title,
                data: opening.data,
                tells_of_rows: opening.tells_of_rows,
                contracts: opening.contracts,
                in_transaction: !no_transaction(text),
            }
        })
        .collect()
}

/// Whether there is a way back from an up.
fn reversible(migration: &Migration, opening: &Opening, proved: Option<&Proved>) -> String {
    if let Some(why) = irreversible(migration, opening) {
        return format!("no: {why}");
    }
    let said = match opening.reversible {
        Some(reversible) => reversible.as_str(),
        None => "it has a down, and says no more",
    };
    let run = proved.map(undone).unwrap_or_default();
    format!("{said}{run}")
}

/// Why there is no way back, if there is none.
pub(super) fn irreversible(migration: &Migration, opening: &Opening) -> Option<String> {
    let of_down = migration.down.as_deref().and_then(|down| Opening::of(down).irreversible);
    let said = opening.irreversible.clone().or(of_down);
    match (said, &migration.down) {
        (Some(why), _) if !why.is_empty() => Some(why),
        (Some(_), _) => Some("it says so, without a reason".to_owned()),
        (None, None) => Some("it has no down file".to_owned()),
        (None, Some(_)) => None,
    }
}

fn undone(proved: &Proved) -> &'static str {
    match Outcome::all([proved.runs, proved.catalogs, proved.rows]) {
        Outcome::Passed => "; proved",
        Outcome::Failed => "; but it does not hold",
        Outcome::NotRun => "",
    }
}

fn way_back(proved: Option<&Proved>) -> String {
    let run = match proved.map(|proved| Outcome::all([proved.runs, proved.catalogs, proved.rows])) {
        Some(Outcome::Passed) => ", and was run",
        Some(Outcome::Failed) => ", and fails",
        _ => "",
    };
    format!("it is the way back{run}")
}

/// What a down does not bring back, as the up says.
pub(super) fn is_lossy(text: &str) -> bool {
    Opening::of(text).reversible == Some(Reversible::DefinitionsOnly)
}

pub(super) fn files(facts: &Facts<'_>) -> Vec<ChangedFile> {
    let project = &facts.state.project;
    let edited = facts.state.edited();
    let mut files = Vec::new();
    for migration in facts.chosen.migrations(facts.state) {
        for (path, text) in migration.files() {
            let standing = match () {
                () if facts.state.base.sealed.contains_key(&migration.version) => Standing::Sealed,
                () if edited.iter().any(|edited| edited == path) => Standing::Edited,
                () if facts.state.is_draft(migration) => Standing::Draft,
                () => Standing::ByHand,
            };
            files.push(ChangedFile { file: project.label(path), standing, lines: Some(text.lines().count()) });
        }
    }
    let record = |name: &Path, standing| {
        let file = project.label(&project.schema_dir.join(name));
        ChangedFile { file, standing, lines: None }
    };
    let has_draft = files.iter().any(|file| matches!(file.standing, Standing::Draft | Standing::Edited));
    let is_sealed = files.iter().any(|file| file.standing == Standing::Sealed);
    files.extend(has_draft.then(|| record(Path::new("draft.json"), Standing::Record)));
    files.extend(is_sealed.then(|| record(Path::new("snapshot.json"), Standing::BaseChanged)));
    files.extend(facts.changes.files.iter().map(|(path, change)| {
        let standing = match change {
            FileChange::Added => Standing::BaseAdded,
            FileChange::Changed => Standing::BaseChanged,
            FileChange::Removed => Standing::BaseRemoved,
        };
        record(path, standing)
    }));
    files
}
