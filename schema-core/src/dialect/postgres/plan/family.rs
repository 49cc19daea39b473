//! Partitions and inheritance: what a parent's change does to its children, and children that come and go.
//!
//! PostgreSQL repeats on every child what is done to a parent's column. So parents are worked on first, the state
//! between two steps follows, and a child's own work is what is left then.

use std::collections::BTreeMap;

use super::Planner;
use super::removals::{drop_item_sql, item_sql};
use super::renames::temporary;
use super::state::{self, Item, ItemKind, items};
use super::work::TableWork;
use crate::dialect::postgres::{create, ddl};
use crate::dialect::{literal, qualified, quote};
use crate::diff::{Change, Part};
use crate::ir::{Column, ObjectName, PartitionOf, Schema, Table};
use crate::plan::Step;

/// A partition with its former and its new bound.
type Move = (ObjectName, PartitionOf, PartitionOf);

impl<'a> Planner<'a> {
    /// Tables below it that have the column, as it is there and as it shall be.
    pub(super) fn below(&self, table: &ObjectName, name: &str) -> Vec<(ObjectName, Column, Column)> {
        let below = self.now.descendants(table).into_iter();
        below
            .filter_map(|child| {
                let now = self.column_now(&child, name)?;
                let to = self.to.tables.get(&child).and_then(|table| table.column(name)).unwrap_or(&now).clone();
                Some((child, now, to))
            })
            .collect()
    }

    /// Statements up and down for a default that changes, on the table and on those below it.
    pub(super) fn defaults(&mut self, table: &ObjectName, from: &Column, to: &Column) -> (Vec<String>, Vec<String>) {
        let below = self.below(table, &to.name);
        let alike = below.iter().all(|(_, now, then)| (&now.default, &then.default) == (&from.default, &to.default));
        for (child, _, then) in &below {
            if let Some(column) = self.now.tables.get_mut(child).and_then(|child| child.column_mut(&to.name)) {
                column.default.clone_from(&then.default);
            }
        }
        if alike {
            let set = |column: &Column| vec![ddl::set_default(table, &to.name, column.default.as_deref())];
            return (set(to), set(from));
        }
        let only = |table: &ObjectName, column: &Column| {
            ddl::alter_column_only(table, &to.name, ddl::default_action(column.default.as_deref()))
        };
        let own = std::iter::once((table, from, to)).chain(below.iter().map(|(child, now, then)| (child, now, then)));
        own.filter(|(_, from, to)| from.default != to.default)
            .map(|(table, from, to)| (only(table, to), only(table, from)))
            .unzip()
    }

