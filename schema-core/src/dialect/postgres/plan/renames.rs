//! Namespaces that appear, and everything that gets another name.

use std::collections::BTreeMap;

use super::state::{self, Item, ItemKind};
use super::{Planner, dotted, ordered_renames};
use crate::dialect::postgres::ddl;
use crate::dialect::{literal, qualified, quote};
use crate::diff::Change;
use crate::ir::{ObjectName, TypeKind};
use crate::names;
use crate::plan::Step;

/// Where a constraint's or index's name must be unique: in its schema, or in its table.
type Scope = (Option<String>, Option<ObjectName>);

impl Planner<'_> {
    pub(super) fn renames(&mut self) {
        for change in self.changes {
            if let Change::CreateNamespace(name) = change {
                let (up, down) = (format!("CREATE SCHEMA {}", quote(name)), format!("DROP SCHEMA {}", quote(name)));
                self.push(Step::schema(name, format!("create schema {name}"), vec![up].into(), vec![down].into()));
            }
        }
        self.rename_types();
        self.rename_tables();
        self.rename_columns();
        self.rename_items();
        self.rename_labels();
    }

    /// Types of all kinds share one space of names: swaps can go across kinds.
    fn rename_types(&mut self) {
        let mut kinds = BTreeMap::new();
        let mut pending = BTreeMap::new();
        for change in self.changes {
            if let Change::RenameType { kind, from, to } = change {
                kinds.insert(from.clone(), *kind);
                pending.insert(from.clone(), to.clone());
            }
        }
        let free = |name: &str, of: &ObjectName| {
            let name = of.sibling(name);
            [&self.now, self.to].into_iter().all(|schema| schema.types().all(|(_, other)| *other != name))
        };
        let ordered = ordered_renames(pending, |name| name.sibling(temporary(&name.name, |text| free(text, name))));
        for (from, to) in ordered {
            let Some(kind) = kinds.remove(&from) else { continue };
            let keyword = if kind == TypeKind::Domain { "DOMAIN" } else { "TYPE" };
            let (up, down) = moves(keyword, &from, &to);
            let title = format!("rename {} {from} to {to}", kind.word());
            self.push(Step::schema(&to, title, up.into(), down.into()).hazard("H52"));
            state::rename_type(&mut self.now, kind, &from, &to);
            kinds.insert(to, kind);
        }
    }

    fn rename_tables(&mut self) {
        let pending = self.changes.iter().filter_map(|change| match change {
            Change::RenameTable { from, to } => Some((from.clone(), to.clone())),
            _ => None,
        });
        let free = |name: &str, of: &ObjectName| {
            let name = of.sibling(name);
            !self.now.tables.contains_key(&name) && !self.to.tables.contains_key(&name)
        };
        let pending: BTreeMap<ObjectName, ObjectName> = pending.collect();
        let known = knowing(pending.keys());
        let ordered = ordered_renames(pending, |name| name.sibling(temporary(&name.name, |text| free(text, name))));
        for (from, to) in ordered {
            let (up, down) = moves("TABLE", &from, &to);
            let step = Step::schema(&to, format!("rename table {from} to {to}"), up.into(), down.into()).hazard("H49");
            self.push(self.ends(&known, step));
            state::rename_table(&mut self.now, &from, &to);
        }
    }

    fn rename_columns(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            // Columns that are computed anew have left under their former names.
            let here = |name: &String| self.column_now(&work.new, name).is_some();
            let pending = work.renamed_columns.iter().filter(|(from, _)| here(from));
            let pending: BTreeMap<String, String> = pending.map(|(from, to)| (from.clone(), to.clone())).collect();
            let free = |name: &str| !here(&name.to_owned()) && work.after.column(name).is_none();
            let known = knowing(pending.keys().map(|from| dotted(&work.new, from)));
            for (from, to) in ordered_renames(pending, |name| temporary(name, free)) {
                let rename = |from: &str, to: &str| {
                    ddl::alter_table(&work.new, format!("RENAME COLUMN {} TO {}", quote(from), quote(to)))
                };
                let title = format!("rename column {} to {to}", dotted(&work.new, &from));
                let (up, down) = (vec![rename(&from, &to)], vec![rename(&to, &from)]);
                let step = Step::schema(&work.new, title, up.into(), down.into()).hazard("H13");
                self.push(self.ends(&known, step));
                state::rename_column(&mut self.now, &work.new, &from, &to);
            }
        }
        self.tables = tables;
    }

    /// Names of indexes are taken in the whole schema: swaps can go across tables.
    fn rename_items(&mut self) {
        let tables = self.take_tables();
        let mut owners: BTreeMap<(Scope, String), (ObjectName, ItemKind)> = BTreeMap::new();
        let mut pending = BTreeMap::new();
        for work in &tables {
            for (item, to) in &work.rename {
                let scope = scope(&work.new, item);
                owners.insert((scope.clone(), item.name.clone()), (work.new.clone(), item.kind));
                pending.insert((scope.clone(), item.name.clone()), (scope, to.clone()));
            }
        }
        if pending.is_empty() {
            self.tables = tables;
            return;
        }
        let taken: std::collections::BTreeSet<String> = [&self.now, self.to]
            .into_iter()
            .flat_map(|schema| schema.tables.values())
            .flat_map(|table| state::items(table).into_iter().map(|item| item.name).chain([table.name.name.clone()]))
            .collect();
        let ordered =
            ordered_renames(pending, |(scope, name)| (scope.clone(), temporary(name, |text| !taken.contains(text))));
        for (from, to) in ordered {
            let Some((table, kind)) = owners.remove(&from) else { continue };
            self.rename_item(&table, &Item { kind, name: from.1 }, &to.1);
            owners.insert(to, (table, kind));
        }
        self.tables = tables;
    }

    fn rename_item(&mut self, table: &ObjectName, item: &Item, to: &str) {
        let rename = |from: &str, to: &str| match item.kind {
            ItemKind::Index => format!("ALTER INDEX {} RENAME TO {}", qualified(&table.sibling(from)), quote(to)),
            _ => ddl::alter_table(table, format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to))),
        };
        let word = super::removals::item_word(item.kind);
        let title = format!("rename {word} {} of {table} to {to}", item.name);
        self.push(Step::schema(table, title, vec![rename(&item.name, to)].into(), vec![rename(to, &item.name)].into()));
        if let Some(table) = self.now.tables.get_mut(table) {
            state::rename_item(table, item, to);
        }
    }

    fn rename_labels(&mut self) {
        for change in self.changes {
            let Change::AlterEnum { from, to, renamed_labels } = change else { continue };
            let free = |label: &str| !from.labels.iter().chain(&to.labels).any(|known| known == label);
            let ordered = ordered_renames(renamed_labels.iter().cloned().collect(), |label| temporary(label, free));
            for (old, new) in ordered {
                let rename = |from: &str, to_label: &str| {
                    format!(
                        "ALTER TYPE {} RENAME VALUE {} TO {}",
                        qualified(&to.name),
                        literal(from),
                        literal(to_label)
                    )
                };
                let title = format!("rename label {old} of enum {} to {new}", to.name);
                let (up, down) = (vec![rename(&old, &new)], vec![rename(&new, &old)]);
                self.push(Step::schema(&to.name, title, up.into(), down.into()).hazard("H52"));
                let labels = self.now.enums.get_mut(&to.name).map(|ty| &mut ty.labels);
                labels.into_iter().flatten().filter(|label| **label == old).for_each(|label| label.clone_from(&new));
            }
        }
    }
}

