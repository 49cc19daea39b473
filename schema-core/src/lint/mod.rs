//! A linter for SQL files that nobody generated, by the same catalogue of hazards (`cargo schema lint`).
//!
//! Files are read in the order in which they run, so that a statement is judged by what those before it made: what a
//! file creates itself is in nobody's use, and a check that an earlier file validated spares SET NOT NULL its scan.
//! Nothing but text is looked at. What text can't tell is said as something that may be, or, for statements that only
//! run (`DO`, `CALL`), counted as passed over; `cargo schema verify --locks` runs and measures those.

mod folder;
mod history;
mod judge;
mod mysql;
mod postgres;
mod read;
mod source;
mod sqlite;
mod statement;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use folder::folder;
pub use mysql::{StatedLocks, stated_locks};
use serde::Serialize;

use crate::allow::Allow;
use crate::diag::{Finding, Place};
use crate::hazard;
use crate::ir::Dialect;
use crate::migration::no_transaction;
use crate::plan::{Drafted, drafted};
use history::History;
use judge::{Found, Judge};
use source::{Source, source};

/// Hazards of what an up takes away: a down takes away what its up brought.
const OF_UPS_ONLY: [&str; 13] =
    ["H5", "H11", "H12", "H13", "H23", "H26", "H45", "H47", "H49", "H52", "H54", "H63", "H65"];

/// Hazards of what is chosen rather than of how it comes. In a drafted file it was chosen in the structs.
const OF_DESIGN: [&str; 4] = ["H23", "H45", "H63", "H72"];

/// On MariaDB and MySQL every definition of a file stays when a later one fails. Drafts count on a runner that goes on
/// behind what is done.
const OF_OTHER_RUNNERS: &str = "H59";

/// What a drafted file says by naming the code before: the table is shut and written anew, or a new column takes the
/// place of the old, and what stands on it, in the same file, steps aside and comes back.
const PART_OF: [(&str, &[&str]); 3] = [
    ("H14", &["H7", "H10", "H11", "H12", "H13", "H24", "H26", "H38", "H42", "H53", "H65"]),
    ("H52", &["H7", "H14", "H24", "H38"]),
    // On MariaDB and MySQL a unique index is a unique key.
    ("H36", &["H27"]),
];

/// A file to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As findings name it.
    pub label: PathBuf,
    /// Its whole text.
    pub text: String,
    /// Up or down.
    pub way: Way,
    /// False: its statements count for what comes after it, and nothing is said of it.
    pub judged: bool,
}

/// Which way a file leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Forward. A file without a down is one, too.
    Up,
    /// Back: the way back of the up file before it. Later files don't build on it.
    Down,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many files were judged.
    pub files: usize,
    /// How many statements they hold.
    pub statements: usize,
    /// Statements that could not be judged: bodies that only run, and what is not known.
    pub passed_over: Vec<Place>,
    /// Hazards, by place.
    pub hazards: Vec<Met>,
    /// Comments that allow nothing, files that can't be read.
    pub findings: Vec<Finding>,
}

/// A hazard that a statement meets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Met {
    /// Where.
    pub place: Place,
    /// The row of the catalogue: `H33`.
    pub code: &'static str,
    /// The row's title.
    pub title: &'static str,
    /// What happens, with the names of the statement.
    pub message: String,
    /// The row's recipe.
    pub remedy: &'static str,
}

impl Report {
    /// Takes in what was found elsewhere.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.statements += other.statements;
        self.passed_over.extend(other.passed_over);
        self.hazards.extend(other.hazards);
        self.findings.extend(other.findings);
    }

    /// Whether there is anything to say.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.hazards.is_empty() && self.findings.is_empty()
    }
}

impl Met {
    /// As other findings look: the title, what happens, and the recipe as the help.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let message = format!("{} {}: {}", self.code, self.title, self.message);
        Finding::warning(Some(self.place.clone()), message).help(self.remedy)
    }
}

/// Judges files, given in the order in which they run: an up file, then its down.
///
/// ```
/// use schema_core::{ir::Dialect, lint::{File, Way, lint}};
/// let text = "ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17);\n".to_owned();
/// let file = File { label: "1_adult.up.sql".into(), text, way: Way::Up, judged: true };
/// let report = lint(Dialect::Postgres, &[file]);
/// assert_eq!(report.hazards[0].code, "H24");
/// assert_eq!(report.hazards[0].place.to_string(), "1_adult.up.sql:1:19");
/// ```
#[must_use]
pub fn lint(dialect: Dialect, files: &[File]) -> Report {
    let sources: Vec<Result<Source, String>> = files.iter().map(|file| source(dialect, &file.text)).collect();
    let mut last = History::new(dialect);
    for (_, source) in files.iter().zip(&sources).filter(|(file, _)| file.way == Way::Up) {
        last.begin_file();
        last.apply_all(source.iter().flat_map(|source| &source.statements));
    }
    let mut linter =
        Linter { dialect, last, history: History::new(dialect), up_is_empty: true, report: Report::default() };
    files.iter().zip(&sources).for_each(|(file, source)| linter.file(file, source));
    linter.report.hazards.sort();
    linter.report.findings.sort_by(|a, b| a.place.cmp(&b.place));
    linter.report
}

