//! What was looked at: a box is ticked by a run that happened, and by nothing else.

use serde::Serialize;

use super::{Facts, Proof, Proved, count};
use crate::ir::Dialect;
use crate::locks::FILE_NAME as LOCKS_FILE;

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What must hold.
    pub what: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The figures of the run; empty without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub figure: String,
    /// The command that runs it.
    pub command: String,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was run and holds.
    Passed,
    /// It was run and does not hold.
    Failed,
    /// It was not run.
    #[default]
    NotRun,
}

impl Outcome {
    /// Passed or failed.
    #[must_use]
    pub fn of(holds: bool) -> Self {
        if holds { Self::Passed } else { Self::Failed }
    }

    /// Of several: failed where one is, not run where none was.
    #[must_use]
    pub fn all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        outcomes.into_iter().fold(Self::NotRun, |all, one| match (all, one) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Passed, _) | (_, Self::Passed) => Self::Passed,
            (Self::NotRun, Self::NotRun) => Self::NotRun,
        })
    }
}

pub(super) fn validation(facts: &Facts<'_>) -> Vec<Check> {
    let mut checks = vec![files(facts)];
    checks.extend(structs(facts));
    checks.push(linted(facts));
    checks.extend(advised(facts));
    checks.extend(proved(facts));
    if facts.state.project.dialect == Dialect::Postgres {
        checks.push(measured(facts));
    }
    checks
}

fn check(what: &str, outcome: Outcome, figure: String, command: &str) -> Check {
    Check { what: what.to_owned(), outcome, figure, command: command.to_owned() }
}

fn files(facts: &Facts<'_>) -> Check {
    let sealed = facts.state.base.sealed.len();
    let figure = match facts.faults.len() {
        0 => format!("{} by checksum and hash chain", count(sealed, "sealed migration")),
        faults => count(faults, "error"),
    };
    let outcome = Outcome::of(facts.faults.is_empty());
    check("Sealed files are what was sealed, and every file has its pair", outcome, figure, "cargo schema check")
}

fn structs(facts: &Facts<'_>) -> Option<Check> {
    let findings = facts.structs.as_ref()?;
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let figure = match (errors, facts.chosen.holds_draft) {
        (0, true) => "the draft is what the structs say".to_owned(),
        (0, false) => "the base is what the structs say".to_owned(),
        (errors, _) => count(errors, "error"),
    };
    Some(check("Structs, base and files agree", Outcome::of(errors == 0), figure, "cargo schema check"))
}

fn linted(facts: &Facts<'_>) -> Check {
    let lint = &facts.lint;
    let findings = lint.hazards.len() + lint.findings.len();
    let mut figure = format!(
        "{} in {}, {}",
        count(lint.statements, "statement"),
        count(lint.files, "file"),
        count(findings, "finding")
    );
    if !lint.passed_over.is_empty() {
        figure += &format!("; {} could not be judged by its text", count(lint.passed_over.len(), "statement"));
    }
    check("Linted by the catalogue of hazards", Outcome::of(findings == 0), figure, "cargo schema lint")
}

fn advised(facts: &Facts<'_>) -> Option<Check> {
    let advice = facts.advice.as_ref()?;
    let figure = match advice.len() {
        0 => "nothing to advise on the tables that change".to_owned(),
        1 => "1 piece of advice on the tables that change".to_owned(),
        number => format!("{number} pieces of advice on the tables that change"),
    };
    Some(check(
        "Tables looked through for missing keys and indexes",
        Outcome::Passed,
        figure,
        "cargo schema advise --no-explain",
    ))
}

fn proved(facts: &Facts<'_>) -> Vec<Check> {
    let proof = facts.proof.clone().unwrap_or_default();
    let by = |outcome: fn(&Proved) -> Outcome| Outcome::all(proof.migrations.iter().map(outcome));
    let figure = |outcome, text: String| if outcome == Outcome::NotRun { String::new() } else { text };
    let total = |number: fn(&Proved) -> usize| proof.migrations.iter().map(number).sum::<usize>();
    let add =
        |what: &str, outcome: Outcome, text: String| check(what, outcome, figure(outcome, text), &facts.verifying);

    let (runs, catalogs, rows) = (by(|it| it.runs), by(|it| it.catalogs), by(|it| it.rows));
    let irreversible = proof.migrations.iter().filter(|it| it.irreversible.is_some()).count();
    let back = if irreversible == 0 { String::new() } else { format!(", {irreversible} of them without a way back") };
    let runs_figure =
        format!("{}{back}; {} put in", count(proof.migrations.len(), "migration"), count(total(|it| it.put_in), "row"));
    let stated = total(|it| it.stated.len());
    let stated =
        if stated == 0 { String::new() } else { format!("; {}, as the files say", count(stated, "difference")) };
    let compared = total(|it| it.compared);
    let rows_figure = format!("{} compared{stated}", count(compared, "row"));
    let (tried, survived) =
        proof.migrations.iter().filter_map(|it| it.kills).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    let was_killed = proof.migrations.iter().any(|it| it.kills.is_some());
    let kills = if was_killed { Outcome::of(tried == survived) } else { Outcome::NotRun };
    let mut checks = vec![
        add("Up, down and up again run on rows", runs, runs_figure),
        add("Catalogs are what they must be after each", catalogs, count(proof.migrations.len(), "migration")),
        compared_rows(add("Rows are what they must be after each", rows, rows_figure), compared),
        add(
            "Killed behind each statement, the next run mends it",
            kills,
            format!("{survived} of {tried} kills survived"),
        ),
    ];
    checks.extend(
        whole(&proof).map(|(outcome, text)| add("All migrations from nothing, back, and again", outcome, text)),
    );
    checks
}

/// Where no table holds rows beforehand, nothing was compared, and the box stays empty.
fn compared_rows(check: Check, compared: usize) -> Check {
    if check.outcome != Outcome::Passed || compared > 0 {
        return check;
    }
    let figure = "nothing to compare, no table holds rows before it".to_owned();
    Check { outcome: Outcome::NotRun, figure, ..check }
}

fn whole(proof: &Proof) -> Option<(Outcome, String)> {
    let faults = proof.whole.as_ref()?;
    let text = if faults.is_empty() { "by the runner itself".to_owned() } else { count(faults.len(), "fault") };
    Some((Outcome::of(faults.is_empty()), text))
}

fn measured(facts: &Facts<'_>) -> Check {
    let (outcome, figure) = match &facts.measured {
        Some(Ok(locks)) => {
            let statements = locks.files.values().map(Vec::len).sum();
            let files = count(locks.files.len(), "file");
            (Outcome::Passed, format!("{} in {files} on PostgreSQL {}", count(statements, "statement"), locks.server))
        }
        Some(Err(_)) => (Outcome::Failed, "they could not be measured".to_owned()),
        None => (Outcome::NotRun, String::new()),
    };
    let mut check = check("Locks, rewrites and scans measured", outcome, figure, &facts.verifying);
    if facts.state.locks.is_some() && outcome == Outcome::NotRun {
        check.what += &format!(" (`schema/{LOCKS_FILE}` has an earlier record)");
    }
    check
}
