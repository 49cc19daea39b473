//! What is to be done to each table that stays, and what must step aside for it.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Item, ItemKind, items, parts_of};
use super::unsettled::Unsettled;
use crate::dialect::TypeChange;
use crate::dialect::postgres::mention::mentions;
use crate::dialect::postgres::types::{Form, change};
use crate::diff::{Change, Part, TableChange, same_generated};
use crate::ir::{Column, ObjectName, Schema, SqlType, Table};

/// The work on one table that stays.
pub(super) struct TableWork<'a> {
    pub(super) old: ObjectName,
    pub(super) new: ObjectName,
    before: &'a Table,
    pub(super) after: &'a Table,
    pub(super) parts: &'a [Part],
    /// Columns that get another name, former to new.
    pub(super) renamed_columns: BTreeMap<String, String>,
    /// Constraints and indexes that go, by their former names.
    pub(super) drop: BTreeSet<Item>,
    /// Constraints and indexes that come, by their new names.
    pub(super) add: BTreeSet<Item>,
    /// Constraints and indexes that only get another name.
    pub(super) rename: BTreeMap<Item, String>,
    /// What its new parents bring, and what stays of its own in the place of that.
    pub(super) kept: Vec<(Item, Item)>,
    /// Of `drop`: those that come back once a column has changed.
    pub(super) aside: BTreeSet<Item>,
    /// Generated columns that change, by their new names.
    pub(super) regenerated: BTreeMap<String, Regeneration>,
}

/// How a column changes that is generated, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Regeneration {
    /// It is computed anew: PostgreSQL before 17 has no way but to drop and add it (BUGS.md B42).
    Recompute,
    /// It keeps its values and becomes a plain column.
    Freeze,
    /// A plain column becomes generated.
    Compute,
}

/// A column that stays and changes, both ways of it under the new name.
pub(super) struct Altered<'a> {
    pub(super) from: &'a Column,
    pub(super) to: &'a Column,
}

impl Altered<'_> {
    /// Whether PostgreSQL has to be told another type or collation.
    pub(super) fn is_retyped(&self) -> bool {
        change(&self.from.ty, &self.to.ty) != TypeChange::Same || self.from.collation != self.to.collation
    }

    /// Whether expressions over the column mean something else afterwards, so that what PostgreSQL stores of them
    /// differs from what it would store when they were made anew.
    fn is_rebased(&self) -> bool {
        match (&self.from.ty, &self.to.ty) {
            (SqlType::Builtin(from), SqlType::Builtin(to)) => Form::of(from).base != Form::of(to).base,
            (from, to) => from != to,
        }
    }

    fn regeneration(&self) -> Option<Regeneration> {
        match (&self.from.generated, &self.to.generated) {
            (Some(_), None) => Some(Regeneration::Freeze),
            (None, Some(_)) => Some(Regeneration::Compute),
            (Some(a), Some(b)) => {
                (!same_generated(Some(a), Some(b)) || self.is_retyped()).then_some(Regeneration::Recompute)
            }
            (None, None) => None,
        }
    }
}

impl<'a> TableWork<'a> {
    /// Columns that stay and change.
    pub(super) fn altered(&self) -> impl Iterator<Item = Altered<'a>> + use<'a> {
        self.parts.iter().filter_map(|part| match part {
            Part::AlterColumn { from, to } => Some(Altered { from, to }),
            _ => None,
        })
    }

    /// Plain columns that stay, as they were and as they shall be, both ways under the new name.
    pub(super) fn staying_columns(&self) -> impl Iterator<Item = (&'a Column, &'a Column)> {
        let plain = self.after.columns.iter().filter(|column| column.generated.is_none());
        let stays = plain.filter(|column| self.before.column(&self.former(&column.name)).is_some());
        stays
            .filter(|column| {
                !self.parts.iter().any(|part| matches!(part, Part::AddColumn(new) if new.name == column.name))
            })
            .map(|to| {
                (self.altered().find(|altered| altered.to.name == to.name).map_or(to, |altered| altered.from), to)
            })
    }

    pub(super) fn former(&self, new: &str) -> String {
        let renamed = self.renamed_columns.iter().find(|(_, to)| *to == new);
        renamed.map_or_else(|| new.to_owned(), |(old, _)| old.clone())
    }

