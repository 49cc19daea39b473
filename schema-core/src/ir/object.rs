use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ObjectName;

/// An object that SQL text defines: a view, a function, a trigger, a policy and whatever else is no table, type or
/// sequence.
///
/// Its statements are the source's own, or the server's where it was read from a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What it is and what it is called.
    #[serde(flatten)]
    pub id: ObjectId,
    /// The statements that make it, each without its final semicolon.
    pub create: Vec<SqlText>,
    /// The statements that undo those.
    pub drop: Vec<SqlText>,
    /// What it leans on and can't be without: it is made after them, and steps aside while they change.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uses: BTreeSet<Use>,
}

/// What an object is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; a trigger, rule or policy is in the schema of its table. What has no schema (an extension) has none
    /// here.
    pub name: ObjectName,
    /// The table or view of a trigger, rule or policy; what a comment or the privileges are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The arguments that tell functions of one name apart, as `pg_get_function_identity_arguments` prints them,
    /// empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

impl ObjectId {
    /// An object that its kind and name alone identify.
    #[must_use]
    pub fn new(kind: ObjectKind, name: ObjectName) -> Self {
        Self { kind, name, on: None, arguments: None }
    }
}

/// For messages: `view active_users`, `trigger touch on users`, `function total(integer)`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if !self.name.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if let Some(arguments) = &self.arguments {
            write!(f, "({arguments})")?;
        }
        match &self.on {
            Some(on) => write!(f, " on {on}"),
            None => Ok(()),
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What an [`Object`] is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ObjectKind {
            $($(#[$doc])* $kind,)*
        }

        impl ObjectKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name that people use, in lower case: `materialized view`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// CREATE EXTENSION.
    Extension = "extension",
    /// CREATE COLLATION.
    Collation = "collation",
    /// A type that is no enum, domain or composite type: a range, a base type, a shell type.
    Type = "type",
    /// CREATE FUNCTION.
    Function = "function",
    /// CREATE PROCEDURE.
    Procedure = "procedure",
    /// CREATE AGGREGATE.
    Aggregate = "aggregate",
    /// CREATE OPERATOR.
    Operator = "operator",
    /// CREATE OPERATOR CLASS.
    OperatorClass = "operator class",
    /// CREATE OPERATOR FAMILY.
    OperatorFamily = "operator family",
    /// CREATE CAST; its name is `source AS target`.
    Cast = "cast",
    /// CREATE VIEW.
    View = "view",
    /// CREATE MATERIALIZED VIEW.
    MaterializedView = "materialized view",
    /// An index of a materialized view, or one that not all partitions of a table have.
    Index = "index",
    /// CREATE TRIGGER.
    Trigger = "trigger",
    /// CREATE RULE.
    Rule = "rule",
    /// CREATE POLICY.
    Policy = "policy",
    /// CREATE STATISTICS.
    Statistics = "statistics",
    /// CREATE TEXT SEARCH CONFIGURATION, DICTIONARY, PARSER or TEMPLATE.
    TextSearch = "text search object",
    /// CREATE FOREIGN DATA WRAPPER.
    ForeignDataWrapper = "foreign data wrapper",
    /// CREATE SERVER.
    Server = "server",
    /// CREATE FOREIGN TABLE.
    ForeignTable = "foreign table",
    /// CREATE EVENT TRIGGER.
    EventTrigger = "event trigger",
    /// CREATE PUBLICATION.
    Publication = "publication",
    /// COMMENT ON an object whose comment is nowhere else in the model: `on` is the object as the statement names it.
    Comment = "comment",
    /// GRANT and REVOKE on one object: `on` is the object as the statements name it.
    Privileges = "privileges",
    /// ALTER DEFAULT PRIVILEGES.
    DefaultPrivileges = "default privileges",
    /// Statements that say themselves how they are made and undone.
    Raw = "raw object",
}

/// What an [`Object`] leans on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// A table as a whole: its row type, or all of its columns.
    Table(ObjectName),
    /// One column.
    Column(ObjectName, String),
    /// A constraint or index of a table.
    Part(ObjectName, String),
    /// An enum, a domain or a composite type.
    Type(ObjectName),
    /// A sequence.
    Sequence(ObjectName),
    /// Another object.
    Object(ObjectId),
}

/// SQL text. In the snapshot it is a list of lines, so that git merges it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Lines", into = "Lines")]
pub struct SqlText(pub String);

impl SqlText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for SqlText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl From<Lines> for SqlText {
    fn from(lines: Lines) -> Self {
        match lines {
            Lines::One(line) => Self(line),
            Lines::Many(lines) => Self(lines.join("\n")),
        }
    }
}

impl From<SqlText> for Lines {
    fn from(text: SqlText) -> Self {
        if text.0.contains('\n') {
            Self::Many(text.0.split('\n').map(str::to_owned).collect())
        } else {
            Self::One(text.0)
        }
    }
}
