//! Rows that are filled, in files of their own (HAZARDS.md row 57).

use super::exchange::Exchange;
use super::{Planner, dotted};
use crate::backfill::{self, Backfill};
use crate::dialect::postgres::mention::identifiers;
use crate::dialect::quote;
use crate::ir::{Column, Dialect, Object, ObjectKind, ObjectName, Use};
use crate::plan::{Script, Step, they_keep_it};

impl Planner<'_> {
    /// What rows get in a new column: what the source states, or a default that differs from row to row, for which
    /// PostgreSQL would write the whole table under its strongest lock (HAZARDS.md row 3).
    pub(super) fn fill(&self, table: &ObjectName, column: &Column) -> Option<String> {
        if let Some(exchange) = self.exchange(table, &column.name) {
            return Some(exchange.value());
        }
        let stated = self.backfill(table, &column.name);
        let default = column.default.as_deref().filter(|default| is_volatile(default) && self.online.covers(table));
        stated.or(default).map(str::to_owned)
    }

    pub(super) fn fill_column(&mut self, table: &ObjectName, column: &Column, value: &str) {
        let exchange = self.exchange(table, &column.name);
        let condition = exchange.map_or_else(|| format!("{} IS NULL", quote(&column.name)), Exchange::unfilled);
        let step = self.fill_rows(table, &column.name, value, &condition);
        let (name, stated) = match exchange {
            Some(exchange) => (exchange.name(), exchange.stated()),
            None => (column.name.as_str(), Some(value)),
        };
        let column = dotted(table, name);
        let lines = stated.map(|value| [format!("rows with NULL in `{column}` get {value}"), they_keep_it(&column)]);
        self.push(lines.into_iter().flatten().fold(step, Step::impact));
    }

    /// The step that gives a column its value in each row that meets the condition. A row that has its value must not
    /// meet it any more: a run that was killed looks at all rows again.
    pub(super) fn fill_rows(&self, table: &ObjectName, column: &str, value: &str, condition: &str) -> Step {
        let now = self.now.tables.get(table).filter(|_| self.online.covers(table));
        let batches = now.and_then(|now| Backfill::new(Dialect::Postgres, now, column, value, condition));
        let up = match &batches {
            Some(batches) => Script { statements: vec![batches.block()], no_transaction: true },
            None => vec![backfill::statement(Dialect::Postgres, table, column, value, condition)].into(),
        };
        let step = Step::data(table, format!("fill {}", dotted(table, column)), up, Script::default()).hazard("H57");
        let step = self.firing(table).fold(step, |step, trigger| {
            step.hazard("H68")
                .impact(format!("trigger `{trigger}` fires for each row, and no down takes back what it does"))
        });
        match now.is_some() && batches.is_none() {
            true => step.note(format!(
                "one statement for all rows, which stay locked until its end: `{table}` has no key that is never NULL, by which to take them in batches"
            )),
            false => step,
        }
    }
}

impl Planner<'_> {
    /// The crate's own triggers that an UPDATE of the table may fire.
    fn firing<'p>(&'p self, table: &'p ObjectName) -> impl Iterator<Item = &'p String> {
        let on_it = move |object: &&Object| {
            object.id.kind == ObjectKind::Trigger
                && object.uses.iter().any(|used| matches!(used, Use::Table(on) if on == table))
        };
        let fires = |object: &&Object| object.create.iter().any(|sql| identifiers(&sql.0).contains("update"));
        self.now.objects.values().filter(on_it).filter(fires).map(|object| &object.id.name.name)
    }
}

/// Defaults that differ from row to row, for which PostgreSQL writes the whole table (HAZARDS.md row 3).
pub(crate) fn is_volatile(default: &str) -> bool {
    const FUNCTIONS: [&str; 6] =
        ["gen_random_uuid", "uuid_generate", "clock_timestamp", "random", "nextval", "timeofday"];
    let default = default.to_ascii_lowercase();
    FUNCTIONS.iter().any(|function| default.contains(function))
}
