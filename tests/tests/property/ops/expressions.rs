//! Checks and generated columns.

use super::{Maker, plain};
use crate::sketch::{CheckSketch, ColumnSketch, Id, TableSketch, Ty};
use crate::tape::Tape;
use crate::types::Family;

impl Maker {
    pub(super) fn add_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.checks.len() < 3).then_some(())?;
        let column = tape.one(&table.columns)?.id;
        let (template, label) = self.check(tape, &table, column)?;
        let id = self.sketch.id();
        let name = Self::part_name(tape, id);
        self.sketch.tables[at].checks.push(CheckSketch { id, name, column, template, label });
        Some(())
    }

    /// A form, with the label that it holds.
    fn check(&self, tape: &mut Tape<'_>, table: &TableSketch, column: Id) -> Option<(&'static str, Option<Id>)> {
        if let Ty::Enum(ty) = table.column(column)?.ty {
            let label = tape.one(&self.sketch.ty(ty)?.labels)?.0;
            let forms = ["{} = {label} OR {} <> {label}", "{} IS NULL OR {} NOT IN ({label}) OR {label} = {}"];
            return Some((tape.one(&forms)?, Some(label)));
        }
        let forms: &[&'static str] = match self.sketch.info(table.column(column)?.ty)?.family {
            Family::Int | Family::Unsigned => {
                &["{} <> 12345", "{} NOT IN (77, 78) OR {} = 77", "{} IS NULL OR {} BETWEEN {} AND {}"]
            }
            Family::Text => &["{} <> 'it''s; not'", "length({}) < 1000", "({} <> '(') OR ({} IS NULL)"],
            _ => &["{} IS NULL OR {} = {}"],
        };
        let comparable = !matches!(self.sketch.info(table.column(column)?.ty)?.name, "real" | "double precision");
        comparable.then_some(())?;
        Some((tape.one(forms)?, None))
    }

    pub(super) fn drop_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.checks.len());
        table.checks.get(at)?;
        table.checks.remove(at);
        Some(())
    }

    pub(super) fn change_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.checks.len());
        let column = table.checks.get(which)?.column;
        let (template, label) = self.check(tape, &table, column)?;
        let check = &mut self.sketch.tables[at].checks[which];
        (check.template, check.label) = (template, label);
        Some(())
    }

    pub(super) fn add_generated(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let sources: Vec<&ColumnSketch> = table
            .columns
            .iter()
            .filter(|column| {
                column.generated.is_none() && self.sketch.info(column.ty).is_some_and(|info| info.is_key())
            })
            .collect();
        let source = (*tape.one(&sources)?).clone();
        let template = self.generated(tape, source.ty)?;
        let text = self.sketch.info(source.ty)?.family == Family::Text;
        let ty = if text { 1 } else { 0 };
        let stored = self.postgres() || tape.once_in(2);
        let id = self.sketch.id();
        let mut column = plain(id, self.column_name(tape, &table), Ty::Builtin(ty));
        column.generated = Some((source.id, template, stored));
        self.sketch.tables[at].columns.push(column);
        Some(())
    }

    pub(super) fn generated(&self, tape: &mut Tape<'_>, source: Ty) -> Option<&'static str> {
        let forms: &[&'static str] = match self.sketch.info(source)?.family {
            Family::Int | Family::Unsigned if self.mariadb() => &["{} DIV 2", "{} % 10 + 1"],
            Family::Int | Family::Unsigned => &["{} / 2", "{} % 10 + 1"],
            _ if self.mariadb() => &["lower({})", "concat({}, 'x;')"],
            _ => &["lower({})", "{} || 'x;'"],
        };
        tape.one(forms).copied()
    }

    pub(super) fn change_generated(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let made: Vec<usize> = (0..table.columns.len()).filter(|at| table.columns[*at].generated.is_some()).collect();
        let which = *tape.one(&made)?;
        let (source, _, mut stored) = table.columns[which].generated?;
        if self.mariadb() && tape.once_in(2) {
            stored = !stored;
        }
        let template = self.generated(tape, table.column(source)?.ty)?;
        self.sketch.tables[at].columns[which].generated = Some((source, template, stored));
        Some(())
    }
}
