//! Domains, composite types and sequences. What a type's change does to values, it does to the columns that hold the
//! type: the consent stands on them, as for a change of their own.

use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::TypeChange;
use crate::dialect::postgres::{plan::is_exchanged, types::change_in};
use crate::diff::{Change, Part, same_check};
use crate::ir::{Column, CompositeType, Domain, ObjectName, Schema, Sequence};
use crate::model::Path;

use super::Gate;

impl<'a> Gate<'a> {
    pub(super) fn drop_sequence(&mut self, sequence: &Sequence, all: &[Change]) {
        if is_exchanged(all, sequence) || goes_with_its_owner(sequence, all) {
            return;
        }
        let lost = "declared no longer: the value it has reached would be lost";
        self.dropped(AllowCode::DropSequence, "sequence", &sequence.name, lost);
    }

    pub(super) fn drop_domain(&mut self, domain: &Domain, all: &[Change]) {
        let renamed = renamed("domain", &domain.name, all, |change| match change {
            Change::CreateDomain(new) => Some(&new.name),
            _ => None,
        });
        self.dropped_or(renamed, AllowCode::DropDomain, "domain", &domain.name, "declared no longer");
    }

    pub(super) fn drop_composite(&mut self, composite: &CompositeType, all: &[Change]) {
        let renamed = renamed("composite", &composite.name, all, |change| match change {
            Change::CreateComposite(new) => Some(&new.name),
            _ => None,
        });
        self.dropped_or(renamed, AllowCode::DropType, "type", &composite.name, "declared no longer");
    }

    fn dropped(&mut self, code: AllowCode, what: &str, name: &ObjectName, why: &str) {
        self.dropped_or(Vec::new(), code, what, name, why);
    }

    /// Unless it is one of the others under a new name.
    fn dropped_or(&mut self, renamed: Vec<String>, code: AllowCode, what: &str, name: &ObjectName, why: &str) {
        if self.allowed(code, name, None).is_some() {
            return;
        }
        let code = code.as_str();
        let finding = Finding::error(self.place(&Path::SchemaMacro), format!("{what} `{name}` is {why}"))
            .help(format!("to drop it: `schema! {{ allow({code}(\"{name}\", reason = \"..\")); }}`"));
        self.findings.push(renamed.into_iter().fold(finding, Finding::help));
    }

    pub(super) fn alter_domain(&mut self, base: &Schema, from: &Domain, to: &Domain, all: &[Change]) {
        let schema = &self.model.schema;
        let is_narrow = from.ty != to.ty && change_in((base, &from.ty), (schema, &to.ty)) == TypeChange::Narrowing;
        let lost: Vec<&str> = from
            .checks
            .iter()
            .filter(|check| !to.checks.iter().any(|new| same_check(check, new)))
            .map(|check| check.name.as_str())
            .collect();
        for (table, column) in self.holders(&to.name, all) {
            if is_narrow {
                let effect = format!("from `{}` to `{}`, which not every value survives", from.ty, to.ty);
                self.held(AllowCode::NarrowType, "narrow_type", table, column, &to.name, &effect);
            }
            if !from.not_null && to.not_null && column.nullable {
                let effect = "to NOT NULL, and existing rows may hold NULL";
                self.held(AllowCode::AssumeEmpty, "assume_empty", table, column, &to.name, effect);
            }
            if from.not_null && !to.not_null && column.nullable {
                let effect = "to let NULL in, and released readers may not expect it";
                self.held(AllowCode::DropNotNull, "drop_not_null", table, column, &to.name, effect);
            }
            for check in &lost {
                self.lost_check(table, column, &to.name, check);
            }
        }
    }

