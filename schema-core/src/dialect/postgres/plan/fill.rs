//! Rows that are filled, in files of their own (HAZARDS.md row 57).

use super::{Planner, dotted};
use crate::dialect::postgres::guard;
use crate::dialect::{parenthesised, qualified, quote};
use crate::ir::{Column, ObjectName, Table};
use crate::plan::{Script, Step};

impl Planner<'_> {
    /// What rows get in a new column: what the source states, or a default that differs from row to row, for which
    /// PostgreSQL would write the whole table under its strongest lock (HAZARDS.md row 3).
    pub(super) fn fill(&self, table: &ObjectName, column: &Column) -> Option<String> {
        let stated = self.backfill(table, &column.name);
        let default = column.default.as_deref().filter(|default| is_volatile(default) && self.online.covers(table));
        stated.or(default).map(str::to_owned)
    }

    pub(super) fn fill_column(&mut self, table: &ObjectName, column: &Column, value: &str) {
        let step = self.fill_rows(table, &column.name, value, &format!("{} IS NULL", quote(&column.name)));
        let column = dotted(table, &column.name);
        self.push(
            step.impact(format!("rows with NULL in `{column}` get {value}"))
                .impact(format!("down: they keep it where `{column}` stays, since nothing tells them from others")),
        );
    }

    /// The step that gives a column its value in each row that meets the condition. A row that has its value must not
    /// meet it any more: a run that was killed looks at all rows again.
    pub(super) fn fill_rows(&self, table: &ObjectName, column: &str, value: &str, condition: &str) -> Step {
        let set =
            format!("UPDATE {} SET {} = {} WHERE {condition}", qualified(table), quote(column), parenthesised(value));
        let now = self.now.tables.get(table).filter(|now| self.online.covers(table) && now.primary_key.is_some());
        let up = match now {
            Some(now) => Script { statements: vec![in_batches(now, &set)], no_transaction: true },
            None => vec![set].into(),
        };
        Step::data(table, format!("fill {}", dotted(table, column)), up, Script::default()).hazard("H57")
    }
}

/// The update in batches by the primary key, each in a transaction of its own that takes some 30 ms: no row is
/// locked for longer, and what a kill leaves undone the next run does (manual, section 43.8: DO can commit where it is
/// not within a transaction).
fn in_batches(table: &Table, update: &str) -> String {
    let keys: Vec<&String> = table.primary_key.iter().flat_map(|key| &key.columns).collect();
    let prefix = free_prefix(table);
    let name = qualified(&table.name);
    let list = |of: &dyn Fn(usize, &String) -> String| {
        keys.iter().enumerate().map(|(at, key)| of(at + 1, key)).collect::<Vec<_>>().join(", ")
    };
    let variables = |word: &str| list(&|at, _| format!("{prefix}{word}_{at}"));
    let declared = |word: &str| {
        let of = |at: usize, key: &String| format!("    {prefix}{word}_{at} {name}.{}%TYPE;\n", quote(key));
        keys.iter().enumerate().map(|(at, key)| of(at + 1, key)).collect::<String>()
    };
    let (columns, here, next) = (list(&|_, key| quote(key)), variables("here"), variables("next"));
    let handed_on: String =
        (1..=keys.len()).map(|at| format!("        {prefix}here_{at} := {prefix}next_{at};\n")).collect();
    guard::do_block(&format!(
        "\nDECLARE\n    {prefix}rows integer := 1000;\n    {prefix}started timestamptz;\n{}{}BEGIN\n    \
         SELECT {columns} INTO {here} FROM {name} ORDER BY {columns} LIMIT 1;\n    \
         WHILE {prefix}here_1 IS NOT NULL LOOP\n        \
         {prefix}started := clock_timestamp();\n        \
         SELECT {columns} INTO {next} FROM {name} WHERE ({columns}) >= ({here})\n            \
         ORDER BY {columns} OFFSET {prefix}rows LIMIT 1;\n        \
         IF {prefix}next_1 IS NULL THEN\n            \
         {update} AND ({columns}) >= ({here});\n        ELSE\n            \
         {update} AND ({columns}) >= ({here}) AND ({columns}) < ({next});\n        END IF;\n        COMMIT;\n        \
         {prefix}rows := greatest(100, least(2.0 * {prefix}rows, 100000,\n            \
         0.03 * {prefix}rows / greatest(extract(epoch FROM clock_timestamp() - {prefix}started), 0.001)));\n\
         {handed_on}    END LOOP;\nEND\n",
        declared("here"),
        declared("next"),
    ))
}

/// Begins no column's name, so that no variable is taken for one.
fn free_prefix(table: &Table) -> String {
    let mut prefix = "fill_".to_owned();
    while table.columns.iter().any(|column| column.name.starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}

/// Defaults that differ from row to row, for which PostgreSQL writes the whole table (HAZARDS.md row 3).
pub(super) fn is_volatile(default: &str) -> bool {
    const FUNCTIONS: [&str; 6] =
        ["gen_random_uuid", "uuid_generate", "clock_timestamp", "random", "nextval", "timeofday"];
    let default = default.to_ascii_lowercase();
    FUNCTIONS.iter().any(|function| default.contains(function))
}
