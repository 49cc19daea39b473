//! The picture of a difference: what comes, goes and changes, among the tables that it touches.

use std::collections::BTreeSet;

use schema_core::diff::{Change, Part, TableChange};
use schema_core::ir::{Column, EnumType, ObjectName, Schema, Table, TypeKind};

use super::picture::{Content, Entity, Kind, Mark, Picture, Row, counted, is_partition, short_type};

pub(super) fn picture(to: &Schema, changes: &[Change], title: &str) -> Picture {
    let to = &*to.expanded();
    let mut picture = Picture { is_difference: true, ..Picture::with_tables(to, title) };
    for change in changes {
        mark(&mut picture, to, change);
    }
    let others = changes.iter().filter(|change| is_elsewhere(change)).count();
    links(&mut picture, to, changes);
    leave_out_what_is_far(&mut picture);
    if others > 0 {
        picture.left_out.push(format!("{} of other objects", counted(others, "change")));
    }
    picture
}

fn mark(picture: &mut Picture, to: &Schema, change: &Change) {
    match change {
        Change::CreateTable(table) => all_of(picture, Kind::Table, &table.name, Mark::Added),
        Change::DropTable(table) if table.partition_of.is_none() => {
            let mut entity = Entity::table(&Schema::empty(to.dialect), table);
            entity.put_mark_everywhere(Mark::Removed);
            picture.entities.push(entity);
        }
        Change::RenameTable { from, to } => renamed(picture, Kind::Table, from, to),
        Change::AlterTable(change) => table(picture, change),
        Change::CreateEnum(of) => all_of(picture, Kind::Enum, &of.name, Mark::Added),
        Change::DropEnum(of) => {
            let mut entity = Entity::of_enum(of);
            entity.put_mark_everywhere(Mark::Removed);
            picture.entities.push(entity);
        }
        Change::RenameType { kind: TypeKind::Enum, from, to } => renamed(picture, Kind::Enum, from, to),
        Change::AlterEnum { from, to, renamed_labels } => labels(picture, from, to, renamed_labels),
        _ => {}
    }
}

/// Changes of what has no box.
fn is_elsewhere(change: &Change) -> bool {
    match change {
        Change::CreateNamespace(_)
        | Change::DropNamespace(_)
        | Change::CreateDomain(_)
        | Change::DropDomain(_)
        | Change::AlterDomain { .. }
        | Change::CreateComposite(_)
        | Change::DropComposite(_)
        | Change::AlterComposite { .. }
        | Change::CreateSequence(_)
        | Change::DropSequence(_)
        | Change::RenameSequence { .. }
        | Change::AlterSequence { .. }
        | Change::CreateObject(_)
        | Change::DropObject(_)
        | Change::ReplaceObject { .. } => true,
        Change::RenameType { kind, .. } => *kind != TypeKind::Enum,
        Change::CreateTable(table) | Change::DropTable(table) => table.partition_of.is_some(),
        Change::AlterTable(change) => change.to.partition_of.is_some(),
        Change::CreateEnum(_) | Change::DropEnum(_) | Change::AlterEnum { .. } | Change::RenameTable { .. } => false,
    }
}

impl Entity {
    fn put_mark_everywhere(&mut self, mark: Mark) {
        self.mark = mark;
        self.rows.iter_mut().for_each(|row| row.mark = mark);
    }

    /// A line that the target doesn't have, behind those that it has.
    fn push(&mut self, mut row: Row, mark: Mark) {
        row.mark = mark;
        self.rows.push(row);
    }
}

/// The box of a thing that is there in the end.
fn entity<'a>(picture: &'a mut Picture, kind: Kind, name: &ObjectName) -> Option<&'a mut Entity> {
    let at = picture.find(kind, name, Mark::Same)?;
    picture.entities.get_mut(at)
}

fn all_of(picture: &mut Picture, kind: Kind, name: &ObjectName, mark: Mark) {
    if let Some(entity) = entity(picture, kind, name) {
        entity.put_mark_everywhere(mark);
    }
}

fn renamed(picture: &mut Picture, kind: Kind, from: &ObjectName, to: &ObjectName) {
    if let Some(entity) = entity(picture, kind, to) {
        entity.mark = Mark::Changed;
        entity.notes.push(format!("was {from}"));
    }
}

