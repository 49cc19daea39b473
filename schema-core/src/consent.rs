//! What the source must allow, and what it allows in vain (DESIGN.md, "What needs consent").

mod constraints;
mod objects;
mod stale;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::decl::AllowCode;
use crate::diag::{Finding, Place};
use crate::dialect::{self, TypeChange};
use crate::diff::{Change, Part, TableChange};
use crate::ir::{Column, Dialect, EnumType, ObjectName, Schema, Table};
use crate::model::{Allow, Model, Path};

/// Errors for every change that needs a consent or a value the source doesn't give, and warnings for consents that
/// no change needs any more. `changes` leads from `base` to `model.schema`.
#[must_use]
pub fn consent(base: &Schema, model: &Model, changes: &[Change]) -> Vec<Finding> {
    let labels = changes.iter().filter_map(|change| match change {
        Change::AlterEnum { to, renamed_labels, .. } => {
            Some((to.name.clone(), renamed_labels.iter().cloned().collect()))
        }
        _ => None,
    });
    let mut gate = Gate { model, labels: labels.collect(), used: BTreeSet::new(), findings: Vec::new() };
    for change in changes {
        gate.change(base, change, changes);
    }
    gate.stale_allows();
    gate.stale_backfills(base);
    gate.findings.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
    gate.findings
}

const KEEP: &str = "to be able to bring back what it holds: add `keep` to that";

/// Labels that get another name, former to new, by their enum.
type Labels = BTreeMap<ObjectName, BTreeMap<String, String>>;

struct Gate<'a> {
    model: &'a Model,
    labels: Labels,
    used: BTreeSet<usize>,
    findings: Vec<Finding>,
}

impl<'a> Gate<'a> {
    fn change(&mut self, base: &Schema, change: &Change, all: &[Change]) {
        match change {
            Change::DropTable(table) => self.drop_table(table, all),
            Change::DropEnum(ty) => self.drop_enum(ty, all),
            Change::AlterEnum { from, to, renamed_labels } => self.alter_enum(from, to, renamed_labels),
            Change::DropObject(object) => self.drop_object(object, all),
            Change::CreateObject(_) | Change::ReplaceObject { .. } => {}
            Change::AlterTable(change) => self.alter_table(base, &own(change, all)),
            Change::DropSequence(sequence) => self.drop_sequence(sequence, all),
            Change::DropDomain(domain) => self.drop_domain(domain, all),
            Change::AlterDomain { from, to } => self.alter_domain(base, from, to, all),
            Change::DropComposite(composite) => self.drop_composite(composite, all),
            Change::AlterComposite { from, to, renamed_attributes } => {
                self.alter_composite(from, to, renamed_attributes, all);
            }
            Change::CreateNamespace(_)
            | Change::DropNamespace(_)
            | Change::CreateEnum(_)
            | Change::RenameType { .. }
            | Change::CreateTable(_)
            | Change::RenameTable { .. } => {}
            Change::CreateDomain(_)
            | Change::CreateComposite(_)
            | Change::CreateSequence(_)
            | Change::RenameSequence { .. }
            | Change::AlterSequence { .. } => {}
        }
    }

