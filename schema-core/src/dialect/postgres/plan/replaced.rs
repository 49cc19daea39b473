//! What another of its kind takes the place of goes once that is there: no query misses an index, and no row a foreign key,
//! in between (HAZARDS.md, rows 30 and 38).

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use super::online::backing_index;
use super::removals::{dropped_columns, item_word};
use super::renames::free_name;
use super::state::{self, Item, ItemKind, items, parts_of};
use super::work::TableWork;
use crate::dialect::postgres::{ddl, mention};
use crate::dialect::{qualified, quote};
use crate::diff::Part;
use crate::ir::{ForeignKey, ObjectName, ReplicaIdentity, Table};
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
                || work.regenerated.keys().any(|new| work.former(new) == name)
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
        for (name, index) in self.replaced(&[ItemKind::Index]) {
            self.drop_index_online(&name, &index);
        }
    }

    fn replaced(&mut self, kinds: &[ItemKind]) -> Vec<(ObjectName, Item)> {
        let (taken, left) =
            std::mem::take(&mut self.replaced).into_iter().partition(|(_, item)| kinds.contains(&item.kind));
        self.replaced = left;
        taken
    }

    /// Foreign keys that only get other actions, before anything else, under the former names.
    pub(super) fn keep_keys_until_replaced(&mut self) {
        let mut tables = self.take_tables();
        let steady = tables.iter().filter(|work| is_steady(work));
        let steady: BTreeMap<ObjectName, Names> = steady.map(|work| (work.old.clone(), names_of(work))).collect();
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

    /// Keys whose rows another one holds apart from then on, with the foreign keys that lean on them, under the former names.
    pub(super) fn keep_unique_keys_until_replaced(&mut self) {
        let mut tables = self.take_tables();
        for at in 0..tables.len() {
            let Some(work) = tables.get(at).filter(|work| self.online.covers(&work.new)) else { continue };
            let Some(table) = self.now.tables.get(&work.old).cloned() else { continue };
            let keys =
                work.drop.iter().filter(|item| !work.aside.contains(item) && self.is_held_apart(work, &table, item));
            for key in keys.cloned().collect::<Vec<_>>() {
                if let Some(leaning) = self.leaning(&tables, &table, &key) {
                    self.replace_unique_key_later(&mut tables, at, &key, leaning);
                }
            }
        }
        self.tables = tables;
    }

    /// Whether the rows that a key holds apart are held apart by another one once that is there.
    fn is_held_apart(&self, work: &TableWork<'_>, table: &Table, key: &Item) -> bool {
        let is_key = matches!(key.kind, ItemKind::PrimaryKey | ItemKind::Unique);
        let is_plain = table.parents().next().is_none() && work.after.parents().next().is_none();
        let is_whole = table.partition_by.is_none() && work.after.partition_by.is_none();
        let identifies = table.replica_identity == Some(ReplicaIdentity::Index(key.name.clone()));
        if !is_key || !is_plain || !is_whole || identifies || changes_columns(work) || has_dropped_columns(work) {
            return false;
        }
        let new_name = |name: &str| work.renamed_columns.get(name).map_or(name.to_owned(), Clone::clone);
        let columns: BTreeSet<String> = parts_of(table, key).0.into_iter().map(new_name).collect();
        let holds = |new: &Item| {
            let rules = backing_index(work.after, new).filter(|index| index.unique && index.predicate.is_none());
            let named =
                rules.and_then(|it| it.keys.iter().map(|key| key.of_column().cloned()).collect::<Option<Vec<_>>>());
            named.is_some_and(|named| named.iter().all(|name| columns.contains(name)))
        };
        let identifies_rows = |new: &Item| key.kind == ItemKind::PrimaryKey && new.kind == key.kind;
        work.add.iter().any(|new| self.online.brings(work.after, new) && (identifies_rows(new) || holds(new)))
    }

    /// The foreign keys that lean on a key, each with the place of its table; `None` where one of them can't wait.
    fn leaning(&self, tables: &[TableWork<'a>], table: &Table, key: &Item) -> Option<Vec<(usize, Leaning)>> {
        fn set(names: &[String]) -> BTreeSet<&str> {
            names.iter().map(String::as_str).collect()
        }
        let columns: BTreeSet<&str> = parts_of(table, key).0.into_iter().collect();
        let keys =
            self.now.tables.values().flat_map(|child| child.foreign_keys.iter().map(move |it| (&child.name, it)));
        let keys = keys.filter(|(_, it)| it.references == table.name && set(&it.referenced_columns) == columns);
        let of = |name: &ObjectName| tables.iter().position(|work| work.old == *name);
        let waits = |(child, it): (&ObjectName, &ForeignKey)| {
            let at = of(child)?;
            let (own, other) = (tables.get(at)?, tables.get(of(&table.name)?)?);
            let item = Item::new(ItemKind::ForeignKey, &it.name);
            let new = under_new_names(it, &names_of(own), &names_of(other));
            let again = own.after.foreign_keys.iter().find(|after| ends(after) == ends(&new))?;
            let again = Item::new(ItemKind::ForeignKey, &again.name);
            let can_wait = own.aside.contains(&item) && own.add.contains(&again) && !changes_columns(own);
            can_wait.then(|| (at, Leaning { table: own.new.clone(), item, again }))
        };
        keys.map(waits).collect()
    }

    fn replace_unique_key_later(
        &mut self,
        tables: &mut [TableWork<'a>],
        at: usize,
        key: &Item,
        leaning: Vec<(usize, Leaning)>,
    ) {
        for (child, key) in leaning {
            let Some(work) = tables.get_mut(child) else { continue };
            work.drop.remove(&key.item);
            work.aside.remove(&key.item);
            self.leaning.push(key);
        }
        let Some(work) = tables.get_mut(at) else { return };
        work.drop.remove(key);
        let is_wanted = self.to.tables.values().flat_map(items).any(|item| item.is_relation() && item.name == key.name);
        let left = if is_wanted { self.set_key_aside(work, key) } else { key.clone() };
        self.replaced.push((work.new.clone(), left));
    }

    /// Its name is another one's from now on.
    fn set_key_aside(&mut self, work: &TableWork<'a>, key: &Item) -> Item {
        let taken = self.taken_relations();
        let aside = free_name(&key.name, "old", |name| !taken.contains(&work.old.sibling(name)));
        self.rename_aside(work, key, &aside);
        Item::new(key.kind, &aside)
    }

    fn rename_aside(&mut self, work: &TableWork<'a>, item: &Item, aside: &str) {
        let rename = |from: &str, to: &str| {
            vec![ddl::alter_table(&work.old, format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to)))]
        };
        let title = format!("set {} {} of {} aside", item_word(item.kind), item.name, work.old);
        let (up, down) = (rename(&item.name, aside), rename(aside, &item.name));
        let step = Step::schema(&work.old, title, up.into(), down.into());
        self.push(if item.kind == ItemKind::ForeignKey { step.hazard("H30") } else { step });
        if let Some(table) = self.now.tables.get_mut(&work.old) {
            state::rename_item(table, item, aside);
        }
    }

    /// In one transaction with the keys that take their place.
    pub(super) fn drop_replaced_unique_keys(&mut self) {
        let leaning = self.leaning.clone();
        for Leaning { table: name, item, .. } in &leaning {
            let keys = self.now.tables.get(name).into_iter().flat_map(|table| &table.foreign_keys);
            let columns = keys.filter(|key| key.name == item.name).map(|key| (name.clone(), key.columns.clone()));
            self.dropped_keys.extend(columns.collect::<Vec<_>>());
            self.drop_item(name, item, "H14");
        }
        for (name, key) in self.replaced(&[ItemKind::PrimaryKey, ItemKind::Unique]) {
            self.drop_item(&name, &key, "H26");
        }
    }

    /// Whether a key over the same columns to the same ones is there once this one goes, all under their new names.
    fn is_succeeded(&self, work: &TableWork<'_>, key: &ForeignKey) -> bool {
        work.after.foreign_keys.iter().any(|new| {
            let item = Item::new(ItemKind::ForeignKey, &new.name);
            work.add.contains(&item) && ends(new) == ends(key) && self.online.brings(work.after, &item)
        })
    }

    fn replace_key_later(&mut self, work: &mut TableWork<'a>, table: &Table, item: &Item) {
        work.drop.remove(item);
        let taken: BTreeSet<String> = items(table).into_iter().chain(items(work.after)).map(|item| item.name).collect();
        let aside = free_name(&item.name, "old", |name| !taken.contains(name));
        self.rename_aside(work, item, &aside);
        self.replaced.push((work.new.clone(), Item::new(ItemKind::ForeignKey, &aside)));
    }

    pub(super) fn drop_replaced_keys(&mut self) {
        for (name, key) in self.replaced(&[ItemKind::ForeignKey]) {
            self.drop_item(&name, &key, "H30");
        }
    }
}

