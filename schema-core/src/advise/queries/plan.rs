//! A database's plan for a statement, in short form.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::ir::ObjectName;

/// How a database would run a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Plan {
    /// One step a line, indented as steps feed each other.
    pub steps: Vec<String>,
    /// What PostgreSQL's planner thinks it costs, in its own unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u64>,
    /// How many rows PostgreSQL's planner expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The tables of which more is read than a few rows.
    #[serde(skip)]
    pub(super) scans: Vec<Scan>,
    /// The indexes in which rows are looked up.
    #[serde(skip)]
    pub(super) searched: BTreeSet<String>,
    /// The indexes that are read in their order, from one end.
    #[serde(skip)]
    pub(super) followed: BTreeSet<String>,
    #[serde(skip)]
    pub(super) sorts: bool,
    /// Partitions are left out by the values of parameters, which are not those that an application sends.
    #[serde(skip)]
    pub is_pruned: bool,
}

/// A table of which more is read than a few rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scan {
    /// Its name, where the database tells it.
    pub(super) table: Option<ObjectName>,
    /// What the statement calls it.
    pub(super) alias: String,
    /// From beginning to end, without an index.
    pub(super) is_whole: bool,
}

/// From such a cost on of PostgreSQL's planner, what an index finds are many rows, or it doesn't begin with what is asked for.
const MUCH: u64 = 200;

impl Plan {
    /// That of `EXPLAIN (FORMAT JSON)`.
    ///
    /// # Errors
    /// When it is none.
    pub fn postgres(text: &str) -> Result<Self, serde_json::Error> {
        let value: Value = serde_json::from_str(text)?;
        let mut plan = Self::default();
        if let Some(top) = value.get(0).and_then(|it| it.get("Plan")) {
            plan.cost = number(top, "Total Cost");
            plan.rows = number(top, "Plan Rows");
            plan.node(top, 0);
        }
        Ok(plan)
    }

    fn node(&mut self, node: &Value, depth: usize) {
        let text = |key: &str| node.get(key).and_then(Value::as_str);
        let kind = text("Node Type").unwrap_or_default();
        let mut step = format!("{}{kind}", "  ".repeat(depth));
        if let Some(index) = text("Index Name") {
            step.push_str(&format!(" using {index}"));
            let kept = if text("Index Cond").is_some() { &mut self.searched } else { &mut self.followed };
            kept.insert(index.to_owned());
        }
        if let Some(table) = text("Relation Name") {
            step.push_str(&format!(" on {table}"));
            let is_whole = kind == "Seq Scan";
            let reads = ["Index Scan", "Index Only Scan", "Bitmap Heap Scan"].contains(&kind);
            if is_whole || (reads && number(node, "Total Cost").is_some_and(|cost| cost >= MUCH)) {
                let table = Some(ObjectName::qualified(text("Schema").unwrap_or("public"), table));
                self.scans.push(Scan { table, alias: text("Alias").unwrap_or_default().to_owned(), is_whole });
            }
        }
        self.sorts |= kind.ends_with("Sort");
        self.is_pruned |= number(node, "Subplans Removed").is_some_and(|removed| removed > 0);
        let conditions = ["Index Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter"].map(text);
        let conditions: Vec<&str> = conditions.into_iter().flatten().collect();
        if !conditions.is_empty() {
            step.push_str(&format!(": {}", conditions.join(", ")));
        }
        self.steps.push(step);
        let below = node.get("Plans").and_then(Value::as_array).into_iter().flatten();
        below.for_each(|node| self.node(node, depth + 1));
    }

    /// That of MariaDB's `EXPLAIN FORMAT=JSON`.
    ///
    /// # Errors
    /// When it is none.
    pub fn mariadb(text: &str) -> Result<Self, serde_json::Error> {
        let mut plan = Self::default();
        plan.part(&serde_json::from_str(&with_valid_escapes(text))?, 0);
        Ok(plan)
    }