    /// The consent for it, if the source gives one; it counts as used.
    fn allowed(&mut self, code: AllowCode, object: &ObjectName, part: Option<&str>) -> Option<&'a Allow> {
        let (index, allow) = self.model.intents.allows.iter().enumerate().find(|(_, allow)| {
            allow.code == code && allow.object == *object && (part.is_none() || allow.part.as_deref() == part)
        })?;
        self.used.insert(index);
        Some(allow)
    }

    fn place(&self, path: &Path) -> Option<Place> {
        self.model.places.get(path)
    }

    fn drop_table(&mut self, table: &Table, all: &[Change]) {
        if self.allowed(AllowCode::DropTable, &table.name, None).is_some() {
            return;
        }
        let name = &table.name;
        let mut finding = Finding::error(
            self.place(&Path::SchemaMacro),
            format!("table `{name}` has no struct any more: dropping it loses its rows"),
        )
        .help(format!("to drop it: `schema! {{ allow(drop_table(\"{name}\", reason = \"..\")); }}`"));
        finding = match &table.partition_of {
            // Its rows are among the parent's, and can't be kept apart from them.
            Some(of) if self.model.schema.tables.contains_key(&of.parent) => finding
                .help("to keep its rows: bring the struct back without `partition_of`, which makes a table of it"),
            _ => finding.help(KEEP),
        };
        for change in all {
            if let Change::CreateTable(new) = change {
                finding = finding.help(format!(
                    "if `{}` is this table under a new name: `#[table(renamed_from = \"{name}\")]`",
                    new.name
                ));
            }
        }
        self.findings.push(finding);
    }

    fn drop_enum(&mut self, ty: &EnumType, all: &[Change]) {
        if self.allowed(AllowCode::DropEnum, &ty.name, None).is_some() {
            return;
        }
        let name = &ty.name;
        let mut finding =
            Finding::error(self.place(&Path::SchemaMacro), format!("enum `{name}` has no Rust enum any more"))
                .help(format!("to drop it: `schema! {{ allow(drop_enum(\"{name}\", reason = \"..\")); }}`"));
        for change in all {
            if let Change::CreateEnum(new) = change {
                finding = finding.help(format!(
                    "if `{}` is this enum under a new name: `#[sql_enum(renamed_from = \"{name}\")]`",
                    new.name
                ));
            }
        }
        self.findings.push(finding);
    }

    fn alter_enum(&mut self, from: &EnumType, to: &EnumType, renamed: &[(String, String)]) {
        let renamed_from = |label: &String| renamed.iter().any(|(old, _)| old == label);
        let dropped: Vec<&String> =
            from.labels.iter().filter(|label| !to.labels.contains(label) && !renamed_from(label)).collect();
        let added: Vec<&String> = to
            .labels
            .iter()
            .filter(|label| !from.labels.contains(label) && !renamed.iter().any(|(_, new)| new == *label))
            .collect();
        for label in dropped {
            match self.allowed(AllowCode::DropLabel, &to.name, Some(label)) {
                None => {
                    let finding = self.dropped_label(to, label, &added);
                    self.findings.push(finding);
                }
                Some(allow) => self.check_map_to(to, label, &added, allow),
            }
        }
    }

    fn dropped_label(&self, to: &EnumType, label: &str, added: &[&String]) -> Finding {
        let finding = Finding::error(
            self.place(&Path::Enum(to.name.clone())),
            format!("enum `{}`: label `{label}` is removed, and rows may hold it", to.name),
        )
        .help(format!("to drop it: `#[sql_enum(allow(drop_label(\"{label}\", map_to = \"..\", reason = \"..\")))]`"))
        .help(KEEP);
        added.iter().fold(finding, |finding, new| {
            finding.help(format!("if `{new}` is this label under a new name: `#[label(renamed_from = \"{label}\")]`"))
        })
    }

    fn check_map_to(&mut self, to: &EnumType, label: &str, added: &[&String], allow: &Allow) {
        if allow.keep && allow.map_to.is_none() {
            let message = format!("enum `{}`: no row may hold label `{label}`, so there is nothing to keep", to.name);
            let finding = Finding::error(allow.place.clone(), message);
            self.findings.push(finding.help("state what its rows get with `map_to = \"..\"`, or leave `keep` out"));
        }
        let Some(target) = &allow.map_to else { return };
        if !to.labels.contains(target) {
            let message = format!("enum `{}`: `map_to = \"{target}\"` is not one of its labels", to.name);
            self.findings.push(
                Finding::error(allow.place.clone(), message).help(format!("its labels are: {}", to.labels.join(", "))),
            );
        } else if added.contains(&target) {
            // On the way back no label would be left for the rows that hold it.
            let message = format!("enum `{}`: `map_to = \"{target}\"` is a new label, not one that stays", to.name);
            let rename = format!("#[label(renamed_from = \"{label}\")]");
            self.findings.push(
                Finding::error(allow.place.clone(), message)
                    .help(format!("if `{target}` is `{label}` under a new name: leave this `allow` out, and write `{rename}` on `{target}`"))
                    .help(format!("if several labels become `{target}`: it is one of them under a new name, and `map_to` is for the others")),
            );
        }
    }

    fn alter_table(&mut self, base: &Schema, change: &TableChange) {
        self.dropped_columns(change);
        for part in &change.parts {
            match part {
                Part::AddColumn(column) => self.add_column(&change.to, column),
                Part::AlterColumn { from, to } => self.alter_column(base, &change.to, from, to),
                Part::SetRowSecurity(_) | Part::ForceRowSecurity(_) => self.row_security(&change.to, part),
                _ => {}
            }
        }
        self.dropped_constraints(change);
    }

    /// A removed column needs consent; a removed and an added one side by side are a question (BUGS.md B08).
    fn dropped_columns(&mut self, change: &TableChange) {
        let table = &change.to.name;
        let mut open = Vec::new();
        for part in &change.parts {
            let Part::DropColumn(column) = part else { continue };
            match self.allowed(AllowCode::DropColumn, table, Some(&column.name)) {
                Some(allow) => {
                    self.require_restore(table, column, allow);
                    self.require_values_to_keep(table, column, allow);
                }
                None => open.push(column),
            }
        }
        let added: Vec<&Column> = change
            .parts
            .iter()
            .filter_map(|part| if let Part::AddColumn(column) = part { Some(column) } else { None })
            .collect();
        for column in &open {
            let finding = self.dropped_column(table, column, &added);
            self.findings.push(finding);
        }
        if !open.is_empty() {
            for column in added {
                let finding = self.rename_or_new(table, column, &open);
                self.findings.push(finding);
            }
        }
    }

    fn dropped_column(&self, table: &ObjectName, column: &Column, added: &[&Column]) -> Finding {
        let name = &column.name;
        let restore = if needs_restore(column) { ", restore = \"..\"" } else { "" };
        let finding = Finding::error(
            self.place(&Path::Table(table.clone())),
            format!("table `{table}`: column `{name}` is removed, which loses its values"),
        )
        .help(format!("to drop it: `#[table(allow(drop_column(\"{name}\", reason = \"..\"{restore})))]`"));
        let finding = if column.generated.is_none() { finding.help(KEEP) } else { finding };
        match added {
            [] => finding.help(format!("if it has a new name: `#[column(renamed_from = \"{name}\")]` on that field")),
            added => added.iter().fold(finding, |finding, new| {
                finding.help(format!(
                    "if `{}` is this column under a new name: `#[column(renamed_from = \"{name}\")]` on that field",
                    new.name
                ))
            }),
        }
    }

    fn rename_or_new(&self, table: &ObjectName, column: &Column, open: &[&Column]) -> Finding {
        let gone = open.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>().join(", ");
        let finding = Finding::error(
            self.place(&Path::Column(table.clone(), column.name.clone())),
            format!("table `{table}`: is column `{}` new, or {gone} renamed?", column.name),
        );
        open.iter()
            .fold(finding, |finding, old| {
                finding.help(format!("renamed: `#[column(renamed_from = \"{}\")]` on this field", old.name))
            })
            .help("new: allow the drop on the struct")
    }

    fn require_restore(&mut self, table: &ObjectName, column: &Column, allow: &Allow) {
        if !needs_restore(column) || allow.restore.is_some() {
            return;
        }
        let finding = Finding::error(
            allow.place.clone(),
            format!(
                "table `{table}`: column `{}` is NOT NULL without a default, so the down must be told what to give \
                 existing rows",
                column.name
            ),
        )
        .help(format!("add it: `drop_column(\"{}\", reason = \"..\", restore = \"<SQL expression>\")`", column.name));
        self.findings.push(finding);
    }

    fn require_values_to_keep(&mut self, table: &ObjectName, column: &Column, allow: &Allow) {
        if !allow.keep || column.generated.is_none() {
            return;
        }
        let message = format!("table `{table}`: column `{}` is generated: it has no values to keep", column.name);
        let finding = Finding::error(allow.place.clone(), message);
        self.findings.push(finding.help("leave `keep` out: the down computes them anew"));
    }

    fn add_column(&mut self, table: &Table, column: &Column) {
        let filled = column.nullable
            || column.default.is_some()
            || column.identity.is_some()
            || column.generated.is_some()
            || self.backfill(table, column).is_some();
        if filled || self.allowed(AllowCode::AssumeEmpty, &table.name, Some(&column.name)).is_some() {
            return;
        }
        let finding = Finding::error(
            self.place(&Path::Column(table.name.clone(), column.name.clone())),
            format!(
                "table `{}`: column `{}` is new and NOT NULL, and existing rows have no value for it",
                table.name, column.name
            ),
        )
        .help("a default for old and new rows: `#[column(default = \"<SQL expression>\")]`")
        .help("a value for existing rows only: `#[column(backfill = \"<SQL expression>\")]`")
        .help("no value is fine: make the field an `Option`")
        .help("the table is empty: `#[column(allow(assume_empty, reason = \"..\"))]`");
        self.findings.push(finding);
    }

    fn backfill(&self, table: &Table, column: &Column) -> Option<&String> {
        let key = (table.name.clone(), column.name.clone());
        self.model.intents.backfills.get(&key).map(|backfill| &backfill.value)
    }

    fn alter_column(&mut self, base: &Schema, table: &Table, from: &Column, to: &Column) {
        if from.nullable && !to.nullable {
            self.set_not_null(table, to);
        }
        if !from.nullable && to.nullable {
            self.drop_not_null(table, to);
        }
        if from.ty != to.ty
            && dialect::type_change_in((base, &from.ty), (&self.model.schema, &to.ty)) == TypeChange::Narrowing
        {
            self.narrow_type(table, from, to);
        }
        if from.generated.is_none() && to.generated.is_some() {
            self.compute(table, to);
        }
    }

    /// What it held is replaced by what the expression makes.
    fn compute(&mut self, table: &Table, column: &Column) {
        if self.allowed(AllowCode::NarrowType, &table.name, Some(&column.name)).is_some() {
            return;
        }
        let message = format!(
            "table `{}`: column `{}` becomes generated, which loses the values that it holds",
            table.name, column.name
        );
        let finding = Finding::error(self.place(&Path::Column(table.name.clone(), column.name.clone())), message);
        self.findings.push(
            finding
                .help("to allow it: `#[column(allow(narrow_type, reason = \"..\"))]`")
                .help("to be able to go back: add a generated column beside it, and drop this one later with `keep`"),
        );
    }

    /// A default fills new rows only, so it is no answer here (BUGS.md B14).
    fn set_not_null(&mut self, table: &Table, column: &Column) {
        if self.backfill(table, column).is_some()
            || self.allowed(AllowCode::AssumeEmpty, &table.name, Some(&column.name)).is_some()
        {
            return;
        }
        let value = column.default.as_deref().unwrap_or("<SQL expression>");
        let finding = Finding::error(
            self.place(&Path::Column(table.name.clone(), column.name.clone())),
            format!(
                "table `{}`: column `{}` becomes NOT NULL, and existing rows may hold NULL",
                table.name, column.name
            ),
        )
        .help(format!("a value for those rows: `#[column(backfill = \"{value}\")]`"))
        .help("the table is empty: `#[column(allow(assume_empty, reason = \"..\"))]`");
        self.findings.push(finding);
    }

    fn drop_not_null(&mut self, table: &Table, column: &Column) {
        if self.allowed(AllowCode::DropNotNull, &table.name, Some(&column.name)).is_some() {
            return;
        }
        let finding = Finding::error(
            self.place(&Path::Column(table.name.clone(), column.name.clone())),
            format!(
                "table `{}`: column `{}` loses NOT NULL, and released readers may not expect NULL",
                table.name, column.name
            ),
        )
        .help("to allow it: `#[column(allow(drop_not_null, reason = \"..\"))]`");
        self.findings.push(finding);
    }

    fn narrow_type(&mut self, table: &Table, from: &Column, to: &Column) {
        if let Some(allow) = self.allowed(AllowCode::NarrowType, &table.name, Some(&to.name)) {
            if allow.keep && self.model.schema.dialect == Dialect::Sqlite {
                let message = format!(
                    "table `{}`: column `{}`: SQLite can't keep what a type change converts",
                    table.name, to.name
                );
                let finding = Finding::error(allow.place.clone(), message);
                self.findings.push(finding.help("leave `keep` out: the down then converts the values that are there"));
            }
            return;
        }
        let effect = match self.model.schema.dialect {
            Dialect::Postgres | Dialect::MariaDb | Dialect::MySql => "values that don't fit make the migration fail",
            Dialect::Sqlite => "values may be converted",
        };
        let finding = Finding::error(
            self.place(&Path::ColumnType(table.name.clone(), to.name.clone())),
            format!(
                "table `{}`: column `{}` changes from `{}` to `{}`, which not every value survives: {effect}",
                table.name, to.name, from.ty, to.ty
            ),
        )
        .help("to allow it: `#[column(allow(narrow_type, reason = \"..\"))]`");
        self.findings.push(finding);
    }
}

