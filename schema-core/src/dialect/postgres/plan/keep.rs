//! What goes and is kept: put aside under a name that no schema knows, and brought back with all that is in it.
//!
//! A column gets another name where it is. A table moves to a schema of its own, and its indexes, constraints and owned
//! sequences with it. Types that go, and that only what is kept uses, move there too.

use std::collections::{BTreeMap, BTreeSet};

use super::composites;
use super::enums::only_gains;
use super::removals::dropped_columns;
use super::wanted::Wanted;
use super::{Planner, domains, dotted};
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::postgres::{ddl, guard, nextval};
use crate::dialect::{parenthesised, qualified, quote};
use crate::diff::{Change, Part, TableChange};
use crate::ir::{Column, ObjectName, Schema, SqlType, Table};
use crate::kept;
use crate::model::{Allow, Intents};
use crate::plan::Step;

/// What is kept of what goes.
#[derive(Default)]
pub(super) struct Kept {
    /// Columns, with their tables under the new names.
    columns: BTreeSet<(ObjectName, String)>,
    /// Tables.
    tables: BTreeSet<ObjectName>,
    /// Enums, domains and composite types that would go and are in use by those.
    types: BTreeSet<ObjectName>,
    /// Sequences that would go and by which those are numbered. Those that a kept table owns move with it.
    sequences: BTreeSet<ObjectName>,
}

impl Kept {
    pub(super) fn of(from: &Schema, changes: &[Change], intents: &Intents) -> Self {
        let mut kept = Self::default();
        let (mut used, mut numbered) = (BTreeSet::new(), BTreeSet::new());
        let mut hold = |columns: &[Column]| {
            for column in columns {
                used.extend(types_of(from, &column.ty));
                numbered.extend(column.default.as_deref().and_then(nextval::sequence));
            }
        };
        for (table, column, _) in kept_columns(changes, intents) {
            kept.columns.insert((table.to.name.clone(), column.name.clone()));
            hold(std::slice::from_ref(column));
        }
        for (table, _) in kept_tables(changes, intents) {
            kept.tables.insert(table.name.clone());
            hold(&table.columns);
        }
        for change in changes {
            match change {
                Change::DropEnum(ty) => kept.types.extend(used.get(&ty.name).cloned()),
                Change::DropDomain(ty) => kept.types.extend(used.get(&ty.name).cloned()),
                Change::DropComposite(ty) => kept.types.extend(used.get(&ty.name).cloned()),
                Change::DropSequence(sequence) => kept.sequences.extend(numbered.get(&sequence.name).cloned()),
                _ => {}
            }
        }
        kept
    }

    pub(super) fn has_table(&self, name: &ObjectName) -> bool {
        self.tables.contains(name)
    }

    pub(super) fn has_type(&self, name: &ObjectName) -> bool {
        self.types.contains(name)
    }

    pub(super) fn has_sequence(&self, name: &ObjectName) -> bool {
        self.sequences.contains(name)
    }

    pub(super) fn has_column(&self, table: &ObjectName, name: &str) -> bool {
        self.columns.contains(&(table.clone(), name.to_owned()))
    }

    /// The tables and types that move, with the schemas they are in.
    fn moved(&self) -> impl DoubleEndedIterator<Item = (&str, &ObjectName)> {
        self.tables.iter().chain(&self.types).filter_map(|name| Some((name.schema.as_deref()?, name)))
    }
}

impl<'a> Planner<'a> {
    /// The schemas that tables and types move to.
    pub(super) fn make_places_for_kept(&mut self) {
        let first_of_each: BTreeMap<&str, &ObjectName> = self.kept.moved().rev().collect();
        let mut steps = Vec::new();
        for (namespace, subject) in first_of_each {
            let place = self.place(namespace);
            let (up, down) = (format!("CREATE SCHEMA {}", quote(&place)), format!("DROP SCHEMA {}", quote(&place)));
            let title = format!("create schema {place}, for what is kept of {namespace}");
            steps.push(Step::schema(subject, title, vec![up].into(), vec![down].into()));
        }
        self.steps.extend(steps);
    }

    fn place(&self, namespace: &str) -> String {
        kept::name(self.intents.head, namespace)
    }

    /// Where a table or type is while it is kept.
    fn kept_as(&self, name: &ObjectName) -> ObjectName {
        ObjectName { schema: name.schema.as_deref().map(|namespace| self.place(namespace)), name: name.name.clone() }
    }

