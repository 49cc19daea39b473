//! Enum types: new ones, labels added in place, and types built anew where PostgreSQL has no other way.

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use super::around::{Columns, around};
use super::composites::{built_on, partitioned_by};
use super::kept_labels::{KeptLabels, Way};
use super::removals::is_array;
use super::renames::temporary;
use super::repartition;
use crate::decl::AllowCode;
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::{literal, qualified, quote};
use crate::diff::Change;
use crate::ir::{Column, EnumType, ObjectName};
use crate::plan::Step;

impl Planner<'_> {
    /// Labels are added first, because each addition has a file of its own.
    pub(super) fn enums(&mut self) {
        for change in self.changes {
            if let Change::AlterEnum { to, .. } = change {
                self.add_labels(to);
            }
        }
        for change in self.changes {
            match change {
                Change::CreateEnum(ty) => {
                    let (up, down) = (ddl::whole_enum(ty), vec![ddl::drop_type(&ty.name)]);
                    self.push(Step::schema(&ty.name, format!("create enum {}", ty.name), up.into(), down.into()));
                    self.now.enums.insert(ty.name.clone(), ty.clone());
                }
                Change::AlterEnum { from, to, .. } => {
                    self.rebuild_enum(to);
                    self.comment_on_enum(from, to);
                }
                _ => {}
            }
        }
    }

    fn comment_on_enum(&mut self, from: &EnumType, to: &EnumType) {
        if from.comment == to.comment {
            return;
        }
        let title = format!("comment on enum {}", to.name);
        let up = ddl::comment_on_type(&to.name, to.comment.as_deref());
        let down = ddl::comment_on_type(&to.name, from.comment.as_deref());
        self.push(Step::schema(&to.name, title, vec![up].into(), vec![down].into()));
        if let Some(ty) = self.now.enums.get_mut(&to.name) {
            ty.comment.clone_from(&to.comment);
        }
    }

    /// `ADD VALUE` where labels only come. A new label can't be used before it is committed (BUGS.md B06).
    fn add_labels(&mut self, to: &EnumType) {
        let Some(now) = self.now.enums.get(&to.name).cloned() else { return };
        if now.labels == to.labels || !is_subsequence(&now.labels, &to.labels) {
            return;
        }
        let known: BTreeSet<&String> = now.labels.iter().collect();
        let mut up = Vec::new();
        let mut previous: Option<&String> = None;
        for label in &to.labels {
            if !known.contains(label) {
                let place = match (previous, now.labels.first()) {
                    (Some(previous), _) => format!(" AFTER {}", literal(previous)),
                    (None, Some(first)) => format!(" BEFORE {}", literal(first)),
                    (None, None) => String::new(),
                };
                up.push(format!("ALTER TYPE {} ADD VALUE {}{place}", qualified(&to.name), literal(label)));
            }
            previous = Some(label);
        }
        let back = EnumType { labels: now.labels.clone(), ..to.clone() };
        let down =
            self.rebuilt(&to.labels, &EnumType { comment: now.comment.clone(), ..back }, Way::Back { kept: None });
        let down =
            if repartition::has_renames(self.changes) { down } else { self.without_what_leans_on(&to.name, down) };
        let added: Vec<&str> = to.labels.iter().filter(|label| !known.contains(label)).map(String::as_str).collect();
        let title = format!("add {} to enum {}", added.join(", "), to.name);
        let step = Step::schema(&to.name, title, up.into(), down.into()).hazard("H51");
        let mut step = step.impact(format!("down: refused while rows hold {}", added.join(" or ")));
        let by = built_on(&self.now, self.to, &to.name, &[]).or_else(|| partitioned_by(&self.now, &to.name, &[]));
        if let Some(by) = by {
            step = step.hazard("H68").impact(format!("down: refused while {by}"));
        }
        self.push(Step { alone: true, ..step });
        self.set_labels(to);
    }

    /// Labels removed or moved: the type is built anew, and every column of it converted, in one transaction.
    fn rebuild_enum(&mut self, to: &EnumType) {
        let Some(now) = self.now.enums.get(&to.name).cloned() else { return };
        if now.labels == to.labels {
            return;
        }
        let goal = EnumType { comment: now.comment.clone(), ..to.clone() };
        let map = self.mapped_labels(&to.name);
        let kept = self.kept_labels(to);
        let up = self.rebuilt(&now.labels, &goal, Way::Forward { map: &map, kept: kept.as_ref() });
        let down = self.rebuilt(&to.labels, &now, Way::Back { kept: kept.as_ref() });
        let title = format!("change the labels of enum {}", to.name);
        let mut step = Step::schema(&to.name, title, up.into(), down.into()).hazard("H52");
        for (label, target) in &map {
            let is_kept = kept.as_ref().is_some_and(|kept| kept.labels.contains_key(label));
            let back = if is_kept {
                format!("get `{label}` back where they still hold `{target}`")
            } else {
                format!("keep `{target}`")
            };
            step = step.impact(format!("rows that hold `{label}` get `{target}`")).impact(format!("down: they {back}"));
        }
        for place in kept.iter().flat_map(KeptLabels::places) {
            step = step.impact(format!("which rows had another label is kept as `{place}` until `cargo schema purge`"));
        }
        self.push(step);
        self.set_labels(to);
    }

    fn set_labels(&mut self, to: &EnumType) {
        if let Some(ty) = self.now.enums.get_mut(&to.name) {
            ty.labels.clone_from(&to.labels);
        }
    }

    /// What rows with a dropped label get, by the label.
    fn mapped_labels(&self, name: &ObjectName) -> BTreeMap<String, String> {
        let allows =
            self.intents.allows.iter().filter(|allow| allow.code == AllowCode::DropLabel && allow.object == *name);
        allows.filter_map(|allow| Some((allow.part.clone()?, allow.map_to.clone()?))).collect()
    }

    /// The statements that give a type other labels, in the schema as it is now.
    fn rebuilt(&self, from: &[String], to: &EnumType, way: Way<'_>) -> Vec<String> {
        let nothing = BTreeMap::new();
        let (map, is_forward) = match way {
            Way::Forward { map, .. } => (map, true),
            Way::Back { .. } => (&nothing, false),
        };
        let users = self.users(&to.name);
        let columns: Columns = users.iter().fold(Columns::new(), |mut columns, (table, column)| {
            columns.entry((*table).clone()).or_default().insert(column.name.clone());
            columns
        });
        let lost: Vec<&String> = from.iter().filter(|label| !to.labels.contains(label)).collect();
        let unmapped: Vec<&String> = lost.iter().copied().filter(|label| !map.contains_key(*label)).collect();
        let around = around(&self.now, &columns);
        let kept: Vec<&(&ObjectName, &Column)> = users
            .iter()
            .filter(|(table, column)| !around.replaced.get(*table).is_some_and(|names| names.contains(&column.name)))
            .collect();
        let aside =
            to.name.sibling(temporary(&to.name.name, |name| !self.now.enums.contains_key(&to.name.sibling(name))));

        let mut statements = way.before();
        let refused = users.iter().filter(|_| !unmapped.is_empty());
        statements.extend(refused.map(|(table, column)| none_held(table, column, &unmapped, to, is_forward)));
        statements.extend(around.before);
        statements.extend(
            kept.iter()
                .filter(|(_, column)| column.default.is_some())
                .map(|(table, column)| ddl::set_default(table, &column.name, None)),
        );
        statements.push(format!("ALTER TYPE {} RENAME TO {}", qualified(&to.name), quote(&aside.name)));
        statements.extend(ddl::whole_enum(to));
        // A parent's column takes those below it along.
        let own = kept.iter().filter(|(table, column)| !self.is_inherited(table, &column.name));
        statements.extend(own.map(|(table, column)| way.around(table, column, converted(table, column, &lost, map))));
        statements.extend(
            kept.iter()
                .filter(|(_, column)| column.default.is_some())
                .map(|(table, column)| ddl::set_default(table, &column.name, column.default.as_deref())),
        );
        // What is generated over the type still leans on the old one until it is back.
        statements.push(ddl::drop_type(&aside));
        statements.extend(around.after);
        statements.extend(way.after());
        statements
    }

    pub(super) fn is_inherited(&self, table: &ObjectName, column: &str) -> bool {
        let table = self.now.tables.get(table);
        table.is_some_and(|table| self.now.ancestors(table).iter().any(|parent| parent.column(column).is_some()))
    }

    /// Columns of the type, or of an array of it, parents' before their children's.
    pub(super) fn users(&self, name: &ObjectName) -> Vec<(&ObjectName, &Column)> {
        let columns =
            self.now.tables.values().flat_map(|table| table.columns.iter().map(move |column| (&table.name, column)));
        let mut users: Vec<(&ObjectName, &Column)> =
            columns.filter(|(_, column)| column.ty.named() == Some(name)).collect();
        users.sort_by_cached_key(|(table, _)| self.now.depth(table));
        users
    }
}

