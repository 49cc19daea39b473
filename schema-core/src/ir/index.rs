use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::is_false;

/// An index that backs no constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its name, within the table's schema.
    pub name: String,
    /// UNIQUE.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// The access method; `None` is btree. On MariaDB and MySQL `fulltext`, `spatial` and `hash` are the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Keys, in order.
    pub keys: Vec<IndexKey>,
    /// INCLUDE columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// NULLS NOT DISTINCT (unique, PostgreSQL 15).
    #[serde(default, skip_serializing_if = "is_false")]
    pub nulls_not_distinct: bool,
    /// Storage parameters, WITH (..).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
    /// WHERE, in the source's spelling, without outer parentheses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
}

impl Index {
    /// A btree index with nothing else said of it.
    #[must_use]
    pub fn new(name: impl Into<String>, keys: Vec<IndexKey>) -> Self {
        Self {
            name: name.into(),
            unique: false,
            method: None,
            keys,
            include: Vec::new(),
            nulls_not_distinct: false,
            storage: BTreeMap::new(),
            predicate: None,
        }
    }

    /// Whether all rows with given values of the columns are found by the index: it starts with them, in any order.
    #[must_use]
    pub fn finds_by(&self, columns: &[String]) -> bool {
        let is_able = match self.method.as_deref() {
            None | Some("btree") => true,
            Some("hash") => columns.len() == self.keys.len(),
            Some(_) => false,
        };
        let first: Vec<&String> = self.keys.iter().map_while(IndexKey::of_column).take(columns.len()).collect();
        is_able && self.predicate.is_none() && columns.iter().all(|column| first.contains(&column))
    }
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexKey {
    /// What is indexed.
    pub target: IndexTarget,
    /// How many characters or bytes of the column are indexed, on MariaDB and MySQL; `None` is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u32>,
    /// COLLATE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Operator class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opclass: Option<String>,
    /// DESC.
    #[serde(default, skip_serializing_if = "is_false")]
    pub descending: bool,
    /// NULLS FIRST or LAST where it isn't the default of the direction (ascending: last, descending: first).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<NullsOrder>,
}

impl IndexKey {
    /// An ascending key on a column.
    #[must_use]
    pub fn column(name: impl Into<String>) -> Self {
        Self {
            target: IndexTarget::Column(name.into()),
            prefix: None,
            collation: None,
            opclass: None,
            descending: false,
            nulls: None,
        }
    }

    /// The column that it is, or `None` for an expression.
    #[must_use]
    pub fn of_column(&self) -> Option<&String> {
        match &self.target {
            IndexTarget::Column(name) => Some(name),
            IndexTarget::Expression(_) => None,
        }
    }
}

/// What an index key is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexTarget {
    /// A column.
    Column(String),
    /// A SQL expression, in the source's spelling, without outer parentheses.
    Expression(String),
}

/// Where an index puts NULLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NullsOrder {
    /// NULLS FIRST.
    First,
    /// NULLS LAST.
    Last,
}