    /// New rows have no value for a column that goes, where no default gives them one: it is put aside, or goes only once
    /// no release knows it. Under the new names and with what is new there, of which the down may make the values.
    pub(super) fn loosen_leaving_columns(&mut self) {
        let tables = self.take_tables();
        for work in &tables {
            for column in dropped_columns(work).filter(|column| work.after.column(&column.name).is_none()) {
                let is_left = self.kept.has_column(&work.new, &column.name) || self.online.covers(&work.new);
                if is_left && !self.is_inherited(&work.new, &column.name) {
                    let restore = self.restore(&work.new, &column.name);
                    self.loosen_leaving_column(&work.new, &column.name, restore);
                }
            }
        }
        self.tables = tables;
    }

    fn loosen_leaving_column(&mut self, table: &ObjectName, name: &str, restore: Option<&str>) {
        let Some(now) = self.column_now(table, name).filter(|now| now.identity.is_none()) else { return };
        let is_unfilled = |column: &Column| !column.nullable && column.default.is_none();
        let below = self.below(table, name);
        let mut unfilled = below.iter().filter(|(_, below, _)| is_unfilled(below)).map(|(child, ..)| child);
        let loosened: Vec<ObjectName> = match now.nullable {
            false if is_unfilled(&now) || unfilled.next().is_some() => vec![table.clone()],
            false => Vec::new(),
            true => unfilled.cloned().collect(),
        };
        for table in loosened {
            let column = dotted(&table, name);
            let up = ddl::alter_column(&table, name, "DROP NOT NULL");
            let (value, gets) = match restore {
                Some(value) => (fill(&table, name, value), format!("get {value} in it")),
                None => (no_nulls(&table, name), "stop it".to_owned()),
            };
            let down = vec![value, ddl::alter_column(&table, name, "SET NOT NULL")];
            let title = format!("let new rows do without {column}");
            let step = Step::schema(&table, title, vec![up].into(), down.into()).hazard("H11");
            self.push(step.impact(format!("down: rows that came without `{column}` {gets}")));
            if let Some(column) = self.column_now(&table, name) {
                self.set_column(&table, Column { nullable: true, ..column });
            }
        }
    }

    /// RENAME COLUMN, an instant, in the place of DROP COLUMN.
    pub(super) fn keep_column(&mut self, table: &ObjectName, name: &str) {
        if self.remove_column(table, name).is_none() {
            return;
        }
        let aside = kept::name(self.intents.head, name);
        let rename =
            |from: &str, to: &str| ddl::alter_table(table, format!("RENAME COLUMN {} TO {}", quote(from), quote(to)));
        let column = dotted(table, name);
        let down = vec![guard::kept_column(table, name, &aside), rename(&aside, name)];
        let title = format!("put column {column} aside");
        let step = Step::schema(table, title, vec![rename(name, &aside)].into(), down.into()).hazard("H12");
        let step = step.impact(format!("`{column}` is kept as `{aside}` until `cargo schema purge`"));
        let step = step.note(format!("`SELECT *` and an INSERT that names no columns still see `{aside}`"));
        let step = self.ends(format!("know `{column}`"), step);
        self.push(step.impact(format!("down: `{column}` comes back with its values")));
    }

    /// SET SCHEMA, an instant, in the place of DROP TABLE.
    pub(super) fn keep_table(&mut self, name: &ObjectName) {
        if self.now.tables.remove(name).is_none() {
            return;
        }
        self.now.sequences.retain(|_, sequence| sequence.owned_by.as_ref().is_none_or(|(owner, _)| owner != name));
        let step = self.moved_aside("TABLE", "table", name).hazard("H47");
        let step = self.ends(format!("know `{name}`"), step);
        let aside = self.kept_as(name);
        let step = step.impact(format!("`{name}` is kept as `{aside}` until `cargo schema purge`"));
        self.push(step.impact(format!("down: `{name}` comes back with its rows")));
    }

    /// A type that goes while what is kept holds values of it.
    pub(super) fn keep_type(&mut self, keyword: &str, word: &str, name: &ObjectName) {
        let step = self.moved_aside(keyword, word, name).hazard("H47");
        self.push(step);
    }

    fn moved_aside(&self, keyword: &str, word: &str, name: &ObjectName) -> Step {
        let aside = self.kept_as(name);
        let moved = |from: &ObjectName, to: &ObjectName| {
            let place = quote(to.schema.as_deref().unwrap_or_default());
            format!("ALTER {keyword} {} SET SCHEMA {place}", qualified(from))
        };
        let down = vec![guard::kept_object(word, name, &aside), moved(&aside, name)];
        Step::schema(name, format!("put {word} {name} aside"), vec![moved(name, &aside)].into(), down.into())
    }

