//! Texts over types whose names change, and enums whose labels do.
//!
//! What PostgreSQL stores of an expression follows a renamed type or label; its text doesn't, and is refused once what it
//! names is gone. So a text goes before the type changes, what takes its place comes after, and the down brings it
//! back where its names are valid (BUGS.md B05).

use std::collections::{BTreeMap, BTreeSet};

use super::enums::only_adds;
use super::removals::dropped_columns;
use super::state::{Item, ItemKind, items, parts_of};
use super::work::TableWork;
use super::{Planner, dotted};
use crate::dialect::postgres::ddl;
use crate::dialect::postgres::mention::mentions;
use crate::dialect::{parenthesised, qualified, quote};
use crate::diff::Change;
use crate::ir::{Column, ObjectName, SqlType, Table};
use crate::plan::Step;

/// Types that will not be what they were, by their new names.
pub(super) struct Unsettled<'a> {
    /// Those whose name changes, and enums whose labels change other than by more of them.
    types: BTreeSet<&'a ObjectName>,
    /// Enums in which a label's name passes to another one: a text over them stays valid and means something else.
    ambiguous: BTreeSet<&'a ObjectName>,
    /// Former and new names, as an expression may spell them in a cast.
    words: BTreeSet<String>,
}

impl<'a> Unsettled<'a> {
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let mut unsettled = Self { types: BTreeSet::new(), ambiguous: BTreeSet::new(), words: BTreeSet::new() };
        for change in changes {
            match change {
                Change::RenameType { from, to, .. } => {
                    unsettled.types.insert(to);
                    unsettled.words.insert(from.name.clone());
                }
                Change::AlterEnum { from, to, renamed_labels } if !only_adds(from, to, renamed_labels) => {
                    unsettled.types.insert(&to.name);
                    unsettled.words.insert(to.name.name.clone());
                    if renamed_labels.iter().any(|(old, _)| to.labels.contains(old)) {
                        unsettled.ambiguous.insert(&to.name);
                    }
                }
                _ => {}
            }
        }
        unsettled
    }

    pub(super) fn has(&self, ty: &SqlType) -> bool {
        ty.named().is_some_and(|name| self.types.contains(name))
    }

    /// Whether a text over any type means something else afterwards.
    pub(super) fn has_ambiguous(&self) -> bool {
        !self.ambiguous.is_empty()
    }

    /// Whether a text over the type means something else afterwards.
    pub(super) fn is_ambiguous(&self, ty: &SqlType) -> bool {
        ty.named().is_some_and(|name| self.ambiguous.contains(name))
    }
}

impl<'a> Planner<'a> {
    pub(super) fn drop_texts_over_types(&mut self) {
        let unsettled = Unsettled::of(self.changes);
        if unsettled.types.is_empty() {
            return;
        }
        let tables = self.take_tables();
        for work in &tables {
            self.drop_enum_defaults(work, &unsettled);
            for column in dropped_columns(work).filter(|column| unsettled.has(&column.ty)) {
                if !self.kept.has_column(&work.new, &column.name) {
                    self.empty_column(work, column);
                }
            }
        }
        self.tables = tables;
        for change in self.changes {
            if let Change::DropTable(table) = change
                && !self.kept.has_table(&table.name)
            {
                self.strip_table(table, &unsettled);
            }
        }
    }

    /// Of columns that stay.
    fn drop_enum_defaults(&mut self, work: &TableWork<'a>, unsettled: &Unsettled<'_>) {
        for (from, to) in work.staying_columns() {
            let differs = from.default != to.default || from.ty != to.ty || unsettled.is_ambiguous(&to.ty);
            if differs && unsettled.has(&from.ty) {
                self.drop_default(&work.old, &work.former(&to.name));
            }
        }
    }