    /// An attribute that goes takes its values with it.
    pub(super) fn alter_composite(
        &mut self,
        from: &CompositeType,
        to: &CompositeType,
        renamed: &[(String, String)],
        all: &[Change],
    ) {
        let new_name = |old: &str| {
            renamed.iter().find(|(from, _)| from == old).map_or_else(|| old.to_owned(), |(_, to)| to.clone())
        };
        let stays = |old: &str| to.attributes.iter().any(|new| new.name == new_name(old));
        let lost: Vec<&str> = from.attributes.iter().map(|it| it.name.as_str()).filter(|it| !stays(it)).collect();
        if lost.is_empty() {
            return;
        }
        let was = |new: &str| from.attributes.iter().any(|old| new_name(&old.name) == new);
        let new = to.attributes.iter().map(|it| it.name.as_str()).filter(|it| !was(it));
        let readings = new.flat_map(|new| lost.iter().map(move |old| renamed_attribute(new, old)));
        let readings: Vec<String> = readings.collect();
        for (table, column) in self.holders(&to.name, all) {
            let names: Vec<String> = lost.iter().map(|it| format!("`{it}`")).collect();
            let effect = format!("and loses {}, with its values", names.join(", "));
            if let Some(finding) = self.held(AllowCode::NarrowType, "narrow_type", table, column, &to.name, &effect) {
                finding.help.extend(readings.clone());
            }
        }
    }

    /// Columns that hold the type, or arrays of it, before and after.
    fn holders(&self, name: &ObjectName, all: &[Change]) -> Vec<(&'a ObjectName, &'a Column)> {
        let is_new = |table: &ObjectName, column: &str| {
            all.iter().any(|change| match change {
                Change::CreateTable(new) => new.name == *table,
                Change::AlterTable(change) if change.to.name == *table => change.parts.iter().any(|part| match part {
                    Part::AddColumn(new) => new.name == column,
                    // Another type before: its own change is judged.
                    Part::AlterColumn { from, to } => to.name == column && from.ty != to.ty,
                    _ => false,
                }),
                _ => false,
            })
        };
        let tables = self.model.schema.tables.values();
        let columns = tables.flat_map(|table| table.columns.iter().map(move |column| (&table.name, column)));
        let holds = |column: &Column| column.ty.named() == Some(name);
        columns.filter(|(table, column)| holds(column) && !is_new(table, &column.name)).collect()
    }

    fn held(
        &mut self,
        code: AllowCode,
        allow: &str,
        table: &ObjectName,
        column: &Column,
        ty: &ObjectName,
        effect: &str,
    ) -> Option<&mut Finding> {
        if self.allowed(code, table, Some(&column.name)).is_some() {
            return None;
        }
        let place = self.place(&Path::ColumnType(table.clone(), column.name.clone()));
        let message = format!("table `{table}`: the type `{ty}` of column `{}` changes {effect}", column.name);
        self.findings.push(
            Finding::error(place, message).help(format!("to allow it: `#[column(allow({allow}, reason = \"..\"))]`")),
        );
        self.findings.last_mut()
    }

    fn lost_check(&mut self, table: &ObjectName, column: &Column, domain: &ObjectName, check: &str) {
        if self.allowed(AllowCode::DropCheck, table, Some(check)).is_some() {
            return;
        }
        let place = self.place(&Path::Column(table.clone(), column.name.clone()));
        let message = format!(
            "table `{table}`: check `{check}` of domain `{domain}` is removed: values it refused can come into column \
             `{}`",
            column.name
        );
        let help = format!("to drop it: `#[table(allow(drop_check(\"{check}\", reason = \"..\")))]`");
        self.findings.push(Finding::error(place, message).help(help));
    }
}

fn renamed_attribute(new: &str, old: &str) -> String {
    format!("if `{new}` is `{old}` under a new name: `#[column(renamed_from = \"{old}\")]` on that field")
}

/// Which new ones it may be, by what names a change that makes one.
fn renamed(
    attribute: &str,
    old: &ObjectName,
    all: &[Change],
    made: impl Fn(&Change) -> Option<&ObjectName>,
) -> Vec<String> {
    let reading = |new| format!("if `{new}` is this one under a new name: `#[{attribute}(renamed_from = \"{old}\")]`");
    all.iter().filter_map(made).map(reading).collect()
}

fn goes_with_its_owner(sequence: &Sequence, all: &[Change]) -> bool {
    let Some((table, column)) = &sequence.owned_by else { return false };
    all.iter().any(|change| match change {
        Change::DropTable(old) => old.name == *table,
        Change::AlterTable(change) if change.to.name == *table => {
            change.parts.iter().any(|part| matches!(part, Part::DropColumn(old) if old.name == *column))
        }
        _ => false,
    })
}
