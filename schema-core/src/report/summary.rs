//! The three answers in short.

use std::collections::BTreeMap;

use serde::Serialize;

use super::details::{Detail, Direction, is_lossy};
use super::{Facts, Notes, Outcome, count};
use crate::describe::{Line, Sign};
use crate::ir::Dialect;

/// What a change does, whether it undoes itself, what it costs; a sentence or two each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What becomes of the schema and its rows.
    pub change: String,
    /// Whether there is a way back, and whether that was run.
    pub reversal: String,
    /// Locks and work.
    pub cost: String,
    /// What stands in the way.
    pub verdict: String,
}

pub(super) fn summary(facts: &Facts<'_>, details: &[Detail], notes: &Notes, blockers: usize) -> Summary {
    Summary {
        change: change(facts, details),
        reversal: reversal(facts, details),
        cost: cost(facts, notes),
        verdict: match blockers {
            0 => "nothing stands in the way".to_owned(),
            number => format!("{} in the way", count(number, "blocker")),
        },
    }
}

fn change(facts: &Facts<'_>, details: &[Detail]) -> String {
    let migrations = facts.chosen.migrations(facts.state).count();
    let what = match facts.changes.lines.as_slice() {
        [] => "no object of the schema changes, as far as is known".to_owned(),
        lines => told(lines),
    };
    let ups = details.iter().filter(|detail| detail.direction == Direction::Up);
    let rows = match ups.filter(|detail| !detail.data.is_empty()).count() {
        0 if migrations == 0 => String::new(),
        0 => "; no row changes, as the files say".to_owned(),
        number => format!("; rows change in {}", count(number, "file")),
    };
    format!("{}: {what}{rows}", count(migrations, "migration"))
}

/// Up to so many changes are named rather than counted.
const FEW: usize = 3;

const VERBS: [&str; 4] = ["adds", "removes", "renames", "changes"];

fn verb(line: &Line) -> &'static str {
    match line.action {
        Sign::Add => "adds",
        Sign::Remove => "removes",
        Sign::Change if line.is_rename() => "renames",
        Sign::Change => "changes",
    }
}

fn told(lines: &[Line]) -> String {
    if lines.len() > FEW {
        return tally(lines);
    }
    lines.iter().map(|line| format!("{} {}", verb(line), thing(line))).collect::<Vec<_>>().join("; ")
}

/// ``column `age` of table `person` ``.
pub(super) fn thing(line: &Line) -> String {
    let quoted = |(kind, name): (&str, &str)| match name {
        "" => kind.to_owned(),
        name => format!("{kind} `{}`", name.replace('`', "'")),
    };
    let object = quoted(line.object_parts());
    line.part_parts().map_or_else(|| object.clone(), |part| format!("{} of {object}", quoted(part)))
}

