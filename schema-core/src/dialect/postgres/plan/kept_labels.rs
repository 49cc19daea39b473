//! Which rows had an enum's label that goes: a text column beside each column of the enum. It is filled, and read on the
//! way back, by the statement that writes the table anew anyhow, so no row is looked at twice and none can slip through.

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use super::removals::is_array;
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::dialect::postgres::{ddl, guard};
use crate::dialect::{literal, quote};
use crate::diff::Change;
use crate::ir::{Column, EnumType, ObjectName, Schema};
use crate::kept;
use crate::model::Intents;

/// Labels that are kept, and where.
pub(super) struct KeptLabels {
    /// Each with the label that its rows get.
    pub(super) labels: BTreeMap<String, String>,
    /// Columns of the enum that stay, with the names of those beside them.
    beside: BTreeMap<(ObjectName, String), String>,
}

impl KeptLabels {
    /// `ticket._kept_0_status`
    pub(super) fn places(&self) -> Vec<String> {
        self.beside.iter().map(|((table, _), name)| format!("{table}.{name}")).collect()
    }

    fn beside(&self, table: &ObjectName, column: &Column) -> Option<&String> {
        self.beside.get(&(table.clone(), column.name.clone()))
    }
}

/// Which way a type is given other labels.
#[derive(Clone, Copy)]
pub(super) enum Way<'k> {
    /// Rows whose label goes get another one.
    Forward { map: &'k BTreeMap<String, String>, kept: Option<&'k KeptLabels> },
    /// Rows get back what was kept.
    Back { kept: Option<&'k KeptLabels> },
}

impl<'k> Way<'k> {
    fn kept(self) -> Option<&'k KeptLabels> {
        match self {
            Self::Forward { kept, .. } | Self::Back { kept } => kept,
        }
    }

    fn columns(self) -> impl Iterator<Item = (&'k ObjectName, &'k String, &'k String)> {
        self.kept().into_iter().flat_map(|kept| kept.beside.iter().map(|((table, of), name)| (table, of, name)))
    }

    /// The columns come, or must still be there.
    pub(super) fn before(self) -> Vec<String> {
        let statement = |(table, of, name): (&ObjectName, &String, &String)| match self {
            Self::Forward { .. } => ddl::alter_table(table, format!("ADD COLUMN {} text", quote(name))),
            Self::Back { .. } => guard::kept_labels(table, of, name),
        };
        self.columns().map(statement).collect()
    }

    /// They go once they are read.
    pub(super) fn after(self) -> Vec<String> {
        let is_back = matches!(self, Self::Back { .. });
        self.columns().filter(|_| is_back).map(|(table, _, name)| ddl::drop_column(table, name)).collect()
    }

    /// The statement that converts the column, so that it writes or reads the labels as well. `converted` takes the
    /// column's own text.
    pub(super) fn around(self, table: &ObjectName, column: &Column, converted: String) -> String {
        let Some((kept, name)) = self.kept().and_then(|kept| Some((kept, kept.beside(table, column)?))) else {
            return converted;
        };
        let (value, beside) = (quote(&column.name), quote(name));
        match self {
            Self::Forward { .. } => {
                let labels: Vec<String> = kept.labels.keys().map(|label| literal(label)).collect();
                let held = format!("CASE WHEN {value}::text IN ({}) THEN {value}::text END", labels.join(", "));
                format!("{converted}, ALTER COLUMN {beside} TYPE text USING ({held})")
            }
            Self::Back { .. } => {
                let back = |(label, target): (&String, &String)| {
                    let label = literal(label);
                    format!("WHEN {beside} = {label} AND {value}::text = {} THEN {label}", literal(target))
                };
                let cases: Vec<String> = kept.labels.iter().map(back).collect();
                let target = ddl::type_name(&column.ty);
                let text = format!("(CASE {} ELSE {value}::text END)", cases.join(" "));
                ddl::alter_column(table, &column.name, format!("TYPE {target} USING {text}::{target}"))
            }
        }
    }
}

impl Planner<'_> {
    /// What is kept of labels that the enum loses. A parent's column takes those below it along.
    pub(super) fn kept_labels(&self, to: &EnumType) -> Option<KeptLabels> {
        let labels = labels(self.intents, to);
        let stays = |table: &ObjectName, column: &Column| {
            self.to.tables.get(table).is_some_and(|table| table.column(&column.name).is_some())
        };
        let users = self.users(&to.name).into_iter();
        let columns = users.filter(|(table, column)| {
            column.generated.is_none() && stays(table, column) && !self.is_inherited(table, &column.name)
        });
        let name = |column: &Column| kept::name(self.intents.head, &column.name);
        let beside: BTreeMap<(ObjectName, String), String> =
            columns.map(|(table, column)| ((table.clone(), column.name.clone()), name(column))).collect();
        (!labels.is_empty() && !beside.is_empty()).then_some(KeptLabels { labels, beside })
    }
}

fn labels(intents: &Intents, to: &EnumType) -> BTreeMap<String, String> {
    let about = intents.allows.iter().filter(|allow| allow.keep && allow.code == AllowCode::DropLabel);
    let about = about.filter(|allow| allow.object == to.name);
    let pairs = about.filter_map(|allow| Some((allow.part.clone()?, allow.map_to.clone()?)));
    pairs.filter(|(label, _)| !to.labels.contains(label)).collect()
}

/// An array may hold a label several times, and what it was mapped to as well.
pub(super) fn refusals(from: &Schema, to: &Schema, changes: &[Change], intents: &Intents) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes {
        let Change::AlterEnum { to: ty, .. } = change else { continue };
        let kept = labels(intents, ty);
        let is_kept = |part: &Option<String>| part.as_ref().is_some_and(|label| kept.contains_key(label));
        let arrays: BTreeSet<String> = [from, to]
            .into_iter()
            .flat_map(|schema| schema.tables.values())
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
            .filter(|(_, column)| is_array(&column.ty) && column.ty.named() == Some(&ty.name))
            .map(|(table, column)| format!("{}.{}", table.name, column.name))
            .collect();
        let Some(array) = arrays.first() else { continue };
        let allows = intents.allows.iter().filter(|allow| {
            allow.keep && allow.code == AllowCode::DropLabel && allow.object == ty.name && is_kept(&allow.part)
        });
        for allow in allows {
            let label = allow.part.as_deref().unwrap_or_default();
            let message =
                format!("label `{label}` of enum `{}` can't be kept: column `{array}` holds arrays of it", ty.name);
            findings.push(Finding::error(allow.place.clone(), message).help("leave `keep` out"));
        }
    }
    findings
}
