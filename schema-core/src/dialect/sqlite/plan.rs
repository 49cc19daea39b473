//! From changes to steps.
//!
//! What changes in a table is read off the two lowered tables rather than off the change's parts: a rebuild takes
//! all of them together, and on SQLite an enum's labels are a check of each table that uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::alter;
use super::keep::Aside;
use super::lower;
use super::values::{Fills, LabelMap, Way};
use super::{create, drops, expr, keep, objects, passed_on, rebuild, renames};
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::carried::{Renames, spelled_as};
use crate::diff::{Change, former_type};
use crate::ir::{EnumType, ObjectName, Schema, SqlType, Table};
use crate::model::Intents;
use crate::plan::{Script, Step};

type Tables = BTreeMap<ObjectName, Table>;

/// The steps from one schema to the other: views and triggers that go, renames, new tables, changed tables, dropped
/// tables, views and triggers that come.
///
/// Enums and comments alone need no SQL, so the steps may be none.
///
/// # Errors
/// When an expression of a table to be rebuilt can't be written while the table has a temporary name.
pub fn steps(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Result<Vec<Step>, Vec<Finding>> {
    let mut renames = renames_of(changes, from);
    // What is kept goes last, since rows may be filled from it, unless its name is wanted.
    let names = wanted_names(changes);
    let (kept, kept_last): (Asides, Asides) =
        kept_tables(changes, intents).into_iter().partition(|(table, _)| names.contains(&lower(table)));
    renames.tables.extend(kept.clone());
    let mut freed = lower::lowered(from);
    let (mut steps, last) = objects::steps(from, to, changes);
    steps.extend(free_keys(&mut freed, &renames));
    let (held, mut wanted) = (renames.applied(&freed, expr::rename_columns), lower::lowered(to));
    let held_on = kept.values().chain(kept_last.keys()).filter_map(|name| held.get(name));
    wanted.extend(held_on.map(|table| (table.name.clone(), keep::bare(table))));
    let indexes = passed_on::names(&held, &wanted);
    let (renamed, target) = (passed_on::without(&held, &indexes), passed_on::without(&wanted, &indexes));
    let created = created(changes, &target);
    let dropped = dropped(changes, &renames, &renamed).into_iter().filter(|table| !target.contains_key(&table.name));
    let dropped: Vec<&Table> = dropped.collect();

    steps.extend(kept.iter().map(|(table, aside)| keep::put_aside(table, aside, &from.tables, intents.head)));
    renames.tables.retain(|table, _| !kept.contains_key(table));
    steps.extend(rename_tables(from, &renames));
    steps.extend(rename_columns(from, &renames));
    steps.extend(passed_on::steps(&held, &renamed));
    steps.extend(create_tables(&created, &renamed));
    let mut stage = renamed.clone();
    stage.extend(created.iter().map(|table| (table.name.clone(), (*table).clone())));

    let context = Context { from, to, changes, intents };
    let mut findings = Vec::new();
    for (before, after) in altered(&renamed, &target, &created) {
        let before = &before;
        let (mut up, mut down) = (context.fills_up(&after.name), context.fills_down(before, after));
        findings.extend(context.keep(before, after, &mut up, &mut down));
        let former = kept.iter().find(|(_, aside)| **aside == after.name).map(|(former, _)| former);
        down.needs.extend(former.map(|former| keep::table_is_there(&former.name, &after.name.name)));
        let step = alter::step(before, after, [&up, &down], &stage);
        if step.up.no_transaction || step.down.no_transaction {
            findings.extend(unbuildable(before, after));
        }
        steps.push(step);
        stage.insert(after.name.clone(), after.clone());
    }
    steps.extend(drop_tables(&dropped, &stage));
    steps.extend(kept_last.iter().map(|(table, aside)| keep::put_aside(table, aside, &stage, intents.head)));
    steps.extend(passed_on::steps(&target, &wanted));
    steps.extend(last);
    if findings.is_empty() { Ok(steps) } else { Err(findings) }
}

fn renames_of(changes: &[Change], from: &Schema) -> Renames {
    let mut renames = Renames::default();
    for change in changes {
        match change {
            Change::RenameTable { from, to } => {
                renames.tables.insert(from.clone(), to.clone());
            }
            Change::AlterTable(table) if !table.renamed_columns.is_empty() => {
                let columns = table.renamed_columns.iter().cloned().collect();
                renames.columns.insert(table.to.name.clone(), columns);
            }
            _ => {}
        }
    }
    put_aside(changes, from, &mut renames);
    renames
}

/// A table to be dropped whose name another one takes before gives the name up first.
fn put_aside(changes: &[Change], from: &Schema, renames: &mut Renames) {
    let new = wanted_names(changes);
    let mut taken = from.tables.keys().map(lower).chain(new.iter().cloned()).collect::<BTreeSet<_>>();
    for change in changes {
        if let Change::DropTable(table) = change
            && new.contains(&lower(&table.name))
        {
            let aside = renames::free(&format!("{}_dropped", table.name.name), &taken);
            taken.insert(aside.to_ascii_lowercase());
            renames.tables.insert(table.name.clone(), table.name.sibling(aside));
        }
    }
}

fn lower(name: &ObjectName) -> String {
    name.name.to_ascii_lowercase()
}

/// Names that something new gets.
fn wanted_names(changes: &[Change]) -> BTreeSet<String> {
    let new = changes.iter().filter_map(|change| match change {
        Change::RenameTable { to, .. } => Some(lower(to)),
        Change::CreateTable(table) => Some(lower(&table.name)),
        _ => None,
    });
    new.collect()
}

/// Tables with the names that they have while they are kept.
type Asides = BTreeMap<ObjectName, ObjectName>;

/// Tables that go and are kept, with the names that they get.
fn kept_tables(changes: &[Change], intents: &Intents) -> Asides {
    let gone = changes
        .iter()
        .filter_map(|change| if let Change::DropTable(table) = change { Some(&table.name) } else { None });
    let is_kept = |name: &&ObjectName| intents.allow(AllowCode::DropTable, name, None).is_some_and(|allow| allow.keep);
    gone.filter(is_kept).map(|name| (name.clone(), keep::table_name(name, intents.head))).collect()
}

fn created<'a>(changes: &[Change], target: &'a Tables) -> Vec<&'a Table> {
    let names = changes.iter().filter_map(|change| match change {
        Change::CreateTable(table) => Some(&table.name),
        _ => None,
    });
    names.filter_map(|name| target.get(name)).collect()
}

