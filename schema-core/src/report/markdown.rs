//! A report as GitHub shows it in a comment.

use std::fmt::Write;

use super::details::{Detail, Direction};
use super::escape::{cell, code, cut, inline};
use super::summary::thing;
use super::{Blocker, Check, Outcome, Report, count};
use crate::describe::{Line, Sign};
use crate::ir::Dialect;

/// The first line, by which the comment of an earlier run is found again.
pub const MARKER: &str = "<!-- cargo schema report -->";

/// GitHub takes no longer comment, in bytes at the most cautious reading.
pub const LIMIT: usize = 65_536;

/// A longer list is folded.
const FOLD: usize = 12;

/// Texts within a line are cut to that many characters.
const TEXT: usize = 280;

/// A heading, and bytes that its list may take. Together they stay below [`LIMIT`].
struct Section {
    title: &'static str,
    bytes: usize,
}

const DETAILS: Section = Section { title: "Migration details", bytes: 9_000 };
const CHANGES: Section = Section { title: "Schema changes", bytes: 11_000 };
const FILES: Section = Section { title: "Files changed", bytes: 5_000 };
const COMMANDS: Section = Section { title: "Commands run", bytes: 3_000 };
const VALIDATION: Section = Section { title: "Validation performed", bytes: 4_000 };
const LOCKS: Section = Section { title: "Locks", bytes: 4_500 };
const HAZARDS: Section = Section { title: "Hazards", bytes: 5_500 };
const TIME: Section = Section { title: "Estimated time", bytes: 2_000 };
const WHEN: Section = Section { title: "When to run", bytes: 3_000 };
const OTHERS: Section = Section { title: "Besides", bytes: 4_000 };
const ADVICE: Section = Section { title: "Advice", bytes: 3_000 };
const BLOCKERS: Section = Section { title: "Blockers", bytes: 7_500 };

impl Report {
    /// The report in GitHub's Markdown, shorter than [`LIMIT`] bytes: long lists are folded, too long ones are cut, with
    /// the number of what was left out. The same report gives the same bytes.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("{MARKER}\n## Schema report: {}\n\n", inline(&cut(&self.subject, TEXT)));
        self.summary(&mut out);
        let details = self.migrations.iter().map(detail);
        self.table(&mut out, &DETAILS, "| File | Direction | Reversible | Data impact |", details);
        self.changes(&mut out);
        let files = self.files.iter().map(|file| {
            let lines = file.lines.map(|lines| lines.to_string()).unwrap_or_default();
            row(&[code(&file.file.display().to_string()), lines, file.standing.words().to_owned()])
        });
        self.table(&mut out, &FILES, "| File | Lines | What it is |", files);
        self.commands(&mut out);
        self.list(&mut out, &VALIDATION, 3, self.validation.iter().map(check));
        self.notes(&mut out);
        self.blockers(&mut out);
        out
    }

    fn summary(&self, out: &mut String) {
        let summary = &self.summary;
        let lines = [
            ("What it does", &summary.change),
            ("Undoing it", &summary.reversal),
            ("What it costs", &summary.cost),
            ("Blockers", &summary.verdict),
        ];
        let _ = writeln!(out, "### Summary\n");
        for (title, text) in lines {
            let _ = writeln!(out, "- **{title}:** {}", inline(&cut(text, 2 * TEXT)));
        }
    }

    fn changes(&self, out: &mut String) {
        let has_reasons = self.changes.iter().any(|line| line.reason.is_some());
        let head =
            if has_reasons { "| Change | Object | Details | Consent |" } else { "| Change | Object | Details |" };
        let basis = format!("_{}_", inline(&cut(&self.changes_basis, 2 * TEXT)));
        let rows = self.changes.iter().map(|line| change(line, has_reasons));
        self.table(out, &CHANGES, head, rows);
        let _ = writeln!(out, "\n{basis}");
    }

    fn commands(&self, out: &mut String) {
        let (lines, left) =
            fitting(self.commands.iter().map(|command| command.replace(['\n', '\r'], " ")), COMMANDS.bytes);
        let _ = writeln!(out, "\n### {}\n\n```sh\n{}\n```", COMMANDS.title, lines.join("\n"));
        self.left(out, left);
    }

    fn notes(&self, out: &mut String) {
        let notes = &self.notes;
        let _ = writeln!(out, "\n### Notes");
        let locks = notes.locks.iter().map(|file| {
            let none = if file.is_known { "none that keep anybody off" } else { "" };
            let locks: Vec<String> = file.locks.iter().map(|lock| code(&cut(lock, TEXT))).collect();
            let locks = if locks.is_empty() { none.to_owned() } else { locks.join("<br>") };
            row(&[code(&file.file.display().to_string()), locks, inline(&file.basis)])
        });
        match self.dialect {
            Dialect::Postgres | Dialect::MariaDb | Dialect::MySql => {
                self.subtable(out, &LOCKS, "| File | Locks | Basis |", locks);
            }
            Dialect::Sqlite => {
                let _ = writeln!(
                    out,
                    "\n#### {}\n\nSQLite locks the whole database for each writer, whatever it writes.",
                    LOCKS.title
                );
            }
        }
        let hazards = notes.hazards.iter().map(|hazard| {
            let files = count(hazard.files.len(), "file");
            let effect = if hazard.effect.is_empty() { "nothing on this database" } else { hazard.effect };
            let cells = [format!("{} {}", hazard.code, hazard.title), files, effect.to_owned(), hazard.done.clone()];
            row(&cells.map(|text| inline(&cut(&text, TEXT))))
        });
        self.subtable(out, &HAZARDS, "| Hazard | In | What it does | What is done about it |", hazards);
        let bullet = |text: &String| format!("- {}", inline(&cut(text, TEXT)));
        let basis = format!("- {}", inline(&notes.time_basis));
        self.list(out, &TIME, 4, notes.time.iter().map(bullet).chain([basis]));
        self.list(out, &WHEN, 4, notes.when.iter().map(bullet));
        self.list(out, &OTHERS, 4, notes.others.iter().map(bullet));
        let advice = notes.advice.iter().map(|advice| {
            let table = advice.table.as_ref().map(ToString::to_string);
            let name: Vec<String> = table.into_iter().chain(advice.part.clone()).collect();
            let name = code(&name.join("."));
            format!("- {name}: {}; {}", inline(&cut(&advice.evidence, TEXT)), inline(&cut(&advice.remedy, TEXT)))
        });
        self.list(out, &ADVICE, 4, advice);
    }

    fn blockers(&self, out: &mut String) {
        if self.blockers.is_empty() {
            let _ = writeln!(out, "\n### {}\n\nNone.", BLOCKERS.title);
        } else {
            self.list(out, &BLOCKERS, 3, self.blockers.iter().map(blocker));
        }
    }

    /// A section with a table; nothing is said where there are no rows.
    fn table(&self, out: &mut String, section: &Section, head: &str, rows: impl Iterator<Item = String>) {
        let columns = head.matches('|').count() - 1;
        let head = format!("{head}\n|{}", " --- |".repeat(columns));
        self.part(out, section, 3, Some(head), rows);
    }

    fn subtable(&self, out: &mut String, section: &Section, head: &str, rows: impl Iterator<Item = String>) {
        let columns = head.matches('|').count() - 1;
        let head = format!("{head}\n|{}", " --- |".repeat(columns));
        let rows: Vec<String> = rows.collect();
        if !rows.is_empty() {
            self.part(out, section, 4, Some(head), rows.into_iter());
        }
    }

    fn list(&self, out: &mut String, section: &Section, level: usize, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            self.part(out, section, level, None, items.into_iter());
        }
    }

    fn part(
        &self,
        out: &mut String,
        section: &Section,
        level: usize,
        head: Option<String>,
        items: impl Iterator<Item = String>,
    ) {
        let (lines, left) = fitting(items, section.bytes);
        let _ = writeln!(out, "\n{} {}\n", "#".repeat(level), section.title);
        if lines.is_empty() && left == 0 {
            out.push_str("None.\n");
            return;
        }
        let total = lines.len() + left;
        let is_folded = total > FOLD;
        if is_folded {
            let _ = writeln!(out, "<details><summary>{total} entries</summary>\n");
        }
        head.iter().for_each(|head| out.extend([head.as_str(), "\n"]));
        lines.iter().for_each(|line| out.extend([line.as_str(), "\n"]));
        self.left(out, left);
        if is_folded {
            out.push_str("\n</details>\n");
        }
    }

    fn left(&self, out: &mut String, left: usize) {
        if left > 0 {
            let _ = writeln!(out, "\n… and {left} more, which `--json` has.");
        }
    }
}