fn labels(picture: &mut Picture, from: &EnumType, to: &EnumType, renamed: &[(String, String)]) {
    let Some(entity) = entity(picture, Kind::Enum, &to.name) else { return };
    entity.mark = Mark::Changed;
    for row in &mut entity.rows {
        if let Some((old, new)) = renamed.iter().find(|(_, new)| *new == row.name) {
            row.mark = Mark::Changed;
            row.name = format!("{new}, was {old}");
        } else if !from.labels.contains(&row.name) {
            row.mark = Mark::Added;
        }
    }
    let stays = |label: &String| to.labels.contains(label) || renamed.iter().any(|(old, _)| old == label);
    for label in from.labels.iter().filter(|label| !stays(label)) {
        entity.push(Row::text(label, Mark::Removed), Mark::Removed);
    }
}

fn table(picture: &mut Picture, change: &TableChange) {
    let Some(entity) = entity(picture, Kind::Table, &change.to.name) else { return };
    if entity.mark == Mark::Same {
        entity.mark = Mark::Changed;
    }
    for part in &change.parts {
        match part {
            Part::AddColumn(column) => mark_row(entity, &column.name, Mark::Added, None),
            Part::DropColumn(column) => entity.push(Row::column(&change.from, &column.name), Mark::Removed),
            Part::RenameColumn { from, to } => mark_row(entity, to, Mark::Changed, Some(format!("was {from}"))),
            Part::AlterColumn { from, to } => altered(entity, from, to),
            other => {
                let (mark, text) = other_part(other);
                entity.push(Row::text(&text, mark), mark);
            }
        }
    }
}

fn mark_row(entity: &mut Entity, name: &str, mark: Mark, detail: Option<String>) {
    let Some(row) = entity.column(name).and_then(|at| entity.rows.get_mut(at)) else { return };
    row.mark = mark;
    if let Content::Column { ty, details, .. } = &mut row.content
        && let Some(detail) = detail
    {
        *ty = format!("{ty}, {detail}");
        details.push(detail);
    }
}

fn altered(entity: &mut Entity, from: &Column, to: &Column) {
    let Some(row) = entity.column(&to.name).and_then(|at| entity.rows.get_mut(at)) else { return };
    row.mark = Mark::Changed;
    let Content::Column { ty, details, .. } = &mut row.content else { return };
    if from.ty != to.ty {
        *ty = format!("{} \u{2192} {ty}", short_type(&from.ty));
    }
    if from.nullable != to.nullable {
        *ty += if to.nullable { ", now NULL" } else { ", now NOT NULL" };
    }
    details.push(format!("was {}{}", short_type(&from.ty), if from.nullable { "" } else { " NOT NULL" }));
    if from.default != to.default {
        *ty += ", default";
        details.push(format!("default was {}", from.default.as_deref().unwrap_or("none")));
    }
}