/// Whether labels only come and get other names, which leaves the type in its place.
pub(super) fn only_gains(from: &EnumType, to: &EnumType, renamed: &[(String, String)]) -> bool {
    let mut after = to.labels.iter();
    from.labels.iter().all(|label| {
        let now = renamed.iter().find(|(old, _)| old == label).map_or(label, |(_, new)| new);
        after.any(|label| label == now)
    })
}

/// Whether labels only come, so that PostgreSQL can add them in place.
pub(super) fn only_adds(from: &EnumType, to: &EnumType, renamed: &[(String, String)]) -> bool {
    renamed.is_empty() && is_subsequence(&from.labels, &to.labels)
}

fn is_subsequence(part: &[String], whole: &[String]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|label| rest.any(|known| known == label))
}

fn literals(labels: &[&String]) -> String {
    labels.iter().map(|label| literal(label)).collect::<Vec<_>>().join(", ")
}

fn none_held(table: &ObjectName, column: &Column, labels: &[&String], ty: &EnumType, is_forward: bool) -> String {
    let value = quote(&column.name);
    let condition = if is_array(&column.ty) {
        format!("{value}::text[] && ARRAY[{}]", literals(labels))
    } else {
        format!("{value}::text IN ({})", literals(labels))
    };
    let names: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    let or_map = if is_forward { ", or state one with `map_to`" } else { "" };
    let what = format!(
        "hold {} in `{}`, which enum `{}` loses: give them another label first{or_map}",
        names.join(" or "),
        column.name,
        ty.name
    );
    guard::no_rows(table, &condition, &what)
}

/// ALTER COLUMN TYPE by way of text; an array can't be mapped by CASE, since USING takes no subquery.
fn converted(table: &ObjectName, column: &Column, lost: &[&String], map: &BTreeMap<String, String>) -> String {
    let value = quote(&column.name);
    let target = ddl::type_name(&column.ty);
    let mapped: Vec<(String, String)> =
        lost.iter().filter_map(|label| map.get(*label).map(|to| (literal(label), literal(to)))).collect();
    let text = match (is_array(&column.ty), mapped.is_empty()) {
        (true, _) => mapped
            .iter()
            .fold(format!("{value}::text[]"), |array, (from, to)| format!("array_replace({array}, {from}, {to})")),
        (false, true) => format!("{value}::text"),
        (false, false) => {
            let cases: Vec<String> = mapped.iter().map(|(from, to)| format!("WHEN {from} THEN {to}")).collect();
            format!("(CASE {value}::text {} ELSE {value}::text END)", cases.join(" "))
        }
    };
    ddl::alter_column(table, &column.name, format!("TYPE {target} USING {text}::{target}"))
}
