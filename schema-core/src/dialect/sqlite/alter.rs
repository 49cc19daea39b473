//! One table that stays: ALTER TABLE where SQLite's suffices on a table with rows, else one rebuild.

use std::collections::BTreeMap;

use super::guard::{self, Guards, OnFailure};
use super::plan::{step as new_step, transaction};
use super::types::Affinity;
use super::values::{Fills, Way};
use super::{create, expr, rebuild};
use crate::dialect::quote;
use crate::ir::{Check, Column, ForeignKey, Index, ObjectName, Table};
use crate::plan::{Script, Step, they_keep_it};

/// True when there is anything to do: the order of columns is nothing.
pub(super) fn differ(before: &Table, after: &Table) -> bool {
    let sorted = |table: &Table| {
        let mut table = table.clone();
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.sort();
        table
    };
    sorted(before) != sorted(after)
}

/// The step from one to the other; `fills` for up and for down; `tables` as they are then.
pub(super) fn step(before: &Table, after: &Table, fills: [&Fills; 2], tables: &BTreeMap<ObjectName, Table>) -> Step {
    let [up, down] = fills;
    let mut later = tables.clone();
    later.insert(after.name.clone(), after.clone());
    let mut step = new_step(
        &after.name.name,
        title(before, after),
        script(before, after, up, tables),
        script(after, before, down, &later),
        Vec::new(),
    );
    step.hazards = hazards(before, after, up, &step.up, &step.down);
    step.data_impact = impact(before, after, up, "");
    step.data_impact.extend(impact(after, before, down, "down: "));
    step.data_impact.extend(filled(before, after, up).map(|column| they_keep_it(&column)));
    step
}

fn script(before: &Table, after: &Table, fills: &Fills, tables: &BTreeMap<ObjectName, Table>) -> Script {
    match native(before, after, fills) {
        Some(statements) => transaction(statements),
        None => rebuild::script(before, after, fills, tables),
    }
}

/// The statements, where ALTER TABLE and indexes are enough.
fn native(before: &Table, after: &Table, fills: &Fills) -> Option<Vec<String>> {
    let added = after.columns.iter().filter(|column| before.column(&column.name).is_none()).collect::<Vec<_>>();
    let dropped = computed_first(before, rebuild::dropped_columns(before, after).collect());
    let fits = same_options(before, after)
        && same_columns(before, after)
        && before.uniques == after.uniques
        && before.primary_key == after.primary_key
        && fills.labels.is_empty();
    let inline = inline_parts(before, after, &added).filter(|_| fits)?;
    let native_drops = dropped.iter().all(|name| can_drop(after, name));
    // A table can't lose its last column, not even for the one that comes next.
    let some_stay =
        after.columns.iter().any(|column| column.generated.is_none() && before.column(&column.name).is_some());
    let native_adds = added.iter().all(|column| can_add(column, fills, &inline));
    if !native_drops || !native_adds || !some_stay {
        return None;
    }
    let mut guards = Guards::new(OnFailure::Abort);
    let needed = fills.needs.iter().map(|(sentence, condition)| guards.assert(sentence.clone(), condition));
    let mut statements = needed.collect::<Vec<_>>();
    statements.extend(guard::rows_differ(&mut guards, before, after));
    statements.extend(dropped.iter().map(|name| guard::no_trigger_names(&mut guards, &after.name.name, name)));
    statements.extend(fills.before(before, after));
    let table = quote(&after.name.name);
    let stale = before.indexes.iter().filter(|index| !after.indexes.contains(index));
    statements.extend(stale.map(|index| format!("DROP INDEX {}", quote(&index.name))));
    statements.extend(dropped.iter().map(|name| format!("ALTER TABLE {table} DROP COLUMN {}", quote(name))));
    statements.extend(added.iter().map(|column| format!("ALTER TABLE {table} ADD COLUMN {}", inline.column(column))));
    let new = after.indexes.iter().filter(|index| !before.indexes.contains(index));
    statements.extend(new.map(|index| create::index(&after.name.name, index)));
    statements.extend(guards.drop());
    Some(guards.create().into_iter().chain(statements).collect())
}

/// Dropped columns in an order in which each that is computed goes before what it is computed from (BUGS.md B42).
fn computed_first<'a>(before: &Table, mut dropped: Vec<&'a str>) -> Vec<&'a str> {
    let uses = |user: &str, column: &str| {
        let generated = before.column(user).and_then(|found| found.generated.as_ref());
        user != column && generated.is_some_and(|generated| expr::mentions(&generated.expression, column))
    };
    let mut ordered = Vec::new();
    while !dropped.is_empty() {
        let unused = dropped.iter().position(|column| !dropped.iter().any(|user| uses(user, column)));
        ordered.push(dropped.remove(unused.unwrap_or(0)));
    }
    ordered
}

fn same_options(before: &Table, after: &Table) -> bool {
    before.strict == after.strict && before.without_rowid == after.without_rowid
}

