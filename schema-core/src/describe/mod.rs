//! Changes in words: one line each, under the object they belong to.

mod reasons;
mod types;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diff::{Change, Part, TableChange};
use crate::ir::{Column, EnumType, Identity, ObjectName, PartitionOf, Table, TypeKind};
use crate::model::Intents;

/// What happens to the thing a line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It becomes another.
    Change,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// `table shop.customer`, `enum mood`.
    pub object: String,
    /// What happens to it, or to its part.
    pub action: Sign,
    /// `column age`; none when the object itself is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// `3 columns`, `was borrower`, `text -> integer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why it may happen, where the source says so: the reason of an `allow(..)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Before a former name.
const WAS: &str = "was ";

/// Kinds of more than one word, and parts that have no name.
const LONG_KINDS: [&str; 18] = [
    "primary key",
    "foreign key",
    "foreign table",
    "foreign data wrapper",
    "materialized view",
    "operator class",
    "operator family",
    "text search object",
    "event trigger",
    "raw object",
    "storage parameters",
    "row level security for the owner",
    "row level security",
    "replica identity",
    "partition of",
    "partition key",
    "order of columns",
    "table options",
];

impl Line {
    /// True when it gets another name, and the detail says the former one.
    #[must_use]
    pub fn is_rename(&self) -> bool {
        self.action == Sign::Change && self.detail.as_ref().is_some_and(|detail| detail.starts_with(WAS))
    }

    /// The kind and the name of the object: `table`, `shop.customer`.
    #[must_use]
    pub fn object_parts(&self) -> (&str, &str) {
        kind_and_name(&self.object)
    }

    /// The kind and the name of the part, if it is one that is meant: `column`, `age`. What a table has one of has no name.
    #[must_use]
    pub fn part_parts(&self) -> Option<(&str, &str)> {
        self.part.as_deref().map(kind_and_name)
    }
}

fn kind_and_name(text: &str) -> (&str, &str) {
    let long = LONG_KINDS.into_iter().find_map(|kind| text.strip_prefix(kind).map(|name| (kind, name)));
    let (kind, name) = long.unwrap_or_else(|| text.split_once(' ').unwrap_or((text, "")));
    (kind, name.trim_start())
}

/// Changes as lines, with the reasons of the consents that `intents` hold.
#[must_use]
pub fn lines(changes: &[Change], intents: &Intents) -> Vec<Line> {
    changes.iter().flat_map(|change| described(change, intents)).collect()
}

fn described(change: &Change, intents: &Intents) -> Vec<Line> {
    let reason = reasons::of_object(change, intents);
    let lines = match change {
        Change::CreateNamespace(name) => vec![whole(Sign::Add, format!("schema {name}"), None)],
        Change::DropNamespace(name) => vec![whole(Sign::Remove, format!("schema {name}"), None)],
        Change::CreateEnum(of) => vec![whole(Sign::Add, enum_(&of.name), Some(of.labels.join(", ")))],
        Change::DropEnum(of) => vec![whole(Sign::Remove, enum_(&of.name), None)],
        Change::RenameType { kind, from, to } => {
            let named = match kind {
                TypeKind::Enum => enum_(to),
                TypeKind::Domain => types::domain(to),
                TypeKind::Composite => types::composite(to),
            };
            vec![whole(Sign::Change, named, Some(format!("{WAS}{from}")))]
        }
        Change::AlterEnum { from, to, renamed_labels } => enum_lines(from, to, renamed_labels, intents),
        Change::CreateDomain(of) => vec![whole(Sign::Add, types::domain(&of.name), Some(of.ty.to_string()))],
        Change::DropDomain(of) => vec![whole(Sign::Remove, types::domain(&of.name), Some(of.ty.to_string()))],
        Change::AlterDomain { from, to } => {
            vec![whole(Sign::Change, types::domain(&to.name), Some(types::altered_domain(from, to)))]
        }
        Change::CreateComposite(of) => vec![whole(Sign::Add, types::composite(&of.name), Some(types::attributes(of)))],
        Change::DropComposite(of) => vec![whole(Sign::Remove, types::composite(&of.name), Some(types::attributes(of)))],
        Change::AlterComposite { from, to, renamed_attributes } => types::composite_lines(from, to, renamed_attributes),
        Change::CreateSequence(of) => vec![whole(Sign::Add, types::sequence(&of.name), types::owner(of))],
        Change::DropSequence(of) => vec![whole(Sign::Remove, types::sequence(&of.name), types::owner(of))],
        Change::RenameSequence { from, to } => {
            vec![whole(Sign::Change, types::sequence(to), Some(format!("{WAS}{from}")))]
        }
        Change::AlterSequence { from, to } => {
            vec![whole(Sign::Change, types::sequence(&to.name), Some(types::altered_sequence(from, to)))]
        }
        Change::CreateTable(of) => vec![whole(Sign::Add, table(&of.name), Some(contents(of)))],
        Change::DropTable(of) => vec![whole(Sign::Remove, table(&of.name), Some(contents(of)))],
        Change::RenameTable { from, to } => vec![whole(Sign::Change, table(to), Some(format!("{WAS}{from}")))],
        Change::AlterTable(change) => table_lines(change, intents),
        Change::CreateObject(object) => vec![whole(Sign::Add, object.id.to_string(), None)],
        Change::DropObject(object) => vec![whole(Sign::Remove, object.id.to_string(), None)],
        Change::ReplaceObject { from, to } => {
            let detail = if from.id == to.id { "its definition".to_owned() } else { format!("{WAS}{}", from.id) };
            vec![whole(Sign::Change, to.id.to_string(), Some(detail))]
        }
    };
    lines.into_iter().map(|line| Line { reason: line.reason.or_else(|| reason.clone()), ..line }).collect()
}

