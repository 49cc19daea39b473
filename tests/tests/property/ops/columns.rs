//! Plain columns.

use schema_core::ir::Identity;

use super::{Maker, plain};
use crate::intents::restored;
use crate::sketch::{ColumnSketch, Id, Predicate, TableSketch, Ty};
use crate::tape::Tape;
use crate::types::{Family, types};

impl Maker {
    pub(super) fn add_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let types = types(self.sketch.dialect);
        let usable: Vec<usize> = (0..types.len()).filter(|at| !table.strict || types[*at].strict).collect();
        let ty = Ty::Builtin(*tape.one(&usable)?);
        let id = self.sketch.id();
        let mut column = plain(id, self.column_name(tape, &table), ty);
        column.nullable = tape.pick(2) == 0;
        let info = self.sketch.info(ty)?;
        if tape.once_in(2) {
            column.default = tape.one(info.defaults).map(|text| (*text).to_owned());
        }
        if info.family == Family::Text && tape.once_in(4) {
            column.collation = Some(self.collation());
        }
        if self.has_rows(table.id) && !column.nullable && (column.default.is_none() || tape.once_in(3)) {
            column.backfill = Some(restored(&self.sketch, &column));
        }
        let place = tape.pick(table.columns.len() + 1);
        self.sketch.tables[at].columns.insert(table.columns.len() - place, column);
        Some(())
    }

    pub(super) fn drop_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let column = tape.one(&table.columns)?;
        let id = column.id;
        (table.columns.iter().filter(|column| column.generated.is_none()).count() > 1).then_some(())?;
        let old_name = self.base_table(table.id).and_then(|base| base.column(id)).map(|old| &old.name);
        let taken = table.columns.iter().any(|other| other.id != id && Some(&other.name) == old_name);
        (self.droppable(table.id, id) && !taken).then_some(())?;
        let made = |other: &ColumnSketch| other.generated.is_some_and(|(source, ..)| source == id);
        let mut gone: Vec<Id> = table.columns.iter().filter(|other| made(other)).map(|other| other.id).collect();
        gone.push(id);
        for key in table.unique_keys().iter().filter(|key| key.contains(&id)) {
            self.forget_references(table.id, key);
        }
        let table = &mut self.sketch.tables[at];
        let lost = |ids: &[Id]| ids.iter().any(|id| gone.contains(id));
        (!(table.without_rowid && table.primary_key.as_ref().is_some_and(|key| lost(&key.columns)))).then_some(())?;
        table.columns.retain(|column| !gone.contains(&column.id));
        table.primary_key = table.primary_key.take().filter(|key| !lost(&key.columns));
        table.uniques.retain(|key| !lost(&key.columns));
        table.checks.retain(|check| !gone.contains(&check.column));
        table.foreign_keys.retain(|key| !(lost(&key.columns) || key.table == table.id && lost(&key.referenced)));
        table.indexes.retain(|index| {
            let keys: Vec<Id> = index.keys.iter().map(|key| key.column).collect();
            let predicate = index.predicate.iter().map(|predicate| match predicate {
                Predicate::Column(id, _) | Predicate::Label(id, _) => *id,
            });
            !lost(&keys) && !lost(&index.include) && !predicate.into_iter().any(|id| gone.contains(&id))
        });
        Some(())
    }

    /// The down gives every row one value, which no key, no foreign key and no type of any schema so far may mind.
    pub(super) fn droppable(&self, table: Id, column: Id) -> bool {
        let Some(last) = self.base_table(table).and_then(|table| table.column(column)) else { return true };
        let null = last.nullable && last.default.is_none() && last.default_label.is_none();
        self.past(table, column).all(|(sketch, past, old)| {
            let mut foreign_keys = sketch.tables.iter().flat_map(|other| &other.foreign_keys);
            let referred = foreign_keys.any(|key| key.table == table && key.referenced.contains(&column));
            let keys = past.is_unique(column) || past.foreign_keys.iter().any(|key| key.columns.contains(&column));
            let nulls_count = past.uniques.iter().any(|key| key.nulls_not_distinct && key.columns.contains(&column));
            let partly = past.foreign_keys.iter().any(|key| key.match_full && key.columns.contains(&column));
            let takes_null = old.nullable || !null;
            let has_label = last.default_label.is_none_or(|label| sketch.has_label(old.ty, label));
            old.identity.is_none()
                && !referred
                && (!keys || (null && !nulls_count && !partly))
                && (takes_null && has_label && old.ty == last.ty)
        })
    }

    pub(super) fn rename_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let name = self.column_name(tape, &table);
        self.sketch.tables[at].columns.get_mut(which)?.name = name;
        Some(())
    }

    pub(super) fn swap_columns(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let old: Vec<usize> =
            (0..table.columns.len()).filter(|which| self.in_base(table.id, table.columns[*which].id)).collect();
        let (first, second) = (*tape.one(&old)?, *tape.one(&old)?);
        let columns = &mut self.sketch.tables[at].columns;
        (columns[first].name, columns[second].name) =
            (table.columns[second].name.clone(), table.columns[first].name.clone());
        Some(())
    }

    pub(super) fn change_type(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let column = tape.one(&table.columns)?.clone();
        let info = self.sketch.info(column.ty)?;
        let list = types(self.sketch.dialect);
        let others: Vec<usize> = (0..list.len())
            .filter(|at| list[*at].family == info.family && list[*at].name != info.name)
            .filter(|at| info.family != Family::Other && (!table.strict || list[*at].strict))
            .collect();
        let place = *tape.one(&others)?;
        let ty = Ty::Builtin(place);
        let plain = column.generated.is_none() && column.identity.is_none();
        plain.then_some(())?;
        // What a default gave may suit its own type alone.
        let from_start = !self.has_rows(table.id) || self.in_base(table.id, column.id);
        (from_start || self.history.len() == 1).then_some(())?;
        // Keys and what refers to them change together.
        let mut linked = vec![(table.id, column.id)];
        let mut done = 0;
        while let Some((table, column)) = linked.get(done).copied() {
            done += 1;
            for other in &self.sketch.tables {
                for key in &other.foreign_keys {
                    for (own, referenced) in key.columns.iter().zip(&key.referenced) {
                        let pair = [(other.id, *own), (key.table, *referenced)];
                        if pair.contains(&(table, column)) {
                            linked.extend(pair.into_iter().filter(|item| !linked.contains(item)).collect::<Vec<_>>());
                        }
                    }
                }
            }
        }
        let changed = self.sketch.clone();
        for (table, column) in linked {
            let added = self.has_rows(table) && !self.in_base(table, column);
            let table = self.sketch.tables.iter_mut().find(|other| other.id == table)?;
            let column = table.columns.iter_mut().find(|other| other.id == column)?;
            (column.identity.is_none() && (!table.strict || list.get(place)?.strict)).then_some(())?;
            column.ty = ty;
            column.default = column.default.take().filter(|default| default.starts_with(['\'', '-', '1']));
            if column.backfill.is_some() || (added && !column.nullable && column.default.is_none()) {
                column.backfill = Some(restored(&changed, column));
            }
        }
        Some(())
    }

    pub(super) fn change_null(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        let in_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.id));
        (!in_key && column.identity.is_none() && column.generated.is_none()).then_some(())?;
        let backfill = restored(&self.sketch, column);
        let old = self.in_base(table.id, column.id);
        let was_null =
            self.base_table(table.id).and_then(|base| base.column(column.id)).is_some_and(|old| old.nullable);
        let filled = if was_null || (!old && column.default.is_none() && column.default_label.is_none()) {
            Some(backfill)
        } else {
            None
        };
        let past = self.past(table.id, column.id).map(|(_, table, _)| table);
        let tables: Vec<&TableSketch> = past.chain([&table]).collect();
        let unique = tables.iter().any(|table| table.is_unique(column.id));
        let mut foreign_keys = tables.iter().flat_map(|table| &table.foreign_keys);
        let referring = foreign_keys.any(|key| key.columns.contains(&column.id));
        if column.nullable {
            // A new column that a key holds can only stay empty.
            (!self.has_rows(table.id) || old || !(unique || referring)).then_some(())?;
        }
        let has_rows = self.has_rows(table.id);
        let column = &mut self.sketch.tables[at].columns[which];
        column.nullable = !column.nullable;
        column.backfill = if column.nullable || !has_rows { None } else { filled };
        Some(())
    }

    pub(super) fn change_default(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        (column.identity.is_none() && column.generated.is_none()).then_some(())?;
        // A default that a new column's rows would get must suit what stands on the column.
        (!self.has_rows(table.id) || self.in_base(table.id, column.id)).then_some(())?;
        let (default, label) = match (self.sketch.info(column.ty), column.ty) {
            (Some(info), _) => (tape.one(info.defaults).map(|text| (*text).to_owned()), None),
            (None, Ty::Enum(ty) | Ty::EnumArray(ty)) => {
                (None, tape.one(&self.sketch.ty(ty)?.labels).map(|(label, _)| *label))
            }
            (None, Ty::Builtin(_)) => return None,
        };
        let column = &mut self.sketch.tables[at].columns[which];
        let remove = tape.once_in(3);
        column.default = default.filter(|_| !remove);
        column.default_label = label.filter(|_| !remove);
        Some(())
    }

    pub(super) fn change_collation(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let collation = self.collation();
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        let text = self.sketch.info(column.ty)?.family == Family::Text;
        let linked = self
            .sketch
            .tables
            .iter()
            .flat_map(|table| &table.foreign_keys)
            .any(|key| key.columns.contains(&column.id) || key.referenced.contains(&column.id));
        (text && !linked && !table.is_unique(column.id) && column.generated.is_none()).then_some(())?;
        let column = &mut self.sketch.tables[at].columns[which];
        column.collation = if column.collation.is_some() { None } else { Some(collation) };
        Some(())
    }

    pub(super) fn add_identity(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let postgres = self.postgres();
        let table = self.table(tape)?;
        (!table.without_rowid && table.columns.iter().all(|column| column.identity.is_none())).then_some(())?;
        let key = table.primary_key.as_ref().filter(|key| key.columns.len() == 1)?.columns[0];
        let referring = table.foreign_keys.iter().any(|foreign| foreign.columns.contains(&key));
        let column = table.columns.iter_mut().find(|column| column.id == key)?;
        (column.ty == Ty::Builtin(0) && !referring && column.collation.is_none()).then_some(())?;
        column.default = None;
        column.identity = Some(if postgres && tape.once_in(2) { Identity::Always } else { Identity::ByDefault });
        Some(())
    }

    pub(super) fn drop_identity(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let column = table.columns.iter_mut().find(|column| column.identity.is_some())?;
        column.identity = None;
        Some(())
    }
}
