//! What a schema lacks: advice on it, which stands in no one's way. `cargo schema advise` prints it.
//!
//! `#[table(allow(advice("padded_text", reason = "..")))]` on a struct says that its author knows better.

mod columns;
mod indexes;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::decl::AllowCode;
use crate::diag::Place;
use crate::ir::{ObjectName, Schema, Table};
use crate::model::{Allow, Model, Path};
use crate::stats::{Stats, TableStats};

/// A piece of advice, as it applies to any schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What `allow(advice("..", reason = ".."))` calls it.
    pub code: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
}

const fn rule(code: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule { code, title, why }
}

/// Every rule, in the order in which a table's advice is given.
pub const RULES: [Rule; 10] = [
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
];

/// The rule of that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// A rule that a table meets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Advice {
    /// The table.
    pub table: ObjectName,
    /// The rule's code.
    pub rule: &'static str,
    /// The column, index or constraint that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Where that is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was found.
    pub evidence: String,
    /// What to do.
    pub remedy: String,
}

/// What was found, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By table, in the order of [`RULES`].
    pub advice: Vec<Advice>,
    /// How much of it the source allows.
    pub allowed: usize,
    /// Allowances that nothing meets.
    pub stale: Vec<Stale>,
}

/// An `allow(advice(..))` that can go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// The table that it is on.
    pub table: ObjectName,
    /// What it allows.
    pub rule: String,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Looks through the model's tables. Sizes, where they are known, tell what matters: what is about the cost of reading a
/// table is left out for tiny ones.
#[must_use]
pub fn advise(model: &Model, stats: Option<&Stats>) -> Report {
    let found = model.schema.tables.values().flat_map(|table| {
        let subject = Subject { schema: &model.schema, table, export: stats, stats: sizes(stats, table) };
        subject.advice()
    });
    let allows: Vec<&Allow> = model.intents.allows.iter().filter(|allow| allow.code == AllowCode::Advice).collect();
    let mut used = BTreeSet::new();
    let mut report = Report::default();
    for advice in found {
        let allow = allows.iter().position(|it| it.object == advice.table && it.part.as_deref() == Some(advice.rule));
        match allow {
            Some(allow) => {
                used.insert(allow);
                report.allowed += 1;
            }
            None => report.advice.push(placed(advice, model)),
        }
    }
    let unused = allows.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, allow)| allow);
    report.stale = unused
        .map(|allow| Stale {
            table: allow.object.clone(),
            rule: allow.part.clone().unwrap_or_default(),
            place: allow.place.clone(),
        })
        .collect();
    report
}

fn sizes(stats: Option<&Stats>, table: &Table) -> Option<TableStats> {
    stats.and_then(|stats| stats.table(&table.name.to_string())).copied()
}

fn placed(advice: Advice, model: &Model) -> Advice {
    let table = advice.table.clone();
    let path = match &advice.part {
        Some(part) if model.schema.tables.get(&table).is_some_and(|table| table.column(part).is_some()) => {
            Path::Column(table, part.clone())
        }
        Some(part) => Path::Part(table, part.clone()),
        None => Path::Table(table),
    };
    Advice { place: model.places.get(&path).cloned(), ..advice }
}

/// A table that is looked at.
struct Subject<'a> {
    schema: &'a Schema,
    table: &'a Table,
    export: Option<&'a Stats>,
    stats: Option<TableStats>,
}

impl Subject<'_> {
    fn advice(&self) -> Vec<Advice> {
        let mut found: Vec<Advice> = self.of_columns().into_iter().chain(self.of_indexes()).collect();
        found.sort_by_key(|advice| RULES.iter().position(|rule| rule.code == advice.rule));
        found
    }

    fn say(
        &self,
        rule: &'static str,
        part: Option<&str>,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Advice {
        let (table, part) = (self.table.name.clone(), part.map(str::to_owned));
        Advice { table, rule, part, place: None, evidence: evidence.into(), remedy: remedy.into() }
    }

    /// Whether reading all of it is over in an instant, as far as is known.
    fn is_tiny(&self) -> bool {
        self.stats.is_some_and(|stats| stats.is_tiny())
    }
}

#[cfg(test)]
mod tests;