    fn drop_default(&mut self, table: &ObjectName, name: &str) {
        let Some(column) = self.now.tables.get_mut(table).and_then(|table| table.column_mut(name)) else { return };
        let Some(default) = column.default.take() else { return };
        let title = format!("drop the default of {}", dotted(table, name));
        let up = ddl::set_default(table, name, None);
        let down = ddl::set_default(table, name, Some(&default));
        self.push(Step::schema(table, title, vec![up].into(), vec![down].into()).hazard("H18"));
    }

    /// Defaults that went although their columns do not change.
    pub(super) fn set_defaults_again(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for column in &work.after.columns {
                let Some(default) = column.default.as_deref() else { continue };
                if self.column_now(&work.new, &column.name).is_none_or(|now| now.default.is_some()) {
                    continue;
                }
                let up = ddl::set_default(&work.new, &column.name, Some(default));
                let down = ddl::set_default(&work.new, &column.name, None);
                let title = format!("set the default of {}", dotted(&work.new, &column.name));
                self.push(Step::schema(&work.new, title, vec![up].into(), vec![down].into()).hazard("H18"));
            }
        }
        self.tables = tables;
    }

    /// A column that goes comes back without values, and gets them once its labels are back.
    fn empty_column(&mut self, work: &TableWork<'a>, column: &Column) {
        let restore = self.restore(&work.new, &column.name);
        let (table, name) = (&work.old, column.name.as_str());
        let Some(value) = restore.map(parenthesised).or_else(|| column.default.as_ref().map(|_| "DEFAULT".to_owned()))
        else {
            return;
        };
        let (mut up, mut down) = (Vec::new(), Vec::new());
        if column.default.is_some() {
            up.push(ddl::set_default(table, name, None));
            down.push(ddl::set_default(table, name, column.default.as_deref()));
        }
        down.push(format!("UPDATE {} SET {} = {value}", qualified(table), quote(name)));
        if !column.nullable {
            up.push(ddl::alter_column(table, name, "DROP NOT NULL"));
            down.push(ddl::alter_column(table, name, "SET NOT NULL"));
        }
        let Some(now) = self.now.tables.get_mut(table).and_then(|table| table.column_mut(name)) else { return };
        (now.default, now.nullable) = (None, true);
        let title = format!("empty {} before it goes", dotted(table, name));
        let gets = restore.or(column.default.as_deref()).unwrap_or("NULL");
        let back = format!("down: every row gets {gets} in `{}`", dotted(table, name));
        let step = Step::schema(table, title, up.into(), down.into()).hazard("H18").impact(back);
        self.push(if column.nullable { step } else { step.hazard("H11") });
    }

    /// Takes from a table that goes what its down could not write among other labels.
    fn strip_table(&mut self, table: &Table, unsettled: &Unsettled<'_>) {
        let of_enum = || table.columns.iter().filter(|column| unsettled.has(&column.ty));
        let words: BTreeSet<String> =
            of_enum().map(|column| column.name.clone()).chain(unsettled.words.iter().cloned()).collect();
        let holds = |column: &&Column| {
            let made = column.generated.as_ref();
            made.is_some_and(|made| unsettled.has(&column.ty) || mentions(&made.expression, &words))
        };
        let generated: BTreeSet<String> =
            table.columns.iter().filter(holds).map(|column| column.name.clone()).collect();
        let mut stripped: BTreeMap<ItemKind, Vec<Item>> = BTreeMap::new();
        for item in items(table) {
            let (named, expressions) = parts_of(table, &item);
            if named.iter().any(|name| generated.contains(*name))
                || expressions.iter().any(|text| mentions(text, &words) || mentions(text, &generated))
            {
                stripped.entry(item.kind).or_default().push(item);
            }
        }
        for item in stripped.into_values().rev().flatten() {
            self.drop_item(&table.name, &item, if item.kind == ItemKind::Index { "H37" } else { "H26" });
        }
        for name in &generated {
            self.drop_generated_column(&table.name, name);
        }
        for column in of_enum() {
            self.drop_default(&table.name, &column.name);
        }
    }
}