struct Linter {
    dialect: Dialect,
    /// After all files.
    last: History,
    /// After the up files so far.
    history: History,
    up_is_empty: bool,
    report: Report,
}

impl Linter {
    fn file(&mut self, file: &File, source: &Result<Source, String>) {
        match source {
            Ok(source) => {
                let found = self.judge(file, source);
                self.report(file, source, found);
            }
            Err(error) => {
                let finding = Finding::error(Some(place(file, (1, 1))), format!("the file can't be read: {error}"));
                self.report.findings.extend(file.judged.then_some(finding));
            }
        }
    }

    fn judge(&mut self, file: &File, source: &Source) -> Vec<Found> {
        let mut history = self.history.clone();
        history.begin_file();
        let mut found = Vec::new();
        for (at, statement) in source.statements.iter().enumerate() {
            let mut judge = Judge {
                dialect: self.dialect,
                in_transaction: !no_transaction(&file.text),
                statements: &source.statements,
                at,
                history: &history,
                last: &self.last,
                found: &mut found,
            };
            match self.dialect {
                Dialect::Postgres => postgres::judge(&mut judge),
                Dialect::Sqlite => sqlite::judge(&mut judge),
                Dialect::MariaDb | Dialect::MySql => mysql::judge(&mut judge),
            }
            history.apply(&statement.kind);
        }
        match file.way {
            Way::Up => (self.history, self.up_is_empty) = (history, source.statements.is_empty()),
            Way::Down if source.statements.is_empty() && !self.up_is_empty => found.push(Found {
                code: "H68",
                place: (1, 1),
                statement: None,
                message: "the down holds no statement, and its up does".to_owned(),
            }),
            Way::Down => {}
        }
        found
    }

    fn report(&mut self, file: &File, source: &Source, mut found: Vec<Found>) {
        if !file.judged {
            return;
        }
        match drafted(&file.text) {
            Some(Drafted::Down) => found.clear(),
            Some(Drafted::Up(named)) => {
                let said = |code: &str| {
                    named.contains(code)
                        || (self.dialect.is_mysql() && code == OF_OTHER_RUNNERS)
                        || PART_OF.iter().any(|(whole, parts)| named.contains(whole) && parts.contains(&code))
                };
                found.retain(|found| !said(found.code) && !OF_DESIGN.contains(&found.code));
            }
            None if file.way == Way::Down => found.retain(|found| !OF_UPS_ONLY.contains(&found.code)),
            None => {}
        }
        for (at, statement) in source.statements.iter().enumerate() {
            self.heed(file, &statement.allows, Some(at), &mut found);
        }
        self.heed(file, &source.left, None, &mut found);
        let met = |found: Found| {
            let hazard = hazard::find(found.code)?;
            let (code, title, remedy) = (hazard.code, hazard.title, hazard.recipe);
            Some(Met { place: place(file, found.place), code, title, message: found.message, remedy })
        };
        self.report.hazards.extend(found.into_iter().filter_map(met));
        self.report.files += 1;
        self.report.statements += source.statements.len();
        let passed_over = source.statements.iter().filter(|statement| statement.kind.is_passed_over());
        self.report.passed_over.extend(passed_over.map(|statement| place(file, statement.place)));
    }

    /// Takes away what the comments above a statement allow, and says which of them allow nothing.
    fn heed(&mut self, file: &File, allows: &[Allow], statement: Option<usize>, found: &mut Vec<Found>) {
        for allow in allows {
            let finding = match &allow.codes {
                Err((message, help)) => Some(Finding::error(None, message).help(help)),
                Ok(codes) => {
                    let stale = codes.iter().filter(|code| {
                        let before = found.len();
                        found.retain(|found| found.statement != statement || found.code != **code);
                        found.len() == before
                    });
                    let stale: Vec<&str> = stale.copied().collect();
                    let message = || format!("the statement below meets no {}", stale.join(", "));
                    (!stale.is_empty()).then(|| Finding::warning(None, message()).help("delete it"))
                }
            };
            let finding = finding.map(|finding| Finding { place: Some(place(file, allow.place)), ..finding });
            self.report.findings.extend(finding);
        }
    }
}

fn place(file: &File, (line, column): (usize, usize)) -> Place {
    Place { file: file.label.clone(), line, column }
}