/// `adds 2 columns, 1 table; removes 1 column`.
fn tally(lines: &[Line]) -> String {
    let parts = VERBS.into_iter().filter_map(|wanted| {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for line in lines.iter().filter(|line| verb(line) == wanted) {
            let (kind, _) = line.part_parts().unwrap_or_else(|| line.object_parts());
            *kinds.entry(kind).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, number)| several(number, kind)).collect();
        (!kinds.is_empty()).then(|| format!("{wanted} {}", kinds.join(", ")))
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn several(number: usize, kind: &str) -> String {
    let plural = match kind {
        _ if number == 1 => kind.to_owned(),
        "index" => "indexes".to_owned(),
        "unique" | "storage parameters" => kind.to_owned(),
        kind if kind.ends_with("cy") => format!("{}ies", kind.trim_end_matches('y')),
        kind => format!("{kind}s"),
    };
    format!("{number} {plural}")
}

fn reversal(facts: &Facts<'_>, details: &[Detail]) -> String {
    let ups = || details.iter().filter(|detail| detail.direction == Direction::Up);
    let without = ups().filter(|detail| detail.reversible.starts_with("no: ")).count();
    let lossy = facts.chosen.migrations(facts.state).filter(|migration| is_lossy(&migration.up)).count();
    let said = match (ups().count(), without, lossy) {
        (0, ..) => return "there is nothing to undo".to_owned(),
        (1, 0, 0) => "it has a way back".to_owned(),
        (1, 0, _) => "it has a way back, which does not bring back all that rows held".to_owned(),
        (1, ..) => "it has no way back".to_owned(),
        (number, 0, 0) => format!("all {number} have a way back"),
        (number, 0, lossy) => format!("all {number} have a way back, {lossy} of them not for all that rows held"),
        (number, without, _) => format!("{without} of {number} have no way back"),
    };
    let Some(proved) = facts.proof.as_ref().map(|proof| &proof.migrations) else {
        return format!("{said}; not run for this report (`{}` does)", facts.verifying);
    };
    let rows: usize = proved.iter().map(|it| it.compared).sum();
    let rows = if rows == 0 { "no rows to compare".to_owned() } else { format!("{} compared", count(rows, "row")) };
    match Outcome::all(proved.iter().flat_map(|it| [it.runs, it.catalogs, it.rows])) {
        Outcome::Passed => format!("{said}; run there, back and there again, and it holds, {rows}"),
        Outcome::Failed => format!("{said}; run, and it does not hold"),
        Outcome::NotRun => format!("{said}; it could not be run"),
    }
}

fn cost(facts: &Facts<'_>, notes: &Notes) -> String {
    if facts.chosen.versions.is_empty() {
        return "nothing is run".to_owned();
    }
    let locks = match facts.state.project.dialect {
        Dialect::Sqlite => "the database is locked for other writers while a file runs".to_owned(),
        Dialect::Postgres => strongest(notes),
        Dialect::MariaDb | Dialect::MySql => copies(notes),
    };
    let work = match notes.time.len() {
        0 => String::new(),
        tables => format!("; work that grows with the rows of {}", count(tables, "table")),
    };
    let hazards: Vec<&str> = notes.hazards.iter().map(|hazard| hazard.code).collect();
    let hazards =
        if hazards.is_empty() { "; no hazard named".to_owned() } else { format!("; hazards {}", hazards.join(", ")) };
    format!("{locks}{work}{hazards}")
}

/// On MariaDB and MySQL, where what keeps writers off for long is a copy.
fn copies(notes: &Notes) -> String {
    let statements: Vec<&String> = notes.locks.iter().flat_map(|file| &file.locks).collect();
    let waits = statements.iter().filter(|lock| lock.ends_with("writes wait")).count();
    let unknown = notes.locks.iter().filter(|file| !file.is_known).count();
    let known = match (statements.len(), waits) {
        (0, _) => "nobody is kept off a table that was there before".to_owned(),
        (_, 0) => "writes wait for no statement longer than an instant".to_owned(),
        (number, waits) => format!("writes wait during {waits} of {}", count(number, "statement")),
    };
    match unknown {
        0 => known,
        1 => format!("{known}; 1 file leaves it to the server"),
        files => format!("{known}; {files} files leave it to the server"),
    }
}

fn strongest(notes: &Notes) -> String {
    let unknown = notes.locks.iter().filter(|file| !file.is_known).count();
    let tables: Vec<&String> = notes.locks.iter().flat_map(|file| &file.locks).collect();
    let exclusive = tables.iter().filter(|lock| lock.starts_with("ACCESS EXCLUSIVE")).count();
    let known = match (tables.len(), exclusive) {
        (0, _) if unknown == notes.locks.len() => return "locks are not measured".to_owned(),
        (0, _) => "nobody is kept off a table that was there before".to_owned(),
        (number, 0) => format!("{}, none of them ACCESS EXCLUSIVE", count(number, "lock")),
        (number, exclusive) => format!("{}, {exclusive} of them ACCESS EXCLUSIVE", count(number, "lock")),
    };
    if unknown == 0 { known } else { format!("{known}; {} not measured", count(unknown, "file")) }
}