fn whole(action: Sign, object: String, detail: Option<String>) -> Line {
    Line { object, action, part: None, detail, reason: None }
}

fn table(name: &ObjectName) -> String {
    format!("table {name}")
}

fn enum_(name: &ObjectName) -> String {
    format!("enum {name}")
}

fn contents(table: &Table) -> String {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let plural = if columns.len() == 1 { "" } else { "s" };
    format!("{} column{plural}: {}", columns.len(), columns.join(", "))
}

fn enum_lines(from: &EnumType, to: &EnumType, renamed: &[(String, String)], intents: &Intents) -> Vec<Line> {
    let object = enum_(&to.name);
    let line = |action, label: &str, detail| Line {
        object: object.clone(),
        action,
        part: Some(format!("label {label}")),
        detail,
        reason: (action == Sign::Remove).then(|| reasons::of_label(&to.name, label, intents)).flatten(),
    };
    let is_new =
        |label: &str| renamed.iter().all(|(_, new)| new != label) && !from.labels.iter().any(|old| old == label);
    let is_gone =
        |label: &str| renamed.iter().all(|(old, _)| old != label) && !to.labels.iter().any(|new| new == label);
    let mut lines: Vec<Line> =
        renamed.iter().map(|(old, new)| line(Sign::Change, new, Some(format!("{WAS}{old}")))).collect();
    lines.extend(from.labels.iter().filter(|label| is_gone(label)).map(|label| line(Sign::Remove, label, None)));
    lines.extend(to.labels.iter().filter(|label| is_new(label)).map(|label| line(Sign::Add, label, None)));
    if lines.is_empty() {
        let detail = if from.labels == to.labels { "its comment" } else { "the order of its labels" };
        return vec![whole(Sign::Change, object, Some(detail.to_owned()))];
    }
    lines
}

fn table_lines(change: &TableChange, intents: &Intents) -> Vec<Line> {
    change
        .parts
        .iter()
        .map(|of| {
            let (action, part, detail) = part(of);
            let reason = reasons::of_part(&change.to.name, of, intents);
            Line { object: table(&change.to.name), action, part: Some(part), detail, reason }
        })
        .collect()
}

