//! Old migrations folded into a baseline.

use std::collections::BTreeSet;

use super::lifecycle::{apply, lock, pair_paths};
use super::project::Project;
use super::state::State;
use super::update::unreadable;
use crate::diag::Finding;
use crate::migration::Migration;
use crate::snapshot::{Sealed, Snapshot};
use crate::squash::replaces;
use crate::writes::Writes;

/// Which migrations are folded, and which stay.
#[derive(Clone, Debug)]
pub struct Fold {
    state: State,
    /// The oldest, in order.
    pub folded: Vec<Migration>,
    /// What is sealed behind them.
    pub rest: Vec<Migration>,
}

/// A baseline's texts.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What makes all of it, behind the lines that say what the file is.
    pub up: String,
    /// What takes it all away.
    pub down: String,
}

impl Fold {
    /// Folds what is older than `before`.
    ///
    /// # Errors
    /// Fewer than two such migrations, one that is not sealed, a draft, or a state at fault.
    pub fn new(project: &Project, before: i64) -> Result<Self, Vec<Finding>> {
        let state = State::load(project)?;
        let (folded, behind): (Vec<Migration>, Vec<Migration>) =
            state.migrations.iter().cloned().partition(|migration| migration.version < before);
        if state.draft.is_some() {
            return Err(vec![
                Finding::error(
                    project.start_of(&project.draft_record()),
                    "there is a draft, made on the base as it is now",
                )
                .help("`cargo schema seal` closes it, `cargo schema discard` removes it"),
            ]);
        }
        let is_sealed = |migration: &Migration| state.base.sealed.contains_key(&migration.version);
        if let Some(open) = folded.iter().find(|migration| !is_sealed(migration)) {
            return Err(vec![
                Finding::error(project.start_of(&open.up_path), "the migration is not sealed, and may change still")
                    .help("`cargo schema seal` closes it"),
            ]);
        }
        if folded.len() < 2 {
            let count = if folded.is_empty() { "no migration is" } else { "only one migration is" };
            let mut finding = Finding::error(None, format!("{count} older than {before}, so there is nothing to fold"));
            if let (Some(first), Some(last)) = (state.migrations.first(), state.migrations.last()) {
                finding = finding.help(format!("versions go from {} to {}", first.version, last.version));
            }
            return Err(vec![finding]);
        }
        let rest = behind.into_iter().filter(is_sealed).collect();
        Ok(Self { folded, rest, state })
    }

    /// The version that the baseline gets: that of the newest that it stands for.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.folded.last().map_or(0, |migration| migration.version)
    }

    /// The state that is folded.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The opening lines of the baseline: what it is, and what it stands for.
    #[must_use]
    pub fn opening(&self) -> String {
        let count = self.folded.len();
        format!("-- baseline of {count} migrations ({})\n{}", self.state.project.dialect, replaces(&self.folded))
    }

    /// Writes the baseline in the place of what it stands for. Returns it.
    ///
    /// # Errors
    /// Files that can't be written.
    pub fn write(&self, baseline: &Baseline) -> Result<Migration, Vec<Finding>> {
        let state = &self.state;
        let _lock = lock(&state.project)?;
        let (up_path, down_path) = pair_paths(&state.project, self.version(), "baseline");
        let migration = Migration {
            version: self.version(),
            description: "baseline".to_owned(),
            up: self.opening() + &baseline.up,
            down: Some(baseline.down.clone()),
            up_path,
            down_path: Some(down_path),
        };
        let mut writes = Writes::default();
        for (path, text) in migration.files() {
            writes.set(path.to_owned(), text);
        }
        let gone: BTreeSet<i64> = self.folded.iter().map(|migration| migration.version).collect();
        let mut sealed = state.base.sealed.clone();
        sealed.retain(|version, _| !gone.contains(version));
        sealed.insert(migration.version, Sealed::of(&migration));
        let base = Snapshot::new(state.base.schema.clone(), sealed, state.base.renames.clone());
        base.plan(&state.project.schema_dir, &mut writes).map_err(|error| vec![unreadable(state, &error)])?;
        if let Some(mut locks) = state.locks.clone() {
            let is_gone = |name: &str| {
                name.split_once('_').and_then(|(it, _)| it.parse().ok()).is_some_and(|it| gone.contains(&it))
            };
            locks.files.retain(|name, _| !is_gone(name));
            writes.set(state.project.locks_record(), locks.text());
        }
        let kept: BTreeSet<_> = migration.files().map(|(path, _)| path.to_owned()).collect();
        let old = self.folded.iter().flat_map(Migration::files).map(|(path, _)| path.to_owned());
        old.filter(|path| !kept.contains(path)).for_each(|path| writes.remove(path));
        apply(state, &writes, None)?;
        Ok(migration)
    }
}
