//! What changed between two schemas.

use crate::ir::{Check, Column, EnumType, ForeignKey, Index, ObjectName, PrimaryKey, Table, Unique};

/// One difference. Table and column names are those valid when the change runs; see [`diff`] for the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A PostgreSQL schema appears.
    CreateNamespace(String),
    /// A PostgreSQL schema goes; it is empty by then.
    DropNamespace(String),
    /// An enum appears.
    CreateEnum(EnumType),
    /// An enum goes.
    DropEnum(EnumType),
    /// An enum gets another name.
    RenameEnum {
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
}

/// What changes in one table that stays. On PostgreSQL the parts become statements of their own; SQLite's plan
/// takes them together, because a rebuild does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChange {
    /// The table before, under its new name, with its columns still under their former names.
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
    /// SQLite's STRICT or WITHOUT ROWID changes.
    SetOptions,
    /// Only the order of columns differs: reported, never executed.
    ReorderColumns,
}

/// Former names of what was renamed, new name to old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Tables.
    pub tables: std::collections::BTreeMap<ObjectName, ObjectName>,
    /// Enums.
    pub enums: std::collections::BTreeMap<ObjectName, ObjectName>,
    /// (table's new name, column's new name) to the former column name.
    pub columns: std::collections::BTreeMap<(ObjectName, String), String>,
    /// (enum's new name, new label) to the former label.
    pub labels: std::collections::BTreeMap<(ObjectName, String), String>,
}
