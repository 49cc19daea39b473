//! Recipes for tables that are in use: what would hold a strong lock while it reads every row is split, so that a strong
//! lock is held for an instant only and the long work goes under a weak one (HAZARDS.md, rows 10, 20, 24, 27, 28, 33, 37
//! and 38).
//!
//! Builds and checks come late, when everything else stands: what stepped aside is back by then.

use std::collections::BTreeSet;

use super::removals::{drop_item_sql, item_sql, item_word};
use super::renames::free_name;
use super::replaced::has_successor;
use super::state::{self, Item, ItemKind, items, parts_of};
use super::work::TableWork;
use super::{Planner, dotted};
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::{qualified, quote};
use crate::ir::{Check, Column, Index, IndexKey, ObjectName, ReplicaIdentity, Table, Use};
use crate::model::Intents;
use crate::plan::{Script, Step};

/// Which tables are in use while the migration runs, under their new names.
#[derive(Default)]
pub(super) struct Online {
    tables: BTreeSet<ObjectName>,
}

impl Online {
    /// All that stay, but those that the source calls small.
    pub(super) fn new(tables: &[TableWork<'_>], intents: &Intents) -> Self {
        let staying = tables.iter().map(|work| &work.new).filter(|name| !intents.small.contains(*name));
        Self { tables: staying.filter(|_| !intents.plain).cloned().collect() }
    }

    pub(super) fn covers(&self, table: &ObjectName) -> bool {
        self.tables.contains(table)
    }

    /// Whether the item comes by its recipe. PostgreSQL has none for foreign keys of partitioned tables.
    pub(super) fn brings(&self, table: &Table, item: &Item) -> bool {
        let is_whole = table.partition_by.is_none();
        let identifies = table.replica_identity == Some(ReplicaIdentity::Index(item.name.clone()));
        let has_recipe = match item.kind {
            ItemKind::Check => table.checks.iter().any(|it| it.name == item.name && !it.not_valid && !it.not_enforced),
            ItemKind::ForeignKey => {
                is_whole
                    && table.foreign_keys.iter().any(|it| it.name == item.name && !it.not_valid && !it.not_enforced)
            }
            ItemKind::Index | ItemKind::Unique | ItemKind::PrimaryKey => !identifies,
            ItemKind::Exclusion => false,
        };
        has_recipe && self.covers(&table.name)
    }
}

impl<'a> Planner<'a> {
    /// Before anything else, under the former names.
    pub(super) fn drop_indexes_online(&mut self) {
        let mut tables = self.take_tables();
        for work in &mut tables {
            let dropped = work.drop.iter().filter(|item| item.kind == ItemKind::Index && !work.aside.contains(item));
            for item in dropped.cloned().collect::<Vec<_>>() {
                let Some(table) = self.now.tables.get(&work.old).filter(|_| self.online.covers(&work.new)) else {
                    break;
                };
                let used = Use::Part(work.old.clone(), item.name.clone());
                let is_used = self.now.objects.values().any(|object| object.uses.contains(&used));
                if is_used || self.holds_foreign_keys(table, &item) {
                    continue;
                }
                if has_successor(work, table, &item) {
                    self.replace_index_later(work, &item);
                } else if self.is_stood_in_for(work, table, &item) {
                    work.drop.remove(&item);
                    self.replaced.push((work.new.clone(), item));
                } else if table.partition_by.is_none() {
                    self.drop_index_online(&work.old, &item);
                }
            }
        }
        self.tables = tables;
    }

    /// Whether foreign keys stand on the index, which go before it.
    fn holds_foreign_keys(&self, table: &Table, index: &Item) -> bool {
        let columns: BTreeSet<&str> = parts_of(table, index).0.into_iter().collect();
        let keys = self.now.tables.values().flat_map(|table| &table.foreign_keys);
        keys.filter(|key| key.references == table.name)
            .any(|key| key.referenced_columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == columns)
    }

    pub(super) fn drop_index_online(&mut self, name: &ObjectName, item: &Item) {
        let Some(table) = self.now.tables.get(name).cloned() else { return };
        let Some(index) = table.indexes.iter().find(|index| index.name == item.name) else { return };
        let title = format!("drop index {} of {name}", item.name);
        let (up, down) = match table.partition_by.is_none() {
            true => (dropped_concurrently(name, &item.name), built(name, index)),
            // PostgreSQL refuses CONCURRENTLY there.
            false => (vec![self.item_dropped(&table, item)].into(), vec![ddl::create_index(name, index)].into()),
        };
        let step = Step::schema(name, title, up, down).hazard("H37");
        self.push(if table.is_last_of_a_key(&item.name) { step.hazard("H39") } else { step });
        if let Some(table) = self.now.tables.get_mut(name) {
            state::remove(table, item);
        }
    }

