//! What a change costs: locks, work that grows with rows, and when to run it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::blockers::is_sealed;
use super::{Facts, count};
use crate::advise::Advice;
use crate::hazard::Hazard;
use crate::ir::Dialect;
use crate::lint::{Met, StatedLocks, stated_locks};
use crate::locks::{FILE_NAME as LOCKS_FILE, Locks, Measured, summary};
use crate::migration::{Migration, Opening, no_transaction};
use crate::stats::{FILE_NAME as STATS_FILE, grows_with_rows, measured_notes};

/// What there is to know before it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// What each up file locks.
    pub locks: Vec<FileLocks>,
    /// The hazards of the files, by the catalogue.
    pub hazards: Vec<HazardNote>,
    /// How much the work is, table by table.
    pub time: Vec<String>,
    /// How that is known, or why it isn't.
    pub time_basis: String,
    /// When to run it, in the order in which that is done.
    pub when: Vec<String>,
    /// What files, runs and the linter say besides.
    pub others: Vec<String>,
    /// Advice on the tables that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
}

/// What a file locks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileLocks {
    /// Relative to the crate.
    pub file: PathBuf,
    /// The strongest of each table first; empty where nobody is kept off, or nothing is known.
    pub locks: Vec<String>,
    /// How that is known, or why it isn't.
    pub basis: String,
    /// Whether it is known.
    pub is_known: bool,
}

/// A hazard, and the files that name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HazardNote {
    /// `H33`.
    pub code: &'static str,
    /// The row's title.
    pub title: &'static str,
    /// What it does on the database at hand.
    pub effect: &'static str,
    /// Whether the recipe is taken, and what is done.
    pub done: String,
    /// The up files that name it.
    pub files: Vec<PathBuf>,
}

/// An up file, read.
struct Up<'a> {
    migration: &'a Migration,
    file: PathBuf,
    opening: Opening,
    /// What was measured of it, and where that is from.
    measured: Option<(&'a [Measured], String)>,
}

pub(super) fn notes(facts: &Facts<'_>) -> Notes {
    let ups: Vec<Up<'_>> = facts.chosen.migrations(facts.state).map(|migration| up(facts, migration)).collect();
    let dialect = facts.state.project.dialect;
    let (time, time_basis) = time(facts, &ups);
    Notes {
        locks: match dialect {
            Dialect::Postgres => ups.iter().map(locks).collect(),
            Dialect::Sqlite => Vec::new(),
            Dialect::MariaDb | Dialect::MySql => ups.iter().map(|up| stated(dialect, up)).collect(),
        },
        hazards: hazards(dialect, &ups),
        time,
        time_basis,
        when: when(facts, &ups),
        others: others(facts, &ups),
        advice: facts.advice.clone().unwrap_or_default(),
    }
}

fn up<'a>(facts: &'a Facts<'_>, migration: &'a Migration) -> Up<'a> {
    let name = migration.up_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let now = facts.measured.as_ref().and_then(|measured| measured.as_ref().ok());
    let from = |locks: &'a Locks, basis: String| Some((locks.fitting(&name, &migration.up)?, basis));
    let measured = now
        .and_then(|locks| from(locks, format!("measured for this report on PostgreSQL {}", locks.server)))
        .or_else(|| {
            let locks = facts.state.locks.as_ref()?;
            from(locks, format!("`schema/{LOCKS_FILE}`, measured on PostgreSQL {}", locks.server))
        });
    let (file, opening) = (facts.state.project.label(&migration.up_path), Opening::of(&migration.up));
    Up { migration, file, opening, measured }
}

fn locks(up: &Up<'_>) -> FileLocks {
    let (locks, basis, is_known) = match &up.measured {
        Some((statements, basis)) => (summary(statements), basis.clone(), true),
        None if !up.opening.locks.is_empty() => {
            (up.opening.locks.clone(), "its comment, measured when it was a draft".to_owned(), true)
        }
        None => (Vec::new(), "not measured".to_owned(), false),
    };
    FileLocks { file: up.file.clone(), locks, basis, is_known }
}

