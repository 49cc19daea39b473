//! What happens to rows between the two halves of a table's change: values that are filled in, labels that are renamed.

use std::collections::BTreeMap;

use super::Context;
use crate::backfill::Backfill;
use crate::decl::AllowCode;
use crate::dialect::mysql::lower::serves;
use crate::dialect::mysql::types::{is_same_label, labelled, labels_of};
use crate::dialect::mysql::{is_text, literal, quote};
use crate::dialect::parenthesised;
use crate::diff::Change;
use crate::ir::{Column, Dialect, Index, SqlType, Table, Unique};
use crate::plan::{Script, Step, they_keep_it};

/// The rows of one table.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Column to the value of rows that have none.
    pub(super) fills: BTreeMap<String, String>,
    /// Column that goes to what its rows get when it comes back.
    pub(super) restores: BTreeMap<String, String>,
    /// Column to the labels that its rows exchange, (former, new).
    pub(super) labels: BTreeMap<String, Vec<(String, String)>>,
    /// The same for the way back, in its direction.
    pub(super) labels_back: BTreeMap<String, Vec<(String, String)>>,
}

impl Rows {
    /// `before` is under the names of `after`.
    pub(super) fn of(context: &Context<'_>, before: &Table, after: &Table) -> Self {
        let mut rows = Self::default();
        for column in &after.columns {
            let asked = context.intents.backfills.get(&(after.name.clone(), column.name.clone()));
            let old = before.column(&column.name);
            let lacks = old.is_none_or(|old| old.nullable && (!column.nullable || old != column));
            if let Some(value) = asked.filter(|_| lacks && column.generated.is_none()) {
                rows.fills.insert(column.name.clone(), value.value.clone());
            }
            if let Some(old) = old {
                rows.map_labels(context, after, old, column);
            }
        }
        for column in before.columns.iter().filter(|column| after.column(&column.name).is_none()) {
            let allow = context.intents.allow(AllowCode::DropColumn, &after.name, Some(&column.name));
            if let Some(restore) = allow.and_then(|allow| allow.restore.clone()) {
                rows.restores.insert(column.name.clone(), restore);
            }
        }
        rows.restores_of_kept(context, before, after);
        rows
    }

    /// Rows that came while a column was kept have nothing in it.
    fn restores_of_kept(&mut self, context: &Context<'_>, before: &Table, after: &Table) {
        for allow in context.intents.allows.iter().filter(|allow| allow.keep && allow.code == AllowCode::DropColumn) {
            let Some(part) = allow.part.as_ref().filter(|_| allow.object == after.name) else { continue };
            let Some(old) = before.column(part).filter(|old| !old.nullable && after.column(part).is_some()) else {
                continue;
            };
            let value = allow.restore.clone().or_else(|| old.default.clone());
            self.restores.extend(value.map(|value| (part.clone(), value)));
        }
    }