    fn new(old: &ObjectName, before: &'a Table, after: &'a Table, change: Option<&'a TableChange>) -> Self {
        let mut work = Self {
            old: old.clone(),
            new: after.name.clone(),
            before,
            after,
            parts: change.map_or(&[], |change| &change.parts),
            renamed_columns: change.into_iter().flat_map(|change| change.renamed_columns.iter().cloned()).collect(),
            drop: BTreeSet::new(),
            add: BTreeSet::new(),
            rename: BTreeMap::new(),
            kept: Vec::new(),
            aside: BTreeSet::new(),
            regenerated: BTreeMap::new(),
        };
        for part in work.parts {
            work.take(part);
        }
        work
    }

    fn take(&mut self, part: &Part) {
        use ItemKind::{Check, Exclusion, ForeignKey, Index, PrimaryKey, Unique};
        let mut add = |kind, name: &str| self.add.extend([Item::new(kind, name)]);
        let mut remove = |kind, name: &str| self.drop.extend([Item::new(kind, name)]);
        match part {
            Part::AddPrimaryKey(key) => add(PrimaryKey, &key.name),
            Part::AddUnique(unique) => add(Unique, &unique.name),
            Part::AddCheck(check) => add(Check, &check.name),
            Part::AddExclusion(exclusion) => add(Exclusion, &exclusion.name),
            Part::DropExclusion(exclusion) => remove(Exclusion, &exclusion.name),
            Part::AddForeignKey(key) => add(ForeignKey, &key.name),
            Part::AddIndex(index) => add(Index, &index.name),
            Part::DropPrimaryKey(key) => remove(PrimaryKey, &key.name),
            Part::DropUnique(unique) => remove(Unique, &unique.name),
            Part::DropCheck(check) => remove(Check, &check.name),
            Part::DropForeignKey(key) => remove(ForeignKey, &key.name),
            Part::DropIndex(index) => remove(Index, &index.name),
            Part::RenameIndex { from, to } => self.rename.extend([(Item::new(Index, from), to.clone())]),
            Part::RenameConstraint { from, to } => {
                let constraint = items(self.before).into_iter().find(|item| item.kind != Index && item.name == *from);
                self.rename.extend(constraint.map(|item| (item, to.clone())));
            }
            Part::RenameColumn { .. }
            | Part::AddColumn(_)
            | Part::DropColumn(_)
            | Part::AlterColumn { .. }
            | Part::SetComment { .. }
            | Part::Validate(_)
            | Part::SetUnlogged(_)
            | Part::SetStorage { .. }
            | Part::SetRowSecurity(_)
            | Part::ForceRowSecurity(_)
            | Part::SetReplicaIdentity { .. }
            | Part::SetPartitionOf { .. }
            | Part::SetPartitionBy { .. }
            | Part::SetInherits { .. }
            | Part::SetOptions { .. }
            | Part::ReorderColumns => {}
        }
    }

    /// Takes an item away before the columns change and brings it back afterwards.
    fn set_aside(&mut self, item: &Item) {
        if self.drop.contains(item) {
            return;
        }
        let name = self.rename.remove(item).unwrap_or_else(|| item.name.clone());
        self.drop.insert(item.clone());
        self.aside.insert(item.clone());
        self.add.insert(Item { kind: item.kind, name });
    }
}

/// The work on every table that stays, by former name.
pub(super) fn collect<'a>(
    from: &'a Schema,
    to: &'a Schema,
    changes: &'a [Change],
) -> BTreeMap<ObjectName, TableWork<'a>> {
    let mut renamed: BTreeMap<&ObjectName, &ObjectName> = BTreeMap::new();
    let mut altered: BTreeMap<&ObjectName, &TableChange> = BTreeMap::new();
    let mut gone: BTreeSet<&ObjectName> = BTreeSet::new();
    for change in changes {
        match change {
            Change::RenameTable { from, to } => renamed.extend([(from, to)]),
            Change::AlterTable(change) => altered.extend([(&change.to.name, change)]),
            Change::DropTable(table) => gone.extend([&table.name]),
            _ => {}
        }
    }
    let staying = from.tables.iter().filter(|(name, _)| !gone.contains(name));
    let mut tables: BTreeMap<ObjectName, TableWork<'a>> = staying
        .filter_map(|(old, before)| {
            let after = to.tables.get(*renamed.get(old).unwrap_or(&old))?;
            Some((old.clone(), TableWork::new(old, before, after, altered.get(&after.name).copied())))
        })
        .collect();
    set_dependents_aside(from, &mut tables, &Unsettled::of(changes));
    tables
}