    /// Statements that another type takes, with defaults below the table that differ from its own taken off before
    /// and set after.
    pub(super) fn retyped_below(
        &self,
        table: &ObjectName,
        (from, to): (&Column, &Column),
        statements: [Vec<String>; 2],
    ) -> [Vec<String>; 2] {
        let [up, down] = statements;
        let below = self.below(table, &to.name);
        let differs = |(_, now, then): &&(ObjectName, Column, Column)| {
            (&now.default, &then.default) != (&from.default, &to.default)
        };
        let (mut before, mut after, mut undone, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (child, now, then) in below.iter().filter(differs) {
            let set = |default: Option<&str>| ddl::alter_column_only(child, &to.name, ddl::default_action(default));
            before.push(set(None));
            after.push(set(then.default.as_deref()));
            undone.push(set(None));
            again.push(set(now.default.as_deref()));
        }
        [[before, up, after].concat(), [undone, down, again].concat()]
    }

    /// NOT NULL again where DROP NOT NULL reaches too far: on those below that had it, or keep it.
    pub(super) fn not_null_again(&self, table: &ObjectName, name: &str) -> Vec<String> {
        let below = self.below(table, name).into_iter();
        below
            .filter(|(_, now, then)| !now.nullable && !then.nullable)
            .map(|(child, ..)| ddl::alter_column(&child, name, "SET NOT NULL"))
            .collect()
    }

    /// Lets the state below a table follow a change of its column.
    pub(super) fn follow(&mut self, table: &ObjectName, column: &Column, was_nullable: bool) {
        for (child, _, then) in self.below(table, &column.name) {
            let Some(below) = self.now.tables.get_mut(&child).and_then(|child| child.column_mut(&column.name)) else {
                continue;
            };
            if (&below.ty, &below.collation) != (&column.ty, &column.collation) {
                below.default = then.default;
            }
            below.ty = column.ty.clone();
            below.collation.clone_from(&column.collation);
            below.generated.clone_from(&column.generated);
            if !column.nullable || (was_nullable != column.nullable && then.nullable) {
                below.nullable = column.nullable;
            }
        }
    }

    /// A new column of a table, and of those below it.
    pub(super) fn added_column(&mut self, table: &ObjectName, column: &Column) {
        for child in self.now.descendants(table) {
            if let Some(child) = self.now.tables.get_mut(&child)
                && child.column(&column.name).is_none()
            {
                child.columns.push(column.inherited());
            }
        }
        if let Some(table) = self.now.tables.get_mut(table) {
            table.columns.push(column.clone());
        }
    }

    /// DROP COLUMN. A child that keeps the column makes it its own; one that had declared it too loses it with it.
    pub(super) fn drop_column_sql(&self, table: &ObjectName, name: &str) -> Vec<String> {
        let below = self.below(table, name);
        let keeps = |child: &ObjectName| {
            self.to.tables.get(child).is_some_and(|child| child.column(name).is_some())
                && self.now.tables.get(child).is_none_or(|child| child.partition_of.is_none())
        };
        let inherits = |child: &ObjectName| self.now.tables.get(child).is_some_and(|child| !child.inherits.is_empty());
        if below.iter().any(|(child, ..)| keeps(child)) {
            let only = format!("ALTER TABLE ONLY {} DROP COLUMN {}", qualified(table), quote(name));
            return vec![only];
        }
        let drop = |child: &ObjectName| ddl::alter_table(child, format!("DROP COLUMN IF EXISTS {}", quote(name)));
        let declared = below.iter().filter(|(child, ..)| inherits(child)).map(|(child, ..)| drop(child));
        std::iter::once(ddl::drop_column(table, name)).chain(declared).collect()
    }

    /// What those below a table had otherwise of its column, for when the column is back.
    pub(super) fn differences_below(&self, table: &ObjectName, column: &Column) -> Vec<String> {
        let mut statements = Vec::new();
        for (child, now, _) in self.below(table, &column.name) {
            let alter = |action: String| ddl::alter_column_only(&child, &column.name, action);
            if now.default != column.default {
                statements.push(alter(ddl::default_action(now.default.as_deref())));
            }
            if column.nullable && !now.nullable {
                statements.push(alter("SET NOT NULL".to_owned()));
            }
            statements.extend(ddl::column_settings(&child, &column.inherited(), &now));
            statements.extend(ddl::column_comment(&child, &now));
        }
        statements
    }

    /// Takes a column from the state, and from those below that lose it with it.
    pub(super) fn remove_below(&mut self, table: &ObjectName, name: &str) {
        let below = self.below(table, name);
        let is_kept = |child: &ObjectName| {
            self.to.tables.get(child).is_some_and(|child| child.column(name).is_some() && child.partition_of.is_none())
        };
        if below.iter().any(|(child, ..)| is_kept(child)) {
            return;
        }
        for (child, ..) in below {
            if let Some(child) = self.now.tables.get_mut(&child) {
                child.columns.retain(|column| column.name != name);
            }
        }
    }

    /// Children that leave their parents keep their rows, and of what they had of them what the target says.
    pub(super) fn leave_parents(&mut self) {
        let mut tables = self.take_tables();
        for work in &mut tables {
            for part in work.parts {
                match part {
                    Part::SetPartitionOf { from, to } if parent(from) != parent(to) => {
                        if from.is_some() {
                            self.detach(work);
                        }
                        let joined: Vec<&ObjectName> = parent(to).into_iter().collect();
                        self.keep_for(work, &joined);
                    }
                    Part::SetInherits { from, to } => {
                        for parent in from.iter().filter(|parent| !to.contains(parent)) {
                            self.disinherit(work, parent);
                        }
                        let joined: Vec<&ObjectName> = to.iter().filter(|parent| !from.contains(parent)).collect();
                        self.keep_for(work, &joined);
                    }
                    _ => {}
                }
            }
        }
        self.tables = tables;
    }

    fn detach(&mut self, work: &mut TableWork<'a>) {
        let Some(of) = self.now.tables.get_mut(&work.old).and_then(|table| table.partition_of.take()) else { return };
        let kept = self.adopted(work, &of.parent);
        let [up, down] = self.detaching(&work.old, &of, &kept);
        let title = format!("detach partition {} from {}", work.old, of.parent);
        // What it had of its parent goes, where the target doesn't say it too.
        let goes = [("DROP CONSTRAINT", "H26"), ("DROP INDEX", "H37")];
        let goes = goes.into_iter().filter(|(words, _)| up.iter().any(|sql| sql.contains(words)));
        let hazards: Vec<&str> = goes.map(|(_, code)| code).collect();
        let step = Step::schema(&work.new, title, up.into(), down.into()).hazard("H44");
        let step = hazards.into_iter().fold(step, Step::hazard);
        self.push(step.impact(format!("the rows of `{}` are no longer among those of `{}`", work.old, of.parent)));
    }

    fn disinherit(&mut self, work: &mut TableWork<'a>, parent: &ObjectName) {
        let Some(former) = self.former_parent(&work.old, parent) else { return };
        let lost = self.lost_checks(&work.old, &former);
        let kept = self.adopted(work, &former);
        let (up, down) = (
            ddl::alter_table(&work.old, format!("NO INHERIT {}", qualified(&former))),
            ddl::alter_table(&work.old, format!("INHERIT {}", qualified(&former))),
        );
        let gone: Vec<&(String, String)> =
            lost.iter().filter(|(name, _)| !kept.iter().any(|(item, _)| item.name == *name)).collect();
        let up: Vec<String> =
            std::iter::once(up).chain(gone.iter().map(|(name, _)| ddl::drop_constraint(&work.old, name))).collect();
        let down: Vec<String> =
            gone.iter().map(|(_, definition)| ddl::add_constraint(&work.old, definition)).chain([down]).collect();
        let title = format!("stop {} from inheriting from {former}", work.old);
        let step = Step::schema(&work.new, title, up.into(), down.into());
        self.push(step.impact(format!("the rows of `{}` are no longer among those of `{former}`", work.old)));
    }

    /// The parent under its present name, no longer one in the state.
    fn former_parent(&mut self, child: &ObjectName, parent: &ObjectName) -> Option<ObjectName> {
        let former = self.tables_now_named(parent);
        let inherits = &mut self.now.tables.get_mut(child)?.inherits;
        let at = inherits.iter().position(|known| *known == former)?;
        Some(inherits.remove(at))
    }

    /// The name that the table has before the renames.
    fn tables_now_named(&self, new: &ObjectName) -> ObjectName {
        let renamed = self.changes.iter().find_map(|change| match change {
            Change::RenameTable { from, to } if to == new => Some(from.clone()),
            _ => None,
        });
        renamed.unwrap_or_else(|| new.clone())
    }

    /// Checks that the child has of its parent: name and definition.
    fn lost_checks(&self, child: &ObjectName, parent: &ObjectName) -> Vec<(String, String)> {
        let Some(table) = self.now.tables.get(child) else { return Vec::new() };
        let orphan = Table { inherits: vec![parent.clone()], partition_of: None, ..table.clone() };
        let checks = create::parents_checks(&orphan, &self.now);
        let others = create::parents_checks(table, &self.now);
        let only = checks.into_iter().filter(|check| others.iter().all(|other| other.name != check.name));
        only.map(|check| (check.name.clone(), ddl::check(&check))).collect()
    }

    /// What a child that leaves keeps of its parent, since the target has the same under some name: it is neither made
    /// anew nor lost.
    fn adopted(&mut self, work: &mut TableWork<'a>, parent: &ObjectName) -> Vec<(Item, String)> {
        let mut adopted = Vec::new();
        for ancestor in self.line(parent) {
            for item in items(&ancestor) {
                let wanted = work.add.iter().find(|wanted| is_copy(&ancestor, &item, work.after, wanted)).cloned();
                let Some(wanted) = wanted.filter(|wanted| can_take(&item, wanted)) else { continue };
                work.add.remove(&wanted);
                if let Some(table) = self.now.tables.get_mut(&work.old) {
                    state::copy(table, work.after, &wanted);
                }
                adopted.push((item, wanted.name));
            }
        }
        adopted
    }

    /// What a child that comes already has of what its parent brings: it stays as it is.
    fn keep_for(&mut self, work: &mut TableWork<'a>, parents: &[&ObjectName]) {
        for parent in parents {
            let Some(target) = self.to.tables.get(*parent) else { continue };
            let line: Vec<Table> = line(self.to, target);
            for ancestor in &line {
                for item in items(ancestor) {
                    let Some(before) = self.now.tables.get(&work.old) else { continue };
                    let held =
                        work.drop.iter().find(|held| is_copy(ancestor, &item, before, held) && can_take(&item, held));
                    if let Some(held) = held.cloned() {
                        work.drop.remove(&held);
                        work.kept.push((item, held));
                    }
                }
            }
        }
    }

    /// The table and what is above it, as they are now.
    pub(super) fn line(&self, name: &ObjectName) -> Vec<Table> {
        self.now.tables.get(name).map_or_else(Vec::new, |table| line(&self.now, table))
    }

    /// DETACH and back. PostgreSQL leaves the child copies of what it had of its parents, under names of its choice:
    /// `kept` ones get the names they are kept under, the others go.
    pub(super) fn detaching(&self, child: &ObjectName, of: &PartitionOf, kept: &[(Item, String)]) -> [Vec<String>; 2] {
        let (mut before, mut after, mut checks) = (Vec::new(), Vec::new(), Vec::new());
        let mut taken = self.taken_relations();
        let own = self.now.tables.get(child).map_or_else(Vec::new, items);
        for ancestor in self.line(&of.parent) {
            let held = Table { name: child.clone(), ..ancestor.clone() };
            for item in items(&ancestor).into_iter().rev().filter(|item| item.is_relation() || !own.contains(item)) {
                let name = kept.iter().find(|(known, _)| *known == item).map(|(_, name)| name.clone());
                let goes = name.is_none();
                let mut name = name.unwrap_or_else(|| item.name.clone());
                if item.is_relation() {
                    if goes {
                        name = temporary(&child.name, |name| !taken.contains(&child.sibling(name)));
                        taken.insert(child.sibling(&name));
                    }
                    before.push(name_copy(child, &ancestor.name.sibling(&item.name), &name));
                }
                if goes {
                    after.push(drop_item_sql(child, &Item { kind: item.kind, name }));
                    checks.extend(item_sql(&held, &item).filter(|_| item.kind == ItemKind::Check));
                }
            }
        }
        let up = [before, vec![ddl::detach(child, of)], after].concat();
        let down = [checks, vec![ddl::attach(child, of)]].concat();
        [up, down]
    }

    /// Partitions get other bounds, all of a parent at once: what one gives up another one may take.
    pub(super) fn rebound(&mut self) {
        let mut moves: BTreeMap<ObjectName, Vec<Move>> = BTreeMap::new();
        let tables = self.take_tables();
        for work in &tables {
            for part in work.parts {
                let Part::SetPartitionOf { from: Some(from), to: Some(to) } = part else { continue };
                if from.parent == to.parent {
                    moves.entry(to.parent.clone()).or_default().push((work.new.clone(), from.clone(), to.clone()));
                }
            }
        }
        self.tables = tables;
        for (parent, moves) in moves {
            let (freed, held) = self.references_to(&parent);
            let away = || freed.iter().cloned().chain(moves.iter().map(|(child, from, _)| ddl::detach(child, from)));
            let back = |of: fn(&Move) -> &PartitionOf| moves.iter().map(move |it| ddl::attach(&it.0, of(it)));
            let up: Vec<String> = away().chain(back(|it| &it.2)).chain(held.iter().cloned()).collect();
            let down: Vec<String> = away().chain(back(|it| &it.1)).chain(held.iter().cloned()).collect();
            let title = format!("change the bounds of partitions of {parent}");
            let step = Step::schema(&parent, title, up.into(), down.into()).hazard("H43").hazard("H44");
            let step = if held.is_empty() { step } else { step.hazard("H30") };
            self.push(step.impact("refused when rows lie outside the new bounds"));
            for (child, _, to) in moves {
                if let Some(table) = self.now.tables.get_mut(&child) {
                    table.partition_of = Some(to);
                }
            }
        }
    }

    /// Statements that take away the foreign keys to a partitioned table and to what is above it, and bring them back:
    /// rows that others refer to can't leave it, even for a moment.
    fn references_to(&self, parent: &ObjectName) -> (Vec<String>, Vec<String>) {
        let line: Vec<ObjectName> = self.line(parent).into_iter().map(|table| table.name).collect();
        let holders = self.now.tables.values();
        let keys = holders.flat_map(|table| table.foreign_keys.iter().map(move |key| (&table.name, key)));
        keys.filter(|(_, key)| line.contains(&key.references))
            .map(|(table, key)| {
                (ddl::drop_constraint(table, &key.name), ddl::add_constraint(table, &ddl::foreign_key(key)))
            })
            .unzip()
    }

    /// Tables that become children, with their rows.
    pub(super) fn join_parents(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for part in work.parts {
                match part {
                    Part::SetPartitionOf { from, to: Some(of) } if parent(from) != Some(&of.parent) => {
                        self.attach(work, of);
                    }
                    Part::SetInherits { from, to } => {
                        for parent in to.iter().filter(|parent| !from.contains(parent)) {
                            self.inherit(work, parent);
                        }
                    }
                    _ => {}
                }
            }
        }
        self.tables = tables;
    }