    fn map_labels(&mut self, context: &Context<'_>, table: &Table, before: &Column, after: &Column) {
        let Some(SqlType::Named(name)) =
            context.to.tables.get(&table.name).and_then(|table| table.column(&after.name)).map(|column| &column.ty)
        else {
            return;
        };
        let (old, new) = (before.ty.to_string(), after.ty.to_string());
        let (Some(("enum", old)), Some(("enum", _))) = (labels_of(&old), labels_of(&new)) else { return };
        let renamed = context.changes.iter().find_map(|change| match change {
            Change::AlterEnum { to, renamed_labels, .. } if to.name == *name => Some(renamed_labels.clone()),
            _ => None,
        });
        // To the server a label in another case is the same one.
        let is_other =
            |(from, to): &(String, String)| old.contains(from) && !is_same_label(from, to, after.collation.as_deref());
        let renamed: Vec<(String, String)> = renamed.unwrap_or_default().into_iter().filter(is_other).collect();
        let back: Vec<(String, String)> = renamed.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
        let dropped =
            context.intents.allows.iter().filter(|allow| allow.code == AllowCode::DropLabel && allow.object == *name);
        let mapped = dropped.filter_map(|allow| Some((allow.part.clone()?, allow.map_to.clone()?)));
        let all: Vec<(String, String)> = renamed.into_iter().chain(mapped).collect();
        if !all.is_empty() {
            self.labels.insert(after.name.clone(), all);
        }
        if !back.is_empty() {
            self.labels_back.insert(after.name.clone(), back);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fills.is_empty() && self.restores.is_empty() && self.labels.is_empty() && self.labels_back.is_empty()
    }

    /// The table with columns that take NULL where the way back fills them.
    pub(super) fn loosened(&self, before: &Table) -> Table {
        let mut table = before.clone();
        for column in table.columns.iter_mut().filter(|column| self.restores.contains_key(&column.name)) {
            *column = loosened(column);
        }
        table
    }

    /// The table between the two halves: new columns take NULL still, what goes takes it already where the way back fills it,
    /// and is there still where rows are filled (`reads`); labels are those of both sides. Keys and checks are those that stay.
    /// Where nothing is done to rows, it is what comes after.
    pub(super) fn between(&self, before: &Table, after: &Table, reads: bool) -> Table {
        let goes = || before.columns.iter().any(|column| after.column(&column.name).is_none());
        if self.is_empty() && !(reads && goes()) {
            return after.clone();
        }
        let mut table = after.clone();
        table.partitioning.clone_from(&before.partitioning);
        for column in &mut table.columns {
            let old = before.column(&column.name);
            if self.fills.contains_key(&column.name) {
                column.nullable = true;
                if old.is_none() {
                    column.default = None;
                }
            }
            if let Some(old) = old
                && (self.labels.contains_key(&column.name) || self.labels_back.contains_key(&column.name))
            {
                column.ty = of_both(&old.ty, &column.ty, column.collation.as_deref());
                // What rows get that say nothing of it: the releases of today write them.
                column.default.clone_from(&old.default);
            }
        }
        let counts = after.columns.iter().any(|column| column.identity.is_some());
        for (at, column) in before.columns.iter().enumerate() {
            let comes_back = self.restores.contains_key(&column.name);
            if (comes_back || reads) && table.column(&column.name).is_none() {
                let kept = match comes_back {
                    true => loosened(column),
                    // A table has one column at most that counts.
                    false => Column { identity: column.identity.filter(|_| !counts), ..column.clone() },
                };
                let after_of = at.checked_sub(1).and_then(|at| before.columns.get(at));
                let place = after_of.and_then(|prior| table.columns.iter().position(|it| it.name == prior.name));
                table.columns.insert(place.map_or(0, |place| place + 1), kept);
            }
        }
        table.uniques.retain(|unique| before.uniques.contains(unique));
        table.checks.retain(|check| before.checks.contains(check));
        table.indexes.retain(|index| before.indexes.contains(index));
        table.primary_key.clone_from(&before.primary_key);
        if table.primary_key.iter().flat_map(|key| &key.columns).any(|name| table.column(name).is_none()) {
            table.primary_key.clone_from(&after.primary_key);
        }
        for key in after.foreign_keys.iter().filter(|key| before.foreign_keys.contains(key)) {
            if !serves(&table, &key.columns) {
                serve(&mut table, &key.columns, before, after);
            }
        }
        table
    }

    /// Values for new columns of a table that has rows come in batches, each in a file of its own; all else is one file.
    pub(super) fn steps(&self, dialect: Dialect, [table, after]: [&Table; 2], in_batches: bool) -> Vec<Step> {
        let batches = |column: &String, value: &String| {
            let found = Backfill::new(dialect, table, column, value, &format!("{} IS NULL", quote(column)));
            found.filter(|_| in_batches)
        };
        let (mut at_once, mut steps) = (BTreeMap::new(), Vec::new());
        for (column, value) in &self.fills {
            match batches(column, value) {
                Some(batches) => steps.push(fill_in_batches(&batches, after, column, value)),
                None => drop(at_once.insert(column, value)),
            }
        }
        if !(at_once.is_empty() && self.labels.is_empty() && self.labels_back.is_empty() && self.restores.is_empty()) {
            steps.insert(0, self.step(table, after, &at_once));
        }
        steps
    }

    fn step(&self, table: &Table, after: &Table, filled: &BTreeMap<&String, &String>) -> Step {
        let fills = filled.iter().map(|(column, value)| fill(table, column, value));
        let up: Vec<String> =
            self.labels.iter().map(|(column, map)| relabel(table, column, map)).chain(fills).collect();
        let restores = self.restores.iter().map(|(column, value)| fill(table, column, value));
        let down: Vec<String> =
            self.labels_back.iter().map(|(column, map)| relabel(table, column, map)).chain(restores).collect();
        let columns: Vec<&str> =
            filled.keys().copied().chain(self.labels.keys()).chain(self.restores.keys()).map(String::as_str).collect();
        let title = format!("fill {}.{}", after.name, columns.join(", "));
        let mut step = Step::data(&after.name, title, Script::from(up), Script::from(down)).hazard("H57");
        for (column, value) in filled {
            step = filling(after, column, value).into_iter().fold(step, Step::impact);
        }
        for (column, map) in &self.labels {
            for (from, to) in map {
                step = step.impact(format!("rows with '{from}' in `{}.{column}` get '{to}'", after.name));
            }
        }
        for (column, value) in &self.restores {
            step = step.impact(format!("down: rows get {value} in `{}.{column}`", after.name));
        }
        step
    }
}

fn loosened(column: &Column) -> Column {
    Column { nullable: true, default: None, on_update: None, ..column.clone() }
}

/// Labels of the former type, then those that only the other has: so none is renumbered on the way there.
fn of_both(from: &SqlType, to: &SqlType, collation: Option<&str>) -> SqlType {
    let (from, to) = (from.to_string(), to.to_string());
    let (Some((base, mut labels)), Some((_, new))) = (labels_of(&from), labels_of(&to)) else {
        return SqlType::Builtin(to);
    };
    let is_new = |label: &String| !labels.iter().any(|known| is_same_label(known, label, collation));
    let new: Vec<String> = new.into_iter().filter(is_new).collect();
    labels.extend(new);
    SqlType::Builtin(labelled(base, &labels))
}

fn fill_in_batches(batches: &Backfill, after: &Table, column: &str, value: &str) -> Step {
    let up = Script { statements: vec![batches.block()], no_transaction: true };
    let step = Step::data(&after.name, format!("fill {}.{column}", after.name), up, Script::default());
    filling(after, column, value).into_iter().fold(step.hazard("H57"), Step::impact)
}

fn filling(table: &Table, column: &str, value: &str) -> [String; 2] {
    let column = format!("{}.{column}", table.name);
    [format!("rows without a value in `{column}` get {value}"), they_keep_it(&column)]
}

fn fill(table: &Table, column: &str, value: &str) -> String {
    update(table, column, value, &format!("{} IS NULL", quote(column)))
}

/// Gives a column a value in the rows of the condition, and changes nothing else in them.
pub(crate) fn update(table: &Table, column: &str, value: &str, condition: &str) -> String {
    let set = format!("{} = {}", quote(column), parenthesised(value));
    format!("UPDATE {} SET {set}{} WHERE {condition}", quote(&table.name.name), left_alone(table, column))
}

/// All at once, so that two labels can change places.
fn relabel(table: &Table, column: &str, map: &[(String, String)]) -> String {
    let name = quote(column);
    let cases: Vec<String> =
        map.iter().map(|(from, to)| format!("WHEN {} THEN {}", literal(from), literal(to))).collect();
    let labels: Vec<String> = map.iter().map(|(from, _)| literal(from)).collect();
    format!(
        "UPDATE {} SET {name} = CASE {name} {} ELSE {name} END{} WHERE {name} IN ({})",
        quote(&table.name.name),
        cases.join(" "),
        left_alone(table, column),
        labels.join(", ")
    )
}

/// Columns that an UPDATE of `column` would set by itself, in quotes.
pub(crate) fn unmoved(table: &Table, column: &str) -> Vec<String> {
    let moving = table.columns.iter().filter(|it| it.on_update.is_some() && it.name != column);
    moving.map(|column| quote(&column.name)).collect()
}

fn left_alone(table: &Table, column: &str) -> String {
    unmoved(table, column).iter().map(|column| format!(", {column} = {column}")).collect()
}

/// True for rows whose column holds something else than the value. Texts are compared by their bytes: a collation may take two
/// spellings for one.
pub(crate) fn differs(table: &Table, column: &str, value: &str) -> String {
    let (name, value) = (quote(column), parenthesised(value));
    match table.column(column).is_some_and(|column| is_text(&column.ty)) {
        true => format!("NOT ({} <=> {})", bytes_of(&name), bytes_of(&value)),
        false => format!("NOT ({name} <=> {value})"),
    }
}

/// A text's bytes in one character set, whatever its own is.
fn bytes_of(text: &str) -> String {
    format!("CAST(CONVERT({text} USING utf8mb4) AS BINARY)")
}

/// Whether the values of a column are in the order of what they say, so that a range of them can be told in text.
pub(crate) fn has_order_of_its_text(table: &Table, column: &str) -> bool {
    let Some(SqlType::Builtin(text)) = table.column(column).map(|column| &column.ty) else { return false };
    let base = text.split(['(', ' ']).next().unwrap_or_default();
    const OTHERS: &str = "enum set float double bit json geometry point linestring polygon multipoint multilinestring multipolygon \
        geometrycollection vector";
    !OTHERS.split_whitespace().any(|other| other == base)
}

/// Gives the table an index for a foreign key, which the server never lets be without: one of either side. A unique one of before
/// comes last, since it might refuse the values that rows get.
fn serve(table: &mut Table, columns: &[String], before: &Table, after: &Table) {
    let bare = Table { primary_key: None, uniques: Vec::new(), indexes: Vec::new(), ..table.clone() };
    let by_index = |index: &&Index| serves(&Table { indexes: vec![(*index).clone()], ..bare.clone() }, columns);
    let by_unique = |unique: &&Unique| serves(&Table { uniques: vec![(*unique).clone()], ..bare.clone() }, columns);
    let mut indexes = before.indexes.iter().chain(&after.indexes).filter(|index| !index.unique);
    match indexes.find(by_index) {
        Some(index) => table.indexes.push(index.clone()),
        None => table.uniques.extend(after.uniques.iter().chain(&before.uniques).find(by_unique).cloned()),
    }
    table.sort();
}