/// A foreign key that changes over to another key of the table it refers to.
#[derive(Clone)]
pub(super) struct Leaning {
    /// Its table's new name.
    table: ObjectName,
    item: Item,
    /// As it comes again.
    again: Item,
}

impl Leaning {
    pub(super) fn comes_as(&self, table: &Table, item: &Item) -> bool {
        self.table == table.name && self.again == *item
    }
}

/// A table's new name, and those of its columns by their former ones.
type Names = (ObjectName, BTreeMap<String, String>);

fn names_of(work: &TableWork<'_>) -> Names {
    (work.new.clone(), work.renamed_columns.clone())
}

/// What a foreign key leads from and to.
fn ends(key: &ForeignKey) -> (&[String], &ObjectName, &[String]) {
    (&key.columns, &key.references, &key.referenced_columns)
}

/// Whether every column and key stays as it is, names apart: foreign keys follow those.
pub(super) fn is_steady(work: &TableWork<'_>) -> bool {
    !changes_columns(work) && !work.drop.iter().any(Item::is_relation)
}

fn changes_columns(work: &TableWork<'_>) -> bool {
    work.parts.iter().any(|part| matches!(part, Part::AlterColumn { .. }))
}

fn has_dropped_columns(work: &TableWork<'_>) -> bool {
    dropped_columns(work).next().is_some()
}

fn under_new_names(key: &ForeignKey, (_, own): &Names, (references, other): &Names) -> ForeignKey {
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
    let dropped = dropped_columns(work).map(|column| column.name.clone());
    let gone: BTreeSet<String> = dropped.chain(work.regenerated.keys().map(|new| work.former(new))).collect();
    let follows =
        |text: &&str| !mention::is_over(text, &gone) && mention::renamed(text, &work.renamed_columns).is_some();
    work.add.contains(item) && !columns.iter().any(|name| gone.contains(*name)) && expressions.iter().all(follows)
}
