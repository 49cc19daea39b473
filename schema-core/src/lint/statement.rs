//! What statements say, as far as the catalogue of hazards asks.

use crate::ir::ObjectName;

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    CreateTable(CreateTable),
    AlterTable(AlterTable),
    CreateIndex(CreateIndex),
    DropIndex(DropIndex),
    /// Anything else that goes.
    Drop(Drop),
    /// Anything else that comes, and can be told by its name.
    Create(Create),
    AlterType {
        name: ObjectName,
        change: TypeEdit,
    },
    /// ALTER DOMAIN.
    AlterDomain {
        name: ObjectName,
        change: DomainEdit,
    },
    /// ALTER INDEX .. RENAME TO.
    RenameIndex {
        name: ObjectName,
        to: String,
    },
    /// CREATE POLICY and DROP POLICY.
    Policy {
        table: ObjectName,
        comes: bool,
    },
    Truncate {
        tables: Vec<ObjectName>,
        cascade: bool,
    },
    /// INSERT .. SELECT.
    Copy {
        to: ObjectName,
        from: Vec<ObjectName>,
    },
    /// UPDATE or DELETE.
    Write {
        verb: &'static str,
        table: ObjectName,
        /// Whether it has no WHERE.
        everything: bool,
    },
    /// LOCK TABLE.
    Lock {
        tables: Vec<ObjectName>,
        waits: bool,
    },
    Reindex {
        concurrently: bool,
    },
    /// VACUUM FULL, CLUSTER, and SQLite's VACUUM.
    Compaction {
        what: &'static str,
    },
    /// SET, RESET, set_config; PRAGMA.
    Setting {
        name: String,
        value: String,
        local: bool,
    },
    /// BEGIN, COMMIT and such.
    Transaction {
        word: String,
    },
    /// ALTER EXTENSION .. UPDATE.
    UpdateExtension {
        name: String,
    },
    /// Nothing that the catalogue speaks of.
    Harmless,
    /// A body that only runs: DO, CALL, EXECUTE.
    Code,
    /// Not known here.
    Unknown,
}

impl Kind {
    /// Whether it could not be judged.
    pub(super) fn is_passed_over(&self) -> bool {
        matches!(self, Self::Code | Self::Unknown)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CreateTable {
    pub(super) name: ObjectName,
    /// TEMP: only its session sees it.
    pub(super) temporary: bool,
    pub(super) if_not_exists: bool,
    pub(super) columns: Vec<ColumnDef>,
    pub(super) constraints: Vec<Constraint>,
    /// Whether it says PARTITION BY.
    pub(super) partitioned: bool,
    /// PARTITION OF.
    pub(super) parent: Option<ObjectName>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ColumnDef {
    pub(super) name: String,
    /// As written.
    pub(super) type_text: String,
    pub(super) not_null: bool,
    /// As written.
    pub(super) default: Option<String>,
    pub(super) identity: bool,
    pub(super) generated: Option<Generated>,
    pub(super) primary_key: bool,
    pub(super) unique: bool,
    pub(super) check: bool,
    pub(super) references: Option<ObjectName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generated {
    Stored,
    Virtual,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constraint {
    pub(super) name: Option<String>,
    pub(super) kind: ConstraintKind,
    /// NOT VALID or NOT ENFORCED: rows that exist are not looked at.
    pub(super) not_valid: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ConstraintKind {
    /// `not_null` names the column where it says no more than `column IS NOT NULL`.
    Check {
        not_null: Option<String>,
    },
    ForeignKey {
        columns: Vec<String>,
        parent: ObjectName,
    },
    /// UNIQUE and PRIMARY KEY; on an index that exists it has no columns of its own.
    Key {
        primary: bool,
        columns: Vec<String>,
        using: Option<String>,
    },
    Exclusion,
    /// PostgreSQL 18's.
    NotNull {
        column: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct AlterTable {
    pub(super) name: ObjectName,
    pub(super) actions: Vec<Action>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Action {
    /// Where it starts, in bytes of the statement.
    pub(super) start: usize,
    pub(super) edit: Edit,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    AddColumn {
        column: Box<ColumnDef>,
        if_not_exists: bool,
    },
    DropColumn {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    AlterType {
        column: String,
        type_text: String,
        collate: bool,
        using: Option<String>,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull {
        column: String,
    },
    DropDefault {
        column: String,
    },
    AddConstraint(Constraint),
    DropConstraint {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    Validate {
        name: String,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    RenameConstraint {
        from: String,
        to: String,
    },
    RenameTo {
        name: String,
    },
    SetSchema {
        schema: String,
    },
    Attach {
        child: ObjectName,
    },
    Detach {
        child: ObjectName,
        concurrently: bool,
    },
    /// SET UNLOGGED and such, by its words.
    Rewrite {
        what: &'static str,
    },
    DisableRowSecurity,
    /// Nothing that the catalogue speaks of.
    Harmless,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CreateIndex {
    /// `None`: the server chooses it.
    pub(super) name: Option<String>,
    pub(super) table: ObjectName,
    pub(super) concurrently: bool,
    pub(super) if_not_exists: bool,
    /// ON ONLY.
    pub(super) only: bool,
    /// Columns from the first on, up to an expression; empty for a partial index.
    pub(super) leading: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct DropIndex {
    pub(super) names: Vec<ObjectName>,
    pub(super) concurrently: bool,
    pub(super) cascade: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drop {
    /// `TABLE`, `MATERIALIZED VIEW`.
    pub(super) what: &'static str,
    pub(super) names: Vec<ObjectName>,
    pub(super) if_exists: bool,
    pub(super) cascade: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Create {
    pub(super) what: &'static str,
    pub(super) name: ObjectName,
    pub(super) if_not_exists: bool,
    pub(super) domain: Option<Domain>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Domain {
    /// The type that it is made of, as written.
    pub(super) base: String,
    /// Whether it has a check, or is NOT NULL.
    pub(super) refuses: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TypeEdit {
    AddValue {
        label: String,
    },
    RenameValue {
        label: String,
    },
    RenameTo {
        name: String,
    },
    /// ALTER ATTRIBUTE .. TYPE and such.
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum DomainEdit {
    AddConstraint { not_valid: bool },
    SetNotNull,
    DropNotNull,
    DropConstraint { name: String },
    RenameTo { name: String },
    Other,
}

/// Whether only its session sees what has the name.
pub(super) fn is_temporary(name: &ObjectName) -> bool {
    matches!(name.schema.as_deref(), Some("temp" | "pg_temp"))
}
