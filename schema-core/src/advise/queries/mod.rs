//! Advice on the crate's queries: what their text says, and what a database's plan for them says.
//!
//! A database with made-up rows and the sizes of an export is asked by schema-runtime. What to ask it, and what an answer
//! means, is decided here.

mod candidate;
mod condition;
mod nest;
mod plan;
mod shape;
mod text;

use crate::ir::{IndexTarget, ObjectName, Schema, Table};
use crate::objects::split;
use crate::objects::tokens::{Token, tokens};
use crate::queries::Query;
use crate::stats::{Stats, grouped};

use super::{Advice, Plans};
pub use candidate::Candidate;
use candidate::{candidates, leading};
use condition::What;
pub use plan::Plan;
use plan::Scan;
use shape::{Block, Names, Relation, blocks, table};

/// What a table is taken for whose size nobody exported.
pub const ASSUMED_ROWS: u64 = 100_000;

/// Reads of so many rows at once are worth a limit.
const MANY_ROWS: u64 = 10_000;

/// How large tables are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'a>(pub Option<&'a Stats>);

impl Sizes<'_> {
    /// Rows, where an export knows them.
    #[must_use]
    pub fn known(&self, table: &Table) -> Option<u64> {
        self.0?.table(&table.name.to_string()).map(|stats| stats.rows)
    }

    /// Rows; those that are assumed where nobody knows.
    #[must_use]
    pub fn rows(&self, table: &Table) -> u64 {
        self.known(table).unwrap_or(ASSUMED_ROWS)
    }

    /// How many values a column has, where an export knows that they are few.
    #[must_use]
    pub fn few_values(&self, table: &Table, column: &str) -> Option<u64> {
        let (schema, name) = (table.name.schema.as_deref()?, &table.name.name);
        self.0?.few_values.get(&format!("{schema}.{name}"))?.get(column).copied()
    }

    fn is_tiny(self, table: &Table) -> bool {
        self.0.and_then(|stats| stats.table(&table.name.to_string())).is_some_and(crate::stats::TableStats::is_tiny)
    }

    /// `12,000 rows`, and whether that is known.
    fn words(self, table: &Table) -> String {
        match self.known(table) {
            Some(rows) => format!("{} rows", grouped(rows)),
            None => format!("{} rows, which are assumed: `cargo schema stats` exports sizes", grouped(ASSUMED_ROWS)),
        }
    }
}

/// A statement of a query that reads or writes rows.
#[derive(Debug)]
pub struct Statement<'a> {
    query: &'a Query,
    /// Its text, without what ends it.
    pub sql: &'a str,
    tokens: Vec<Token>,
    blocks: Vec<Block<'a>>,
    schema: &'a Schema,
}

/// What a database explains no plan of. Any other first word is left to it, to refuse what it doesn't know.
const OTHERS: [&str; 46] = [
    "abort",
    "alter",
    "analyze",
    "attach",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "detach",
    "discard",
    "do",
    "drop",
    "end",
    "execute",
    "explain",
    "fetch",
    "grant",
    "import",
    "listen",
    "load",
    "lock",
    "move",
    "notify",
    "pragma",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "set",
    "show",
    "start",
    "truncate",
    "unlisten",
    "vacuum",
];

/// The statements of a query that are worth a look.
///
/// # Errors
/// What can't be read as SQL: an open quote or comment.
pub fn statements<'a>(schema: &'a Schema, query: &'a Query) -> Result<Vec<Statement<'a>>, String> {
    let mut found = Vec::new();
    for statement in split(schema.dialect, &query.sql)? {
        let tokens = tokens(schema.dialect, statement.text)?;
        let first = tokens.iter().find(|token| !token.is_symbol("("));
        if first.is_some_and(|first| !OTHERS.iter().any(|word| first.is(word))) {
            let blocks = blocks(Names { schema, text: statement.text }, &tokens);
            found.push(Statement { query, sql: statement.text, tokens, blocks, schema });
        }
    }
    Ok(found)
}

