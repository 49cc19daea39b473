//! What changed between two schemas.

mod naming;
mod objects;
mod parts;
mod reading;
mod text;
mod types;

use std::collections::BTreeMap;

use crate::ir::{
    Check, Column, CompositeType, Domain, EnumType, Exclusion, ForeignKey, Index, Object, ObjectName, PartitionBy,
    PartitionOf, PrimaryKey, ReplicaIdentity, Schema, Sequence, Table, TypeKind, Unique,
};

use naming::{Naming, survivors};
pub(crate) use naming::{column_names, expression_texts};
pub(crate) use parts::same_generated;
pub(crate) use text::{mentions, same_expression};
pub(crate) use types::same_check;

/// One difference. Table and column names are those valid when the change runs; see [`diff`] for the order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "changes are few, and are matched by value everywhere")]
pub enum Change {
    /// A PostgreSQL schema appears.
    CreateNamespace(String),
    /// A PostgreSQL schema goes; it is empty by then.
    DropNamespace(String),
    /// An enum appears.
    CreateEnum(EnumType),
    /// An enum goes.
    DropEnum(EnumType),
    /// An enum, a domain or a composite type gets another name.
    RenameType {
        /// What it is.
        kind: TypeKind,
        /// The former name.
        from: ObjectName,
        /// The new name.
        to: ObjectName,
    },
    /// An enum's labels or comment change.
    AlterEnum {
        /// As it was (already under its new name).
        from: EnumType,
        /// As it shall be.
        to: EnumType,
        /// Labels renamed, (former, new).
        renamed_labels: Vec<(String, String)>,
    },
    /// A domain appears.
    CreateDomain(Domain),
    /// A domain goes.
    DropDomain(Domain),
    /// A domain changes.
    AlterDomain {
        /// As it was, with itself and its type under their new names.
        from: Domain,
        /// As it shall be.
        to: Domain,
    },
    /// A composite type appears.
    CreateComposite(CompositeType),
    /// A composite type goes.
    DropComposite(CompositeType),
    /// A composite type changes.
    AlterComposite {
        /// As it was, with itself and other types under their new names and attributes under their former ones.
        from: CompositeType,
        /// As it shall be.
        to: CompositeType,
        /// Attributes renamed, (former, new).
        renamed_attributes: Vec<(String, String)>,
    },
    /// A sequence appears.
    CreateSequence(Sequence),
    /// A sequence goes; its owner is under its new name.
    DropSequence(Sequence),
    /// The only sequence of a column gets another name.
    RenameSequence {
        /// The former name.
        from: ObjectName,
        /// The new name.
        to: ObjectName,
    },
    /// A sequence's options, owner or comment change.
    AlterSequence {
        /// As it was, with itself and its owner under their new names.
        from: Sequence,
        /// As it shall be.
        to: Sequence,
    },
    /// A table appears, with everything in it.
    CreateTable(Table),
    /// A table goes, with everything in it.
    DropTable(Table),
    /// A table gets another name.
    RenameTable {
        /// The former name.
        from: ObjectName,
        /// The new name.
        to: ObjectName,
    },
    /// A table that stays changes in other ways.
    AlterTable(TableChange),
    /// An object that SQL text defines appears.
    CreateObject(Object),
    /// An object goes.
    DropObject(Object),
    /// An object's text changes, or the table that it is on has another name.
    ReplaceObject {
        /// As it was, under the former names.
        from: Object,
        /// As it shall be.
        to: Object,
    },
}