    /// Marks what ends something that an earlier release still uses. It matters where such a release may run meanwhile.
    pub(super) fn ends(&self, what: impl std::fmt::Display, step: Step) -> Step {
        Step { contract: self.contract(what), ..step }
    }

    /// None where a file of its own would leave something away for longer than an instant.
    pub(super) fn contract(&self, what: impl std::fmt::Display) -> Option<String> {
        self.marks_contracts.then(|| format!("releases that {what} must be gone before"))
    }

    /// For a step that reads every row under a strong lock: why it may.
    pub(super) fn plain_form(&self, table: &ObjectName, step: Step) -> Step {
        if !self.intents.small.contains(table) || self.turnover.is_created(table) {
            return step;
        }
        step.note(format!("plain form, since `{table}` is small: it is locked while every row is read"))
    }

    /// Whether the item is made at the end, by its recipe or because it leans on a key that is.
    pub(super) fn is_late(&self, table: &Table, item: &Item) -> bool {
        self.online.brings(table, item) || self.leans_on_a_late_key(table, item)
    }

    fn leans_on_a_late_key(&self, table: &Table, item: &Item) -> bool {
        let key = table.foreign_keys.iter().find(|key| item.kind == ItemKind::ForeignKey && key.name == item.name);
        let brings_a_key = |name: &ObjectName| {
            let referenced = self.tables.iter().filter(|work| work.new == *name);
            referenced
                .flat_map(|work| work.add.iter().map(|item| (work.after, item)))
                .any(|(table, item)| item.is_relation() && self.online.brings(table, item))
        };
        key.is_some_and(|key| brings_a_key(&key.references))
    }

