//! Tables: whole ones, their options and comments, and the names of their parts.

use schema_core::ir::{Dialect, Identity};

use super::keys::unique;
use super::{Maker, NAMES, plain};
use crate::sketch::{TableSketch, Ty};
use crate::tape::Tape;
use crate::types::types;

impl Maker {
    pub(super) fn create_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.tables.len() < 4).then_some(())?;
        let (id, name) = (self.sketch.id(), self.object(tape));
        let mut table = TableSketch {
            id,
            name,
            comment: None,
            strict: false,
            without_rowid: false,
            charset: None,
            row_format: None,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
        };
        let column = self.sketch.id();
        let mut key = plain(column, self.column_name(tape, &table), Ty::Builtin(0));
        key.nullable = false;
        if tape.once_in(3) {
            key.identity = Some(Identity::ByDefault);
        }
        table.columns.push(key);
        let keyless = tape.once_in(6) && table.columns.iter().all(|column| column.identity.is_none());
        if !keyless {
            let key = self.sketch.id();
            table.primary_key = Some(unique(key, Self::part_name(tape, key), vec![column]));
        }
        if self.sketch.dialect == Dialect::Sqlite {
            table.strict = tape.once_in(4);
            table.without_rowid = tape.once_in(4) && !keyless && table.columns[0].identity.is_none();
        }
        self.sketch.tables.push(table);
        Some(())
    }

    pub(super) fn drop_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let id = self.sketch.tables.get(at)?.id;
        // The down makes it anew without rows, so nothing that stays may refer to them.
        let referred = self.history.iter().flat_map(|past| &past.tables).any(|table| {
            table.id != id
                && self.sketch.table(table.id).is_some()
                && table.foreign_keys.iter().any(|key| key.table == id)
        });
        // What takes a name over that goes in the same change has its rename held for spent.
        let name = self.base_table(id).map(|table| table.name.clone());
        let taken = self.sketch.tables.iter().any(|table| table.id != id && Some(&table.name) == name.as_ref());
        (!referred && !taken).then_some(())?;
        self.sketch.tables.remove(at);
        for table in &mut self.sketch.tables {
            table.foreign_keys.retain(|key| key.table != id);
        }
        Some(())
    }

    pub(super) fn rename_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let name = self.object(tape);
        self.table(tape)?.name = name;
        Some(())
    }

    pub(super) fn swap_tables(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let tables = self.sketch.tables.clone();
        let old: Vec<usize> = (0..tables.len()).filter(|at| self.has_rows(tables[*at].id)).collect();
        let (first, second) = (*tape.one(&old)?, *tape.one(&old)?);
        self.sketch.tables[first].name = tables[second].name.clone();
        self.sketch.tables[second].name = tables[first].name.clone();
        Some(())
    }

    pub(super) fn rename_part(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let id = self.sketch.id();
        let name = Some(format!("{} {id}", NAMES[tape.pick(NAMES.len() - 1)]));
        let table = self.table(tape)?;
        match tape.pick(5) {
            0 => table.primary_key.as_mut()?.name = name,
            1 => table.uniques.first_mut()?.name = name,
            2 => table.checks.first_mut()?.name = name,
            3 => table.foreign_keys.first_mut()?.name = name,
            _ => table.indexes.first_mut()?.name = name,
        }
        Some(())
    }

    pub(super) fn comment(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.dialect != Dialect::Sqlite).then_some(())?;
        let texts = [None, Some("plain"), Some("E.g. 'a', 'b'\nline 2 \\ -- ; */")];
        let text = texts[tape.pick(3)].map(str::to_owned);
        match tape.pick(3) {
            0 => self.table(tape)?.comment = text,
            1 => {
                let table = self.table(tape)?;
                let at = tape.pick(table.columns.len());
                table.columns.get_mut(at)?.comment = text;
            }
            _ => {
                self.postgres().then_some(())?;
                let count = self.sketch.enums.len();
                self.sketch.enums.get_mut(tape.pick(count))?.comment = text;
            }
        }
        Some(())
    }

    pub(super) fn change_options(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.dialect == Dialect::Sqlite).then_some(())?;
        let types = types(self.sketch.dialect);
        let table = self.table(tape)?;
        let strict = table.columns.iter().all(|column| match column.ty {
            Ty::Builtin(at) => types[at].strict,
            Ty::Enum(_) | Ty::EnumArray(_) => true,
        });
        if tape.once_in(2) {
            strict.then_some(())?;
            table.strict = !table.strict;
        } else {
            (table.primary_key.is_some() && table.columns.iter().all(|column| column.identity.is_none()))
                .then_some(())?;
            table.without_rowid = !table.without_rowid;
        }
        Some(())
    }
}