fn dropped<'a>(changes: &[Change], renames: &Renames, renamed: &'a Tables) -> Vec<&'a Table> {
    let names = changes.iter().filter_map(|change| match change {
        Change::DropTable(table) => Some(&table.name),
        _ => None,
    });
    names.filter_map(|name| renamed.get(renames.tables.get(name).unwrap_or(name))).collect()
}

/// Tables that stay and differ, as they are after the renames and as they shall be, in an order in which no foreign
/// key refers to columns that are no longer or not yet unique.
fn altered<'a>(renamed: &Tables, target: &'a Tables, created: &[&Table]) -> Vec<(Table, &'a Table)> {
    let is_new = |name: &ObjectName| created.iter().any(|table| table.name == *name);
    let pairs = target.iter().filter(|(name, _)| !is_new(name));
    let pairs = pairs.filter_map(|(name, after)| renamed.get(name).map(|before| (spelled_as(before, after), after)));
    let mut pending = pairs.filter(|(before, after)| alter::differ(before, after)).collect::<Vec<_>>();
    // Rows of other tables may be filled from columns that go.
    pending.sort_by_key(|(before, after)| rebuild::dropped_columns(before, after).next().is_some());
    let mut ordered = Vec::new();
    while !pending.is_empty() {
        let ready = pending
            .iter()
            .position(|pair| !pending.iter().any(|other| must_precede((&other.0, other.1), (&pair.0, pair.1))));
        ordered.push(pending.remove(ready.unwrap_or(0)));
    }
    ordered
}

/// A child that drops its foreign key goes before the parent; one that gains it goes after.
fn must_precede(first: (&Table, &Table), second: (&Table, &Table)) -> bool {
    let refers = |child: &Table, parent: &Table| child.foreign_keys.iter().any(|key| key.references == parent.name);
    first.0.name != second.0.name
        && ((refers(first.0, second.0) && !refers(first.1, second.1))
            || (refers(second.1, first.1) && !refers(second.0, first.0)))
}

