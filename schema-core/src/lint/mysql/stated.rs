//! Who waits while a file runs, as its statements state it: the server refuses rather than doing more than `ALGORITHM` and
//! `LOCK` say.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::ir::{Dialect, ObjectName};
use crate::lint::source::source;
use crate::lint::statement::{AlterTable, Edit, Kind, Partitions, Stated};

/// What a file of MariaDB or MySQL states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedLocks {
    /// A line for each statement that reaches a table that was there before, the strongest first.
    pub locks: Vec<String>,
    /// How many of them leave it to the server.
    pub unstated: usize,
}

/// How a statement is carried out, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Instant,
    WritesGoOn,
    Unstated,
    Exclusive,
    WritesWait,
    Copy,
}

impl Way {
    fn words(self) -> &'static str {
        match self {
            Self::Instant => "definitions alone, an instant",
            Self::WritesGoOn => "reads and writes go on",
            Self::Unstated => "states neither ALGORITHM nor LOCK: the server may copy the table while writes wait",
            Self::Exclusive => "an instant in which nobody reads or writes",
            Self::WritesWait => "writes wait",
            Self::Copy => "the table is copied, writes wait",
        }
    }
}

/// What the statements of a file say about who waits.
///
/// # Errors
/// What can't be read, with its line and column.
pub fn stated_locks(dialect: Dialect, text: &str) -> Result<StatedLocks, String> {
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for statement in source(dialect, text)?.statements {
        match &statement.kind {
            Kind::CreateTable(table) => drop(made.insert(table.name.clone())),
            kind => found.extend(ways(kind).into_iter().filter(|(table, ..)| !made.contains(table))),
        }
    }
    found.sort_by_key(|(table, way, _)| (Reverse(*way), table.clone()));
    found.dedup();
    let line = |(table, way, clauses): &(ObjectName, Way, String)| {
        let clauses = if clauses.is_empty() { String::new() } else { format!("{clauses} ") };
        format!("{clauses}{table}: {}", way.words())
    };
    let unstated = found.iter().filter(|(_, way, _)| *way == Way::Unstated).count();
    Ok(StatedLocks { locks: found.iter().map(line).collect(), unstated })
}

/// The tables that a statement reaches, how, and the clauses that say so.
fn ways(kind: &Kind) -> Vec<(ObjectName, Way, String)> {
    let each = |tables: &[ObjectName], way: Way, word: &str| {
        tables.iter().map(|table| (table.clone(), way, word.to_owned())).collect()
    };
    match kind {
        Kind::AlterTable(alter) => vec![(alter.name.clone(), way(alter), clauses(&alter.stated))],
        Kind::Drop(drop) if drop.what == "TABLE" => each(&drop.names, Way::Exclusive, "DROP"),
        Kind::Truncate { tables, .. } => each(tables, Way::Exclusive, "TRUNCATE"),
        Kind::Lock { tables, .. } => each(tables, Way::WritesWait, "LOCK TABLES"),
        Kind::RenameTables(pairs) => {
            let tables: Vec<ObjectName> = pairs.iter().map(|(from, _)| from.clone()).collect();
            each(&tables, Way::Exclusive, "RENAME")
        }
        _ => Vec::new(),
    }
}

fn way(alter: &AlterTable) -> Way {
    let stated = &alter.stated;
    // These take no clauses.
    let moves = |edit: &Edit| matches!(edit, Edit::Partition(Partitions::Moved));
    if alter.actions.iter().any(|action| moves(&action.edit)) {
        return Way::Copy;
    }
    match (stated.algorithm.as_deref(), stated.lock.as_deref()) {
        (Some("COPY"), _) => Way::Copy,
        (_, Some("EXCLUSIVE" | "SHARED")) => Way::WritesWait,
        (Some("INSTANT"), _) => Way::Instant,
        (_, Some("NONE")) => Way::WritesGoOn,
        _ => Way::Unstated,
    }
}

fn clauses(stated: &Stated) -> String {
    let clause = |word: &str, value: &Option<String>| value.as_ref().map(|value| format!("{word}={value}"));
    let found = [clause("ALGORITHM", &stated.algorithm), clause("LOCK", &stated.lock)];
    found.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_says_who_waits_and_the_strongest_comes_first() {
        let text = "CREATE TABLE n (a int);\nALTER TABLE n ADD b int;
            ALTER TABLE a ADD b int, ALGORITHM=INSTANT;\nALTER TABLE c MODIFY b bigint, ALGORITHM=COPY, LOCK=SHARED;
            CREATE INDEX i ON d (b) LOCK=NONE;\nALTER TABLE e ADD b int;\nRENAME TABLE g TO h;
            ALTER TABLE f ADD FULLTEXT KEY (b), ALGORITHM=INPLACE, LOCK=SHARED;\nINSERT INTO a VALUES (1)";
        let found = stated_locks(Dialect::MariaDb, text).unwrap();
        let expected = [
            "ALGORITHM=COPY, LOCK=SHARED c: the table is copied, writes wait",
            "ALGORITHM=INPLACE, LOCK=SHARED f: writes wait",
            "RENAME g: an instant in which nobody reads or writes",
            "e: states neither ALGORITHM nor LOCK: the server may copy the table while writes wait",
            "LOCK=NONE d: reads and writes go on",
            "ALGORITHM=INSTANT a: definitions alone, an instant",
        ];
        assert_eq!(
            (found.locks.iter().map(String::as_str).collect::<Vec<_>>(), found.unstated),
            (expected.to_vec(), 1)
        );
        assert!(stated_locks(Dialect::MariaDb, "SELECT 'open").is_err());
    }
}