/// Columns in both are equal.
fn same_columns(before: &Table, after: &Table) -> bool {
    after.columns.iter().all(|column| before.column(&column.name).is_none_or(|old| old == column))
}

/// Constraints that ADD COLUMN writes with a column.
struct Inline<'a> {
    checks: BTreeMap<&'a str, &'a Check>,
    keys: BTreeMap<&'a str, &'a ForeignKey>,
}

impl Inline<'_> {
    fn column(&self, column: &Column) -> String {
        let mut sql = create::column(column);
        let check = self.checks.get(column.name.as_str()).map(|check| create::check(check));
        let key = self.keys.get(column.name.as_str()).map(|key| create::inline_foreign_key(key));
        for part in check.into_iter().chain(key) {
            sql.push(' ');
            sql.push_str(&part);
        }
        sql
    }
}

/// The new checks and foreign keys, when each can stand on a new column and none goes. A check does so when it is
/// one over an enum's labels, which a constant default or NULL can't fail; SQLite before 3.37 didn't look.
fn inline_parts<'a>(before: &Table, after: &'a Table, added: &[&'a Column]) -> Option<Inline<'a>> {
    let gone = before.checks.iter().any(|check| !after.checks.contains(check))
        || before.foreign_keys.iter().any(|key| !after.foreign_keys.contains(key));
    if gone {
        return None;
    }
    let mut inline = Inline { checks: BTreeMap::new(), keys: BTreeMap::new() };
    for check in after.checks.iter().filter(|check| !before.checks.contains(check)) {
        let column =
            added.iter().find(|column| check.expression.starts_with(&format!("{} IN (", quote(&column.name))))?;
        inline.checks.insert(&column.name, check).is_none().then_some(())?;
    }
    for key in after.foreign_keys.iter().filter(|key| !before.foreign_keys.contains(key)) {
        let [name] = key.columns.as_slice() else { return None };
        let column = added.iter().find(|column| column.name == *name)?;
        inline.keys.insert(&column.name, key).is_none().then_some(())?;
    }
    Some(inline)
}

/// What ADD COLUMN takes on a table with rows (HAZARDS.md rows 1-8, BUGS.md B40). An explicit value for existing
/// rows comes with a rebuild, which runs no triggers as UPDATE would.
fn can_add(column: &Column, fills: &Fills, inline: &Inline<'_>) -> bool {
    let null = column.default.as_deref().is_none_or(expr::is_null);
    let refers = inline.keys.contains_key(column.name.as_str());
    let checked = inline.checks.contains_key(column.name.as_str());
    column.default.as_deref().is_none_or(expr::is_constant)
        && (column.nullable || !null)
        && (null || !refers)
        && (null || !checked || column.default.as_deref().is_some_and(|default| in_labels(default, column, inline)))
        && column.identity.is_none()
        && column.generated.is_none()
        && !fills.values.contains_key(&column.name)
        && !fills.kept.contains_key(&column.name)
}

fn in_labels(default: &str, column: &Column, inline: &Inline<'_>) -> bool {
    inline.checks.get(column.name.as_str()).is_some_and(|check| check.expression.contains(default.trim()))
}

/// What DROP COLUMN takes, of a column that no key, constraint or index holds (those of our own are gone by then).
fn can_drop(after: &Table, column: &str) -> bool {
    let used = |expression: &String| expr::mentions(expression, column);
    let generated = after.columns.iter().filter_map(|each| each.generated.as_ref()).map(|each| &each.expression);
    !generated.chain(after.checks.iter().map(|check| &check.expression)).any(used)
}

fn title(before: &Table, after: &Table) -> String {
    let table = &after.name.name;
    let mut parts = Vec::new();
    for column in &after.columns {
        match before.column(&column.name) {
            None => parts.push(format!("add column {table}.{}", column.name)),
            Some(old) if old != column => parts.push(format!("alter column {table}.{}", column.name)),
            Some(_) => {}
        }
    }
    parts.extend(rebuild::dropped_columns(before, after).map(|name| format!("drop column {table}.{name}")));
    for (verb, one, other) in [("add", after, before), ("drop", before, after)] {
        let indexes = one.indexes.iter().filter(|index| !other.indexes.contains(index));
        parts.extend(indexes.map(|index: &Index| format!("{verb} index {}", index.name)));
        let known = constraint_texts(other);
        let constraints = constraint_texts(one).into_iter().filter(|each| !known.contains(each));
        parts.extend(constraints.map(|(name, _)| format!("{verb} constraint {name}")));
    }
    if parts.is_empty() { format!("alter table {table}") } else { parts.join(", ") }
}

/// Each constraint's name, with all it says.
fn constraint_texts(table: &Table) -> Vec<(&str, String)> {
    let key = table.primary_key.iter().map(|key| (key.name.as_str(), format!("{:?}", key.columns)));
    let uniques = table.uniques.iter().map(|unique| (unique.name.as_str(), format!("{:?}", unique.columns)));
    let checks = table.checks.iter().map(|check| (check.name.as_str(), create::check(check)));
    let keys = table
        .foreign_keys
        .iter()
        .map(|key| (key.name.as_str(), format!("{:?} {}", key.columns, create::inline_foreign_key(key))));
    key.chain(uniques).chain(checks).chain(keys).collect()
}

fn hazards(before: &Table, after: &Table, fills: &Fills, up: &Script, down: &Script) -> Vec<&'static str> {
    let mut found = Vec::new();
    if rebuild::dropped_columns(before, after).next().is_some() {
        found.push("H12");
    }
    if rebuild::dropped_columns(before, after).any(|name| !fills.kept.contains_key(name)) {
        found.push("H68");
    }
    let pairs = || after.columns.iter().filter_map(|column| before.column(&column.name).map(|old| (old, column)));
    if pairs().any(|(old, new)| old.generated.is_none() && new.generated.is_some()) && !found.contains(&"H68") {
        found.push("H68");
    }
    if pairs().any(|(old, new)| Affinity::of_type(&old.ty) != Affinity::of_type(&new.ty)) {
        found.push("H14");
    }
    if pairs().any(|(old, new)| old.nullable && !new.nullable) {
        found.push("H10");
    }
    let unique = |table: &Table| table.indexes.iter().filter(|index| index.unique).cloned().collect::<Vec<_>>();
    if unique(after).iter().any(|index| !before.indexes.contains(index)) {
        found.push("H36");
    }
    if up.no_transaction || down.no_transaction {
        found.push("H56");
    }
    found.sort_by_key(|code| code.trim_start_matches('H').parse::<u32>().unwrap_or(0));
    found
}

