//! The rules, as data.

use serde::Serialize;

/// A piece of advice, as it applies to any schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What `allow(advice("..", reason = ".."))` calls it.
    pub code: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// From what it is seen.
    pub seen: Seen,
}

/// From what a rule is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// The schema.
    Schema,
    /// The text of queries.
    Text,
    /// What a database says to them.
    Database,
}

const fn rule(code: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule { code, title, why, seen: Seen::Schema }
}

const fn text_rule(code: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule { seen: Seen::Text, ..rule(code, title, why) }
}

const fn database_rule(code: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule { seen: Seen::Database, ..rule(code, title, why) }
}

/// Every rule, in the order in which advice is given.
pub const RULES: [Rule; 16] = [
    rule(
        "no_primary_key",
        "table without a primary key",
        "equal rows can't be told apart, nothing can refer to one, and logical replication can't follow its updates",
    ),
    rule(
        "narrow_key",
        "numbered key of fewer than 64 bits",
        "it ends at a number that tables in use do reach, and inserts fail from then on",
    ),
    rule(
        "unindexed_foreign_key",
        "foreign key without an index",
        "each delete of a row that it may refer to, and each change of its key, reads the whole table",
    ),
    rule(
        "redundant_index",
        "index that another one covers",
        "each write maintains it, and every query that it serves the other one serves",
    ),
    rule(
        "unused_index",
        "index that no query reads",
        "each write maintains it, and it takes room in memory that others could use",
    ),
    rule(
        "single_column_indexes",
        "many indexes of one column each",
        "a query over two of the columns uses one of them, or joins both at a cost; one index over both serves it",
    ),
    rule("json_text", "json instead of jsonb", "it is parsed at each use, has no equality and takes no GIN index"),
    rule(
        "local_time",
        "timestamp without time zone",
        "it names no moment: what it means depends on who reads it, and an hour is missing or double twice a year",
    ),
    rule(
        "padded_text",
        "char(n)",
        "it is filled up with blanks, which count for space and not in comparisons; a check says a length better",
    ),
    rule(
        "large_table",
        "very large table with a natural range key",
        "vacuum, index builds and the removal of old rows work on all of it; partitions are worked on one by one",
    ),
    database_rule("refused_query", "query that the schema has no answer to", "it fails whenever it is sent"),
    database_rule(
        "missing_index",
        "scan that an index would avoid",
        "each time it is sent far more is read than it asks for; the index was made in a scratch database, and its planner takes it",
    ),
    database_rule(
        "function_on_column",
        "function on an indexed column",
        "an index finds a column's values, not those of an expression over it: all rows are read and computed",
    ),
    text_rule(
        "select_star",
        "SELECT *",
        "what is not used is read and sent, no index holds all that is asked for, and a new column changes the answer",
    ),
    text_rule(
        "unbounded_read",
        "read without a limit",
        "the answer grows with the table, until it takes longer than anybody waits or more memory than there is",
    ),
    text_rule(
        "query_in_loop",
        "query in a loop",
        "each round waits for the network and the server, which costs more than the work; one statement does all of it",
    ),
];

/// The rule of that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}