/// Which of a statement's tables an index is tried for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    block: usize,
    relation: usize,
}

impl<'a> Statement<'a> {
    /// How many parameters it has, where each is a `?`.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.tokens.iter().filter(|token| token.is_symbol("?")).count()
    }

    fn outermost(&self) -> Option<&Block<'a>> {
        self.blocks.first().filter(|block| block.is_outermost && block.is_select)
    }

    /// The table that it inserts into, or reads first.
    fn first_table(&self) -> Option<&'a Table> {
        let into = self.tokens.iter().position(|token| token.is("into"));
        let target = into.and_then(|at| {
            let name = |at: usize| self.tokens.get(at).and_then(Token::identifier);
            let is_qualified = self.tokens.get(at + 2).is_some_and(|token| token.is_symbol("."));
            let parts = if is_qualified { vec![name(at + 1)?, name(at + 3)?] } else { vec![name(at + 1)?] };
            table(self.schema, &parts)
        });
        target.or_else(|| Some(self.blocks.first()?.relations.first()?.table))
    }

    fn say(&self, rule: &'static str, table: Option<&Table>, evidence: String, remedy: String) -> Advice {
        let table = table.map(|table| table.name.clone());
        let place = Some(self.query.place.clone());
        Advice { query: Some(self.query.summary()), place, ..Advice::new(rule, table, None, evidence, remedy) }
    }

    /// That the database does not take it.
    #[must_use]
    pub fn refused(&self, message: &str) -> Advice {
        let evidence = format!("a database of this schema says: {message}");
        let remedy = "mend the query, or the struct that it is about".to_owned();
        self.say(
            "refused_query",
            self.blocks.first().and_then(|it| Some(it.relations.first()?.table)),
            evidence,
            remedy,
        )
    }

    /// The tables of which the plan reads much though they are not tiny, and where something is known that an index could
    /// find rows by, each with the indexes to try.
    #[must_use]
    pub fn worth_trying(&self, plan: &Plan, sizes: Sizes<'_>) -> Vec<(Spot, Vec<Candidate>)> {
        let mut found = Vec::new();
        for (at, block) in self.blocks.iter().enumerate() {
            for (relation, it) in block.relations.iter().enumerate() {
                let is_scanned = plan.scans.iter().any(|scan| self.is_of(scan, it));
                let candidates =
                    if is_scanned && !sizes.is_tiny(it.table) { candidates(block, relation) } else { Vec::new() };
                if !candidates.is_empty() {
                    found.push((Spot { block: at, relation }, candidates));
                }
            }
        }
        found
    }

    fn is_of(&self, scan: &Scan, relation: &Relation<'_>) -> bool {
        match &scan.table {
            Some(name) => self.is_part_of(name, relation.table),
            None => scan.alias.eq_ignore_ascii_case(&relation.alias),
        }
    }

    /// Whether it is the table or a partition of it.
    fn is_part_of(&self, name: &ObjectName, table: &Table) -> bool {
        let parent = self.schema.tables.get(name).and_then(|part| part.partition_of.as_ref());
        *name == table.name || parent.is_some_and(|partition| partition.parent == table.name)
    }

    /// What the plans with indexes that were tried mean, each beside its candidate; an error is why the database can't make
    /// the index.
    #[must_use]
    pub fn judged(
        &self,
        spot: Spot,
        before: &Plan,
        tried: &[(Candidate, Result<Plan, String>)],
        sizes: Sizes<'_>,
    ) -> Option<Advice> {
        let relation = self.blocks.get(spot.block)?.relations.get(spot.relation)?;
        match best(before, tried) {
            Some((candidate, after)) => Some(self.proposed(relation, candidate, before, after, sizes)),
            None => self.unindexable(relation.table, tried),
        }
    }

    fn proposed(
        &self,
        relation: &Relation<'_>,
        candidate: &Candidate,
        before: &Plan,
        after: &Plan,
        sizes: Sizes<'_>,
    ) -> Advice {
        let table = relation.table;
        let is_whole = before.scans.iter().any(|scan| scan.is_whole && self.is_of(scan, relation));
        let mut evidence = if is_whole {
            format!("reads all of `{}`, {}", table.name, sizes.words(table))
        } else {
            format!("goes through much more than it asks for of `{}`, {}", table.name, sizes.words(table))
        };
        if let (Some(before), Some(after)) = (before.cost, after.cost) {
            evidence.push_str(&format!(
                "; it costs {} by the planner, and {} with the index",
                grouped(before),
                grouped(after)
            ));
        }
        let hidden = candidate.keys.iter().find_map(|key| self.hidden(table, &key.target));
        let (rule, remedy) = match hidden {
            Some(column) => {
                evidence
                    .push_str(&format!("; the index on `{column}` can't be used, since a function is called on it"));
                ("function_on_column", format!("compare `{column}` itself, or {}", candidate.attribute()))
            }
            None => ("missing_index", candidate.attribute()),
        };
        let plans = Plans { before: before.clone(), after: after.clone() };
        Advice { plans: Some(plans), ..self.say(rule, Some(table), evidence, remedy) }
    }

    /// An index on the bare column is there, and the database can't have one on the expression.
    fn unindexable(&self, table: &Table, tried: &[(Candidate, Result<Plan, String>)]) -> Option<Advice> {
        let (candidate, message) = tried.iter().find_map(|(it, plan)| Some((it, plan.as_ref().err()?)))?;
        let column = candidate.keys.iter().find_map(|key| self.hidden(table, &key.target))?;
        let evidence = format!(
            "the index on `{column}` can't be used, since a function is called on it, nor can one be made for it: {message}"
        );
        let remedy = format!("compare `{column}` itself: a range in the place of its rounded value");
        Some(self.say("function_on_column", Some(table), evidence, remedy))
    }

    /// The column of an expression that an index starts with.
    fn hidden(&self, table: &Table, target: &IndexTarget) -> Option<String> {
        let IndexTarget::Expression(text) = target else { return None };
        let leads = |column: &String| {
            leading(table).iter().any(
                |keys| matches!(keys.first().map(|key| &key.target), Some(IndexTarget::Column(name)) if name == column),
            )
        };
        let conditions = self.blocks.iter().flat_map(|block| &block.conditions);
        let mut columns = conditions.filter_map(|condition| match &condition.what {
            What::Expression(known, columns) if known == text => Some(columns),
            _ => None,
        });
        columns.find_map(|columns| columns.iter().find(|column| leads(column)).cloned())
    }

    /// That the planner expects too many rows. Where a size is only assumed, so is what it expects.
    #[must_use]
    pub fn expects_many(&self, plan: &Plan, sizes: Sizes<'_>) -> Option<Advice> {
        let block = self.outermost().filter(|block| !block.is_limited && !block.is_aggregated)?;
        let rows = plan.rows.filter(|rows| *rows >= MANY_ROWS)?;
        let first = block.relations.first()?;
        block.relations.iter().all(|it| sizes.known(it.table).is_some()).then(|| {
            let evidence = format!("the planner expects {} rows, and nothing limits them", grouped(rows));
            self.unbounded(first.table, evidence)
        })
    }
}

/// The index that helps most; a shorter one where another one is hardly better.
fn best<'t>(before: &Plan, tried: &'t [(Candidate, Result<Plan, String>)]) -> Option<(&'t Candidate, &'t Plan)> {
    let gains = tried.iter().filter_map(|(candidate, plan)| {
        let plan = plan.as_ref().ok().filter(|plan| plan.gains_from(candidate.name(), before))?;
        Some((candidate, plan))
    });
    let gains: Vec<_> = gains.collect();
    let least = gains.iter().map(|(_, plan)| plan.cost.unwrap_or(0)).min()?;
    gains.into_iter().find(|(_, plan)| plan.cost.unwrap_or(0) <= least.saturating_add(least / 4))
}

#[cfg(test)]
mod tests;