/// Columns whose NULLs become something else.
fn filled<'a>(before: &'a Table, after: &'a Table, fills: &'a Fills) -> impl Iterator<Item = String> + 'a {
    let named = |column: &&Column| fills.values.contains_key(&column.name);
    let columns = after.columns.iter().filter(named).filter(|column| becomes_required(before, column));
    columns.map(|column| format!("{}.{}", after.name.name, column.name))
}

fn becomes_required(before: &Table, column: &Column) -> bool {
    before.column(&column.name).is_some_and(|old| old.nullable && !column.nullable)
}

/// What happens to existing rows in one direction.
fn impact(before: &Table, after: &Table, fills: &Fills, prefix: &str) -> Vec<String> {
    let table = &after.name.name;
    let mut found = Vec::new();
    for column in &after.columns {
        let name = &column.name;
        let old = before.column(name);
        let becomes_required = becomes_required(before, column);
        if let Some(aside) = fills.kept.get(name).filter(|_| old.is_none()) {
            let other = fills.values.get(name).or(column.default.as_ref()).map_or("NULL", String::as_str);
            found.push(format!("`{}` comes back with its values; rows that came without get {other}", aside.dotted()));
            continue;
        }
        match (old, fills.values.get(name)) {
            (None, Some(fill)) => found.push(format!("existing rows get {fill} in {table}.{name}")),
            (Some(_), Some(fill)) if becomes_required => found.push(format!("NULLs in {table}.{name} become {fill}")),
            (Some(_), None) if becomes_required => found.push(format!("fails if {table}.{name} holds NULL")),
            (None, None) => match &column.default {
                Some(default) => found.push(format!("existing rows get {default} in {table}.{name}")),
                None if !column.nullable && column.generated.is_none() && column.identity.is_none() => {
                    found.push(format!("fails if {table} holds rows, for want of a value for {table}.{name}"));
                }
                None => {}
            },
            _ => {}
        }
        if old.is_some_and(|old| old.generated.is_none()) && column.generated.is_some() {
            found.push(format!("values of {table}.{name} are lost: it is computed from then on"));
        }
        if old.is_some_and(|old| Affinity::of_type(&old.ty) != Affinity::of_type(&column.ty)) {
            found.push(format!("values of {table}.{name} are converted; fails if one would change"));
        }
    }
    found.extend(rebuild::dropped_columns(before, after).map(|name| match fills.kept.get(name) {
        Some(aside) => {
            format!("values of `{}` are kept as `{}` until `cargo schema purge`", aside.dotted(), aside.name)
        }
        None => format!("values of {table}.{name} are lost"),
    }));
    for (column, map) in &fills.labels {
        let mapped = map.mapped.iter().map(|(from, to)| format!("'{from}' becomes '{to}' in {table}.{column}"));
        let refused = map.refused.iter().map(|label| format!("fails if {table}.{column} holds '{label}'"));
        found.extend(mapped.chain(refused));
        found.extend(map.kept.iter().map(|(aside, way)| match way {
            Way::There => format!("which rows these are is kept as `{}` until `cargo schema purge`", aside.name),
            Way::Back => {
                let labels: Vec<String> =
                    map.held.iter().map(|(label, target)| format!("'{label}' where '{target}' still is")).collect();
                format!("rows of `{}` that had them get {}", aside.dotted(), labels.join(", "))
            }
        }));
    }
    found.into_iter().map(|line| format!("{prefix}{line}")).collect()
}
