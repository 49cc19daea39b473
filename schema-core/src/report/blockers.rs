//! What stands in the way of a change: what is needed, why, and the ways out.

use serde::Serialize;

use super::details::irreversible;
use super::{Facts, Proved, count};
use crate::diag::Finding;
use crate::lint::Met;
use crate::migration::{Migration, Opening};

/// More of one kind are counted.
const FAULTS: usize = 8;

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// What there must be.
    pub needed: String,
    /// What there is instead, and where.
    pub why: String,
    /// Each is a way out.
    pub options: Vec<String>,
}

pub(super) fn blockers(facts: &Facts<'_>) -> Vec<Blocker> {
    let mut blockers: Vec<Blocker> =
        facts.faults.iter().map(|fault| of_finding("Migration files in order", fault)).collect();
    let structs = facts.structs.iter().flatten().filter(|finding| finding.is_error());
    blockers.extend(structs.map(|finding| of_finding("Structs and draft that agree", finding)));
    blockers.extend(facts.chosen.migrations(facts.state).filter_map(|migration| no_way_back(facts, migration)));
    let lint = facts.lint.findings.iter().filter(|finding| finding.is_error());
    blockers.extend(lint.map(|finding| of_finding("SQL that can be judged", finding)));
    blockers.extend(facts.lint.hazards.iter().filter(|met| !is_sealed(facts, met)).map(hazard));
    let proved = facts.proof.iter().flat_map(|proof| &proof.migrations).filter(|proved| !proved.faults.is_empty());
    blockers.extend(proved.map(|proved| unproved(facts, proved)));
    blockers.extend(facts.proof.as_ref().and_then(|proof| proof.whole.as_deref()).and_then(together));
    blockers.extend(facts.measured.as_ref().and_then(|measured| measured.as_ref().err()).map(|why| unmeasured(why)));
    blockers.extend(behind_a_contract(facts));
    blockers
}

fn of_finding(needed: &str, finding: &Finding) -> Blocker {
    let place = finding.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    Blocker { needed: needed.to_owned(), why: format!("{}{place}", finding.message), options: finding.help.clone() }
}

/// The migration of a file that the linter names is history: its text can't change any more.
pub(super) fn is_sealed(facts: &Facts<'_>, met: &Met) -> bool {
    let mut sealed = facts.state.migrations.iter().filter(|it| facts.state.base.sealed.contains_key(&it.version));
    sealed.any(|migration| migration.files().any(|(path, _)| path.file_name() == met.place.file.file_name()))
}

/// A file that can still be changed has a way back, or says why not.
fn no_way_back(facts: &Facts<'_>, migration: &Migration) -> Option<Blocker> {
    let opening = Opening::of(&migration.up);
    let states_why =
        migration.files().any(|(_, text)| Opening::of(text).irreversible.is_some_and(|why| !why.is_empty()));
    if states_why || facts.state.base.sealed.contains_key(&migration.version) {
        return None;
    }
    let why = irreversible(migration, &opening)?;
    Some(Blocker {
        needed: "A way back, or the reason why there is none".to_owned(),
        why: format!("`{}`: {why}", facts.state.project.label(&migration.up_path).display()),
        options: vec![
            "write the down file that undoes it".to_owned(),
            "say it in the opening comment of the up file: `-- Irreversible: why`".to_owned(),
        ],
    })
}

fn hazard(met: &Met) -> Blocker {
    Blocker {
        needed: "The safe form, or a reason for this one".to_owned(),
        why: format!("{} {}: {} ({})", met.code, met.title, met.message, met.place),
        options: vec![
            met.remedy.to_owned(),
            format!("state above the statement why it may be: `-- schema: allow({}, reason = \"..\")`", met.code),
        ],
    }
}

fn unproved(facts: &Facts<'_>, proved: &Proved) -> Blocker {
    let sealed = facts.state.base.sealed.contains_key(&proved.version);
    let options: &[&str] = if sealed {
        &[
            "no database has applied it yet: take back the seal by git, correct the files, and seal again",
            "it is applied already: mend what it did by another migration (`cargo schema new`); don't revert it",
        ]
    } else {
        &[
            "correct the file; of a draft, `cargo schema seal` keeps the edit",
            "what can't be brought back is stated: `-- Data: ..` names the rows, `-- Irreversible: why` the whole",
        ]
    };
    Blocker {
        needed: format!("{} {} must do what it says, and undo it", proved.version, proved.description),
        why: cut(&proved.faults),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    }
}

fn together(faults: &[String]) -> Option<Blocker> {
    (!faults.is_empty()).then(|| Blocker {
        needed: "All migrations one after the other, and back again".to_owned(),
        why: cut(faults),
        options: vec!["`cargo schema verify` runs them again and says more".to_owned()],
    })
}

fn unmeasured(why: &str) -> Blocker {
    Blocker {
        needed: "Files that run".to_owned(),
        why: why.to_owned(),
        options: vec!["correct the file that the message names".to_owned()],
    }
}

/// `migrate --before-contract` stops at the first contract file, so what comes behind it isn't there when the release is
/// deployed that needs it.
fn behind_a_contract(facts: &Facts<'_>) -> Option<Blocker> {
    let migrations: Vec<(&Migration, Opening)> =
        facts.chosen.migrations(facts.state).map(|migration| (migration, Opening::of(&migration.up))).collect();
    let first = migrations.iter().position(|(_, opening)| !opening.contracts.is_empty())?;
    let (contract, opening) = migrations.get(first)?;
    let behind = migrations.iter().skip(first).filter(|(_, opening)| opening.contracts.is_empty());
    let behind: Vec<String> = behind.map(|(migration, _)| migration.version.to_string()).collect();
    let next = behind.first()?;
    Some(Blocker {
        needed: "What a release needs before what an earlier one does not survive".to_owned(),
        why: format!(
            "{} is a contract ({}), and {} behind it {} not: `migrate --before-contract` leaves out {next} too",
            contract.version,
            opening.contracts.join(" and "),
            count(behind.len(), "migration"),
            if behind.len() == 1 { "is" } else { "are" },
        ),
        options: vec![
            format!(
                "deploy in two steps: first up to {}, once those releases are gone; then the rest",
                contract.version
            ),
            "not sealed yet: put the contract off to a change of its own".to_owned(),
        ],
    })
}

fn cut(faults: &[String]) -> String {
    let shown: Vec<&str> = faults.iter().take(FAULTS).map(String::as_str).collect();
    let left = faults.len().saturating_sub(FAULTS);
    let more = if left == 0 { String::new() } else { format!("; and {left} more") };
    format!("{}{more}", shown.join("; "))
}
