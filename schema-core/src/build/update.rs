use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::compare::Comparison;
use super::draft::{Delta, Draft};
use super::state::State;
use crate::diag::Finding;
use crate::locks;
use crate::migration::{Migration, next_version, normalized};
use crate::model::Model;
use crate::plan::DraftPair;
use crate::renames;
use crate::snapshot::{hex_checksum, json};
use crate::stats;
use crate::writes::Writes;

/// Keeps checkouts of migrations at LF, since sqlx's checksums count line endings (BUGS.md B29).
const ATTRIBUTES: &str = "*.sql text eol=lf\n";

/// The draft as it shall be: file names with their texts.
struct Fresh {
    files: BTreeMap<String, String>,
}

/// What brings the draft on disk up to date.
pub(super) struct Update {
    pub(super) writes: Writes,
    /// The files of the draft that lead up, in order, one for each of the plan's pairs.
    pub(super) ups: Vec<PathBuf>,
}

/// What makes the draft on disk that of the comparison.
///
/// # Errors
/// When a file of the draft was edited by hand, so that writing would lose the edit.
pub(super) fn update(state: &State, model: &Model, comparison: &Comparison, now: i64) -> Result<Update, Vec<Finding>> {
    let fresh = Fresh::new(state, comparison, now);
    if !comparison.seals_draft {
        let edits: Vec<Finding> =
            state.edited().iter().filter(|path| !fresh.holds(path)).map(|path| edit(state, path)).collect();
        if !edits.is_empty() {
            return Err(edits);
        }
    }
    let mut writes = Writes::default();
    if comparison.seals_draft {
        comparison
            .base
            .plan(&state.project.schema_dir, &mut writes)
            .map_err(|error| vec![unreadable(state, &error)])?;
    } else {
        let old = state.draft.iter().flat_map(|draft| draft.paths(&state.project));
        old.filter(|path| !fresh.names(path)).for_each(|path| writes.remove(path));
    }
    for (name, text) in &fresh.files {
        writes.set(state.project.migrations.join(name), text);
    }
    let record = state.project.draft_record();
    if fresh.files.is_empty() {
        writes.remove(record);
    } else {
        writes.set(record, json::text(&fresh.record(state, model, comparison)));
    }
    let ups = fresh.files.keys().filter(|name| name.ends_with(".up.sql"));
    Ok(Update { writes, ups: ups.map(|name| state.project.migrations.join(name)).collect() })
}

/// What a crate needs before its first draft, so that cargo has something to watch: both folders, the empty base, the
/// rule for line endings.
pub(super) fn groundwork(state: &State) -> Result<Writes, Vec<Finding>> {
    let mut writes = Writes::default();
    if !state.has_base {
        state.base.plan(&state.project.schema_dir, &mut writes).map_err(|error| vec![unreadable(state, &error)])?;
    }
    if !state.project.migrations.exists() {
        writes.set(state.project.migrations.join(".gitattributes"), ATTRIBUTES);
    }
    Ok(writes)
}

pub(super) fn unreadable(state: &State, error: &io::Error) -> Finding {
    state.project.failed(&state.project.schema_dir, "the base can't be read", error)
}

fn edit(state: &State, path: &Path) -> Finding {
    Finding::error(state.project.start_of(path), "the draft was edited by hand, and the build would overwrite it")
        .help("`cargo schema seal` keeps the edit and closes the draft")
        .help("`cargo schema discard` drops it; the next build writes the draft anew")
}

impl Fresh {
    /// Pairs keep the draft's versions in order; further ones get new versions after every other file.
    fn new(state: &State, comparison: &Comparison, now: i64) -> Self {
        let mut kept = kept_versions(state, comparison).into_iter();
        let mut newest = state.newest();
        let mut files = BTreeMap::new();
        for pair in comparison.plan.pairs(state.project.dialect) {
            let version = kept
                .next()
                .or_else(|| forgotten(state, comparison, &pair))
                .unwrap_or_else(|| next_version(now, newest));
            newest = newest.max(Some(version));
            let up = stats::annotated(&pair.up, state.stats.as_ref(), &pair.work);
            for (direction, text) in [("up", &up), ("down", &pair.down)] {
                let name = format!("{version}_{}.{direction}.sql", pair.slug);
                let text = locks::annotated(text, &name, state.locks.as_ref());
                files.insert(name, text);
            }
        }
        Self { files }
    }

    fn names(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.files.contains_key(&*name.to_string_lossy()))
    }

    /// True when the file already holds what would be written: a write was cut short before its record.
    fn holds(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let found = std::fs::read_to_string(path).ok();
        found.is_some_and(|found| self.files.get(&*name) == Some(&normalized(&found)))
    }

    fn record(&self, state: &State, model: &Model, comparison: &Comparison) -> Draft {
        Draft {
            format: json::FORMAT,
            dialect: state.project.dialect,
            base: comparison.base.chain.clone(),
            files: self.files.iter().map(|(name, text)| (name.clone(), hex_checksum(text))).collect(),
            renames: renames::sealed_keys(&model.intents),
            target: Delta::between(&comparison.base.schema, &model.schema),
        }
    }
}

/// Versions that are behind the base's head (others sealed theirs meanwhile) are given up.
fn kept_versions(state: &State, comparison: &Comparison) -> Vec<i64> {
    if comparison.seals_draft {
        return Vec::new();
    }
    let versions = state.draft.as_ref().map(Draft::versions).unwrap_or_default();
    versions.into_iter().filter(|version| Some(*version) > state.base.head).collect()
}

/// A pair that is on disk to the letter, though no record names it: the record was lost.
fn forgotten(state: &State, comparison: &Comparison, pair: &DraftPair) -> Option<i64> {
    let same = |migration: &&&Migration| {
        let plain = |text: &str| stats::bare(&locks::bare(&normalized(text)));
        let down = migration.down.as_deref().map(plain);
        plain(&migration.up) == pair.up && down.as_deref() == Some(&pair.down)
    };
    let hand_written = if comparison.seals_draft { Vec::new() } else { state.hand_written() };
    hand_written.iter().find(same).map(|migration| migration.version)
}

/// Paths that a check finds out of date, as messages name them.
pub(super) fn outdated(state: &State, writes: &Writes) -> Option<Finding> {
    let pending: Vec<PathBuf> = writes.pending().into_iter().map(|path| state.project.label(path)).collect();
    let first = pending.first()?;
    let names: Vec<String> = pending.iter().map(|path| format!("`{}`", path.display())).collect();
    let message = format!("the migrations are behind the structs: {} would change", names.join(", "));
    let place = state.project.start_of(&state.project.crate_dir.join(first));
    Some(Finding::error(place, message).help("run `cargo build` in a writable checkout without CI set, or `SCHEMA_MODE=write cargo build`, and commit what it writes"))
}
