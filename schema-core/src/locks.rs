//! Locks as a PostgreSQL server reported them: per statement, in `schema/locks.json`, and as comments of a migration.
//!
//! Measuring is the runtime's work; this says what is measured, how it is kept, and what it means for a file.

mod comment;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

pub use comment::{annotated, bare, summary};
pub use record::{FILE_NAME, Locks, hashes};

/// PostgreSQL's lock modes of relations, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LockMode {
    /// A SELECT's.
    #[serde(rename = "ACCESS SHARE")]
    AccessShare,
    /// That of SELECT .. FOR UPDATE and of a checked foreign key's parent.
    #[serde(rename = "ROW SHARE")]
    RowShare,
    /// A writer's.
    #[serde(rename = "ROW EXCLUSIVE")]
    RowExclusive,
    /// Keeps off other definitions and VACUUM only.
    #[serde(rename = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
    /// Keeps off writers.
    #[serde(rename = "SHARE")]
    Share,
    /// Keeps off writers and itself.
    #[serde(rename = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    /// Keeps off all but plain readers.
    #[serde(rename = "EXCLUSIVE")]
    Exclusive,
    /// Keeps off everybody.
    #[serde(rename = "ACCESS EXCLUSIVE")]
    AccessExclusive,
}

impl LockMode {
    /// As SQL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// As `pg_locks` spells it: `AccessExclusiveLock`.
    #[must_use]
    pub fn of_catalog(name: &str) -> Option<Self> {
        Some(match name {
            "AccessShareLock" => Self::AccessShare,
            "RowShareLock" => Self::RowShare,
            "RowExclusiveLock" => Self::RowExclusive,
            "ShareUpdateExclusiveLock" => Self::ShareUpdateExclusive,
            "ShareLock" => Self::Share,
            "ShareRowExclusiveLock" => Self::ShareRowExclusive,
            "ExclusiveLock" => Self::Exclusive,
            "AccessExclusiveLock" => Self::AccessExclusive,
            _ => return None,
        })
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one statement took and did. Relations are named with their schema, quoted where SQL needs it. What the same
/// transaction made is exempt: nobody else can see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measured {
    /// The statement's hash ([`hashes`]).
    pub statement: String,
    /// Tables and other relations but indexes: the strongest mode that the statement took and that its transaction did
    /// not hold before.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub locks: BTreeMap<String, LockMode>,
    /// Indexes, by their tables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, BTreeMap<String, LockMode>>,
    /// Locked relations that the same transaction made.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub new: BTreeSet<String>,
    /// Tables that were written anew.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub rewrites: BTreeSet<String>,
    /// Tables whose every row was read to check it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub scans: BTreeSet<String>,
    /// Foreign keys checked for every row, by their tables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub foreign_keys: BTreeMap<String, BTreeSet<String>>,
    /// Indexes that were built, by their tables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub builds: BTreeMap<String, BTreeSet<String>>,
    /// The statement runs in no transaction: its locks were read from outside, at each point where it waited for
    /// transactions that held weaker ones. A lock that it took and let go between two such points was not seen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub polled: bool,
}

impl Measured {
    /// What happened to a table besides its lock: `rewrite`, `scan`, `builds t_pkey`, `checks t_org_fkey`.
    #[must_use]
    pub fn effects(&self, table: &str) -> Vec<String> {
        let mut effects = Vec::new();
        effects.extend(self.rewrites.contains(table).then(|| "rewrite".to_owned()));
        effects.extend(self.scans.contains(table).then(|| "scan".to_owned()));
        effects.extend(self.foreign_keys.get(table).into_iter().flatten().map(|name| format!("checks {name}")));
        effects.extend(self.builds.get(table).into_iter().flatten().map(|name| format!("builds {name}")));
        effects
    }

    /// Tables that are locked or worked on, or whose index is locked.
    #[must_use]
    pub fn tables(&self) -> BTreeSet<&str> {
        let keyed =
            self.locks.keys().chain(self.indexes.keys()).chain(self.foreign_keys.keys()).chain(self.builds.keys());
        keyed.chain(&self.rewrites).chain(&self.scans).map(String::as_str).collect()
    }
}