/// What changes in one table that stays. On PostgreSQL the parts become statements of their own; SQLite's plan
/// takes them together, because a rebuild does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChange {
    /// The table before, under its new name and with types and referenced tables and columns under theirs, but with
    /// its own columns still under their former names.
    pub from: Table,
    /// The table after.
    pub to: Table,
    /// Columns renamed, (former, new).
    pub renamed_columns: Vec<(String, String)>,
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a [`TableChange`]. Columns are under their new names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "parts are few, and are matched by value everywhere")]
pub enum Part {
    /// A column gets another name.
    RenameColumn {
        /// The former name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A column appears.
    AddColumn(Column),
    /// A column goes.
    DropColumn(Column),
    /// A column that stays changes.
    AlterColumn {
        /// As it was (under its new name).
        from: Column,
        /// As it shall be.
        to: Column,
    },
    /// A constraint or index gets another name and is otherwise the same.
    RenameConstraint {
        /// The former name.
        from: String,
        /// The new name.
        to: String,
    },
    /// An index gets another name and is otherwise the same.
    RenameIndex {
        /// The former name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A primary key appears.
    AddPrimaryKey(PrimaryKey),
    /// A primary key goes.
    DropPrimaryKey(PrimaryKey),
    /// A unique constraint appears.
    AddUnique(Unique),
    /// A unique constraint goes.
    DropUnique(Unique),
    /// A check appears.
    AddCheck(Check),
    /// A check goes.
    DropCheck(Check),
    /// An exclusion constraint appears.
    AddExclusion(Exclusion),
    /// An exclusion constraint goes.
    DropExclusion(Exclusion),
    /// A check or foreign key that was NOT VALID is to hold for every row.
    Validate(String),
    /// A foreign key appears.
    AddForeignKey(ForeignKey),
    /// A foreign key goes.
    DropForeignKey(ForeignKey),
    /// An index appears.
    AddIndex(Index),
    /// An index goes.
    DropIndex(Index),
    /// The table's comment changes.
    SetComment {
        /// As it was.
        from: Option<String>,
        /// As it shall be.
        to: Option<String>,
    },
    /// A table becomes UNLOGGED, or LOGGED.
    SetUnlogged(bool),
    /// The table's storage parameters change.
    SetStorage {
        /// As they were.
        from: BTreeMap<String, String>,
        /// As they shall be.
        to: BTreeMap<String, String>,
    },
    /// Row level security is enabled, or disabled.
    SetRowSecurity(bool),
    /// Row level security binds the owner too, or no longer.
    ForceRowSecurity(bool),
    /// The replica identity changes.
    SetReplicaIdentity {
        /// As it was, an index under its new name.
        from: Option<ReplicaIdentity>,
        /// As it shall be.
        to: Option<ReplicaIdentity>,
    },
    /// The table becomes a partition, one of another table or with another bound, or a table of its own.
    SetPartitionOf {
        /// As it was.
        from: Option<PartitionOf>,
        /// As it shall be.
        to: Option<PartitionOf>,
    },
    /// How the table is partitioned changes: PostgreSQL can't.
    SetPartitionBy {
        /// As it was.
        from: Option<PartitionBy>,
        /// As it shall be.
        to: Option<PartitionBy>,
    },
    /// The tables it inherits from change.
    SetInherits {
        /// As they were.
        from: Vec<ObjectName>,
        /// As they shall be.
        to: Vec<ObjectName>,
    },
    /// Other options of SQLite, MariaDB or MySQL: those that differ, as they are written.
    SetOptions {
        /// As they were.
        from: Vec<String>,
        /// As they shall be.
        to: Vec<String>,
    },
    /// Only the order of columns differs: reported, never executed.
    ReorderColumns,
}

/// Former names of what was renamed, new name to old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Tables.
    pub tables: BTreeMap<ObjectName, ObjectName>,
    /// Enums, domains and composite types.
    pub types: BTreeMap<(TypeKind, ObjectName), ObjectName>,
    /// (table's or composite type's new name, column's or attribute's new name) to the former column name.
    pub columns: BTreeMap<(ObjectName, String), String>,
    /// (enum's new name, new label) to the former label.
    pub labels: BTreeMap<(ObjectName, String), String>,
}

/// What leads from one schema to another: namespaces, enums, domains, composite types and sequences renamed, created and
/// altered, tables renamed, created, altered and dropped, then sequences, types and namespaces dropped.
///
/// Objects are matched by name, and by `renames` ([`crate::renames::pending`]); a rename whose former name the base does
/// not have says nothing.
/// Swaps and chains are plain renames here: to order them is the plan's work.
#[must_use]
pub fn diff(from: &Schema, to: &Schema, renames: &Renames) -> Vec<Change> {
    if from == to && *renames == Renames::default() {
        return Vec::new();
    }
    let (from, to) = (from.expanded(), to.expanded());
    let (from, to) = (&*from, &*to);
    let renames = &naming::with_inherited(renames, from, to);
    let naming = Naming::new(from, to, renames);
    let mut changes: Vec<Change> =
        to.namespaces.difference(&from.namespaces).cloned().map(Change::CreateNamespace).collect();
    changes.extend(naming.renamed_types());
    enum_changes(from, to, renames, &naming, &mut changes);
    types::changes(from, to, renames, &naming, &mut changes);
    table_changes(from, to, renames, &naming, &mut changes);
    types::removals(from, &naming, &mut changes);
    let dropped_enums = from.enums.values().filter(|old| !naming.stays(TypeKind::Enum, &old.name));
    changes.extend(dropped_enums.cloned().map(Change::DropEnum));
    changes.extend(from.namespaces.difference(&to.namespaces).cloned().map(Change::DropNamespace));
    changes.extend(objects::changes(from, to, &naming));
    changes
}

fn enum_changes(from: &Schema, to: &Schema, renames: &Renames, naming: &Naming, changes: &mut Vec<Change>) {
    let former = naming.former_types(TypeKind::Enum);
    for (name, after) in &to.enums {
        match former.get(name).and_then(|old| from.enums.get(*old)) {
            None => changes.push(Change::CreateEnum(after.clone())),
            Some(before) => changes.extend(enum_change(before, after, renames)),
        }
    }
}

fn enum_change(before: &EnumType, after: &EnumType, renames: &Renames) -> Option<Change> {
    let stay = survivors(before.labels.iter(), after.labels.iter(), |new| {
        renames.labels.get(&(after.name.clone(), new.clone()))
    });
    let same = before.labels == after.labels && stay.iter().all(|(old, new)| old == new);
    if same && before.comment == after.comment {
        return None;
    }
    let renamed = before.labels.iter().filter_map(|old| stay.get(old).filter(|new| *new != old).map(|new| (old, new)));
    Some(Change::AlterEnum {
        from: EnumType { name: after.name.clone(), ..before.clone() },
        to: after.clone(),
        renamed_labels: renamed.map(|(old, new)| (old.clone(), new.clone())).collect(),
    })
}

fn table_changes(from: &Schema, to: &Schema, renames: &Renames, naming: &Naming, changes: &mut Vec<Change>) {
    let nothing_is_renamed = *renames == Renames::default();
    let former = inverted(&naming.tables);
    for (old, new) in naming.tables.iter().filter(|(old, new)| old != new) {
        changes.push(Change::RenameTable { from: old.clone(), to: new.clone() });
    }
    let created = to.tables.values().filter(|table| !former.contains_key(&table.name));
    changes.extend(created.cloned().map(Change::CreateTable));
    for after in to.tables.values() {
        let before = former.get(&after.name).and_then(|old| from.tables.get(*old));
        if let Some(before) = before.filter(|before| !nothing_is_renamed || *before != after) {
            changes.extend(parts::table_change(to.dialect, naming, before, after).map(Change::AlterTable));
        }
    }
    let dropped = from.tables.values().filter(|table| !naming.tables.contains_key(&table.name));
    changes.extend(dropped.map(|table| Change::DropTable(naming.outside(table))));
}

/// The name that a type had, by the one that it has afterwards.
pub(crate) fn former_type<'a>(changes: &'a [Change], name: &'a ObjectName) -> &'a ObjectName {
    let renamed = changes.iter().find_map(|change| match change {
        Change::RenameType { from, to, .. } if to == name => Some(from),
        _ => None,
    });
    renamed.unwrap_or(name)
}

fn inverted(map: &BTreeMap<ObjectName, ObjectName>) -> BTreeMap<&ObjectName, &ObjectName> {
    map.iter().map(|(old, new)| (new, old)).collect()
}
