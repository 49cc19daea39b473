use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Check, Column, Exclusion, ForeignKey, Index, IndexKey, ObjectName, PrimaryKey, Unique, is_false};

/// A table with everything that belongs to it.
///
/// Columns keep their declared order; the other lists are sorted by name ([`Table::sort`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: ObjectName,
    /// COMMENT ON TABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// SQLite `STRICT`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub strict: bool,
    /// SQLite `WITHOUT ROWID`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_rowid: bool,
    /// UNLOGGED.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unlogged: bool,
    /// DEFAULT CHARACTER SET, of MariaDB and MySQL; `None` is the database's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Its default COLLATE, of MariaDB and MySQL; `None` is the character set's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// What stands behind PARTITION BY, of MariaDB and MySQL, where partitions are no tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitioning: Option<String>,
    /// Storage parameters, WITH (..); on MariaDB and MySQL table options by their names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
    /// INHERITS. The inherited columns are in `columns` too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<ObjectName>,
    /// PARTITION BY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<PartitionBy>,
    /// PARTITION OF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<PartitionOf>,
    /// ENABLE ROW LEVEL SECURITY.
    #[serde(default, skip_serializing_if = "is_false")]
    pub row_security: bool,
    /// FORCE ROW LEVEL SECURITY.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force_row_security: bool,
    /// REPLICA IDENTITY where it isn't the primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_identity: Option<ReplicaIdentity>,
    /// Columns in declared order. Empty for a partition whose columns are exactly its parent's.
    pub columns: Vec<Column>,
    /// The primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<PrimaryKey>,
    /// Unique constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uniques: Vec<Unique>,
    /// Check constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Exclusion constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Foreign keys that this table holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// Indexes that back no constraint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
}

impl Table {
    /// A table without columns.
    #[must_use]
    pub fn new(name: ObjectName) -> Self {
        Self {
            name,
            comment: None,
            strict: false,
            without_rowid: false,
            unlogged: false,
            charset: None,
            collation: None,
            partitioning: None,
            storage: BTreeMap::new(),
            inherits: Vec::new(),
            partition_by: None,
            partition_of: None,
            row_security: false,
            force_row_security: false,
            replica_identity: None,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether an index or key of the table finds all rows with given values of the columns.
    #[must_use]
    pub fn finds_by(&self, columns: &[String]) -> bool {
        let keys = self.primary_key.iter().map(|key| &key.columns);
        let mut keys = keys.chain(self.uniques.iter().map(|unique| &unique.columns));
        let first =
            |key: &Vec<String>| columns.iter().all(|column| key.iter().take(columns.len()).any(|it| it == column));
        keys.any(first) || self.indexes.iter().any(|index| index.finds_by(columns))
    }

    /// Whether the index finds the rows of a foreign key, and nothing else of the table does.
    #[must_use]
    pub fn is_last_of_a_key(&self, index: &str) -> bool {
        let mut without = self.clone();
        without.indexes.retain(|other| other.name != index);
        self.foreign_keys.iter().any(|key| self.finds_by(&key.columns) && !without.finds_by(&key.columns))
    }

    /// The column of that name, to change it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// Puts constraints and indexes into the order of their names, so that equal tables are equal values.
    pub fn sort(&mut self) {
        self.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        self.checks.sort_by(|a, b| a.name.cmp(&b.name));
        self.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
        self.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        self.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// How a partitioned table spreads its rows (PostgreSQL manual, section 5.11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionBy {
    /// RANGE, LIST or HASH.
    pub strategy: PartitionStrategy,
    /// Keys, in order; `descending` and `nulls` are unused.
    pub keys: Vec<IndexKey>,
}

/// What decides a row's partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionStrategy {
    /// RANGE.
    Range,
    /// LIST.
    List,
    /// HASH.
    Hash,
}

impl PartitionStrategy {
    /// The SQL keyword.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::Range => "RANGE",
            Self::List => "LIST",
            Self::Hash => "HASH",
        }
    }
}

/// Which rows of its parent a partition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: ObjectName,
    /// `FOR VALUES FROM (..) TO (..)`, `FOR VALUES IN (..)`, `FOR VALUES WITH (..)` or `DEFAULT`.
    pub bound: String,
}

/// What logical replication knows an old row by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicaIdentity {
    /// All columns.
    Full,
    /// Nothing.
    Nothing,
    /// The columns of an index.
    Index(String),
}