/// On MariaDB and MySQL nothing is measured: a statement says what it takes, and is refused where it would take more.
fn stated(dialect: Dialect, up: &Up<'_>) -> FileLocks {
    let (locks, basis, is_known) = match stated_locks(dialect, &up.migration.up) {
        Ok(StatedLocks { locks, unstated: 0 }) => {
            (locks, "as its statements state it: the server refuses rather than doing more".to_owned(), true)
        }
        Ok(StatedLocks { locks, unstated }) => {
            (locks, format!("as its statements state it, but for {}", count(unstated, "statement")), false)
        }
        Err(error) => (Vec::new(), format!("the file can't be read: {error}"), false),
    };
    FileLocks { file: up.file.clone(), locks, basis, is_known }
}

fn hazards(dialect: Dialect, ups: &[Up<'_>]) -> Vec<HazardNote> {
    let mut found: BTreeMap<u32, (&'static Hazard, Vec<PathBuf>)> = BTreeMap::new();
    for up in ups {
        for hazard in &up.opening.hazards {
            let number = hazard.code.trim_start_matches('H').parse().unwrap_or(u32::MAX);
            found.entry(number).or_insert((hazard, Vec::new())).1.push(up.file.clone());
        }
    }
    let note = |(hazard, files): (&'static Hazard, Vec<PathBuf>)| HazardNote {
        code: hazard.code,
        title: hazard.title,
        effect: match dialect {
            Dialect::Sqlite if hazard.sqlite != "the same" => hazard.sqlite,
            Dialect::MariaDb | Dialect::MySql if hazard.mariadb != "the same" => hazard.mariadb,
            _ => hazard.postgres,
        },
        done: hazard.automatic.text().to_owned(),
        files,
    };
    found.into_values().map(note).collect()
}

/// Work that grows with rows, and what is known of its size.
fn time(facts: &Facts<'_>, ups: &[Up<'_>]) -> (Vec<String>, String) {
    let mut lines: Vec<String> = Vec::new();
    for up in ups {
        let found = match (&up.measured, &facts.state.stats) {
            (Some((statements, _)), Some(stats)) => measured_notes(stats, statements),
            _ => up.opening.sizes.clone(),
        };
        lines.extend(found);
    }
    lines.sort();
    lines.dedup();
    let grows = |up: &Up<'_>| match &up.measured {
        Some((statements, _)) => statements.iter().any(has_effects),
        None => up.opening.hazards.iter().any(|hazard| grows_with_rows(hazard.code)),
    };
    let heavy = ups.iter().filter(|up| grows(up)).count();
    let basis = match (&facts.state.stats, heavy) {
        (_, 0) => "An instant, once the locks are there: no work grows with the rows of a table.".to_owned(),
        (Some(stats), _) if !lines.is_empty() => {
            let rates = if stats.rates.is_some() { "rates" } else { "no rates (`cargo schema stats --measure`)" };
            format!("Basis: `schema/{STATS_FILE}` of {}, with {rates}.", stats.taken)
        }
        (None, _) if !lines.is_empty() => "Basis: what the files say, as of when they were drafted.".to_owned(),
        (Some(_), heavy) => {
            format!(
                "Not known: the work of {} grows with rows of tables that `schema/{STATS_FILE}` does not have.",
                count(heavy, "file")
            )
        }
        (None, heavy) => format!(
            "Not known: the work of {} grows with the rows of tables, and no `schema/{STATS_FILE}` says how many there are (`cargo schema stats` exports them).",
            count(heavy, "file")
        ),
    };
    (lines, basis)
}

fn has_effects(measured: &Measured) -> bool {
    !(measured.rewrites.is_empty()
        && measured.scans.is_empty()
        && measured.builds.is_empty()
        && measured.foreign_keys.is_empty())
}

