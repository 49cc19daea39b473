//! Renames of tables and columns, in an order in which no name is taken (BUGS.md B09, B50).

use std::collections::BTreeSet;

use super::expr;
use crate::dialect::quote;
use crate::names::shortened;

/// What is renamed: SQLite takes a column's change of case in one statement, a table's only in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect) enum Of {
    Tables,
    Columns,
}

/// Single renames that together have the effect of all `renames` at once. `taken` are all names there are before.
pub(in crate::dialect) fn ordered(
    of: Of,
    renames: &[(String, String)],
    taken: &BTreeSet<String>,
) -> Vec<(String, String)> {
    let mut occupied = taken.iter().map(|name| name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let mut pending = renames.to_vec();
    let mut done = Vec::new();
    while !pending.is_empty() {
        let ready = pending.iter().position(|(from, to)| {
            !occupied.contains(&to.to_ascii_lowercase()) || (of == Of::Columns && from.eq_ignore_ascii_case(to))
        });
        let (from, to) = pending.remove(ready.unwrap_or(0));
        let target = if ready.is_some() {
            to
        } else {
            let aside = free_name(&shortened(&from, "renamed"), &occupied, renames);
            pending.push((aside.clone(), to));
            aside
        };
        occupied.remove(&from.to_ascii_lowercase());
        occupied.insert(target.to_ascii_lowercase());
        done.push((from, target));
    }
    done
}

fn free_name(wanted: &str, occupied: &BTreeSet<String>, renames: &[(String, String)]) -> String {
    let targets = renames.iter().map(|(_, to)| to.to_ascii_lowercase());
    free(wanted, &occupied.iter().cloned().chain(targets).collect())
}

/// The name, numbered until none of the lower-case names equals it.
pub(super) fn free(wanted: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2_u32..).map(|number| shortened(wanted, &number.to_string()));
    let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
    candidates.find(|name| !taken.contains(&name.to_ascii_lowercase())).unwrap_or_else(|| wanted.to_owned())
}

/// The renames that undo these.
pub(in crate::dialect) fn inverse(renames: &[(String, String)]) -> Vec<(String, String)> {
    renames.iter().rev().map(|(from, to)| (to.clone(), from.clone())).collect()
}

pub(super) fn rename_tables(renames: &[(String, String)]) -> Vec<String> {
    renames.iter().map(|(from, to)| format!("ALTER TABLE {} RENAME TO {}", quote(from), quote(to))).collect()
}

pub(super) fn rename_columns(table: &str, renames: &[(String, String)]) -> Vec<String> {
    let one = |(from, to): &(String, String)| {
        // Where the new name is quoted, SQLite quotes it in every check and index that spelled the old one bare.
        let to = if expr::can_be_bare(to) { to.clone() } else { quote(to) };
        format!("ALTER TABLE {} RENAME COLUMN {} TO {to}", quote(table), quote(from))
    };
    renames.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(of: Of, renames: &[(&str, &str)], taken: &[&str]) -> Vec<String> {
        let renames = renames.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        ordered(of, &renames, &taken).into_iter().map(|(from, to)| format!("{from}>{to}")).collect()
    }

    #[test]
    fn a_chain_runs_from_its_end() {
        assert_eq!(run(Of::Columns, &[("a", "b"), ("b", "c")], &["a", "b"]), ["b>c", "a>b"]);
    }

    #[test]
    fn a_swap_goes_through_a_free_name() {
        let long = "n".repeat(63);
        let steps = run(Of::Tables, &[(&long, "b"), ("b", &long)], &[&long, "b"]);
        assert!(steps.iter().flat_map(|step| step.split('>')).all(|name| name.len() <= 63), "{steps:?}");
        let steps = run(Of::Columns, &[("a", "b"), ("b", "a")], &["a", "b", "A_renamed"]);
        assert_eq!(steps, ["a>a_renamed_2", "b>a", "a_renamed_2>b"]);
    }

    #[test]
    fn a_change_of_case_takes_two_steps_for_a_table_and_one_for_a_column() {
        assert_eq!(run(Of::Tables, &[("Item", "item")], &["Item"]), ["Item>Item_renamed", "Item_renamed>item"]);
        assert_eq!(run(Of::Columns, &[("Foo", "foo")], &["Foo"]), ["Foo>foo"]);
    }
}