/// RENAME COLUMN fails on a column that a WITHOUT ROWID table holds both in its primary key and in a unique constraint:
/// that constraint goes first, and is added again by the table's later step.
fn free_keys(tables: &mut Tables, renames: &Renames) -> Vec<Step> {
    let mut steps = Vec::new();
    for name in tables.keys().cloned().collect::<Vec<_>>() {
        let columns = renames.columns.get(renames.tables.get(&name).unwrap_or(&name));
        let (Some(columns), Some(before)) = (columns, tables.get(&name).filter(|table| table.without_rowid)) else {
            continue;
        };
        let key = before.primary_key.as_ref().map(|key| key.columns.as_slice()).unwrap_or_default();
        let stuck = |column: &String| key.contains(column) && columns.contains_key(column);
        let mut after = before.clone();
        after.uniques.retain(|unique| !unique.columns.iter().any(stuck));
        if after != *before {
            steps.push(alter::step(before, &after, [&Fills::default(), &Fills::default()], tables));
            tables.insert(name, after);
        }
    }
    steps
}

fn rename_tables(from: &Schema, renames: &Renames) -> Option<Step> {
    let pairs = renames.tables.iter().map(|(old, new)| (old.name.clone(), new.name.clone())).collect::<Vec<_>>();
    let taken = from.tables.keys().map(|name| name.name.clone()).collect();
    let ordered = renames::ordered(renames::Of::Tables, &pairs, &taken);
    let titles = pairs.iter().map(|(old, new)| format!("rename table {old} to {new}")).collect::<Vec<_>>();
    let up = renames::rename_tables(&ordered);
    let down = renames::rename_tables(&renames::inverse(&ordered));
    (!pairs.is_empty()).then(|| {
        step(
            &pairs.iter().map(|(_, new)| new.as_str()).collect::<Vec<_>>().join(" "),
            titles.join(", "),
            transaction(up),
            transaction(down),
            vec!["H49"],
        )
    })
}

fn rename_columns(from: &Schema, renames: &Renames) -> Vec<Step> {
    let one = |(table, columns): (&ObjectName, &BTreeMap<String, String>)| {
        let former = renames.tables.iter().find(|(_, new)| *new == table).map_or(table, |(old, _)| old);
        let taken = from.tables.get(former).map(|table| &table.columns).into_iter().flatten();
        let taken = taken.map(|column| column.name.clone()).collect::<BTreeSet<_>>();
        let pairs = columns.iter().map(|(old, new)| (old.clone(), new.clone())).collect::<Vec<_>>();
        let ordered = renames::ordered(renames::Of::Columns, &pairs, &taken);
        let title = |(old, new): &(String, String)| format!("rename column {}.{old} to {new}", table.name);
        let titles = pairs.iter().map(title).collect::<Vec<_>>();
        let up = renames::rename_columns(&table.name, &ordered);
        let down = renames::rename_columns(&table.name, &renames::inverse(&ordered));
        step(&table.name, titles.join(", "), transaction(up), transaction(down), vec!["H13"])
    };
    renames.columns.iter().map(one).collect()
}

fn create_tables(created: &[&Table], before: &Tables) -> Option<Step> {
    let ordered = drops::parents_first(created);
    let up = ordered.iter().flat_map(|table| create::table_and_indexes(table)).collect();
    let all = before.values().chain(created.iter().copied()).map(|table| (table.name.clone(), table.clone())).collect();
    let names = ordered.iter().map(|table| table.name.name.as_str()).collect::<Vec<_>>();
    (!created.is_empty()).then(|| {
        let mut step = step(
            &names.join(" "),
            titled("create table", &names),
            transaction(up),
            drops::script(created, &all),
            vec![],
        );
        step.data_impact = vec![format!("down: all rows of {} are lost", names.join(", "))];
        step
    })
}