fn part(part: &Part) -> (Sign, String, Option<String>) {
    let was = |from: &String| Some(format!("{WAS}{from}"));
    match part {
        Part::RenameColumn { from, to } => (Sign::Change, format!("column {to}"), was(from)),
        Part::AddColumn(column) => (Sign::Add, format!("column {}", column.name), Some(definition(column))),
        Part::DropColumn(column) => (Sign::Remove, format!("column {}", column.name), Some(definition(column))),
        Part::AlterColumn { from, to } => (Sign::Change, format!("column {}", to.name), Some(altered(from, to))),
        Part::RenameConstraint { from, to } => (Sign::Change, format!("constraint {to}"), was(from)),
        Part::RenameIndex { from, to } => (Sign::Change, format!("index {to}"), was(from)),
        Part::AddPrimaryKey(key) => (Sign::Add, format!("primary key {}", key.name), list(&key.columns)),
        Part::DropPrimaryKey(key) => (Sign::Remove, format!("primary key {}", key.name), list(&key.columns)),
        Part::AddUnique(key) => (Sign::Add, format!("unique {}", key.name), list(&key.columns)),
        Part::DropUnique(key) => (Sign::Remove, format!("unique {}", key.name), list(&key.columns)),
        Part::AddCheck(check) => (Sign::Add, format!("check {}", check.name), Some(check.expression.clone())),
        Part::DropCheck(check) => (Sign::Remove, format!("check {}", check.name), Some(check.expression.clone())),
        Part::AddForeignKey(key) => {
            (Sign::Add, format!("foreign key {}", key.name), Some(format!("to {}", key.references)))
        }
        Part::DropForeignKey(key) => {
            (Sign::Remove, format!("foreign key {}", key.name), Some(format!("to {}", key.references)))
        }
        Part::AddIndex(index) => (Sign::Add, format!("index {}", index.name), None),
        Part::DropIndex(index) => (Sign::Remove, format!("index {}", index.name), None),
        Part::SetComment { .. } => (Sign::Change, "comment".to_owned(), None),
        Part::AddExclusion(exclusion) => (Sign::Add, format!("exclusion {}", exclusion.name), None),
        Part::DropExclusion(exclusion) => (Sign::Remove, format!("exclusion {}", exclusion.name), None),
        Part::Validate(name) => (Sign::Change, format!("constraint {name}"), Some("to hold for every row".to_owned())),
        Part::SetUnlogged(unlogged) => (Sign::Change, if *unlogged { "unlogged" } else { "logged" }.to_owned(), None),
        Part::SetStorage { from, to } => {
            let shown = |settings: &BTreeMap<String, String>| {
                let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                if settings.is_empty() { "none".to_owned() } else { settings.join(", ") }
            };
            (Sign::Change, "storage parameters".to_owned(), Some(format!("{} -> {}", shown(from), shown(to))))
        }
        Part::SetRowSecurity(on) => (Sign::Change, "row level security".to_owned(), on_off(*on)),
        Part::ForceRowSecurity(on) => (Sign::Change, "row level security for the owner".to_owned(), on_off(*on)),
        Part::SetReplicaIdentity { .. } => (Sign::Change, "replica identity".to_owned(), None),
        Part::SetPartitionOf { from, to } => {
            let shown = |of: &Option<PartitionOf>| {
                of.as_ref().map_or_else(|| "none".to_owned(), |of| format!("{} {}", of.parent, of.bound))
            };
            (Sign::Change, "partition of".to_owned(), Some(format!("{} -> {}", shown(from), shown(to))))
        }
        Part::SetPartitionBy { .. } => (Sign::Change, "partition key".to_owned(), None),
        Part::SetInherits { to, .. } => {
            let parents: Vec<String> = to.iter().map(ToString::to_string).collect();
            (
                Sign::Change,
                "inherits".to_owned(),
                Some(format!("from {}", if parents.is_empty() { "nothing".to_owned() } else { parents.join(", ") })),
            )
        }
        Part::SetOptions { from, to } => {
            let shown = |options: &[String]| if options.is_empty() { "none".to_owned() } else { options.join(", ") };
            (Sign::Change, "table options".to_owned(), Some(format!("{} -> {}", shown(from), shown(to))))
        }
        Part::ReorderColumns => {
            (Sign::Change, "order of columns".to_owned(), Some("reported, never executed".to_owned()))
        }
    }
}

fn on_off(on: bool) -> Option<String> {
    Some(if on { "on" } else { "off" }.to_owned())
}

fn list(columns: &[String]) -> Option<String> {
    Some(columns.join(", "))
}

fn definition(column: &Column) -> String {
    let mut text = column.ty.to_string();
    if !column.nullable {
        text += " NOT NULL";
    }
    if let Some(default) = &column.default {
        text += &format!(" DEFAULT {default}");
    }
    text
}

/// What differs, as `name old -> new`.
#[derive(Default)]
struct Facts(Vec<String>);

impl Facts {
    fn add(&mut self, name: &str, old: Option<String>, new: Option<String>) {
        if old != new {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            self.0.push(format!("{name} {} -> {}", shown(old), shown(new)).trim_start().to_owned());
        }
    }

    fn text(&self) -> String {
        self.0.join(", ")
    }
}

/// Everything that differs between two states of a column.
fn altered(from: &Column, to: &Column) -> String {
    let mut facts = Facts::default();
    let mut fact = |name: &str, old, new| facts.add(name, old, new);
    let null = |column: &Column| Some(if column.nullable { "NULL" } else { "NOT NULL" }.to_owned());
    let generated = |column: &Column| {
        column.generated.as_ref().map(|it| format!("{}{}", it.expression, if it.stored { " stored" } else { "" }))
    };
    let identity = |column: &Column| {
        column.identity.map(|identity| match identity {
            Identity::Always => "always".to_owned(),
            Identity::ByDefault => "by default".to_owned(),
        })
    };
    fact("type", Some(from.ty.to_string()), Some(to.ty.to_string()));
    fact("", null(from), null(to));
    fact("default", from.default.clone(), to.default.clone());
    fact("identity", identity(from), identity(to));
    let options =
        |column: &Column| (!column.identity_options.is_default()).then(|| types::options(&column.identity_options));
    fact("options", options(from), options(to));
    fact("generated", generated(from), generated(to));
    fact("collation", from.collation.clone(), to.collation.clone());
    fact("storage", from.storage.clone(), to.storage.clone());
    fact("compression", from.compression.clone(), to.compression.clone());
    fact("statistics", from.statistics.map(|it| it.to_string()), to.statistics.map(|it| it.to_string()));
    fact("comment", from.comment.clone(), to.comment.clone());
    facts.text()
}
