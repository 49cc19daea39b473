//! Migrations that a baseline stands for (`cargo schema squash`): a database that has them all has the baseline.

use std::collections::BTreeSet;

use schema_core::diag::Finding;
use schema_core::migration::{Migration, checksum};
use schema_core::squash::{Replaced, replaced};

use super::backend::{Applied, Backend, HISTORY, NOTES};
use super::check::{Fault, Kind, Records, named, note_of};
use super::run::{History, Run};
use super::source::Source;
use crate::error::Error;

/// A baseline that the database has under the names of what it stands for.
pub(crate) struct Folded<'a> {
    pub(crate) file: &'a Migration,
    gone: BTreeSet<i64>,
}

impl Records {
    /// Takes such rows for their baselines, as [`Run::fold`] writes it down.
    pub(crate) fn fold<'a>(&mut self, source: &'a Source) -> Vec<Folded<'a>> {
        let folded: Vec<Folded<'a>> = source.migrations.iter().filter_map(|file| self.folded(file)).collect();
        for Folded { file, gone } in &folded {
            gone.iter().for_each(|version| {
                self.applied.remove(version);
                self.notes.remove(version);
            });
            let (version, description) = (file.version, file.description.clone());
            let row = Applied { version, description, success: true, checksum: checksum(&file.up), ran: false };
            self.applied.insert(version, row);
            self.notes.insert(version, note_of(file, false));
        }
        folded
    }

    fn folded<'a>(&self, file: &'a Migration) -> Option<Folded<'a>> {
        let all = replaced(&file.up);
        let is_there = !all.is_empty() && !self.has_baseline(file) && self.lacking(&all).is_none();
        let gone: BTreeSet<i64> = all.into_iter().map(|it| it.version).collect();
        is_there.then_some(Folded { file, gone })
    }

    /// The first of those that the database has not, or has in other words. With a baseline among them it has all that is
    /// older.
    fn lacking(&self, all: &[Replaced]) -> Option<i64> {
        let had = |version: i64| all.iter().any(|it| it.version == version && self.has(it));
        let floor = all.iter().filter(|it| it.is_baseline && self.has(it)).map(|it| it.version).max();
        let needed = all.iter().map(|it| it.version).filter(|version| Some(*version) >= floor);
        needed.filter(|version| !had(*version)).min()
    }

    fn has_baseline(&self, file: &Migration) -> bool {
        self.applied.get(&file.version).is_some_and(|row| row.checksum == checksum(&file.up))
    }

    /// What was applied with these very words, whatever its line endings.
    fn has(&self, replaced: &Replaced) -> bool {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let note = self.notes.get(&replaced.version);
        let is_same = |row: &Applied| {
            hex(&row.checksum) == replaced.checksum
                || note.is_some_and(|note| hex(&note.up_checksum) == replaced.checksum)
        };
        self.applied.get(&replaced.version).is_some_and(|row| row.success && is_same(row))
    }

    /// Baselines of which the database has only a part, with the versions that are there.
    pub(crate) fn half_folded(&self, source: &Source) -> (Vec<Fault>, BTreeSet<i64>) {
        let (mut faults, mut there) = (Vec::new(), BTreeSet::new());
        for file in source.migrations.iter().filter(|file| !self.has_baseline(file)) {
            let all = replaced(&file.up);
            let own: BTreeSet<i64> =
                all.iter().map(|it| it.version).filter(|version| self.applied.contains_key(version)).collect();
            let Some(lacking) = self.lacking(&all).filter(|_| !own.is_empty()) else { continue };
            let versions: BTreeSet<i64> = all.iter().map(|it| it.version).collect();
            faults.push(half_folded(file, lacking, own.len(), versions.len()));
            there.extend(own);
        }
        (faults, there)
    }
}

fn half_folded(file: &Migration, lacking: i64, there: usize, all: usize) -> Fault {
    let name = named(file.version, &file.description);
    let message = format!(
        "{name} stands for {all} migrations, of which the database has {there}; {lacking} is the first that it has not, or has in other words"
    );
    let finding = Finding::error(None, message)
        .help("check out the last commit before the squash, run `cargo schema migrate` there, and come back");
    Fault { kind: Kind::Missing, version: file.version, finding }
}

impl<B: Backend> Run<'_, B> {
    /// Writes down a baseline in the place of what it stands for.
    pub(crate) async fn fold(&mut self, folded: &Folded<'_>) -> Result<(), Error> {
        self.backend.script(B::BEGIN).await?;
        for version in &folded.gone {
            self.remove(HISTORY, *version).await?;
            self.remove(NOTES, *version).await?;
            self.forget_fill(*version).await?;
        }
        self.write_history(folded.file.version, &folded.file.description, checksum(&folded.file.up), History::Skipped)
            .await?;
        self.write_note(&note_of(folded.file, false)).await?;
        self.backend.script("COMMIT").await?;
        Ok(())
    }
}
