//! Enums, their labels and their columns.

use std::collections::BTreeMap;

use super::{Maker, plain};
use crate::intents::restored;
use crate::sketch::{EnumSketch, Id, Predicate, Ty};
use crate::tape::Tape;

impl Maker {
    pub(super) fn create_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.enums.len() < 3).then_some(())?;
        let (id, name) = (self.sketch.id(), self.object(tape));
        let mut labels: Vec<(Id, String)> = Vec::new();
        for _ in 0..=tape.pick(4) {
            let label = Self::fresh(tape, labels.iter().map(|(_, label)| label.as_str()));
            labels.push((self.sketch.id(), label));
        }
        self.sketch.enums.push(EnumSketch { id, name, labels, mapped: BTreeMap::new(), comment: None });
        Some(())
    }

    pub(super) fn add_enum_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let ty = tape.one(&self.sketch.enums)?.clone();
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let array = self.postgres() && tape.once_in(4);
        let id = self.sketch.id();
        let mut column =
            plain(id, self.column_name(tape, &table), if array { Ty::EnumArray(ty.id) } else { Ty::Enum(ty.id) });
        column.nullable = tape.once_in(2);
        column.default_label = if tape.once_in(2) { None } else { tape.one(&ty.labels).map(|(label, _)| *label) };
        if self.has_rows(table.id) && !column.nullable && column.default_label.is_none() {
            column.backfill = Some(restored(&self.sketch, &column));
        }
        self.sketch.tables[at].columns.push(column);
        Some(())
    }

    pub(super) fn rename_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let name = self.object(tape);
        let count = self.sketch.enums.len();
        self.sketch.enums.get_mut(tape.pick(count))?.name = name;
        Some(())
    }

    pub(super) fn drop_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let id = self.sketch.enums.get(at)?.id;
        let used = self.sketch.tables.iter().flat_map(|table| &table.columns);
        let used = used.into_iter().any(|column| matches!(column.ty, Ty::Enum(ty) | Ty::EnumArray(ty) if ty == id));
        (!used).then_some(())?;
        self.sketch.enums.remove(at);
        Some(())
    }

    pub(super) fn label_name(&self, tape: &mut Tape<'_>, ty: &EnumSketch) -> String {
        let old = self.history.last().and_then(|base| base.ty(ty.id)).into_iter().flat_map(|ty| &ty.labels);
        Self::fresh(tape, ty.labels.iter().chain(old).map(|(_, label)| label.as_str()))
    }

    pub(super) fn add_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get(at)?.clone();
        let label = (self.sketch.id(), self.label_name(tape, &ty));
        self.sketch.enums[at].labels.insert(tape.pick(ty.labels.len() + 1), label);
        Some(())
    }

    /// Now and then the labels change their order, too, or pass their names on.
    pub(super) fn rename_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get(at)?.clone();
        let name = self.label_name(tape, &ty);
        let labels = &mut self.sketch.enums[at].labels;
        labels.get_mut(tape.pick(ty.labels.len()))?.1 = name;
        if tape.once_in(3) {
            labels.rotate_left(1);
        }
        if tape.once_in(3) {
            let (first, second) = (tape.pick(ty.labels.len()), tape.pick(ty.labels.len()));
            let name = labels[first].1.clone();
            labels[first].1 = std::mem::replace(&mut labels[second].1, name);
        }
        Some(())
    }

    pub(super) fn drop_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get_mut(at)?;
        (ty.labels.len() > 1).then_some(())?;
        let (gone, _) = ty.labels.remove(tape.pick(ty.labels.len()));
        let history = &self.history;
        let old = history.last().and_then(|base| base.ty(ty.id));
        // What takes a name over cannot be renamed in the change that drops its former owner.
        let former = old.and_then(|old| old.labels.iter().find(|(label, _)| *label == gone));
        let taken = former.is_some_and(|(_, name)| ty.labels.iter().any(|(_, label)| label == name));
        (!taken).then_some(())?;
        // Every down must find the label that rows were given.
        let own = Ty::Enum(ty.id);
        let known = |id: Id| history.iter().all(|past| past.has_label(own, id));
        let candidates: Vec<Id> = ty.labels.iter().map(|(id, _)| *id).filter(|id| known(*id)).collect();
        let kept = *tape.one(&candidates)?;
        ty.mapped.values_mut().filter(|to| **to == gone).for_each(|to| *to = kept);
        ty.mapped.insert(gone, kept);
        let id = ty.id;
        for table in &mut self.sketch.tables {
            for column in
                table.columns.iter_mut().filter(|column| column.ty == Ty::Enum(id) || column.ty == Ty::EnumArray(id))
            {
                column.default_label = column.default_label.map(|label| if label == gone { kept } else { label });
            }
            table.checks.retain(|check| check.label != Some(gone));
            table.indexes.retain(|index| !matches!(index.predicate, Some(Predicate::Label(_, label)) if label == gone));
        }
        Some(())
    }
}