/// Columns, by their former names, that change under what depends on them.
#[derive(Default)]
struct Unstable {
    /// Columns that are dropped and added again.
    replaced: BTreeSet<String>,
    /// Those, and columns that change their meaning.
    any: BTreeSet<String>,
}

fn set_dependents_aside(from: &Schema, tables: &mut BTreeMap<ObjectName, TableWork<'_>>, unsettled: &Unsettled<'_>) {
    let mut unstable: BTreeMap<ObjectName, Unstable> = BTreeMap::new();
    for (old, work) in tables.iter_mut() {
        let columns = regenerate(work, unsettled);
        if columns.any.is_empty() {
            continue;
        }
        for item in items(work.before) {
            let (named, expressions) = parts_of(work.before, &item);
            let touched = named.iter().any(|name| columns.replaced.contains(*name))
                || expressions.iter().any(|expression| mentions(expression, &columns.any));
            if touched {
                work.set_aside(&item);
            }
        }
        unstable.insert(old.clone(), columns);
    }
    let dropped_keys = dropped_keys(tables);
    for work in tables.values_mut() {
        let (before, own) = (work.before, unstable.get(&work.old));
        for key in &before.foreign_keys {
            let other = unstable.get(&key.references);
            let touched = key.columns.iter().any(|name| own.is_some_and(|own| own.any.contains(name)))
                || key.referenced_columns.iter().any(|name| other.is_some_and(|other| other.any.contains(name)))
                || leans_on(&dropped_keys, &key.references, &key.referenced_columns);
            if touched && from.tables.contains_key(&key.references) {
                work.set_aside(&Item::new(ItemKind::ForeignKey, &key.name));
            }
        }
    }
}

/// Finds the generated columns that change, directly or because of what they are made of: PostgreSQL refuses to alter
/// it, or its labels pass their names on.
fn regenerate(work: &mut TableWork<'_>, unsettled: &Unsettled<'_>) -> Unstable {
    let mut columns = Unstable::default();
    if work.parts.is_empty() && !unsettled.has_ambiguous() {
        return columns;
    }
    let mut pinned: BTreeSet<String> = work
        .staying_columns()
        .filter(|(from, _)| unsettled.is_ambiguous(&from.ty))
        .map(|(_, to)| work.former(&to.name))
        .collect();
    columns.any.extend(pinned.iter().cloned());
    let mut regenerated = BTreeMap::new();
    for altered in work.altered() {
        let old = work.former(&altered.to.name);
        if altered.is_retyped() {
            pinned.insert(old.clone());
        }
        if altered.is_rebased() {
            columns.any.insert(old.clone());
        }
        if let Some(regeneration) = altered.regeneration() {
            regenerated.insert(old, regeneration);
        }
    }
    for column in &work.before.columns {
        let stays = work.after.column(work.renamed_columns.get(&column.name).unwrap_or(&column.name)).is_some();
        if let Some(generated) = &column.generated
            && stays
            && mentions(&generated.expression, &pinned)
        {
            regenerated.entry(column.name.clone()).or_insert(Regeneration::Recompute);
        }
    }
    columns.replaced.extend(regenerated.keys().cloned());
    columns.any.extend(regenerated.keys().cloned());
    let new_name = |old: String| work.renamed_columns.get(&old).cloned().unwrap_or(old);
    work.regenerated = regenerated.into_iter().map(|(old, kind)| (new_name(old), kind)).collect();
    columns
}

/// Keys that go, by table: a foreign key that leans on one must go first.
fn dropped_keys(tables: &BTreeMap<ObjectName, TableWork<'_>>) -> BTreeMap<ObjectName, Vec<BTreeSet<String>>> {
    let keys = |work: &TableWork<'_>| -> Vec<BTreeSet<String>> {
        let keys = work.drop.iter().filter(|item| item.is_relation());
        keys.map(|item| parts_of(work.before, item).0.into_iter().map(str::to_owned).collect()).collect()
    };
    tables.iter().map(|(old, work)| (old.clone(), keys(work))).collect()
}

fn leans_on(keys: &BTreeMap<ObjectName, Vec<BTreeSet<String>>>, table: &ObjectName, columns: &[String]) -> bool {
    let wanted: BTreeSet<String> = columns.iter().cloned().collect();
    keys.get(table).is_some_and(|keys| keys.contains(&wanted))
}