    /// What has a name of its own in the plan is a step; the rest only holds others.
    fn part(&mut self, value: &Value, depth: usize) {
        for value in value.as_array().into_iter().flatten() {
            self.part(value, depth);
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            let is_step = ["table", "filesort", "union_result"].contains(&key.as_str());
            match key.as_str() {
                "table" => self.mariadb_table(value, depth),
                "filesort" => {
                    self.sorts = true;
                    let keys = value.get("sort_key").and_then(Value::as_str).unwrap_or_default();
                    self.steps.push(format!("{}sort by {keys}", "  ".repeat(depth)));
                }
                "union_result" => self.steps.push(format!("{}union", "  ".repeat(depth))),
                _ => {}
            }
            self.part(value, depth + usize::from(is_step));
        }
    }

    fn mariadb_table(&mut self, table: &Value, depth: usize) {
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        // Of what INSERT writes nothing is read.
        let Some((name, access)) = text("table_name").zip(text("access_type")) else { return };
        let mut step = format!("{}{access} on {name}", "  ".repeat(depth));
        if let Some(index) = text("key") {
            step.push_str(&format!(" using {index}"));
            let kept = if access == "index" { &mut self.followed } else { &mut self.searched };
            kept.insert(index.to_owned());
        }
        // What is within `<>` is a result of the statement's own.
        if ["ALL", "index"].contains(&access) && !name.starts_with('<') {
            let is_whole = access == "ALL" || text("key") == Some("PRIMARY");
            self.scans.push(Scan { table: None, alias: name.to_owned(), is_whole });
        }
        let conditions = ["index_condition", "attached_condition"].map(text);
        let conditions: Vec<&str> = conditions.into_iter().flatten().collect();
        if !conditions.is_empty() {
            step.push_str(&format!(": {}", conditions.join(", ")));
        }
        self.steps.push(step);
    }

    /// That of SQLite's `EXPLAIN QUERY PLAN`: number, number of what it is part of, and text of each step.
    #[must_use]
    pub fn sqlite(rows: &[(i64, i64, String)]) -> Self {
        let mut plan = Self::default();
        let mut depths: Vec<(i64, usize)> = Vec::new();
        for (number, parent, text) in rows {
            let depth = depths.iter().find(|(known, _)| known == parent).map_or(0, |(_, depth)| depth + 1);
            depths.push((*number, depth));
            plan.steps.push(format!("{}{text}", "  ".repeat(depth)));
            plan.sorts |= text.starts_with("USE TEMP B-TREE FOR") && text.ends_with("ORDER BY");
            let words: Vec<&str> = text.split_whitespace().collect();
            let index = words.iter().position(|word| *word == "INDEX").and_then(|at| words.get(at + 1));
            match words.as_slice() {
                ["SCAN", alias, ..] => {
                    let is_whole = index.is_none();
                    plan.scans.push(Scan { table: None, alias: (*alias).to_owned(), is_whole });
                    plan.followed.extend(index.map(|index| (*index).to_owned()));
                }
                _ => plan.searched.extend(index.map(|index| (*index).to_owned())),
            }
        }
        plan
    }

    /// Whether the index, which is all that is new, is worth it: the plan costs a fraction, or, where the database tells no
    /// costs, looks rows up in it or has them in the order that is asked for.
    pub(super) fn gains_from(&self, index: &str, before: &Self) -> bool {
        /// What is expected of conditions whose values aren't known is too rough for less.
        const FRACTION: u64 = 5;
        match (self.cost, before.cost) {
            (Some(after), Some(before)) => after.saturating_mul(FRACTION) <= before,
            _ => self.searched.contains(index) || (self.followed.contains(index) && before.sorts && !self.sorts),
        }
    }
}

/// MariaDB shows a quote within a text as `\'`, which JSON does not know.
fn with_valid_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        out.push(c);
        if c == '\\' {
            match characters.peek() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => out.extend(characters.next()),
                _ => out.push('\\'),
            }
        }
    }
    out
}

