//! Tables that are partitioned from now on, in another way, or no longer, or by a column of another type: PostgreSQL can't
//! alter that. Such a table steps aside under another name, with its partitions; the new one is made in its place, takes the rows over, and the
//! old one goes. All of it is one transaction: nobody sees the table missing or half full.

use std::collections::{BTreeMap, BTreeSet};

use super::renames::temporary;
use super::state::{self, Item};
use super::work::Altered;
use super::{Planner, relation_names};
use crate::diag::Finding;
use crate::dialect::postgres::sequence::{self, Counter};
use crate::dialect::postgres::{cast, guard, mention, privileges};
use crate::dialect::{literal, parenthesised, qualified, quote};
use crate::diff::{Change, Part, Renames, TableChange};
use crate::ir::{Column, IndexTarget, ObjectName, PartitionBy, Schema, Table, Use};
use crate::plan::{Step, StepKind};

/// A table that is made anew, or a partition that goes with it.
pub(super) struct Remade {
    /// Its name before any step.
    old: ObjectName,
    /// Its name until it goes.
    aside: ObjectName,
    /// Index-backed items, former name to the one until they go.
    items: Vec<(Item, String)>,
    /// The change that asks for it; `None` for a partition.
    change: Option<TableChange>,
}

/// What can't be made anew: a table that has parents, since both would hold its place.
pub(super) fn refusals(changes: &[Change]) -> Vec<Finding> {
    let has_parents = |table: &Table| table.parents().next().is_some();
    let refused = repartitioned(changes).filter(|change| has_parents(&change.from) || has_parents(&change.to));
    refused
        .map(|change| {
            let name = &change.to.name;
            let message = match retyped_key(change) {
                Some(column) => format!(
                    "table `{name}`: PostgreSQL can't change the type of column `{column}`, by which it is partitioned, and it has a parent"
                ),
                None => format!(
                    "table `{name}`: PostgreSQL can't change how an existing table is partitioned, and this one has a parent"
                ),
            };
            Finding::error(None, message).help("take it from its parent first, in a migration of its own")
        })
        .collect()
}

/// Steps in several transactions would leave the database without the table between them.
pub(super) fn refusals_of_steps(remade: &[Remade], steps: &[Step]) -> Vec<Finding> {
    if !steps.iter().any(|step| step.kind == StepKind::Data || step.alone) {
        return Vec::new();
    }
    let tables = remade.iter().filter_map(|remade| remade.change.as_ref());
    tables
        .map(|change| {
            let message = format!(
                "table `{}` is partitioned in another way, which takes one transaction, and other changes take several",
                change.to.name
            );
            Finding::error(None, message).help("seal the other changes first, then this one on its own")
        })
        .collect()
}

fn repartitioned(changes: &[Change]) -> impl Iterator<Item = &TableChange> {
    changes.iter().filter_map(|change| match change {
        Change::AlterTable(change) if is_repartitioned(change) => Some(change),
        _ => None,
    })
}

fn is_repartitioned(change: &TableChange) -> bool {
    change.parts.iter().any(|it| matches!(it, Part::SetPartitionBy { .. })) || retyped_key(change).is_some()
}

/// A column of the partition key that gets another type.
fn retyped_key(change: &TableChange) -> Option<&str> {
    let by = change.to.partition_by.as_ref().filter(|_| change.from.partition_by.is_some())?;
    change.parts.iter().find_map(|part| match part {
        Part::AlterColumn { from, to } if (Altered { from, to }).is_retyped() && is_key(by, &to.name) => {
            Some(to.name.as_str())
        }
        _ => None,
    })
}

/// Whether a table is partitioned by the column.
pub(super) fn is_key(by: &PartitionBy, column: &str) -> bool {
    by.keys.iter().any(|key| match &key.target {
        IndexTarget::Column(name) => name == column,
        IndexTarget::Expression(text) => mention::is_over(text, &[column.to_owned()].into()),
    })
}