/// What else a difference changes in a table: a line of its own.
fn other_part(part: &Part) -> (Mark, String) {
    let (mark, text) = match part {
        Part::AddPrimaryKey(key) => (Mark::Added, format!("primary key {}", key.columns.join(", "))),
        Part::DropPrimaryKey(key) => (Mark::Removed, format!("primary key {}", key.columns.join(", "))),
        Part::AddUnique(key) => (Mark::Added, format!("unique {}", key.columns.join(", "))),
        Part::DropUnique(key) => (Mark::Removed, format!("unique {}", key.columns.join(", "))),
        Part::AddCheck(check) => (Mark::Added, format!("check {}", check.name)),
        Part::DropCheck(check) => (Mark::Removed, format!("check {}", check.name)),
        Part::AddExclusion(exclusion) => (Mark::Added, format!("exclusion {}", exclusion.name)),
        Part::DropExclusion(exclusion) => (Mark::Removed, format!("exclusion {}", exclusion.name)),
        Part::AddForeignKey(key) => (Mark::Added, format!("foreign key {}", key.name)),
        Part::DropForeignKey(key) => (Mark::Removed, format!("foreign key {}", key.name)),
        Part::AddIndex(index) => (Mark::Added, format!("index {}", index.name)),
        Part::DropIndex(index) => (Mark::Removed, format!("index {}", index.name)),
        Part::RenameConstraint { to, .. } => (Mark::Changed, format!("constraint {to}")),
        Part::RenameIndex { to, .. } => (Mark::Changed, format!("index {to}")),
        Part::Validate(name) => (Mark::Changed, format!("{name} is validated")),
        Part::SetComment { .. } => (Mark::Changed, "comment".to_owned()),
        Part::SetUnlogged(_) | Part::SetStorage { .. } | Part::SetReplicaIdentity { .. } | Part::SetOptions { .. } => {
            (Mark::Changed, "settings of the table".to_owned())
        }
        Part::SetRowSecurity(_) | Part::ForceRowSecurity(_) => (Mark::Changed, "row level security".to_owned()),
        Part::SetPartitionOf { .. } | Part::SetPartitionBy { .. } => (Mark::Changed, "partitioning".to_owned()),
        Part::SetInherits { .. } => (Mark::Changed, "inherits".to_owned()),
        Part::ReorderColumns => (Mark::Changed, "order of columns".to_owned()),
        Part::AddColumn(column) | Part::DropColumn(column) => (Mark::Changed, column.name.clone()),
        Part::RenameColumn { to, .. } => (Mark::Changed, to.clone()),
        Part::AlterColumn { to, .. } => (Mark::Changed, to.name.clone()),
    };
    (mark, text)
}

/// The keys of the target, then those that go.
fn links(picture: &mut Picture, to: &Schema, changes: &[Change]) {
    let added: BTreeSet<(&ObjectName, &str)> = changes.iter().flat_map(added_keys).collect();
    for table in to.tables.values().filter(|table| !is_partition(to, &table.name)) {
        for key in &table.foreign_keys {
            let is_new = added.contains(&(&table.name, key.name.as_str()));
            picture.link(table, key, if is_new { Mark::Added } else { Mark::Same });
        }
    }
    for change in changes {
        match change {
            Change::DropTable(table) => {
                table.foreign_keys.iter().for_each(|key| picture.link(table, key, Mark::Removed));
            }
            Change::AlterTable(change) => removed_links(picture, change),
            _ => {}
        }
    }
}

fn added_keys(change: &Change) -> Vec<(&ObjectName, &str)> {
    match change {
        Change::CreateTable(table) => table.foreign_keys.iter().map(|key| (&table.name, key.name.as_str())).collect(),
        Change::AlterTable(TableChange { to, parts, .. }) => parts
            .iter()
            .filter_map(|part| match part {
                Part::AddForeignKey(key) => Some((&to.name, key.name.as_str())),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn removed_links(picture: &mut Picture, change: &TableChange) {
    let whole = with_all_columns(change);
    for part in &change.parts {
        if let Part::DropForeignKey(key) = part {
            picture.link(&whole, key, Mark::Removed);
        }
    }
}

/// The table after the change with the columns that it lost: keys that go are on them.
fn with_all_columns(change: &TableChange) -> Table {
    let mut table = change.to.clone();
    for part in &change.parts {
        if let Part::DropColumn(column) = part {
            table.columns.push(column.clone());
        }
    }
    table
}

/// A change is read among its neighbours; what is further away would only hide it.
fn leave_out_what_is_far(picture: &mut Picture) {
    let is_touched = |at: usize| picture.entities.get(at).is_some_and(|entity| entity.mark != Mark::Same);
    let mut shown: BTreeSet<usize> = (0..picture.entities.len()).filter(|at| is_touched(*at)).collect();
    for link in &picture.links {
        let (child, parent) = (link.child.entity, link.parent.entity);
        if is_touched(child) || is_touched(parent) {
            shown.extend([child, parent]);
        }
    }
    let left_out = |kind| {
        let is_out = |(at, entity): &(usize, &Entity)| entity.kind == kind && !shown.contains(at);
        picture.entities.iter().enumerate().filter(is_out).count()
    };
    let notes = [(Kind::Table, "unchanged table"), (Kind::Enum, "unchanged enum")]
        .map(|(kind, noun)| (left_out(kind), noun))
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| counted(number, noun));
    let notes: Vec<String> = notes.collect();
    picture.left_out.extend(notes);
    picture.keep(&shown);
}
