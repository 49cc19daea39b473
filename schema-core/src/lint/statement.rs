//! What statements say, as far as the catalogue of hazards asks.

use std::collections::BTreeMap;

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
    /// RENAME TABLE, which renames several in turn.
    RenameTables(Vec<(ObjectName, ObjectName)>),
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
    /// SET, of which one of MariaDB can hold several; PRAGMA.
    Settings(Vec<Setting>),
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
pub(super) struct Setting {
    /// In lower case on MariaDB and SQLite.
    pub(super) name: String,
    /// Without quotes.
    pub(super) value: String,
    pub(super) local: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CreateTable {
    pub(super) name: ObjectName,
    /// OR REPLACE: what has the name goes.
    pub(super) replaces: bool,
    /// TEMP: only its session sees it.
    pub(super) temporary: bool,
    pub(super) if_not_exists: bool,
    pub(super) columns: Vec<ColumnDef>,
    pub(super) constraints: Vec<Constraint>,
    /// Of MariaDB and MySQL, but for those that are constraints.
    pub(super) indexes: Vec<NewIndex>,
    /// Of MariaDB and MySQL.
    pub(super) options: Options,
    /// Whether it says PARTITION BY.
    pub(super) partitioned: bool,
    /// PARTITION OF.
    pub(super) parent: Option<ObjectName>,
}

impl CreateTable {
    /// Without anything in it.
    pub(super) fn new(name: ObjectName) -> Self {
        Self {
            name,
            replaces: false,
            temporary: false,
            if_not_exists: false,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            options: Options::new(),
            partitioned: false,
            parent: None,
        }
    }
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
    pub(super) collation: Option<String>,
    /// What a generated column is computed from.
    pub(super) expression: Option<String>,
    /// CHARACTER SET, of MariaDB and MySQL like all that follows.
    pub(super) charset: Option<String>,
    /// ON UPDATE, as written.
    pub(super) on_update: Option<String>,
    pub(super) comment: Option<String>,
    /// FIRST or AFTER.
    pub(super) placed: bool,
}

/// Options of a table of MariaDB or MySQL, by their names in lower case.
pub(super) type Options = BTreeMap<String, String>;

/// An index of MariaDB or MySQL that is no constraint.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NewIndex {
    /// `None`: the server chooses it.
    pub(super) name: Option<String>,
    pub(super) if_not_exists: bool,
    /// Whole columns from the first on.
    pub(super) leading: Vec<String>,
    /// `fulltext`, `spatial`.
    pub(super) method: Option<&'static str>,
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
        /// Columns of the parent; empty for those of its primary key.
        referenced: Vec<String>,
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
    pub(super) stated: Stated,
}

impl AlterTable {
    /// What the table is called when all is done.
    pub(super) fn name_after(&self) -> ObjectName {
        let to = self.actions.iter().find_map(|action| match &action.edit {
            Edit::RenameTo { name } => Some(self.name.sibling(name)),
            _ => None,
        });
        to.unwrap_or_else(|| self.name.clone())
    }
}

/// What a statement of MariaDB or MySQL says about how it is carried out, in upper case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stated {
    pub(super) algorithm: Option<String>,
    pub(super) lock: Option<String>,
    /// IGNORE: rows that don't fit go.
    pub(super) ignore: bool,
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
        collation: Option<String>,
        using: Option<String>,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull {
        column: String,
    },
    SetDefault {
        column: String,
        default: String,
    },
    DropDefault {
        column: String,
    },
    /// MODIFY and CHANGE: the column is what they say, and nothing else.
    Modify {
        /// The name before, where CHANGE gives another.
        from: Option<String>,
        column: Box<ColumnDef>,
    },
    AddIndex(NewIndex),
    DropIndex {
        name: String,
        if_exists: bool,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    /// CONVERT TO CHARACTER SET.
    Convert,
    Options(Options),
    /// What becomes of partitions that are no tables.
    Partition(Partitions),
    AddConstraint(Constraint),
    DropConstraint {
        constraint: Named,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partitions {
    /// DROP and TRUNCATE, by the word.
    Lost(&'static str),
    /// Rows go to other partitions.
    Moved,
    /// ADD, EXCHANGE and what changes no row.
    Other,
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

/// Within what a name is one constraint's alone: on MariaDB a key and a foreign key can have the same, on MySQL a check too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    ForeignKeys,
    Keys,
    Checks,
}

impl Space {
    /// In the order in which MariaDB looks for what DROP CONSTRAINT names.
    pub(super) const ALL: [Self; 3] = [Self::ForeignKeys, Self::Keys, Self::Checks];

    pub(super) const fn of(kind: &ConstraintKind) -> Self {
        match kind {
            ConstraintKind::ForeignKey { .. } => Self::ForeignKeys,
            ConstraintKind::Key { .. } | ConstraintKind::Exclusion => Self::Keys,
            ConstraintKind::Check { .. } | ConstraintKind::NotNull { .. } => Self::Checks,
        }
    }
}

/// A constraint as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// `None` where the statement does not say what it is.
    pub(super) space: Option<Space>,
    pub(super) name: String,
}

impl Named {
    pub(super) fn any(name: impl Into<String>) -> Self {
        Self { space: None, name: name.into() }
    }

    pub(super) fn key(name: impl Into<String>) -> Self {
        Self { space: Some(Space::Keys), name: name.into() }
    }
}

/// Whether only its session sees what has the name.
pub(super) fn is_temporary(name: &ObjectName) -> bool {
    matches!(name.schema.as_deref(), Some("temp" | "pg_temp"))
}