    /// Once everything else stands.
    pub(super) fn finish_online(&mut self) {
        let staying = self.tables.iter().flat_map(|work| work.add.iter().map(|item| (work.after, item.clone())));
        let staying: Vec<(&'a Table, Item)> = staying.collect();
        let created =
            self.turnover.created.iter().flat_map(|table| items(table).into_iter().map(move |item| (*table, item)));
        let created = created.filter(|(_, item)| item.kind == ItemKind::ForeignKey);
        let late: Vec<(&'a Table, Item)> =
            staying.into_iter().chain(created).filter(|(table, item)| self.is_late(table, item)).collect();
        let of = |kinds: &[ItemKind]| late.iter().filter(|(_, item)| kinds.contains(&item.kind)).collect::<Vec<_>>();
        let keys = of(&[ItemKind::PrimaryKey, ItemKind::Unique]);
        for (table, item) in keys.iter().copied().chain(of(&[ItemKind::Index])) {
            self.build_index(table, item);
        }
        self.drop_replaced_indexes();
        self.drop_replaced_unique_keys();
        for (table, item) in keys {
            self.add_key(table, item);
        }
        let checked = of(&[ItemKind::Check, ItemKind::ForeignKey]);
        let is_leaning = |(table, item): &&&(&Table, Item)| self.leaning.iter().any(|it| it.comes_as(table, item));
        let (leaning, others): (Vec<_>, Vec<_>) = checked.iter().copied().partition(|late| is_leaning(&late));
        // In one transaction with the key that they change over to.
        for (table, item) in leaning {
            self.add_unvalidated(table, item, false);
        }
        for (table, item) in others {
            // Its locks are on two tables (HAZARDS.md row 25).
            self.add_unvalidated(table, item, item.kind == ItemKind::ForeignKey);
        }
        for (table, item) in checked {
            if self.online.brings(table, item) {
                self.validate(table, item);
            }
        }
        self.drop_replaced_keys();
        self.validate_domains();
    }

    /// CREATE INDEX CONCURRENTLY, in a file of its own.
    fn build_index(&mut self, table: &Table, item: &Item) {
        let Some(index) = backing_index(table, item) else { return };
        if index.unique {
            self.no_duplicates(table, &index);
        }
        match item.kind {
            _ if table.partition_by.is_none() => {}
            ItemKind::Index => return self.build_index_of_parts(table, &index),
            _ => return self.build_key_of_parts(table, &index),
        }
        if item.kind != ItemKind::Index {
            return self.build_index_to_be_taken(&table.name, &index);
        }
        let down = dropped_concurrently(&table.name, &index.name);
        self.push(built_step(&table.name, &index, down));
    }

    /// One that a key or a parent's index takes, and takes along when it goes.
    pub(super) fn build_index_to_be_taken(&mut self, table: &ObjectName, index: &Index) {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(&table.sibling(&index.name)));
        self.push(built_step(table, index, Script { statements: vec![drop], no_transaction: true }));
    }

    pub(super) fn no_duplicates(&mut self, table: &Table, index: &Index) {
        let guard = guard::no_duplicates(table, index);
        let title = format!("look for duplicates before {} of {}", index.name, table.name);
        let step = Step::schema(&table.name, title, vec![guard].into(), Script::default()).hazard("H36");
        self.push(step.impact(format!("refused while rows of `{}` are equal where they must not be", table.name)));
    }

    fn add_key(&mut self, table: &Table, item: &Item) {
        if table.partition_by.is_some() {
            return self.add_key_of_parts(table, item);
        }
        let Some(up) = using_index(table, item, &item.name) else { return };
        let title = format!("add {} {} to {}", item_word(item.kind), item.name, table.name);
        let (up, down) = (vec![ddl::alter_table(&table.name, up)], vec![drop_item_sql(&table.name, item)]);
        let hazard = if item.kind == ItemKind::PrimaryKey { "H28" } else { "H27" };
        self.push(Step::schema(&table.name, title, up.into(), down.into()).hazard(hazard));
    }

    /// For what is written from now on; what has no such recipe holds for every row at once.
    fn add_unvalidated(&mut self, table: &Table, item: &Item, alone: bool) {
        if !self.online.brings(table, item) {
            return self.add_item(table, item);
        }
        let mut unchecked = table.clone();
        unchecked.checks.iter_mut().for_each(|check| check.not_valid = true);
        unchecked.foreign_keys.iter_mut().for_each(|key| key.not_valid = true);
        let Some(up) = item_sql(&unchecked, item) else { return };
        let title = format!("add {} {} to {}, for new rows", item_word(item.kind), item.name, table.name);
        let down = drop_item_sql(&table.name, item);
        let step = Step::schema(&table.name, title, vec![up].into(), vec![down].into());
        let mut step = step.hazard(if item.kind == ItemKind::ForeignKey { "H20" } else { "H24" });
        if super::additions::is_bare_key(table, item) {
            step = step.hazard("H23");
        }
        let step = self.in_place_of_another(table, item, step);
        self.push(Step { alone, ..step });
    }

    /// And now for the rows that are there.
    fn validate(&mut self, table: &Table, item: &Item) {
        let statement = match item.kind {
            ItemKind::ForeignKey => {
                let key = table.foreign_keys.iter().find(|key| key.name == item.name);
                key.map(|key| guard::validated_key(table, key))
            }
            _ => table.checks.iter().find(|it| it.name == item.name).map(|check| guard::validated_check(table, check)),
        };
        let title = format!("validate {} {} of {}", item_word(item.kind), item.name, table.name);
        let step =
            Step::schema(&table.name, title, statement.into_iter().collect::<Vec<_>>().into(), Script::default());
        let refused = format!("refused while a row of `{}` violates `{}`", table.name, item.name);
        let hazard = if item.kind == ItemKind::ForeignKey { "H20" } else { "H24" };
        self.push(Step { alone: true, ..step.hazard(hazard).impact(refused) });
    }

    /// A check that stands for NOT NULL until that can be set without reading every row (HAZARDS.md row 10).
    pub(super) fn require_not_null(&mut self, table: &ObjectName, column: &str) {
        let has_column = |name: &ObjectName| self.is_required(name, column);
        let parents = self.now.tables.get(table).map(|table| self.now.ancestors(table));
        if parents.into_iter().flatten().any(|parent| has_column(&parent.name)) {
            return;
        }
        let Some(check) = self.not_null_check(table, column) else { return };
        self.required.insert((table.clone(), column.to_owned()));
        let unchecked = Check { not_valid: true, ..check.clone() };
        let title = format!("require a value in {}, for new rows", dotted(table, column));
        let up = vec![ddl::add_constraint(table, &ddl::check(&unchecked))];
        let down = vec![ddl::drop_constraint(table, &check.name)];
        let step = Step::schema(table, title, up.into(), down.into()).hazard("H10");
        let has_default = self.to.tables.get(table).and_then(|to| to.column(column)).is_some_and(is_filled);
        let leave = || format!("leave `{}` empty", dotted(table, column));
        self.push(if has_default { step } else { self.ends(leave(), step) });
    }

    pub(super) fn is_required(&self, table: &ObjectName, column: &str) -> bool {
        self.required.contains(&(table.clone(), column.to_owned()))
    }

    pub(super) fn look_for_null(&mut self, table: &ObjectName, column: &str) {
        let Some(check) = self.not_null_check(table, column) else { return };
        let Some(now) = self.now.tables.get(table) else { return };
        let title = format!("look for NULL in {}", dotted(table, column));
        let validated = vec![guard::validated_not_null(now, &check.name, column)];
        let step = Step::schema(table, title, validated.into(), Script::default()).hazard("H10");
        let refused = format!("refused while rows hold NULL in `{}`", dotted(table, column));
        self.push(Step { alone: true, ..step.impact(refused) });
    }

    /// NOT NULL under which PostgreSQL need not look, since a valid check says the same.
    pub(super) fn set_not_null_online(&mut self, table: &ObjectName, column: &str, down: Vec<String>) {
        let Some(check) = self.not_null_check(table, column) else { return };
        let unchecked = Check { not_valid: true, ..check.clone() };
        let up = vec![ddl::alter_column(table, column, "SET NOT NULL"), ddl::drop_constraint(table, &check.name)];
        let again = ddl::add_constraint(table, &ddl::check(&unchecked));
        let down: Vec<String> = std::iter::once(again).chain(down).collect();
        let title = format!("make {} not null", dotted(table, column));
        self.push(Step::schema(table, title, up.into(), down.into()).hazard("H10"));
    }

    fn not_null_check(&self, table: &ObjectName, column: &str) -> Option<Check> {
        let schemas = [self.now.tables.get(table)?, self.to.tables.get(table)?];
        let taken: BTreeSet<String> = schemas.into_iter().flat_map(items).map(|item| item.name).collect();
        let name = free_name(&format!("{}_{column}", table.name), "not_null", |name| !taken.contains(name));
        Some(Check::new(name, format!("{} IS NOT NULL", quote(column))))
    }
}

/// Whether rows that say nothing of the column get a value in it.
fn is_filled(column: &Column) -> bool {
    column.default.is_some() || column.identity.is_some() || column.generated.is_some()
}

/// The index itself, or the one that the key will stand on.
pub(super) fn backing_index(table: &Table, item: &Item) -> Option<Index> {
    let of = |name: &str, columns: &[String], include: &[String]| Index {
        unique: true,
        include: include.to_vec(),
        ..Index::new(name, columns.iter().map(IndexKey::column).collect())
    };
    match item.kind {
        ItemKind::Index => table.indexes.iter().find(|index| index.name == item.name).cloned(),
        ItemKind::PrimaryKey => {
            let key = table.primary_key.as_ref()?;
            Some(Index { storage: key.storage.clone(), ..of(&key.name, &key.columns, &key.include) })
        }
        ItemKind::Unique => {
            let key = table.uniques.iter().find(|unique| unique.name == item.name)?;
            let index = of(&key.name, &key.columns, &key.include);
            let nulls_not_distinct = key.nulls_not_distinct;
            Some(Index { storage: key.storage.clone(), nulls_not_distinct, ..index })
        }
        ItemKind::Check | ItemKind::Exclusion | ItemKind::ForeignKey => None,
    }
}

/// ADD CONSTRAINT of a key of the table that stands on an index of the key's name; `None` for what is no key.
pub(super) fn using_index(table: &Table, item: &Item, name: &str) -> Option<String> {
    let (word, deferrable) = match item.kind {
        ItemKind::PrimaryKey => ("PRIMARY KEY", table.primary_key.as_ref()?.deferrable),
        ItemKind::Unique => ("UNIQUE", table.uniques.iter().find(|unique| unique.name == item.name)?.deferrable),
        ItemKind::Check | ItemKind::Exclusion | ItemKind::Index | ItemKind::ForeignKey => return None,
    };
    let deferrable = deferrable.map_or_else(String::new, |when| format!(" {}", when.as_sql()));
    let name = quote(name);
    Some(format!("ADD CONSTRAINT {name} {word} USING INDEX {name}{deferrable}"))
}

fn built_step(table: &ObjectName, index: &Index, down: Script) -> Step {
    let title = format!("build index {} of {table}", index.name);
    Step::schema(table, title, built(table, index), down).hazard("H33")
}

fn built(table: &ObjectName, index: &Index) -> Script {
    Script { statements: vec![ddl::create_index_concurrently(table, index)], no_transaction: true }
}

fn dropped_concurrently(table: &ObjectName, name: &str) -> Script {
    let statement = format!("DROP INDEX CONCURRENTLY {}", qualified(&table.sibling(name)));
    Script { statements: vec![statement], no_transaction: true }
}
