//! Primary keys, unique constraints and foreign keys.

use schema_core::ir::{Deferrable, ReferentialAction};

use super::{Maker, plain};
use crate::sketch::{ColumnSketch, ForeignKeySketch, Id, KeySketch, TableSketch};
use crate::tape::Tape;

impl Maker {
    /// Columns that keys may hold: plain ones whose rows can be told apart, or that hold NULL alone.
    pub(super) fn keyable(&self, table: &TableSketch, nulls: bool) -> Vec<Id> {
        let suits = |column: &&ColumnSketch| {
            let key = self.sketch.info(column.ty).is_some_and(|info| info.is_key());
            let filled = self.past(table.id, column.id).any(|(_, _, past)| past.backfill.is_some());
            let old = !self.has_rows(table.id)
                || (self.in_base(table.id, column.id) && !filled)
                || (nulls && self.is_empty(table.id, column));
            key && old && column.generated.is_none() && column.collation.is_none()
        };
        table.columns.iter().filter(suits).map(|column| column.id).collect()
    }

    pub(super) fn add_primary_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let mut columns = self.keyable(&table, false);
        columns.retain(|id| table.column(*id).is_some_and(|column| !column.nullable && column.backfill.is_none()));
        let count = columns.len();
        columns.rotate_left(tape.pick(count));
        columns.truncate(1 + tape.pick(2));
        // PostgreSQL leaves a UNIQUE out that repeats the primary key.
        let distinct = table.unique_keys().iter().all(|key| *key != columns);
        (table.primary_key.is_none() && !columns.is_empty() && distinct).then_some(())?;
        let id = self.sketch.id();
        self.sketch.tables[at].primary_key = Some(unique(id, Self::part_name(tape, id), columns));
        Some(())
    }

    pub(super) fn drop_primary_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        (!table.without_rowid && !(table.columns.iter().any(|column| column.identity.is_some()))).then_some(())?;
        let key = table.primary_key.take()?;
        let table = table.id;
        self.drop_references(table, &key.columns);
        Some(())
    }

    pub(super) fn add_unique(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let nulls_not_distinct = self.postgres() && tape.once_in(5);
        let mut columns = self.keyable(&table, !nulls_not_distinct);
        columns.retain(|id| table.column(*id).is_some_and(|column| column.backfill.is_none()));
        let count = columns.len();
        columns.rotate_left(tape.pick(count));
        columns.truncate(1 + tape.pick(3));
        let distinct = table.unique_keys().iter().all(|key| *key != columns);
        (!columns.is_empty() && distinct).then_some(())?;
        let id = self.sketch.id();
        let deferrable = match (self.postgres(), tape.pick(6)) {
            (true, 4) => Some(Deferrable::InitiallyImmediate),
            (true, 5) => Some(Deferrable::InitiallyDeferred),
            _ => None,
        };
        let key = KeySketch { nulls_not_distinct, deferrable, ..unique(id, Self::part_name(tape, id), columns) };
        self.sketch.tables[at].uniques.push(key);
        Some(())
    }

    pub(super) fn drop_unique(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.uniques.len());
        table.uniques.get(at)?;
        let key = table.uniques.remove(at);
        let table = table.id;
        self.drop_references(table, &key.columns);
        Some(())
    }

    /// Foreign keys that refer to these columns go, unless another key still holds them.
    pub(super) fn drop_references(&mut self, table: Id, columns: &[Id]) {
        let kept = self.sketch.table(table).is_some_and(|table| {
            let keys = table.primary_key.iter().chain(table.uniques.iter().filter(|key| key.deferrable.is_none()));
            keys.into_iter().any(|key| key.columns == columns)
        });
        if kept {
            return;
        }
        for other in &mut self.sketch.tables {
            other.foreign_keys.retain(|key| key.table != table || key.referenced != columns);
        }
    }

    pub(super) fn forget_references(&mut self, table: Id, columns: &[Id]) {
        for other in &mut self.sketch.tables {
            other.foreign_keys.retain(|key| key.table != table || key.referenced != columns);
        }
    }

    pub(super) fn add_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let child = self.sketch.tables.get(at)?.clone();
        let parent = tape.one(&self.sketch.tables)?.clone();
        let keys: Vec<&KeySketch> =
            parent.primary_key.iter().chain(parent.uniques.iter().filter(|key| key.deferrable.is_none())).collect();
        let referenced = tape.one(&keys)?.columns.clone();
        // Rows that are there already refer to nothing in a table or column that is new.
        let parent_is_old = !self.has_rows(child.id) || referenced.iter().all(|id| self.in_base(parent.id, *id));
        let mut columns = Vec::new();
        for wanted in &referenced {
            let ty = parent.column(*wanted)?.ty;
            let table = self.sketch.tables.get(at)?;
            let usable: Vec<Id> = table
                .columns
                .iter()
                .filter(|column| {
                    let empty = self.is_empty(table.id, column);
                    let old = self.in_base(table.id, column.id);
                    let suits = if old || !self.has_rows(table.id) { parent_is_old } else { empty };
                    column.ty == ty
                        && column.generated.is_none()
                        && column.identity.is_none()
                        && column.collation.is_none()
                        && !columns.contains(&column.id)
                        && suits
                        && !(child.id == parent.id && referenced.contains(&column.id))
                })
                .map(|column| column.id)
                .collect();
            let id = match tape.one(&usable) {
                Some(id) if !tape.once_in(3) => *id,
                _ => {
                    let strict = self.sketch.tables[at].strict;
                    (!strict || self.sketch.info(ty)?.strict).then_some(())?;
                    let id = self.sketch.id();
                    let column = plain(id, self.column_name(tape, &self.sketch.tables[at]), ty);
                    self.sketch.tables[at].columns.push(column);
                    id
                }
            };
            columns.push(id);
        }
        let same = |key: &ForeignKeySketch| key.columns == columns;
        (!child.foreign_keys.iter().any(same)).then_some(())?;
        let id = self.sketch.id();
        let name = Self::part_name(tape, id);
        let (on_delete, on_update) = (action(tape), action(tape));
        let match_full = self.postgres() && tape.once_in(5);
        let deferrable = match (self.mariadb(), tape.pick(5)) {
            (true, _) => None,
            (false, 3) => Some(Deferrable::InitiallyImmediate),
            (false, 4) => Some(Deferrable::InitiallyDeferred),
            _ => None,
        };
        let table = parent.id;
        let key =
            ForeignKeySketch { id, name, columns, table, referenced, on_delete, on_update, match_full, deferrable };
        self.sketch.tables[at].foreign_keys.push(key);
        Some(())
    }

    pub(super) fn drop_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.foreign_keys.len());
        table.foreign_keys.get(at)?;
        table.foreign_keys.remove(at);
        Some(())
    }

    pub(super) fn change_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let mariadb = self.mariadb();
        let table = self.table(tape)?;
        let at = tape.pick(table.foreign_keys.len());
        let key = table.foreign_keys.get_mut(at)?;
        key.on_delete = action(tape);
        key.deferrable = (!mariadb && tape.once_in(2)).then_some(Deferrable::InitiallyDeferred);
        Some(())
    }
}

pub(super) fn unique(id: Id, name: Option<String>, columns: Vec<Id>) -> KeySketch {
    KeySketch { id, name, columns, nulls_not_distinct: false, deferrable: None }
}

pub(super) fn action(tape: &mut Tape<'_>) -> ReferentialAction {
    let actions = [
        ReferentialAction::NoAction,
        ReferentialAction::Cascade,
        ReferentialAction::SetNull,
        ReferentialAction::Restrict,
        ReferentialAction::SetDefault,
    ];
    actions[tape.pick(actions.len())]
}
