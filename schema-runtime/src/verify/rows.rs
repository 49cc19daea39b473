//! Rows before a file and after it, compared table by table and column by column.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{ObjectName, Schema, SqlType};

use super::text::Text;
use crate::prove::rows::{End, Pair, pairs};
use crate::seed::Correspondence;
use crate::sides::{TextRow, Work, WorkError};

/// Values are cut to this many characters in messages.
const SHOWN: usize = 40;

/// What is compared: the tables that stay, with the columns that do.
pub(crate) struct Rows {
    tables: Vec<Compared>,
}

struct Compared {
    name: ObjectName,
    pair: Pair,
    columns: Vec<Column>,
    /// Which of the columns identify a row; none where no key stays as it is.
    key: Vec<usize>,
    /// As they were before anything ran.
    before: Vec<TextRow>,
}

struct Column {
    name: String,
    /// Its type changes, so that its values are written in another way, or are others.
    is_retyped: bool,
    /// Former labels by the names that they get.
    labels: BTreeMap<String, String>,
}

/// What the rows are compared for.
#[derive(Clone, Copy)]
pub(crate) enum After<'a> {
    /// The up: what it says, or does in so many words, is no fault.
    Up(&'a Text),
    /// The down: what cannot come back must be said by one of the two files.
    Down(&'a Text, &'a Text),
}

/// What has become of rows that isn't what they were.
pub(crate) struct Changed {
    /// The table or column.
    pub(crate) what: String,
    pub(crate) how: String,
    /// The file says so.
    pub(crate) is_stated: bool,
}

impl Rows {
    /// Reads the rows that are there.
    pub(crate) async fn read(
        work: &mut Work,
        before: &Schema,
        after: &Schema,
        correspondence: &Correspondence,
    ) -> Result<Self, WorkError> {
        let mut tables = Vec::new();
        for pair in pairs(before, after, correspondence) {
            let Some(table) = before.tables.get(pair.former()) else { continue };
            let columns: Vec<Column> = pair
                .columns()
                .map(|(name, ty, is_retyped)| {
                    let labels = labels(ty, correspondence);
                    Column { name: name.to_owned(), is_retyped: is_retyped && labels.is_empty(), labels }
                })
                .collect();
            let key = table.primary_key.iter().flat_map(|key| &key.columns);
            let key: Option<Vec<usize>> =
                key.map(|name| columns.iter().position(|column| column.name == *name && !column.is_retyped)).collect();
            let before = pair.rows(work, End::Former).await?;
            let key = key.unwrap_or_default();
            tables.push(Compared { name: pair.former().clone(), pair, columns, key, before });
        }
        Ok(Self { tables })
    }

    /// How many rows are compared.
    pub(crate) fn count(&self) -> usize {
        self.tables.iter().map(|table| table.before.len()).sum()
    }

    /// Compares them with what is there now.
    pub(crate) async fn compare(&self, work: &mut Work, after: After<'_>) -> Result<Vec<Changed>, WorkError> {
        let mut changed = Vec::new();
        for table in &self.tables {
            let end = if matches!(after, After::Up(_)) { End::New } else { End::Former };
            match table.pair.rows(work, end).await {
                Ok(now) => changed.extend(table.compare(&now, after)),
                Err(error) if error.is_about_the_connection() => return Err(error),
                Err(error) => changed.push(Changed {
                    what: format!("table {}", table.name),
                    how: format!("its rows can't be compared: {error}"),
                    is_stated: false,
                }),
            }
        }
        Ok(changed)
    }
}

fn labels(ty: &SqlType, correspondence: &Correspondence) -> BTreeMap<String, String> {
    let Some(owner) = ty.named() else { return BTreeMap::new() };
    let of = |((name, old), new): (&(ObjectName, String), &String)| (name == owner).then(|| (old.clone(), new.clone()));
    correspondence.renamed_labels.iter().filter_map(of).collect()
}

/// What differs between the rows of one table.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    lost: usize,
    new: usize,
    /// By column: how many rows, and the first pair of values.
    values: BTreeMap<usize, (usize, Option<String>, Option<String>)>,
}

impl Compared {
    fn compare(&self, now: &[TextRow], after: After<'_>) -> Vec<Changed> {
        let is_up = matches!(after, After::Up(_));
        let before = self.before.iter().map(|row| if is_up { self.expected(row) } else { row.clone() }).collect();
        let now = now.iter().map(|row| if is_up { self.masked(row) } else { row.clone() }).collect();
        let differences = differences(before, now, &self.key);
        self.told(&differences, after)
    }

    /// What must be seen of a row after the up.
    fn expected(&self, row: &TextRow) -> TextRow {
        let relabelled = row
            .iter()
            .zip(&self.columns)
            .map(|(cell, column)| cell.as_ref().map(|value| column.labels.get(value).unwrap_or(value).clone()));
        self.masked(&relabelled.collect())
    }

    /// Of a column whose type changes, only whether there is a value: the way back compares the values.
    fn masked(&self, row: &TextRow) -> TextRow {
        let cell = |(cell, column): (&Option<String>, &Column)| match cell {
            Some(_) if column.is_retyped => Some("a value".to_owned()),
            other => other.clone(),
        };
        row.iter().zip(&self.columns).map(cell).collect()
    }