/// What releases do that a rename ends.
fn knowing(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    format!("know {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
}

fn scope(table: &ObjectName, item: &Item) -> Scope {
    if item.is_relation() { (table.schema.clone(), None) } else { (table.schema.clone(), Some(table.clone())) }
}

/// A name within the limit that nothing has, for a while.
pub(super) fn temporary(name: &str, free: impl Fn(&str) -> bool) -> String {
    free_name(name, "swap", free)
}

/// The name with a word behind it, and a number where that is taken.
pub(super) fn free_name(name: &str, word: &str, free: impl Fn(&str) -> bool) -> String {
    let mut suffix = word.to_owned();
    let mut number = 1;
    loop {
        let candidate = names::shortened(name, &suffix);
        if free(&candidate) {
            return candidate;
        }
        number += 1;
        suffix = format!("{word}{number}");
    }
}

/// `RENAME TO`, `SET SCHEMA`, or both; and back through the same names.
pub(super) fn moves(what: &str, from: &ObjectName, to: &ObjectName) -> (Vec<String>, Vec<String>) {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let step =
        |from: &ObjectName, action: &str, to: &str| format!("ALTER {what} {} {action} {}", qualified(from), quote(to));
    let renamed = from.sibling(&to.name);
    if from.name != to.name {
        up.push(step(from, "RENAME TO", &to.name));
        down.push(step(&renamed, "RENAME TO", &from.name));
    }
    if let (Some(old), Some(new)) = (&from.schema, &to.schema)
        && old != new
    {
        up.push(step(&renamed, "SET SCHEMA", new));
        down.insert(0, step(to, "SET SCHEMA", old));
    }
    (up, down)
}