/// The tables that step aside.
pub(super) fn remade(from: &Schema, to: &Schema, changes: &[Change]) -> Vec<Remade> {
    if repartitioned(changes).next().is_none() {
        return Vec::new();
    }
    let renames = renames(changes);
    let mut taken: BTreeSet<ObjectName> =
        [from, to].into_iter().flat_map(|schema| schema.tables.values()).flat_map(relation_names).collect();
    let mut aside = |name: &ObjectName| {
        let free = temporary(&name.name, |text| !taken.contains(&name.sibling(text)));
        taken.insert(name.sibling(&free));
        free
    };
    let mut all = Vec::new();
    for change in repartitioned(changes) {
        let old = renames.tables.get(&change.to.name).unwrap_or(&change.to.name).clone();
        // One that becomes a table of its own keeps its rows.
        let goes_along = |name: &ObjectName| to.tables.get(name).is_none_or(|it| it.partition_of.is_some());
        let below = from.descendants(&old).into_iter().filter(goes_along).map(|name| (name, None));
        for (old, change) in std::iter::once((old.clone(), Some(change.clone()))).chain(below) {
            let Some(table) = from.tables.get(&old) else { continue };
            let items = state::items(table).into_iter().filter(Item::is_relation);
            let items = items.map(|item| (item.clone(), aside(&old.sibling(&item.name)))).collect();
            all.push(Remade { aside: old.sibling(aside(&old)), old, items, change });
        }
    }
    all
}

/// The schema with them aside.
pub(super) fn aside(from: &Schema, remade: &[Remade]) -> Schema {
    let mut schema = from.clone();
    for table in remade {
        table.step_aside(&mut schema);
    }
    let renamed = |name: &ObjectName| remade.iter().find(|table| table.old == *name).map(|table| table.aside.clone());
    for object in schema.objects.values_mut() {
        let uses = object.uses.iter().cloned().map(|used| match used {
            Use::Table(table) => Use::Table(renamed(&table).unwrap_or(table)),
            Use::Column(table, column) => Use::Column(renamed(&table).unwrap_or(table), column),
            Use::Part(table, part) => Use::Part(renamed(&table).unwrap_or(table), part),
            other => other,
        });
        object.uses = uses.collect();
    }
    schema
}

/// The renames among the changes, of all that does not step aside.
pub(super) fn other_renames(changes: &[Change], remade: &[Remade]) -> Renames {
    let mut renames = renames(changes);
    let is_aside = |name: &ObjectName| {
        remade.iter().filter_map(|table| table.change.as_ref()).any(|change| change.to.name == *name)
    };
    renames.tables.retain(|new, _| !is_aside(new));
    renames.columns.retain(|(table, _), _| !is_aside(table));
    renames
}

/// The renames among the changes.
pub(super) fn renames(changes: &[Change]) -> Renames {
    let mut renames = Renames::default();
    let parts = |name: &ObjectName, pairs: &[(String, String)]| {
        let pairs = pairs.iter().map(|(old, new)| ((name.clone(), new.clone()), old.clone()));
        pairs.collect::<BTreeMap<_, _>>()
    };
    for change in changes {
        match change {
            Change::RenameTable { from, to } => drop(renames.tables.insert(to.clone(), from.clone())),
            Change::RenameType { kind, from, to } => drop(renames.types.insert((*kind, to.clone()), from.clone())),
            Change::AlterEnum { to, renamed_labels, .. } => renames.labels.extend(parts(&to.name, renamed_labels)),
            Change::AlterComposite { to, renamed_attributes, .. } => {
                renames.columns.extend(parts(&to.name, renamed_attributes));
            }
            Change::AlterTable(change) => renames.columns.extend(parts(&change.to.name, &change.renamed_columns)),
            _ => {}
        }
    }
    renames
}

/// Whether anything but a label gets another name.
pub(super) fn has_renames(changes: &[Change]) -> bool {
    let Renames { tables, types, columns, .. } = renames(changes);
    !(tables.is_empty() && types.is_empty() && columns.is_empty())
}

