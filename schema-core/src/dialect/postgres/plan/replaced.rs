//! What another of its kind takes the place of goes once that is there: no query misses an index, and no row a foreign key,
//! in between (HAZARDS.md, rows 30 and 38).

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use super::removals::dropped_columns;
use super::renames::free_name;
use super::state::{self, Item, ItemKind, items, parts_of};
use super::work::TableWork;
use crate::dialect::postgres::{ddl, mention};
use crate::dialect::{qualified, quote};
use crate::diff::Part;
use crate::ir::{ForeignKey, ObjectName, Table};
use crate::plan::Step;

impl<'a> Planner<'a> {
    /// The old index serves queries until the new one is there.
    pub(super) fn replace_index_later(&mut self, work: &mut TableWork<'a>, item: &Item) {
        let taken = self.taken_relations();
        let aside = free_name(&item.name, "old", |name| !taken.contains(&work.old.sibling(name)));
        let rename = |from: &str, to: &str| {
            vec![format!("ALTER INDEX {} RENAME TO {}", qualified(&work.old.sibling(from)), quote(to))]
        };
        let title = format!("set index {} of {} aside", item.name, work.old);
        let (up, down) = (rename(&item.name, &aside), rename(&aside, &item.name));
        self.push(Step::schema(&work.old, title, up.into(), down.into()).hazard("H38"));
        work.drop.remove(item);
        let Some(table) = self.now.tables.get_mut(&work.old) else { return };
        state::rename_item(table, item, &aside);
        self.replaced.push((work.new.clone(), Item::new(ItemKind::Index, &aside)));
    }

    /// Whether another index or key that comes starts with the same columns, which all stay as they are. Its name must be
    /// free until then, and no index of a partition leaves the one above it.
    pub(super) fn is_stood_in_for(&self, work: &TableWork<'_>, table: &Table, item: &Item) -> bool {
        let (columns, expressions) = parts_of(table, item);
        let changes = |name: &str| {
            work.renamed_columns.contains_key(name)
                || work.parts.iter().any(|part| match part {
                    Part::DropColumn(it) => it.name == name,
                    Part::AlterColumn { from, .. } => from.name == name,
                    _ => false,
                })
        };
        let is_wanted = |name: &str| self.to.tables.values().flat_map(items).any(|it| it.name == name);
        let is_apart = work.after.partition_by.is_none() && work.after.partition_of.is_none() && !is_wanted(&item.name);
        let stay =
            is_apart && work.old == work.new && expressions.is_empty() && !columns.iter().any(|name| changes(name));
        stay && work.add.iter().any(|new| {
            let starts_so = || parts_of(work.after, new).0.starts_with(&columns);
            new.is_relation() && self.online.brings(work.after, new) && starts_so()
        })
    }

    pub(super) fn drop_replaced_indexes(&mut self) {
        for (name, index) in self.replaced(true) {
            self.drop_index_online(&name, &index);
        }
    }

    fn replaced(&mut self, indexes: bool) -> Vec<(ObjectName, Item)> {
        let (taken, left) = std::mem::take(&mut self.replaced)
            .into_iter()
            .partition(|(_, item)| (item.kind == ItemKind::Index) == indexes);
        self.replaced = left;
        taken
    }

    /// Foreign keys that only get other actions, before anything else, under the former names.
    pub(super) fn keep_keys_until_replaced(&mut self) {
        let mut tables = self.take_tables();
        let steady = tables.iter().filter(|work| is_steady(work));
        let steady: BTreeMap<ObjectName, Steady> =
            steady.map(|work| (work.old.clone(), (work.new.clone(), work.renamed_columns.clone()))).collect();
        for work in tables.iter_mut().filter(|work| !work.drop.is_empty()) {
            let is_in_use = self.online.covers(&work.new);
            let Some(table) = self.now.tables.get(&work.old).filter(|_| is_in_use).cloned() else { continue };
            for key in &table.foreign_keys {
                let item = Item::new(ItemKind::ForeignKey, &key.name);
                let goes = work.drop.contains(&item) && !work.aside.contains(&item);
                let later = steady.get(&work.old).zip(steady.get(&key.references));
                if goes && later.is_some_and(|(own, other)| self.is_succeeded(work, &under_new_names(key, own, other)))
                {
                    self.replace_key_later(work, &table, &item);
                }
            }
        }
        self.tables = tables;
    }

    /// Whether a key over the same columns to the same ones is there once this one goes, all under their new names.
    fn is_succeeded(&self, work: &TableWork<'_>, key: &ForeignKey) -> bool {
        let ends = |key: &ForeignKey| (key.columns.clone(), key.references.clone(), key.referenced_columns.clone());
        work.after.foreign_keys.iter().any(|new| {
            let item = Item::new(ItemKind::ForeignKey, &new.name);
            work.add.contains(&item) && ends(new) == ends(key) && self.online.brings(work.after, &item)
        })
    }

    fn replace_key_later(&mut self, work: &mut TableWork<'a>, table: &Table, item: &Item) {
        work.drop.remove(item);
        let taken: BTreeSet<String> = items(table).into_iter().chain(items(work.after)).map(|item| item.name).collect();
        let aside = free_name(&item.name, "old", |name| !taken.contains(name));
        let rename = |from: &str, to: &str| {
            vec![ddl::alter_table(&work.old, format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to)))]
        };
        let title = format!("set foreign key {} of {} aside", item.name, work.old);
        let (up, down) = (rename(&item.name, &aside), rename(&aside, &item.name));
        self.push(Step::schema(&work.old, title, up.into(), down.into()).hazard("H30"));
        if let Some(table) = self.now.tables.get_mut(&work.old) {
            state::rename_item(table, item, &aside);
        }
        self.replaced.push((work.new.clone(), Item::new(ItemKind::ForeignKey, &aside)));
    }

    pub(super) fn drop_replaced_keys(&mut self) {
        for (name, key) in self.replaced(false) {
            self.drop_item(&name, &key, "H30");
        }
    }
}

/// A table's new name, and those of its columns by their former ones.
type Steady = (ObjectName, BTreeMap<String, String>);

/// Whether every column and key stays as it is, names apart: foreign keys follow those.
pub(super) fn is_steady(work: &TableWork<'_>) -> bool {
    let is_changed = |part: &Part| matches!(part, Part::AlterColumn { .. });
    !work.parts.iter().any(is_changed) && !work.drop.iter().any(Item::is_relation)
}

fn under_new_names(key: &ForeignKey, (_, own): &Steady, (references, other): &Steady) -> ForeignKey {
    let mut key = ForeignKey { references: references.clone(), ..key.clone() };
    let rename = |names: &BTreeMap<String, String>, columns: &mut [String]| {
        for column in columns {
            if let Some(new) = names.get(column) {
                column.clone_from(new);
            }
        }
    };
    rename(own, &mut key.columns);
    rename(other, &mut key.referenced_columns);
    key
}

/// Whether an index of the same name takes its place, over columns that all stay until then.
pub(super) fn has_successor(work: &TableWork<'_>, table: &Table, item: &Item) -> bool {
    let (columns, expressions) = parts_of(table, item);
    let gone: BTreeSet<String> = dropped_columns(work).map(|column| column.name.clone()).collect();
    let follows =
        |text: &&str| !mention::is_over(text, &gone) && mention::renamed(text, &work.renamed_columns).is_some();
    work.add.contains(item) && !columns.iter().any(|name| gone.contains(*name)) && expressions.iter().all(follows)
}