/// Files that fill rows carry this hazard.
const FILLS: &str = "H57";

fn when(facts: &Facts<'_>, ups: &[Up<'_>]) -> Vec<String> {
    let of = |takes: &dyn Fn(&Up<'_>) -> bool| -> Vec<String> {
        ups.iter().filter(|up| takes(up)).map(|up| up.migration.version.to_string()).collect()
    };
    let mut lines = Vec::new();
    if ups.is_empty() {
        return lines;
    }
    let sqlite = facts.state.project.dialect == Dialect::Sqlite;
    let contracts = of(&|up| !up.opening.contracts.is_empty());
    let expands = of(&|up| up.opening.contracts.is_empty());
    if sqlite {
        lines.push(
            "While the application is stopped, or can wait: SQLite lets one writer at its file at a time.".to_owned(),
        );
    } else if contracts.is_empty() {
        lines.push(
            "Before the release that needs it is deployed: no file ends what an earlier release uses.".to_owned(),
        );
    } else if !expands.is_empty() {
        lines.push(format!(
            "Before the release is deployed: {}, by `cargo schema migrate --before-contract`.",
            expands.join(", ")
        ));
    }
    let fills = of(&|up| up.opening.hazards.iter().any(|hazard| hazard.code == FILLS));
    if !fills.is_empty() && !sqlite {
        lines.push(format!(
            "{} fills rows in batches, which takes as long as it takes and can be paused (`cargo schema backfill`).",
            fills.join(", ")
        ));
    }
    let shut = of(&|up| up.measured.iter().flat_map(|(statements, _)| *statements).any(shuts));
    if !shut.is_empty() {
        lines.push(format!(
            "At a time of little traffic: {} works through rows while writers, or everybody, are kept off the table.",
            shut.join(", ")
        ));
    }
    let outside = of(&|up| no_transaction(&up.migration.up));
    if !outside.is_empty() && !sqlite {
        lines.push(format!(
            "Outside a transaction: {}. Killed in the middle, the next run takes it up.",
            outside.join(", ")
        ));
    }
    for up in ups.iter().filter(|up| !up.opening.contracts.is_empty()) {
        lines.push(format!("Last, {}: {}.", up.migration.version, up.opening.contracts.join("; ")));
    }
    if facts.chosen.holds_draft {
        lines.push("Not before `cargo schema seal`: a draft may still be written anew.".to_owned());
    }
    lines
}

/// It works through rows of a table that it keeps writers off.
fn shuts(measured: &Measured) -> bool {
    use crate::locks::LockMode;

    let keeps_off =
        |(table, mode): (&String, &LockMode)| *mode >= LockMode::Share && !measured.effects(table).is_empty();
    measured.locks.iter().any(keeps_off)
}

fn others(facts: &Facts<'_>, ups: &[Up<'_>]) -> Vec<String> {
    let mut others = Vec::new();
    for up in ups {
        others.extend(up.opening.notes.iter().map(|note| format!("{}: {note}", up.migration.version)));
    }
    for proved in facts.proof.iter().flat_map(|proof| &proof.migrations) {
        others.extend(proved.stated.iter().map(|text| format!("{}: {text}, as the file says", proved.version)));
        others.extend(proved.notes.iter().map(|text| format!("{}: {text}", proved.version)));
    }
    others.extend(facts.lint.hazards.iter().filter(|met| is_sealed(facts, met)).map(sealed_hazard));
    let all = facts.lint.findings.iter().chain(&facts.state.warnings).chain(facts.structs.iter().flatten());
    let warnings = all.filter(|finding| !finding.is_error());
    others.extend(warnings.map(|finding| {
        let place = finding.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{}{place}", finding.message)
    }));
    others
}

fn sealed_hazard(met: &Met) -> String {
    format!("{} {}: {} ({}); it is sealed, so its text stays", met.code, met.title, met.message, met.place)
}