fn drop_tables(dropped: &[&Table], before: &Tables) -> Option<Step> {
    let ordered = drops::parents_first(dropped);
    let down = ordered.iter().flat_map(|table| create::table_and_indexes(table)).collect();
    let names = ordered.iter().map(|table| table.name.name.as_str()).collect::<Vec<_>>();
    (!dropped.is_empty()).then(|| {
        let mut step = step(
            &names.join(" "),
            titled("drop table", &names),
            drops::script(dropped, before),
            transaction(down),
            vec!["H47", "H68"],
        );
        step.data_impact =
            vec![format!("all rows of {} are lost; the down brings the tables back empty", names.join(", "))];
        step
    })
}

fn titled(verb: &str, names: &[&str]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{verb}{plural} {}", names.join(", "))
}

pub(super) fn transaction(statements: Vec<String>) -> Script {
    Script { statements, no_transaction: false }
}

/// A step. One whose script opens its own transaction shares its file with no other.
pub(super) fn step(subject: &str, title: String, up: Script, down: Script, hazards: Vec<&'static str>) -> Step {
    let alone = up.no_transaction || down.no_transaction;
    Step { alone, hazards, ..Step::schema(subject, title, up, down) }
}

fn unbuildable(before: &Table, after: &Table) -> Option<Finding> {
    let name = &after.name;
    (rebuild::names_itself(before) || rebuild::names_itself(after)).then(|| {
        Finding::error(
            None,
            format!("table `{name}`: an expression names the table itself, which SQLite can't take while the table is rebuilt"),
        )
        .help(format!("write the column without `{name}.`"))
    })
}

/// An enum whose labels change.
struct LabelChange<'a> {
    from: &'a EnumType,
    to: &'a EnumType,
    renamed: &'a [(String, String)],
}

/// What the source says about rows.
struct Context<'a> {
    from: &'a Schema,
    to: &'a Schema,
    changes: &'a [Change],
    intents: &'a Intents,
}

