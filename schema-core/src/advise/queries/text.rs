//! What the text of a query says by itself.

use std::collections::BTreeSet;

use super::candidate::{leading, trees};
use super::condition::{Test, What, is_parameter};
use super::shape::Block;
use super::{MANY_ROWS, Sizes, Statement};
use crate::advise::Advice;
use crate::diag::Place;
use crate::ir::{Dialect, Index, IndexKey, Table};
use crate::queries::{Loop, LoopKind};
use crate::stats::grouped;

impl Statement<'_> {
    /// What needs no database to be seen.
    #[must_use]
    pub fn by_text(&self, sizes: Sizes<'_>) -> Vec<Advice> {
        let mut found: Vec<Advice> = self.star().into_iter().collect();
        found.extend(self.without_limit(sizes));
        found.extend(self.in_loop());
        found.extend(self.blocks.iter().flat_map(|block| self.used_together(block, sizes)));
        found
    }

    fn star(&self) -> Option<Advice> {
        let block = self.outermost().filter(|block| block.has_star)?;
        let table = block.relations.first()?.table;
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let evidence = format!("reads all {} columns of `{}`, and those that it will get", columns.len(), table.name);
        let remedy = format!("name those that are used: `{}`", columns.join(", "));
        Some(self.say("select_star", Some(table), evidence, remedy))
    }

    /// No condition says which rows: with `=`, IN or a join there would be as many as belong together.
    fn without_limit(&self, sizes: Sizes<'_>) -> Option<Advice> {
        let block = self.outermost()?;
        let is_bounded = block.is_limited || block.is_aggregated || block.is_combined;
        let chooses = block.has_alternatives || block.conditions.iter().any(|it| it.test == Test::Equal && !it.is_join);
        let table = block.relations.first().filter(|_| !is_bounded && !chooses)?.table;
        let evidence = match sizes.known(table) {
            Some(rows) if rows < MANY_ROWS => return None,
            Some(rows) => format!("nothing limits how much it reads of the {} rows of `{}`", grouped(rows), table.name),
            None => {
                format!("nothing limits how much it reads of `{}`, and how large that is is not known", table.name)
            }
        };
        Some(self.unbounded(table, evidence))
    }

    pub(super) fn unbounded(&self, table: &Table, evidence: String) -> Advice {
        let key = table.primary_key.as_ref().and_then(|key| match key.columns.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        });
        let (key, value) = (key.unwrap_or("key"), self.parameter());
        let page = format!("`WHERE {key} > {value} ORDER BY {key} LIMIT 100`");
        let remedy = format!("`LIMIT`, and the next page from behind the last key of this one: {page}");
        self.say("unbounded_read", Some(table), evidence, remedy)
    }

    fn in_loop(&self) -> Option<Advice> {
        let Loop { place, kind } = self.query.repeated.as_ref()?;
        let is_parametrised = self.tokens.iter().any(is_parameter);
        let is_limited = self.tokens.iter().any(|token| token.is("limit") || token.is("fetch"));
        // What goes on until nothing is left works in batches.
        if *kind == LoopKind::Until && (!is_parametrised || is_limited) {
            return None;
        }
        let Place { line, column, .. } = place;
        let evidence =
            format!("sent anew each time around the loop at line {line}, column {column} of {}", place.file.display());
        let is_insert = self.tokens.iter().find(|token| !token.is("with")).is_some_and(|first| first.is("insert"));
        let remedy = match (is_parametrised, is_insert, self.schema.dialect) {
            (false, ..) => "ask once, before the loop",
            (_, true, Dialect::Postgres) => {
                "one statement for all rows: `INSERT .. SELECT * FROM UNNEST($1, $2)`, or `QueryBuilder::push_values`"
            }
            (_, true, _) => "one statement for many rows: `QueryBuilder::push_values`",
            (_, false, Dialect::Postgres) => "one statement for all: `= ANY($1)`, or a join",
            (_, false, _) => "one statement for all: a join, or `IN (..)` by `QueryBuilder`",
        };
        Some(self.say("query_in_loop", self.first_table(), evidence, remedy.to_owned()))
    }

    fn parameter(&self) -> &'static str {
        match self.schema.dialect {
            Dialect::Postgres => "$1",
            Dialect::Sqlite => "?1",
            Dialect::MariaDb | Dialect::MySql => "?",
        }
    }

    /// Columns that are compared by `=` together and have an index each.
    fn used_together(&self, block: &Block<'_>, sizes: Sizes<'_>) -> Vec<Advice> {
        let mut found = Vec::new();
        for (at, it) in block.relations.iter().enumerate().filter(|(_, it)| !sizes.is_tiny(it.table)) {
            let compared = compared(block, at);
            let single: Vec<&str> = compared.iter().copied().filter(|name| has_own_index(it.table, name)).collect();
            if single.len() < 2 || is_served(it.table, &compared) {
                continue;
            }
            let evidence = format!("compares `{}` together, and each has an index of its own", single.join("`, `"));
            let first = single.first().copied().unwrap_or_default();
            let remedy =
                format!("`#[table(index({}))]`, which serves what the index on `{first}` serves", single.join(", "));
            found.push(self.say("single_column_indexes", Some(it.table), evidence, remedy));
        }
        found
    }
}

/// The columns of a relation that have to equal a value.
fn compared<'b>(block: &'b Block<'_>, relation: usize) -> BTreeSet<&'b str> {
    let conditions =
        block.conditions.iter().filter(|it| it.relation == relation && it.test == Test::Equal && !it.is_join);
    let columns = conditions.filter_map(|condition| match &condition.what {
        What::Column(name) => Some(name.as_str()),
        What::Expression(..) => None,
    });
    columns.collect()
}

fn has_own_index(table: &Table, column: &str) -> bool {
    let is_its = |index: &Index| {
        !index.unique && matches!(index.keys.as_slice(), [key] if key.of_column().is_some_and(|name| name == column))
    };
    trees(table).any(is_its)
}

/// Whether an index starts with two of the columns, or a key is all among them.
fn is_served(table: &Table, columns: &BTreeSet<&str>) -> bool {
    let starts = |keys: &Vec<IndexKey>| {
        keys.iter().map_while(IndexKey::of_column).take_while(|name| columns.contains(&name.as_str())).count() >= 2
    };
    let is_among = |key: &[String]| key.iter().all(|name| columns.contains(name.as_str()));
    let primary = table.primary_key.iter().map(|key| &key.columns);
    leading(table).iter().any(starts)
        || primary.chain(table.uniques.iter().map(|key| &key.columns)).any(|key| is_among(key))
}