    /// A sequence that goes while what is kept is numbered by it. It stays where its owner is.
    pub(super) fn keep_sequence(&mut self, name: &ObjectName) {
        let aside = name.sibling(kept::name(self.intents.head, &name.name));
        let renamed = |from: &ObjectName, to: &ObjectName| {
            format!("ALTER SEQUENCE {} RENAME TO {}", qualified(from), quote(&to.name))
        };
        let down = vec![guard::kept_object("sequence", name, &aside), renamed(&aside, name)];
        let title = format!("put sequence {name} aside");
        let step = Step::schema(name, title, vec![renamed(name, &aside)].into(), down.into()).hazard("H47");
        self.push(step.impact(format!("down: sequence {name} goes on where it was")));
    }
}

fn fill(table: &ObjectName, name: &str, value: &str) -> String {
    let (column, value) = (quote(name), parenthesised(value));
    format!("UPDATE {} SET {column} = {value} WHERE {column} IS NULL", qualified(table))
}

fn no_nulls(table: &ObjectName, name: &str) -> String {
    let what = format!("came without a value in `{name}`, which becomes NOT NULL again: give them one first");
    guard::no_rows(table, &format!("{} IS NULL", quote(name)), &what)
}

fn kept_columns<'c>(
    changes: &'c [Change],
    intents: &'c Intents,
) -> impl Iterator<Item = (&'c TableChange, &'c Column, &'c Allow)> {
    let tables = changes.iter().filter_map(|change| match change {
        Change::AlterTable(table) => Some(table),
        _ => None,
    });
    tables.flat_map(move |table| {
        table.parts.iter().filter_map(move |part| {
            let Part::DropColumn(column) = part else { return None };
            let allow = intents.allow(AllowCode::DropColumn, &table.to.name, Some(&column.name))?;
            allow.keep.then_some((table, column, allow))
        })
    })
}

fn kept_tables<'c>(changes: &'c [Change], intents: &'c Intents) -> impl Iterator<Item = (&'c Table, &'c Allow)> {
    changes.iter().filter_map(|change| {
        let Change::DropTable(table) = change else { return None };
        let allow = intents.allow(AllowCode::DropTable, &table.name, None)?;
        allow.keep.then_some((table, allow))
    })
}

/// The types that values of a type are made of.
fn types_of(schema: &Schema, ty: &SqlType) -> BTreeSet<ObjectName> {
    let mut found = BTreeSet::new();
    let mut open: Vec<ObjectName> = ty.named().cloned().into_iter().collect();
    while let Some(name) = open.pop() {
        open.extend(schema.domains.get(&name).and_then(|domain| domain.ty.named()).cloned());
        let attributes = schema.composites.get(&name).into_iter().flat_map(|composite| &composite.attributes);
        open.extend(attributes.filter_map(|attribute| attribute.ty.named()).cloned());
        open.retain(|name| !found.contains(name));
        found.insert(name);
    }
    found
}

/// What can't be kept, each at its consent.
pub(super) fn refusals(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (table, column, allow) in kept_columns(changes, intents) {
        let what = format!("column `{}`", dotted(&table.to.name, &column.name));
        let refused = |why: String, help: &str| refused(allow, &what, &why, help);
        let is_early = table.to.column(&column.name).is_some();
        findings.extend(
            refused_for_type(from, changes, std::slice::from_ref(column), is_early)
                .map(|(why, help)| refused(why, help)),
        );
        findings.extend(refused_for_domain(from, column).map(|why| refused(why, "leave `keep` out")));
        findings.extend(refused_for_children(from, to, table, column).map(|why| refused(why, "leave `keep` out")));
        if table.parts.iter().any(|part| matches!(part, Part::SetPartitionBy { .. })) {
            let why = "its table is partitioned anew, row by row".to_owned();
            findings.push(refused(why, "drop the column first, and partition the table once it is purged"));
        }
    }
    let mut kept = kept_tables(changes, intents).peekable();
    if kept.peek().is_none() {
        return findings;
    }
    let wanted = Wanted::new(to);
    for (table, allow) in kept {
        let what = format!("table `{}`", table.name);
        let is_early = wanted.is_held_by(table);
        let why = refused_for_type(from, changes, &table.columns, is_early);
        findings.extend(why.map(|(why, help)| refused(allow, &what, &why, help)));
        findings
            .extend(refused_for_family(from, to, table, intents).map(|(why, help)| refused(allow, &what, &why, &help)));
    }
    findings
}

