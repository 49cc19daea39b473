//! The one intermediate representation of a schema.
//!
//! It serves derive, scan, snapshot, diff, SQL and introspection. Every name in it is final (no defaults left to
//! apply) and every type is in the spelling of [`crate::dialect`], so two equal schemas are equal values.

mod column;
mod constraint;
mod family;
mod index;
mod name;
mod object;
mod sequence;
mod table;
mod types;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use column::{Column, Generated, Identity, SqlType};
pub use constraint::{
    Check, Deferrable, Exclusion, ExclusionElement, ForeignKey, PrimaryKey, ReferentialAction, Unique,
};
pub use index::{Index, IndexKey, IndexTarget, NullsOrder};
pub use name::ObjectName;
pub use object::{Object, ObjectId, ObjectKind, SqlText, Use};
pub use sequence::{Sequence, SequenceOptions};
pub use table::{PartitionBy, PartitionOf, PartitionStrategy, ReplicaIdentity, Table};
pub use types::{Attribute, CompositeType, Domain, EnumType};

/// The databases this project writes SQL for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL 12 and later.
    Postgres,
    /// SQLite 3.35 and later.
    Sqlite,
    /// MariaDB 10.6 and later.
    MariaDb,
    /// MySQL 8.0.29 and later.
    MySql,
}

impl Dialect {
    /// Every database.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::Sqlite, Self::MariaDb, Self::MySql];

    /// The name that snapshots and options use: `postgres`, `sqlite`, `mariadb` or `mysql`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
        }
    }

    /// The name that people use: `PostgreSQL`, `SQLite`, `MariaDB` or `MySQL`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
        }
    }

    /// Whether it is MariaDB or MySQL, which share their SQL but for details.
    #[must_use]
    pub fn is_mysql(self) -> bool {
        matches!(self, Self::MariaDb | Self::MySql)
    }

    /// Whether names that differ in upper and lower case alone are one name. MariaDB and MySQL tell tables apart on some
    /// systems and not on others, and columns nowhere.
    #[must_use]
    pub fn ignores_case(self) -> bool {
        self != Self::Postgres
    }

    /// Whether two names are one.
    #[must_use]
    pub fn same_name(self, a: &str, b: &str) -> bool {
        if self.ignores_case() { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    /// A name as it is compared: in lower case where case is ignored, ASCII letters alone.
    #[must_use]
    pub fn folded(self, name: &str) -> Cow<'_, str> {
        if self.ignores_case() { name.to_ascii_lowercase().into() } else { name.into() }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

/// What a named type of a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TypeKind {
    /// An enum.
    Enum,
    /// A domain.
    Domain,
    /// A composite type.
    Composite,
}

impl TypeKind {
    /// In a sentence.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enum => "enum",
            Self::Domain => "domain",
            Self::Composite => "composite type",
        }
    }
}

/// A whole schema: what a set of structs declares, a snapshot records or a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The database whose type names and rules the schema uses.
    pub dialect: Dialect,
    /// PostgreSQL schemas that we create. `public` is never in it (BUGS.md B48).
    pub namespaces: BTreeSet<String>,
    /// Enum types by name.
    pub enums: BTreeMap<ObjectName, EnumType>,
    /// Domains by name.
    pub domains: BTreeMap<ObjectName, Domain>,
    /// Composite types by name.
    pub composites: BTreeMap<ObjectName, CompositeType>,
    /// Sequences by name.
    pub sequences: BTreeMap<ObjectName, Sequence>,
    /// Tables by name.
    pub tables: BTreeMap<ObjectName, Table>,
    /// What SQL text defines.
    pub objects: BTreeMap<ObjectId, Object>,
}

impl Schema {
    /// A schema that holds nothing.
    #[must_use]
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            namespaces: BTreeSet::new(),
            enums: BTreeMap::new(),
            domains: BTreeMap::new(),
            composites: BTreeMap::new(),
            sequences: BTreeMap::new(),
            tables: BTreeMap::new(),
            objects: BTreeMap::new(),
        }
    }

    /// The named types, by kind and name.
    pub fn types(&self) -> impl Iterator<Item = (TypeKind, &ObjectName)> {
        let enums = self.enums.keys().map(|name| (TypeKind::Enum, name));
        let domains = self.domains.keys().map(|name| (TypeKind::Domain, name));
        let composites = self.composites.keys().map(|name| (TypeKind::Composite, name));
        enums.chain(domains).chain(composites)
    }

    /// True when nothing is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::empty(self.dialect)
    }
}

/// For `skip_serializing_if` on flags: absent means false.
fn is_false(value: &bool) -> bool {
    !*value
}