    fn inherit(&mut self, work: &TableWork<'a>, parent: &ObjectName) {
        let lost = self.lost_checks(&work.new, parent);
        let kept = |name: &str| work.kept.iter().any(|(item, _)| item.name == name);
        let missing: Vec<&(String, String)> = lost.iter().filter(|(name, _)| !kept(name)).collect();
        let up = missing.iter().map(|(_, check)| ddl::add_constraint(&work.new, check));
        let up: Vec<String> =
            up.chain([ddl::alter_table(&work.new, format!("INHERIT {}", qualified(parent)))]).collect();
        let leave = ddl::alter_table(&work.new, format!("NO INHERIT {}", qualified(parent)));
        let down: Vec<String> = std::iter::once(leave)
            .chain(missing.iter().map(|(name, _)| ddl::drop_constraint(&work.new, name)))
            .collect();
        let title = format!("let {} inherit from {parent}", work.new);
        let step = Step::schema(&work.new, title, up.into(), down.into());
        self.push(step.impact(format!("the rows of `{}` are among those of `{parent}`", work.new)));
        if let Some(table) = self.now.tables.get_mut(&work.new) {
            table.inherits.push(parent.clone());
            for (_, held) in &work.kept {
                state::remove(table, held);
            }
        }
    }
}

fn parent(of: &Option<PartitionOf>) -> Option<&ObjectName> {
    of.as_ref().map(|of| &of.parent)
}