fn number(node: &Value, key: &str) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates, and costs are positive")]
    node.get(key).and_then(Value::as_f64).map(|number| number.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_postgres_is_a_line_for_each_step() {
        let plan = Plan::postgres(
            r#"[{"Plan": {"Node Type": "Nested Loop", "Total Cost": 14.63, "Plan Rows": 3, "Plans": [
                {"Node Type": "Index Scan", "Index Name": "i", "Relation Name": "org", "Index Cond": "(o.name = $1)"},
                {"Node Type": "Seq Scan", "Relation Name": "users", "Schema": "app", "Alias": "u", "Filter": "(u.a = 1)"}]}}]"#,
        )
        .unwrap();
        assert_eq!(
            plan.steps,
            ["Nested Loop", "  Index Scan using i on org: (o.name = $1)", "  Seq Scan on users: (u.a = 1)"]
        );
        assert_eq!((plan.cost, plan.rows), (Some(15), Some(3)));
        assert_eq!(
            plan.scans,
            [Scan { table: Some(ObjectName::qualified("app", "users")), alias: "u".to_owned(), is_whole: true }]
        );
        assert!(plan.searched.contains("i") && Plan::postgres("no").is_err());
    }

    #[test]
    fn a_plan_of_mariadb_is_a_line_for_each_table_and_sort() {
        let plan = Plan::mariadb(
            r#"{"query_block": {"select_id": 1, "nested_loop": [{"read_sorted_file": {"filesort": {"sort_key": "u.a desc",
                "table": {"table_name": "u", "access_type": "ALL", "rows": 9, "attached_condition": "u.b = 1"}}}},
                {"table": {"table_name": "o", "access_type": "eq_ref", "key": "PRIMARY", "ref": ["x.u.o"]}},
                {"table": {"table_name": "<derived2>", "access_type": "ALL", "materialized": {"query_block": {
                    "table": {"table_name": "p", "access_type": "index", "key": "i"}}}}}]}}"#,
        )
        .unwrap();
        assert_eq!(
            plan.steps,
            [
                "sort by u.a desc",
                "  ALL on u: u.b = 1",
                "eq_ref on o using PRIMARY",
                "ALL on <derived2>",
                "  index on p using i"
            ]
        );
        let scan = |alias: &str, is_whole| Scan { table: None, alias: alias.to_owned(), is_whole };
        assert_eq!(plan.scans, [scan("u", true), scan("p", false)]);
        assert!(plan.sorts && plan.searched.contains("PRIMARY") && plan.followed.contains("i"));
        let quoted =
            r#"{"table": {"table_name": "u", "access_type": "ALL", "attached_condition": "a = 'it\'s \"x\" \\'"}}"#;
        assert_eq!(Plan::mariadb(quoted).unwrap().steps, [r#"ALL on u: a = 'it\'s "x" \'"#]);
        let inserted = Plan::mariadb(r#"{"query_block": {"table": {"table_name": "u"}}}"#).unwrap();
        assert_eq!((inserted, Plan::mariadb("no").is_err()), (Plan::default(), true));
    }

    #[test]
    fn a_plan_of_sqlite_tells_searches_from_scans() {
        let row = |number, parent, text: &str| (number, parent, text.to_owned());
        let before = Plan::sqlite(&[row(2, 0, "SCAN u"), row(9, 0, "USE TEMP B-TREE FOR ORDER BY")]);
        assert!(before.sorts && before.scans[0].alias == "u");
        let after = Plan::sqlite(&[row(2, 0, "MERGE"), row(4, 2, "SCAN u USING COVERING INDEX i")]);
        assert_eq!(after.steps, ["MERGE", "  SCAN u USING COVERING INDEX i"]);
        assert!(after.gains_from("i", &before) && !after.gains_from("j", &before) && !after.gains_from("i", &after));
        assert!(Plan::sqlite(&[row(2, 0, "SEARCH u USING INDEX i (a=?)")]).gains_from("i", &before));
    }
}
