//! What a schema and the queries to it lack: advice, which stands in no one's way. `cargo schema advise` prints it.
//!
//! `#[table(allow(advice("padded_text", reason = "..")))]` on a struct says that its author knows better, and so does
//! `// schema: allow(select_star, reason = "..")` above a query.

mod columns;
mod indexes;
pub mod queries;
mod rules;
mod sieve;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::diag::{Finding, Place, Severity};
use crate::ir::{ObjectName, Schema, Table};
use crate::model::{Model, Path};
use crate::queries::{Comment, Query, QueryFile, Source};
use crate::stats::{Stats, TableStats};
use queries::Plan;
pub use rules::{RULES, Rule, Seen, find};
use sieve::Sieve;

/// A rule that a table or a query meets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Advice {
    /// The rule's code.
    pub rule: &'static str,
    /// How much it weighs: what fails is an error.
    pub severity: Severity,
    /// The table, of a query the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<ObjectName>,
    /// The column, index or constraint that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Where that is declared, or where the query is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The query, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What was found.
    pub evidence: String,
    /// What to do.
    pub remedy: String,
    /// How a database runs the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plans: Option<Plans>,
}

/// What a remedy does to a query's plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Plans {
    /// As it is.
    pub before: Plan,
    /// With the index that is proposed.
    pub after: Plan,
}

impl Advice {
    fn new(
        rule: &'static str,
        table: Option<ObjectName>,
        part: Option<String>,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let severity = if rule == "refused_query" { Severity::Error } else { Severity::Warning };
        let (evidence, remedy) = (evidence.into(), remedy.into());
        Self { rule, severity, table, part, place: None, query: None, evidence, remedy, plans: None }
    }
}

/// What is known of a crate's queries.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The queries.
    pub queries: Vec<Query>,
    /// Comments that allow something and stand above no query.
    left: Vec<Comment>,
    /// What was found, each with the number of its query.
    advice: Vec<(usize, Advice)>,
    /// Whether a database was asked about every one, so that what it doesn't say is not so.
    pub is_explained: bool,
}

impl Asked {
    /// Adds the queries of a source file. Returns the files that it names, which are for the caller to read.
    pub fn add(&mut self, source: Source) -> Vec<QueryFile> {
        self.queries.extend(source.queries);
        self.left.extend(source.left);
        source.files
    }

    /// Adds what was found of the query with that number.
    pub fn found(&mut self, query: usize, advice: impl IntoIterator<Item = Advice>) {
        self.advice.extend(advice.into_iter().map(|advice| (query, advice)));
    }

    /// Adds what the texts of the queries say by themselves. Returns what can't be read.
    pub fn read(&mut self, schema: &Schema, stats: Option<&Stats>) -> Vec<Finding> {
        let mut unreadable = Vec::new();
        let mut found = Vec::new();
        for (at, query) in self.queries.iter().enumerate() {
            match queries::statements(schema, query) {
                Ok(statements) => {
                    let advice = statements.iter().flat_map(|statement| statement.by_text(queries::Sizes(stats)));
                    found.extend(advice.map(|advice| (at, advice)));
                }
                Err(message) => {
                    unreadable.push(Finding::error(Some(query.place.clone()), format!("this is no SQL: {message}")));
                }
            }
        }
        self.advice.extend(found);
        unreadable
    }
}

/// What was found, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By table and query, in the order of [`RULES`].
    pub advice: Vec<Advice>,
    /// How much of it the source allows.
    pub allowed: usize,
    /// Allowances that nothing meets.
    pub stale: Vec<Stale>,
    /// Comments that can't be read, or give no reason.
    #[serde(skip)]
    pub unreadable: Vec<Finding>,
}

/// An `allow(advice(..))`, or a comment at a query, that can go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stale {
    /// The table that it is on; none for that of a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<ObjectName>,
    /// What it allows.
    pub rule: String,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Looks through the model's tables. Sizes, where they are known, tell what matters: what is about the cost of reading a
/// table is left out for tiny ones. Of queries, `asked` says what was found; without it allowances for them are left alone.
#[must_use]
pub fn advise(model: &Model, stats: Option<&Stats>, asked: Option<&Asked>) -> Report {
    let tables = model.schema.tables.values().flat_map(|table| {
        let subject = Subject { schema: &model.schema, table, export: stats, stats: sizes(stats, table) };
        subject.advice()
    });
    let mut sieve = Sieve::new(model, asked);
    for advice in tables {
        sieve.take(placed(advice, model), None);
    }
    if let Some(asked) = asked {
        // What fails can't be slow as well.
        let refused = asked.advice.iter().filter(|(_, advice)| advice.rule == "refused_query");
        let refused: BTreeSet<usize> = refused.map(|(query, _)| *query).collect();
        let told = asked.advice.iter().filter(|(query, it)| it.rule == "refused_query" || !refused.contains(query));
        told.for_each(|(query, advice)| sieve.take(advice.clone(), Some(*query)));
    }
    sieve.finish()
}

fn sizes(stats: Option<&Stats>, table: &Table) -> Option<TableStats> {
    stats.and_then(|stats| stats.table(&table.name.to_string())).copied()
}

fn placed(advice: Advice, model: &Model) -> Advice {
    let Some(table) = advice.table.clone() else { return advice };
    let path = match &advice.part {
        Some(part) if model.schema.tables.get(&table).is_some_and(|table| table.column(part).is_some()) => {
            Path::Column(table, part.clone())
        }
        Some(part) => Path::Part(table, part.clone()),
        None => Path::Table(table),
    };
    Advice { place: model.places.get(&path), ..advice }
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
        Advice::new(rule, Some(self.table.name.clone()), part.map(str::to_owned), evidence, remedy)
    }

    /// Whether reading all of it is over in an instant, as far as is known.
    fn is_tiny(&self) -> bool {
        self.stats.is_some_and(|stats| stats.is_tiny())
    }
}

#[cfg(test)]
mod tests;
