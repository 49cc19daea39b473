use serde::{Deserialize, Serialize};

use super::{Check, ObjectName, SqlType, is_false};

/// An enumerated type. On SQLite, which has none, its columns are TEXT with a CHECK over the labels; on
/// MariaDB and MySQL each column has the labels in its own type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumType {
    /// Its name.
    pub name: ObjectName,
    /// Labels in sort order.
    pub labels: Vec<String>,
    /// COMMENT ON TYPE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A domain: a type with a default and checks of its own (PostgreSQL manual, CREATE DOMAIN).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Its name.
    pub name: ObjectName,
    /// The underlying type.
    #[serde(rename = "type")]
    pub ty: SqlType,
    /// NOT NULL.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_null: bool,
    /// DEFAULT, in the source's spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// COLLATE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Checks over VALUE, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// COMMENT ON DOMAIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Domain {
    /// A domain with nothing else said of it.
    #[must_use]
    pub fn new(name: ObjectName, ty: SqlType) -> Self {
        Self { name, ty, not_null: false, default: None, collation: None, checks: Vec::new(), comment: None }
    }
}

/// A composite type (PostgreSQL manual, section 8.16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompositeType {
    /// Its name.
    pub name: ObjectName,
    /// Attributes in order.
    pub attributes: Vec<Attribute>,
    /// COMMENT ON TYPE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: SqlType,
    /// COLLATE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}
