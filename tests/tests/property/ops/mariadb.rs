//! What MariaDB has and the others have not.

use super::Maker;
use crate::sketch::{IndexSketch, TableSketch};
use crate::tape::Tape;
use crate::types::Family;

impl Maker {
    /// Prefixes and full texts.
    pub(super) fn mariadb_keys(&self, tape: &mut Tape<'_>, table: &TableSketch, index: &mut IndexSketch) {
        let info = |id| table.column(id).and_then(|column| self.sketch.info(column.ty));
        if index.unique {
            index.keys.truncate(1);
            return;
        }
        let first = index.keys.first().map(|key| key.column);
        let is_text = first.and_then(info).is_some_and(|info| info.family == Family::Text);
        let made = first.and_then(|id| table.column(id)).is_some_and(|column| column.generated.is_some());
        if is_text && !made && tape.once_in(3) {
            index.method = Some("fulltext");
            index.keys.truncate(1);
            index.keys.iter_mut().for_each(|key| key.descending = false);
            return;
        }
        for key in &mut index.keys {
            let info = info(key.column);
            let is_text = info.is_some_and(|info| info.family == Family::Text);
            if info.is_some_and(|info| info.large) || (is_text && tape.once_in(3)) {
                key.prefix = Some(5);
            }
        }
    }

    pub(super) fn change_charset(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let charsets = [None, Some(("latin1", "latin1_swedish_ci")), Some(("utf8mb4", "utf8mb4_bin"))];
        let charset = *tape.one(&charsets)?;
        self.table(tape)?.charset = charset;
        Some(())
    }

    pub(super) fn change_on_update(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let times: Vec<usize> = (0..table.columns.len())
            .filter(|at| {
                let info = self.sketch.info(table.columns[*at].ty);
                info.is_some_and(|info| matches!(info.family, Family::Moment | Family::Timestamp))
            })
            .collect();
        let column = &mut self.sketch.tables[at].columns[*tape.one(&times)?];
        column.on_update = !column.on_update;
        Some(())
    }

    pub(super) fn change_storage(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let format = *tape.one(&[None, Some("DYNAMIC"), Some("COMPRESSED")])?;
        self.table(tape)?.row_format = format;
        Some(())
    }
}