impl Context<'_> {
    fn fills_up(&self, table: &ObjectName) -> Fills {
        let backfills = self.intents.backfills.iter().filter(|((owner, _), _)| owner == table);
        let values = backfills.map(|((_, column), fill)| (column.clone(), fill.value.clone())).collect();
        let labels = self.label_maps(table, |change| self.label_map_up(change));
        Fills { values, labels, ..Fills::default() }
    }

    fn fills_down(&self, before: &Table, after: &Table) -> Fills {
        let gone = rebuild::dropped_columns(before, after);
        let values = gone.filter_map(|column| self.restored(&after.name, column).map(|sql| (column.to_owned(), sql)));
        let labels = self.label_maps(&after.name, label_map_down);
        Fills { values: values.collect(), labels, ..Fills::default() }
    }

    /// Puts aside what goes and is kept, and brings it back.
    fn keep(&self, before: &Table, after: &Table, up: &mut Fills, down: &mut Fills) -> Vec<Finding> {
        let table = &after.name;
        let mut findings = Vec::new();
        let mut aside = |column: &str, allow: &crate::model::Allow, what: &str| {
            let made = Aside::new(before, after, column, self.intents.head);
            let refused = |why: String| {
                let message = format!("{what} of table `{table}` can't be kept: {why}");
                findings.push(
                    Finding::error(allow.place.clone(), message)
                        .help("leave `keep` out, or seal the one before the other"),
                );
            };
            made.map_err(refused).ok()
        };
        for column in rebuild::dropped_columns(before, after) {
            let allow = self.intents.allow(AllowCode::DropColumn, table, Some(column)).filter(|allow| allow.keep);
            let Some(aside) = allow.and_then(|allow| aside(column, allow, &format!("column `{column}`"))) else {
                continue;
            };
            up.kept.insert(column.to_owned(), aside.clone());
            down.kept.insert(column.to_owned(), aside);
        }
        for (column, map) in &mut up.labels {
            let ty =
                self.to.tables.get(table).and_then(|table| table.column(column)).and_then(|column| column.ty.named());
            let kept: Vec<&crate::model::Allow> = self
                .intents
                .allows
                .iter()
                .filter(|allow| allow.keep && allow.code == AllowCode::DropLabel && Some(&allow.object) == ty)
                .collect();
            let held = kept.iter().filter_map(|allow| Some((allow.part.clone()?, allow.map_to.clone()?)));
            let held: Vec<(String, String)> =
                held.filter(|(label, _)| map.mapped.iter().any(|(mapped, _)| mapped == label)).collect();
            let Some(allow) = kept.first().filter(|_| !held.is_empty()) else { continue };
            let Some(aside) = aside(column, allow, &format!("labels in column `{column}`")) else { continue };
            (map.held, map.kept) = (held.clone(), Some((aside.clone(), Way::There)));
            let back = down.labels.entry(column.clone()).or_default();
            (back.held, back.kept) = (held, Some((aside, Way::Back)));
        }
        findings
    }

    fn restored(&self, table: &ObjectName, column: &str) -> Option<String> {
        let about = |allow: &&crate::model::Allow| {
            allow.code == AllowCode::DropColumn && allow.object == *table && allow.part.as_deref() == Some(column)
        };
        self.intents.allows.iter().find(about).and_then(|allow| allow.restore.clone())
    }

    /// For each column of the table that keeps its enum, what happens to the enum's labels.
    fn label_maps(&self, table: &ObjectName, map: impl Fn(&LabelChange<'_>) -> LabelMap) -> BTreeMap<String, LabelMap> {
        let columns = self.to.tables.get(table).map(|found| &found.columns).into_iter().flatten();
        let changed = columns.filter_map(|column| match &column.ty {
            SqlType::Named(name) if self.kept_enum(table, &column.name, name) => {
                self.altered_enum(name).map(|change| (column.name.clone(), map(&change)))
            }
            _ => None,
        });
        changed.filter(|(_, map)| *map != LabelMap::default()).collect()
    }

    fn altered_enum(&self, name: &ObjectName) -> Option<LabelChange<'_>> {
        self.changes.iter().find_map(|change| match change {
            Change::AlterEnum { from, to, renamed_labels } if to.name == *name => {
                Some(LabelChange { from, to, renamed: renamed_labels })
            }
            _ => None,
        })
    }

    /// True when the column had the enum before, under whatever names.
    fn kept_enum(&self, table: &ObjectName, column: &str, name: &ObjectName) -> bool {
        let former_enum = former_type(self.changes, name).clone();
        let renames = renames_of(self.changes, self.from);
        let former_table = renames.tables.iter().find(|(_, new)| *new == table).map_or(table, |(old, _)| old);
        let columns = renames.columns.get(table);
        let former_column = columns.and_then(|all| all.iter().find(|(_, new)| *new == column));
        let former_column = former_column.map_or(column, |(old, _)| old.as_str());
        let before = self.from.tables.get(former_table).and_then(|found| found.column(former_column));
        before.is_some_and(|found| found.ty == SqlType::Named(former_enum))
    }

    fn label_map_up(&self, LabelChange { from, to, renamed }: &LabelChange<'_>) -> LabelMap {
        let mut map = LabelMap { mapped: renamed.to_vec(), ..LabelMap::default() };
        for label in vanished(&from.labels, &to.labels, renamed.iter().map(|(old, _)| old)) {
            match self.mapped_to(&to.name, label) {
                Some(target) => map.mapped.push((label.clone(), target)),
                None => map.refused.push(label.clone()),
            }
        }
        map
    }

    fn mapped_to(&self, name: &ObjectName, label: &str) -> Option<String> {
        let about = |allow: &&crate::model::Allow| {
            allow.code == AllowCode::DropLabel && allow.object == *name && allow.part.as_deref() == Some(label)
        };
        self.intents.allows.iter().find(about).and_then(|allow| allow.map_to.clone())
    }
}

fn label_map_down(LabelChange { from, to, renamed }: &LabelChange<'_>) -> LabelMap {
    let mapped = renamed.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let refused = vanished(&to.labels, &from.labels, renamed.iter().map(|(_, new)| new));
    LabelMap { mapped, refused: refused.cloned().collect(), ..LabelMap::default() }
}

/// Labels that are not kept and not renamed. A label that another takes the name of is not kept.
fn vanished<'a>(
    before: &'a [String],
    after: &'a [String],
    renamed: impl Iterator<Item = &'a String>,
) -> impl Iterator<Item = &'a String> {
    let renamed = renamed.collect::<BTreeSet<_>>();
    before.iter().filter(move |label| !renamed.contains(label) && !after.contains(label))
}
