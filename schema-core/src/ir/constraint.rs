use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{IndexKey, ObjectName, is_false};

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimaryKey {
    /// Its constraint name.
    pub name: String,
    /// Key columns, in key order.
    pub columns: Vec<String>,
    /// INCLUDE columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// DEFERRABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// Storage parameters of its index, WITH (..).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
}

impl PrimaryKey {
    /// A primary key with nothing else said of it.
    #[must_use]
    pub fn new(name: impl Into<String>, columns: Vec<String>) -> Self {
        Self { name: name.into(), columns, include: Vec::new(), deferrable: None, storage: BTreeMap::new() }
    }
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unique {
    /// Its constraint name.
    pub name: String,
    /// Key columns, in key order.
    pub columns: Vec<String>,
    /// UNIQUE NULLS NOT DISTINCT (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "is_false")]
    pub nulls_not_distinct: bool,
    /// DEFERRABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// INCLUDE columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Storage parameters of its index, WITH (..).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
}

impl Unique {
    /// A unique constraint with nothing else said of it.
    #[must_use]
    pub fn new(name: impl Into<String>, columns: Vec<String>) -> Self {
        Self {
            name: name.into(),
            columns,
            nulls_not_distinct: false,
            deferrable: None,
            include: Vec::new(),
            storage: BTreeMap::new(),
        }
    }
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its constraint name.
    pub name: String,
    /// The condition, in the source's spelling, without outer parentheses.
    pub expression: String,
    /// NO INHERIT.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_inherit: bool,
    /// NOT VALID: rows that were there before it need not satisfy it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_valid: bool,
    /// NOT ENFORCED (PostgreSQL 18).
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_enforced: bool,
}

impl Check {
    /// A check with nothing else said of it.
    #[must_use]
    pub fn new(name: impl Into<String>, expression: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            expression: expression.into(),
            no_inherit: false,
            not_valid: false,
            not_enforced: false,
        }
    }
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Its constraint name.
    pub name: String,
    /// The access method; `None` is btree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What no two rows may have in common, in order.
    pub elements: Vec<ExclusionElement>,
    /// INCLUDE columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Storage parameters of its index, WITH (..).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
    /// WHERE, in the source's spelling, without outer parentheses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// DEFERRABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
}

/// One element of an exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionElement {
    /// What is compared.
    pub key: IndexKey,
    /// The operator, as written after WITH: `=`, `&&`, `OPERATOR(app.===)`.
    pub operator: String,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    /// Its constraint name.
    pub name: String,
    /// Columns of this table.
    pub columns: Vec<String>,
    /// The referenced table.
    pub references: ObjectName,
    /// Its columns, paired with `columns` by position (BUGS.md B26).
    pub referenced_columns: Vec<String>,
    /// ON DELETE.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_delete: ReferentialAction,
    /// ON UPDATE.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_update: ReferentialAction,
    /// MATCH FULL.
    #[serde(default, skip_serializing_if = "is_false")]
    pub match_full: bool,
    /// DEFERRABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// The columns that ON DELETE SET NULL or SET DEFAULT sets, where not all (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_columns: Vec<String>,
    /// NOT VALID: rows that were there before it need not satisfy it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_valid: bool,
    /// NOT ENFORCED (PostgreSQL 18).
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_enforced: bool,
}

impl ForeignKey {
    /// A foreign key with nothing else said of it.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        columns: Vec<String>,
        references: ObjectName,
        referenced_columns: Vec<String>,
    ) -> Self {
        Self {
            name: name.into(),
            columns,
            references,
            referenced_columns,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: None,
            set_columns: Vec::new(),
            not_valid: false,
            not_enforced: false,
        }
    }
}

/// What a foreign key does when the referenced row goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// NO ACTION, the default.
    #[default]
    NoAction,
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT.
    SetDefault,
}

impl ReferentialAction {
    /// The SQL keyword.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }

    fn is_no_action(&self) -> bool {
        *self == Self::NoAction
    }
}

/// When a deferrable constraint is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// DEFERRABLE INITIALLY IMMEDIATE.
    InitiallyImmediate,
    /// DEFERRABLE INITIALLY DEFERRED.
    InitiallyDeferred,
}

impl Deferrable {
    /// The SQL clause.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::InitiallyImmediate => "DEFERRABLE INITIALLY IMMEDIATE",
            Self::InitiallyDeferred => "DEFERRABLE INITIALLY DEFERRED",
        }
    }
}