impl Remade {
    fn step_aside(&self, schema: &mut Schema) {
        if let Some(table) = schema.tables.get_mut(&self.old) {
            self.items.iter().for_each(|(item, aside)| state::rename_item(table, item, aside));
        }
        state::rename_table(schema, &self.old, &self.aside);
    }

    /// Statements that take it aside, or back.
    fn moves(&self, back: bool) -> Vec<String> {
        let rename = |what: &str, from: &ObjectName, to: &str| {
            format!("ALTER {what} {} RENAME TO {}", qualified(from), quote(to))
        };
        let items = self.items.iter().map(|(item, aside)| {
            let (from, to) = if back { (aside, &item.name) } else { (&item.name, aside) };
            rename("INDEX", &self.old.sibling(from), to)
        });
        let table = if back {
            rename("TABLE", &self.aside, &self.old.name)
        } else {
            rename("TABLE", &self.old, &self.aside.name)
        };
        items.chain([table]).collect()
    }
}

impl Planner<'_> {
    pub(super) fn remade_aside(&mut self) {
        for table in std::mem::take(&mut self.remade) {
            let title = format!("set table {} aside", table.old);
            let guards = table.change.as_ref().map(|_| guard::nothing_kept(&table.old));
            let guards =
                guards.into_iter().chain(self.now.tables.get(&table.old).map(|it| nothing_unknown(it, &table.old)));
            let up: Vec<String> = guards.chain(table.moves(false)).collect();
            self.push(Step::schema(&table.old, title, up.into(), table.moves(true).into()));
            table.step_aside(&mut self.now);
            self.remade.push(table);
        }
    }

    /// What one that went aside was called.
    pub(super) fn former_name(&self, aside: &ObjectName) -> Option<&ObjectName> {
        self.remade.iter().find(|table| table.aside == *aside).map(|table| &table.old)
    }

    /// Whether the table takes the rows of one that went aside, or is a part of such a table.
    pub(super) fn takes_rows_over(&self, table: &Table) -> bool {
        let line = std::iter::once(table).chain(self.to.ancestors(table));
        let changes: Vec<&TableChange> = self.remade.iter().filter_map(|it| it.change.as_ref()).collect();
        line.into_iter().any(|table| changes.iter().any(|change| change.to.name == table.name))
    }

    /// Once the new tables have all their partitions.
    pub(super) fn take_rows_over(&mut self) {
        let remade = std::mem::take(&mut self.remade);
        for table in &remade {
            let Some(change) = &table.change else { continue };
            let (former, new) = ((&table.aside, &change.from), (&change.to.name, &change.to));
            let mut up = self.copied(&Rows { from: former, to: new, change, back: false }, &[]);
            up.extend(granted_again(former, new, change, false));
            let joined = self.joined(&change.to.name);
            let mut down = vec![nothing_unknown(&change.to, &change.to.name)];
            down.extend(self.copied(&Rows { from: new, to: former, change, back: true }, &joined));
            down.extend(granted_again(new, former, change, true));
            let title = format!("take the rows of {} over", change.to.name);
            let step = Step::schema(&change.to.name, title, up.into(), down.into()).hazard("H14");
            let fits = format!("refused when a row of `{}` fits no partition", change.to.name);
            let stay = joined.iter().map(|name| format!("down: the rows of `{name}` stay in it"));
            self.push(stay.fold(step.impact("every row is copied").impact(fits), Step::impact));
        }
        self.remade = remade;
    }

    /// Partitions of the new table that were tables of their own, and what is below them: their rows are theirs.
    fn joined(&self, table: &ObjectName) -> Vec<ObjectName> {
        self.to.descendants(table).into_iter().filter(|name| !self.turnover.is_created(name)).collect()
    }

    /// Statements that copy all rows but those `without`.
    fn copied(&self, rows: &Rows<'_>, without: &[ObjectName]) -> Vec<String> {
        let ((source, from), (target, to)) = (rows.from, rows.to);
        let (mut statements, mut named, mut values, mut sources) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for column in to.columns.iter().filter(|column| column.generated.is_none()) {
            let fill = if rows.back { None } else { self.backfill(target, &column.name) };
            let before = from.column(&rows.former(&column.name));
            if let Some(before) = before {
                statements.extend(self.guard(source, before, column));
                sources.push(format!("{} AS {}", quote(&before.name), quote(&column.name)));
            }
            let value = match (before, fill) {
                (None, None) => continue,
                (None, Some(fill)) => parenthesised(fill),
                (Some(before), None) => self.converted(before, column),
                (Some(before), Some(fill)) => {
                    format!("coalesce({}, {})", self.converted(before, column), parenthesised(fill))
                }
            };
            named.push(quote(&column.name));
            values.push(value);
        }
        let always = if to.columns.iter().any(|it| it.identity.is_some()) { " OVERRIDING SYSTEM VALUE" } else { "" };
        let others: Vec<String> =
            without.iter().map(|name| format!("{}::regclass", literal(&qualified(name)))).collect();
        let others =
            if others.is_empty() { String::new() } else { format!(" WHERE tableoid NOT IN ({})", others.join(", ")) };
        statements.push(format!(
            "INSERT INTO {} ({}){always} SELECT {} FROM (SELECT {} FROM {}{others}) AS {}",
            qualified(target),
            named.join(", "),
            values.join(", "),
            sources.join(", "),
            qualified(source),
            quote(&target.name)
        ));
        for column in to.columns.iter().filter(|column| column.identity.is_some()) {
            let former = from.column(&rows.former(&column.name)).filter(|former| former.identity.is_some());
            let counter = former.map(|former| Counter::Identity(source, former));
            let of = sequence::of_column(target, &column.name);
            let options = &column.identity_options;
            statements.push(sequence::go_on(&of, (target, &column.name), options, counter));
        }
        statements
    }

    fn guard(&self, table: &ObjectName, from: &Column, to: &Column) -> Option<String> {
        cast::guard(table, &from.name, &self.base_type(&from.ty), &self.base_type(&to.ty))
    }

    /// `from` has the other's name by then.
    fn converted(&self, from: &Column, to: &Column) -> String {
        if !(Altered { from, to }).is_retyped() {
            return quote(&to.name);
        }
        let (old, new) = (self.base_type(&from.ty), self.base_type(&to.ty));
        cast::using(&to.name, &old, &new).unwrap_or_else(|| quote(&to.name))
    }
}