/// A table and what is above it.
fn line(schema: &Schema, table: &Table) -> Vec<Table> {
    let mut line = vec![table.clone()];
    let mut at = 0;
    while let Some(table) = line.get(at).cloned() {
        let parents = table.parents().filter_map(|parent| schema.tables.get(parent));
        let new: Vec<Table> =
            parents.filter(|parent| line.iter().all(|known| known.name != parent.name)).cloned().collect();
        line.extend(new);
        at += 1;
    }
    line
}

/// Whether an item of a child is what it would have of its parent, the name apart.
fn is_copy(parent: &Table, item: &Item, child: &Table, held: &Item) -> bool {
    if item.kind != held.kind {
        return false;
    }
    let mut copy = Table { name: child.name.clone(), ..parent.clone() };
    state::rename_item(&mut copy, item, &held.name);
    item_sql(&copy, held).is_some_and(|sql| Some(sql) == item_sql(child, held))
}

/// Constraints without an index must have their parent's name.
fn can_take(item: &Item, held: &Item) -> bool {
    item.is_relation() || item.name == held.name
}

/// Gives the child's copy of its parent's index another name; a constraint's follows that of its index.
fn name_copy(child: &ObjectName, index: &ObjectName, name: &str) -> String {
    format!(
        "DO $$ DECLARE copy regclass; BEGIN FOR copy IN SELECT i.inhrelid FROM pg_inherits i JOIN pg_index x \
         ON x.indexrelid = i.inhrelid JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = {}::regclass \
         AND x.indrelid = {}::regclass AND c.relname <> {} LOOP EXECUTE format('ALTER INDEX %s RENAME TO %I', copy, {}); \
         END LOOP; END $$",
        literal(&qualified(index)),
        literal(&qualified(child)),
        literal(name),
        literal(name)
    )
}