/// The change without what follows from a parent's: that is asked about there.
fn own(change: &TableChange, all: &[Change]) -> TableChange {
    let parents: Vec<&TableChange> = all
        .iter()
        .filter_map(|other| match other {
            Change::AlterTable(other) if change.to.parents().any(|parent| *parent == other.to.name) => Some(other),
            _ => None,
        })
        .collect();
    let follows = |part: &&Part| parents.iter().any(|parent| parent.parts.iter().any(|above| brings(above, part)));
    let parts = change.parts.iter().filter(|part| !follows(part)).cloned().collect();
    TableChange { parts, ..change.clone() }
}

/// Whether a parent's change of a column does the same to the child's.
fn brings(above: &Part, part: &Part) -> bool {
    match (above, part) {
        (Part::AddColumn(above), Part::AddColumn(column)) | (Part::DropColumn(above), Part::DropColumn(column)) => {
            above.name == column.name
        }
        (Part::AlterColumn { from: old, to: new }, Part::AlterColumn { from, to }) => {
            (&old.name, &old.ty, old.nullable) == (&from.name, &from.ty, from.nullable)
                && (&new.name, &new.ty, new.nullable) == (&to.name, &to.ty, to.nullable)
        }
        _ => false,
    }
}

/// True when re-adding the column under existing rows takes a value that nothing in the base gives.
fn needs_restore(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.identity.is_none() && column.generated.is_none()
}

#[cfg(test)]
mod tests;