    fn told(&self, differences: &Differences, after: After<'_>) -> Vec<Changed> {
        let mut all = Vec::new();
        let total = self.before.len();
        let table = format!("table {}", self.name);
        let mut tell = |what: &str, how: String, is_stated: bool| {
            all.push(Changed { what: what.to_owned(), how, is_stated });
        };
        if differences.lost > 0 {
            tell(&table, format!("{} of {total} rows are lost", differences.lost), self.is_loss_stated(after));
        }
        if differences.new > 0 {
            tell(
                &table,
                format!("{} are there and were not before", rows(differences.new)),
                self.are_new_stated(after),
            );
        }
        for (at, (count, old, new)) in &differences.values {
            let Some(column) = self.columns.get(*at) else { continue };
            let stated = self.is_change_stated(after, &column.name, old.as_deref(), new.as_deref());
            let (old, new) = (shown(old.as_deref()), shown(new.as_deref()));
            let what = format!("{table}: column {}", column.name);
            tell(&what, format!("{count} of {total} values differ, {old} became {new}"), stated);
        }
        all
    }

    fn is_loss_stated(&self, after: After<'_>) -> bool {
        match after {
            After::Up(up) => up.tells_of_rows(&self.name) || up.deletes_from(&self.name),
            After::Down(up, down) => up.is_lossy() || [up, down].iter().any(|file| file.tells_of_rows(&self.name)),
        }
    }

    fn are_new_stated(&self, after: After<'_>) -> bool {
        match after {
            After::Up(up) => up.tells_of_rows(&self.name) || up.inserts_into(&self.name),
            After::Down(up, down) => [up, down].iter().any(|file| file.tells_of_rows(&self.name)),
        }
    }

    fn is_change_stated(&self, after: After<'_>, column: &str, old: Option<&str>, new: Option<&str>) -> bool {
        let tells = |file: &Text| [old, new].iter().any(|value| file.tells_of(&self.name, column, *value));
        match after {
            After::Up(up) => tells(up) || up.updates(&self.name, column),
            After::Down(up, down) => up.is_lossy() || tells(up) || tells(down),
        }
    }
}

fn differences(mut before: Vec<TextRow>, mut now: Vec<TextRow>, key: &[usize]) -> Differences {
    let mut found = Differences::default();
    let cells = |row: &TextRow| key.iter().map(|at| row.get(*at).cloned().flatten()).collect::<Vec<_>>();
    let keys = |rows: &[TextRow]| rows.iter().map(cells).collect::<BTreeSet<_>>();
    let (old_keys, new_keys) = (keys(&before), keys(&now));
    let identifies = !key.is_empty() && old_keys.len() == before.len() && new_keys.len() == now.len();
    let by_key = identifies && (old_keys.is_subset(&new_keys) || new_keys.is_subset(&old_keys));
    if by_key {
        before.sort_by_key(cells);
        now.sort_by_key(cells);
        found.lost = old_keys.difference(&new_keys).count();
        found.new = new_keys.difference(&old_keys).count();
        before.retain(|row| new_keys.contains(&cells(row)));
        now.retain(|row| old_keys.contains(&cells(row)));
    } else {
        take_out_equal(&mut before, &mut now);
        found.lost = before.len().saturating_sub(now.len());
        found.new = now.len().saturating_sub(before.len());
        if found.lost + found.new > 0 {
            return found;
        }
    }
    for (old, new) in before.iter().zip(&now) {
        for (at, (old, new)) in old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new) {
            found.values.entry(at).or_insert_with(|| (0, old.clone(), new.clone())).0 += 1;
        }
    }
    found
}

/// Takes out, one for one, the rows that both have; what is left is sorted.
fn take_out_equal(before: &mut Vec<TextRow>, now: &mut Vec<TextRow>) {
    let mut counts: BTreeMap<TextRow, usize> = BTreeMap::new();
    now.iter().for_each(|row| *counts.entry(row.clone()).or_default() += 1);
    before.retain(|row| match counts.get_mut(row) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    *now = counts.into_iter().flat_map(|(row, count)| vec![row; count]).collect();
    before.sort();
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn shown(value: Option<&str>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(text) if text.chars().count() <= SHOWN => format!("{text:?}"),
        Some(text) => format!("{:?}..", text.chars().take(SHOWN).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Vec<TextRow> {
        rows.iter().map(|row| row.iter().map(|cell| Some((*cell).to_owned())).collect()).collect()
    }

    #[test]
    fn a_key_tells_a_changed_row_from_a_lost_one() {
        let before = table(&[&["1", "a"], &["2", "b"], &["3", "c"]]);
        let found = differences(before.clone(), table(&[&["2", "x"], &["1", "a"]]), &[0]);
        assert_eq!((found.lost, found.new), (1, 0));
        assert_eq!(found.values[&1], (1, Some("b".to_owned()), Some("x".to_owned())));
        assert_eq!(differences(before.clone(), before, &[0]), Differences::default());
    }

    #[test]
    fn without_a_key_rows_are_told_apart_by_what_they_hold() {
        let before = table(&[&["a", "1"], &["a", "1"], &["b", "2"]]);
        let found = differences(before.clone(), table(&[&["a", "1"], &["b", "2"]]), &[]);
        assert_eq!((found.lost, found.new, found.values.len()), (1, 0, 0));
        let found = differences(before, table(&[&["a", "1"], &["a", "1"], &["b", "3"]]), &[]);
        assert_eq!((found.lost, found.new, found.values[&1].0), (0, 0, 1));
    }
}