fn refused(allow: &Allow, what: &str, why: &str, help: &str) -> Finding {
    Finding::error(allow.place.clone(), format!("{what} can't be kept: {why}")).help(help)
}

/// A type that is built anew leaves nothing of the one that kept values are of.
fn refused_for_type(
    from: &Schema,
    changes: &[Change],
    columns: &[Column],
    is_early: bool,
) -> Option<(String, &'static str)> {
    let mut used: BTreeSet<ObjectName> = columns.iter().flat_map(|column| types_of(from, &column.ty)).collect();
    for change in changes {
        if let Change::RenameType { from, to, .. } = change
            && used.contains(from)
        {
            used.insert(to.clone());
        }
    }
    let rebuilt = changes.iter().find_map(|change| match change {
        Change::AlterEnum { from, to, renamed_labels } => {
            let is_rebuilt = from.labels != to.labels && (is_early || !only_gains(from, to, renamed_labels));
            (used.contains(&to.name) && is_rebuilt).then_some(("enum", &to.name))
        }
        Change::AlterDomain { from, to } => {
            (used.contains(&to.name) && domains::is_rebuilt(from, to)).then_some(("domain", &to.name))
        }
        Change::AlterComposite { from, to, renamed_attributes } => {
            let loses = to.attributes.len() < from.attributes.len();
            let is_rebuilt = loses || composites::is_rebuilt(from, to, renamed_attributes);
            (used.contains(&to.name) && is_rebuilt).then_some(("type", &to.name))
        }
        _ => None,
    });
    let (word, name) = rebuilt?;
    let why = format!("its {word} `{name}` changes, and its values would change with it");
    Some((why, "leave `keep` out, or change the type once what is kept is purged"))
}

fn refused_for_domain(from: &Schema, column: &Column) -> Option<String> {
    let mut types = types_of(from, &column.ty).into_iter();
    let is_filled = column.default.is_some() || matches!(column.ty, SqlType::Array(_));
    let strict = types.find(|name| from.domains.get(name).is_some_and(|it| it.not_null && it.default.is_none()));
    let name = strict.filter(|_| !is_filled)?;
    Some(format!("its domain `{name}` is NOT NULL, and new rows have no value for it"))
}

fn refused_for_children(from: &Schema, to: &Schema, table: &TableChange, column: &Column) -> Option<String> {
    let has = |schema: &Schema, name: &ObjectName| {
        schema.tables.get(name).is_some_and(|table| table.column(&column.name).is_some())
    };
    let name = &table.from.name;
    let family: BTreeSet<ObjectName> = from.descendants(name).into_iter().chain([name.clone()]).collect();
    let child = family.iter().filter(|child| *child != name && has(from, child));
    for child in child {
        if has(to, child) {
            return Some(format!("`{child}`, which inherits it, keeps it as its own"));
        }
        let parents = from.tables.get(child).into_iter().flat_map(Table::parents);
        if let Some(other) = parents.into_iter().find(|parent| !family.contains(parent) && has(from, parent)) {
            return Some(format!("`{child}` inherits it from `{other}` too"));
        }
    }
    None
}

/// Rows of a partition are rows of its parent: they can't be away and among them.
fn refused_for_family(from: &Schema, to: &Schema, table: &Table, intents: &Intents) -> Option<(String, String)> {
    let is_kept = |name: &ObjectName| intents.allow(AllowCode::DropTable, name, None).is_some_and(|allow| allow.keep);
    let goes = |name: &ObjectName| !to.tables.contains_key(name);
    if let Some(parent) = table.parents().find(|parent| !is_kept(parent)) {
        let why = format!("its rows are among those of `{parent}`, which is not kept");
        let help = if goes(parent) {
            format!("keep `{parent}` as well: `drop_table(\"{parent}\", keep, ..)`")
        } else {
            format!("take it out of `{parent}` first and seal that, or leave `keep` out")
        };
        return Some((why, help));
    }
    let child = from.children(&table.name).find(|child| goes(&child.name) && !is_kept(&child.name))?;
    let why = format!("the rows of `{}`, which is not kept, are among its own", child.name);
    Some((why, format!("keep it as well: `drop_table(\"{}\", keep, ..)`", child.name)))
}