/// What roles may do with the one table, they may do with the other.
fn granted_again(
    from: (&ObjectName, &Table),
    to: (&ObjectName, &Table),
    change: &TableChange,
    back: bool,
) -> [String; 2] {
    let rows = Rows { from, to, change, back };
    let pairs: Vec<(String, &str)> =
        to.1.columns.iter().map(|column| (rows.former(&column.name), column.name.as_str())).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(former, name)| (former.as_str(), *name)).collect();
    [privileges::of_table(from.0, to.0), privileges::of_columns(from.0, to.0, &pairs)]
}

/// What nobody declared would not come into the table that takes its place.
fn nothing_unknown(table: &Table, name: &ObjectName) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let items = state::items(table);
    let known: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    guard::nothing_unknown(name, &columns, &known)
}

/// Rows on their way from one table to another.
struct Rows<'a> {
    from: (&'a ObjectName, &'a Table),
    to: (&'a ObjectName, &'a Table),
    change: &'a TableChange,
    /// Whether the change is undone.
    back: bool,
}

impl Rows<'_> {
    /// What the column is called where the rows come from.
    fn former(&self, name: &str) -> String {
        let renamed = self.change.renamed_columns.iter();
        let mut pairs = renamed.map(|(old, new)| if self.back { (new, old) } else { (old, new) });
        pairs.find(|(_, new)| *new == name).map_or_else(|| name.to_owned(), |(old, _)| old.clone())
    }
}
