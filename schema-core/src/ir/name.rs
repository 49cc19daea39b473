use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a table or type: schema and name, unquoted.
///
/// PostgreSQL names always carry a schema (`public` when the source names none); the other databases' names never do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectName {
    /// The PostgreSQL schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name within it.
    pub name: String,
}

impl ObjectName {
    /// A name without a schema, as on SQLite.
    #[must_use]
    pub fn bare(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name within a schema.
    #[must_use]
    pub fn qualified(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// Another name within the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self { schema: self.schema.clone(), name: name.into() }
    }
}

/// By schema, those without one first, then by name: the order in which they are derived, written out because names are compared
/// more often than anything else, and a build without optimisation goes through each layer of a derived one.
impl Ord for ObjectName {
    fn cmp(&self, other: &Self) -> Ordering {
        let schemas = match (&self.schema, &other.schema) {
            (Some(own), Some(other)) if own.as_str() == other.as_str() => Ordering::Equal,
            (own, other) => own.cmp(other),
        };
        match schemas {
            Ordering::Equal => self.name.as_str().cmp(other.name.as_str()),
            schemas => schemas,
        }
    }
}

impl PartialOrd for ObjectName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// For messages: `auth.users`, and plain `users` for the schema `public`. Not for SQL, which quotes.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schema.as_deref() {
            None | Some("public") => f.write_str(&self.name),
            Some(schema) => write!(f, "{schema}.{}", self.name),
        }
    }
}