/// The items that fit, and how many don't.
fn fitting(items: impl Iterator<Item = String>, bytes: usize) -> (Vec<String>, usize) {
    let mut used = 0;
    let mut left = 0;
    let mut lines = Vec::new();
    for item in items {
        used += item.len() + 1;
        if used > bytes || left > 0 {
            left += 1;
        } else {
            lines.push(item);
        }
    }
    (lines, left)
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("| {} |", cells.join(" | "))
}

fn detail(detail: &Detail) -> String {
    let direction = match detail.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    let mut impact: Vec<String> = detail.data.iter().map(|text| inline(&cut(text, TEXT))).collect();
    if impact.is_empty() {
        impact.push(if detail.tells_of_rows { "no row changes" } else { "its comments don't say" }.to_owned());
    }
    impact.extend(detail.contracts.iter().map(|text| format!("**contract:** {}", inline(&cut(text, TEXT)))));
    let reversible = inline(&cut(&detail.reversible, TEXT));
    row(&[code(&detail.file.display().to_string()), direction.to_owned(), reversible, impact.join("<br>")])
}

fn change(line: &Line, has_reasons: bool) -> String {
    let sign = match line.action {
        Sign::Add => "added",
        Sign::Remove => "removed",
        Sign::Change if line.is_rename() => "renamed",
        Sign::Change => "changed",
    };
    let object = inline(&cut(&thing(line), TEXT));
    let detail = line.detail.as_ref().map(|detail| code(&cut(detail, TEXT))).unwrap_or_default();
    let mut cells = vec![sign.to_owned(), object, detail];
    if has_reasons {
        cells.push(line.reason.as_ref().map(|reason| inline(&cut(reason, TEXT))).unwrap_or_default());
    }
    row(&cells)
}

fn check(check: &Check) -> String {
    let tick = if check.outcome == Outcome::Passed { "x" } else { " " };
    let what = inline(&check.what);
    let figure = inline(&check.figure);
    match check.outcome {
        Outcome::Passed => format!("- [{tick}] {what}: {figure}"),
        Outcome::Failed => format!("- [{tick}] {what}: **failed**, {figure} ({})", code(&check.command)),
        Outcome::NotRun if !figure.is_empty() => format!("- [{tick}] {what}: {figure}"),
        Outcome::NotRun => format!("- [{tick}] {what}: not run ({})", code(&check.command)),
    }
}

fn blocker(blocker: &Blocker) -> String {
    let mut out = format!("- **{}**", inline(&cut(&blocker.needed, TEXT)));
    let _ = write!(out, "\n  - Why: {}", inline(&cut(&blocker.why, 4 * TEXT)));
    for option in &blocker.options {
        let _ = write!(out, "\n  - Option: {}", inline(&cut(option, 2 * TEXT)));
    }
    out
}
