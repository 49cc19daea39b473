//! Indexes.

use schema_core::ir::NullsOrder;

use super::Maker;
use crate::sketch::{ColumnSketch, Id, IndexKeySketch, IndexSketch, Predicate, TableSketch, Ty};
use crate::tape::Tape;
use crate::types::Family;

impl Maker {
    pub(super) fn add_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.indexes.len() < 4).then_some(())?;
        let id = self.sketch.id();
        let mut index = IndexSketch {
            id,
            name: Self::part_name(tape, id),
            unique: false,
            method: None,
            keys: Vec::new(),
            include: Vec::new(),
            fillfactor: None,
            predicate: None,
        };
        let column = tape.one(&table.columns)?.clone();
        let array =
            matches!(self.sketch.info(column.ty), Some(info) if info.name.ends_with("[]") || info.name == "jsonb");
        if self.postgres() && array {
            index.method = Some("gin");
            index.keys.push(key(column.id));
        } else {
            self.keys(tape, &table, &column, &mut index);
        }
        if self.mariadb() {
            self.mariadb_keys(tape, &table, &mut index);
        }
        index.predicate = self.predicate(tape, &table);
        self.sketch.tables[at].indexes.push(index);
        Some(())
    }

    pub(super) fn keys(&self, tape: &mut Tape<'_>, table: &TableSketch, first: &ColumnSketch, index: &mut IndexSketch) {
        let keyable = self.keyable(table, true);
        let family = |column: &ColumnSketch| self.sketch.info(column.ty).map(|info| info.family);
        let backfilled = |id: &Id| table.column(*id).is_some_and(|column| column.backfill.is_some());
        if tape.once_in(4) && keyable.contains(&first.id) && !backfilled(&first.id) {
            index.unique = table.unique_keys().iter().all(|key| *key != [first.id]);
        }
        let mut columns = vec![first.clone()];
        if tape.once_in(2) {
            columns.extend(tape.one(&table.columns).filter(|column| column.id != first.id).cloned());
        }
        for column in columns {
            let mut item = key(column.id);
            item.descending = tape.once_in(3);
            if self.mariadb() {
                index.keys.push(item);
                continue;
            }
            if self.postgres() && tape.once_in(4) {
                item.nulls = Some(if item.descending { NullsOrder::Last } else { NullsOrder::First });
            }
            match (family(&column), tape.pick(5)) {
                (Some(Family::Text), 3) if !index.unique => item.template = Some("lower({})"),
                (Some(Family::Int), 3) if !index.unique => item.template = Some("{} % 7"),
                (Some(Family::Text), 4) if self.postgres() && column.collation.is_none() => {
                    item.collation = Some("POSIX")
                }
                (Some(Family::Text), 4) if !self.postgres() => item.collation = Some("RTRIM"),
                _ => {}
            }
            index.keys.push(item);
        }
        if !self.postgres() {
            return;
        }
        if tape.once_in(4) {
            index.include.extend(
                tape.one(&table.columns)
                    .map(|column| column.id)
                    .filter(|id| index.keys.iter().all(|key| key.column != *id)),
            );
        }
        if tape.once_in(5) {
            index.fillfactor = Some(70);
        }
        let single = index.keys.len() == 1 && index.include.is_empty() && !index.unique;
        if single && tape.once_in(5) {
            index.method = Some("hash");
            for key in &mut index.keys {
                (key.descending, key.nulls) = (false, None);
            }
        }
    }

    pub(super) fn predicate(&self, tape: &mut Tape<'_>, table: &TableSketch) -> Option<Predicate> {
        (!self.mariadb() && tape.once_in(3)).then_some(())?;
        let column = tape.one(&table.columns)?;
        if let Ty::Enum(ty) = column.ty {
            let label = tape.one(&self.sketch.ty(ty)?.labels)?.0;
            return Some(Predicate::Label(column.id, label));
        }
        Some(match self.sketch.info(column.ty).map(|info| info.family) {
            Some(Family::Int) if tape.once_in(2) => Predicate::Column(column.id, "{} > 3 AND {} IN (4, 5, 6)"),
            Some(Family::Text) if tape.once_in(2) => Predicate::Column(column.id, "{} <> 'it''s' OR {} LIKE 'x%'"),
            _ => Predicate::Column(column.id, "{} IS NOT NULL"),
        })
    }

    pub(super) fn drop_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.indexes.len());
        table.indexes.get(at)?;
        table.indexes.remove(at);
        Some(())
    }

    pub(super) fn change_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let predicate = self.predicate(tape, &table);
        let index = self.sketch.tables[at].indexes.get_mut(tape.pick(table.indexes.len()))?;
        if tape.once_in(2) && index.method.is_none() {
            index.keys.iter_mut().for_each(|key| (key.descending, key.nulls) = (!key.descending, None));
        } else {
            index.predicate = predicate;
        }
        Some(())
    }
}

pub(super) fn key(column: Id) -> IndexKeySketch {
    IndexKeySketch {
        column,
        template: None,
        prefix: None,
        descending: false,
        nulls: None,
        opclass: None,
        collation: None,
    }
}
