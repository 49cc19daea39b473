//! What a schema and the queries to it lack: advice, which stands in no one's way. `cargo schema advise` prints it.
//!
//! `#[table(allow(advice("padded_text", reason = "..")))]` on a struct says that its author knows better, and so does
//! `// schema: allow(select_star, reason = "..")` above a query.

mod columns;
mod indexes;
pub mod queries;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::decl::AllowCode;
use crate::diag::{Finding, Place, Severity};
use crate::ir::{ObjectName, Schema, Table};
use crate::model::{Allow, Model, Path};
use crate::queries::{Comment, Query, QueryFile, Source};
use crate::stats::{Stats, TableStats};
use queries::Plan;

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
        "sequential scan that an index would avoid",
        "each time it is sent the whole table is read; the index was made in a scratch database, and its planner takes it",
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

/// Keeps what nothing allows.
struct Sieve<'a> {
    allows: Vec<&'a Allow>,
    asked: Option<&'a Asked>,
    used: BTreeSet<usize>,
    /// Query, comment and code.
    used_comments: BTreeSet<(usize, usize, &'static str)>,
    report: Report,
}

impl<'a> Sieve<'a> {
    fn new(model: &'a Model, asked: Option<&'a Asked>) -> Self {
        let allows = model.intents.allows.iter().filter(|allow| allow.code == AllowCode::Advice).collect();
        let (used, used_comments) = (BTreeSet::new(), BTreeSet::new());
        Self { allows, asked, used, used_comments, report: Report::default() }
    }

    fn take(&mut self, advice: Advice, query: Option<usize>) {
        let is_meant =
            |it: &&Allow| Some(&it.object) == advice.table.as_ref() && it.part.as_deref() == Some(advice.rule);
        let allow = self.allows.iter().position(is_meant);
        let comments = query.and_then(|at| Some((at, &self.asked?.queries.get(at)?.allows)));
        let comment = comments.and_then(|(query, comments)| {
            let allows =
                |comment: &Comment| comment.allow.codes.as_ref().is_ok_and(|codes| codes.contains(&advice.rule));
            Some((query, comments.iter().position(allows)?, advice.rule))
        });
        self.used.extend(allow);
        self.used_comments.extend(comment);
        if allow.is_some() || comment.is_some() {
            self.report.allowed += 1;
        } else {
            self.report.advice.push(advice);
        }
    }

    /// Whether it would have been found if it were so.
    fn is_judged(&self, code: &str) -> bool {
        match find(code).map(|rule| rule.seen) {
            Some(Seen::Database) => self.asked.is_some_and(|asked| asked.is_explained),
            Some(Seen::Text) => self.asked.is_some(),
            // Its columns may be found together in a query.
            _ => code != "single_column_indexes" || self.asked.is_some(),
        }
    }

    fn finish(mut self) -> Report {
        let unused = self.allows.iter().enumerate().filter(|(at, _)| !self.used.contains(at));
        let mut stale: Vec<Stale> = unused
            .map(|(_, allow)| Stale {
                table: Some(allow.object.clone()),
                rule: allow.part.clone().unwrap_or_default(),
                place: allow.place.clone(),
            })
            .collect();
        let asked = self.asked.into_iter();
        let at_queries = asked.clone().flat_map(|asked| asked.queries.iter().enumerate()).flat_map(|(query, it)| {
            it.allows.iter().enumerate().map(move |(at, comment)| (Some((query, at)), comment))
        });
        for (at, comment) in at_queries.chain(asked.flat_map(|asked| asked.left.iter().map(|it| (None, it)))) {
            match &comment.allow.codes {
                Ok(codes) => {
                    let is_used = |code: &&'static str| {
                        at.is_some_and(|(query, at)| self.used_comments.contains(&(query, at, *code)))
                    };
                    let unused = codes.iter().filter(|code| !is_used(code));
                    stale.extend(unused.map(|code| Stale {
                        table: None,
                        rule: (*code).to_owned(),
                        place: Some(comment.place.clone()),
                    }));
                }
                Err((message, help)) => {
                    let finding = Finding::error(Some(comment.place.clone()), message.clone()).help(help);
                    self.report.unreadable.push(finding);
                }
            }
        }
        stale.retain(|stale| self.is_judged(&stale.rule));
        self.report.stale = stale;
        let order = |advice: &Advice| RULES.iter().position(|rule| rule.code == advice.rule);
        self.report
            .advice
            .sort_by_key(|advice| (advice.query.is_some(), order(advice).filter(|_| advice.query.is_some())));
        self.report
    }
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
        Advice::new(rule, Some(self.table.name.clone()), part.map(str::to_owned), evidence, remedy)
    }

    /// Whether reading all of it is over in an instant, as far as is known.
    fn is_tiny(&self) -> bool {
        self.stats.is_some_and(|stats| stats.is_tiny())
    }
}

#[cfg(test)]
mod tests;
