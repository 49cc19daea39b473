//! `--locks`: what each statement locks, measured.

use std::fmt;

use schema_core::build::{State, record_locks};
use schema_core::ir::Dialect;
use schema_core::locks::FILE_NAME;
use schema_runtime::locks::{Row, Survey, survey};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::files::relative;
use crate::output::{CHANGED, HEADING, Outcome, QUIET, REMOVED, Report, count, paint};
use crate::sides::BenchArgs;

/// Statements and names are cut to these widths, in characters.
const STATEMENT: usize = 64;
const TABLE: usize = 40;

#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    dialect: Dialect,
    /// None where no server tells.
    survey: Option<Survey>,
    /// Files of which the record says something else.
    differing: Vec<String>,
    notes: Vec<String>,
}

/// Runs every migration there and back, and records what was measured, or with `check` compares it with the record.
pub(super) fn measure(global: &Global, bench: &BenchArgs, check: bool) -> Result<Measured, Failure> {
    let project = global.project()?;
    let state = State::load(&project)?;
    if let Some(note) = unmeasured(project.dialect) {
        let (survey, differing, notes) = (None, Vec::new(), vec![note.to_owned()]);
        return Ok(Measured { dialect: project.dialect, survey, differing, notes });
    }
    let survey =
        bench.run(project.dialect, async |bench| survey(bench, &state.migrations, &project.crate_dir).await)?;
    let (locks, record) = (survey.locks(), relative(&project, &project.schema_dir.join(FILE_NAME)));
    let mut notes = Vec::new();
    let mut differing = Vec::new();
    if check {
        differing = locks.differing(state.locks.as_ref());
        let other = state.locks.as_ref().map(|locks| locks.server).filter(|server| *server != survey.server);
        notes.extend(other.map(|server| format!("{} is of PostgreSQL {server}", record.display())));
    } else {
        record_locks(&project, &locks)?;
        notes.push(format!("kept in {}; commit it with the migrations", record.display()));
        if !state.edited().is_empty() {
            notes.push("the draft was edited by hand, so its comments stay as they are".to_owned());
        }
    }
    Ok(Measured { dialect: project.dialect, survey: Some(survey), differing, notes })
}

/// Why there is nothing to measure.
fn unmeasured(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => None,
        Dialect::Sqlite => {
            Some("SQLite locks the whole database for each writer, whatever it writes: there is nothing to measure")
        }
        Dialect::MariaDb | Dialect::MySql => Some(
            "MariaDB and MySQL do not tell what a statement locked: each ALTER TABLE of a draft says its ALGORITHM and LOCK instead, \
             and the server refuses one that would need more",
        ),
    }
}

impl Report for Measured {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.differing.is_empty())
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(survey) = &self.survey {
            table(survey, f)?;
        }
        for file in &self.differing {
            writeln!(f, "{}", paint(REMOVED, format!("the record says otherwise of {file}")))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "{}", paint(QUIET, note)))
    }
}

fn table(survey: &Survey, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let files: Vec<(&str, Vec<Row<'_>>)> = survey.files.iter().map(|file| (file.file.as_str(), file.rows())).collect();
    let rows = || files.iter().flat_map(|(_, rows)| rows);
    let statements = rows().map(|row| cut(row.sql, STATEMENT).chars().count()).max().unwrap_or_default();
    let tables = rows().map(|row| cut(&row.table, TABLE).chars().count()).max().unwrap_or_default();
    for (file, rows) in &files {
        writeln!(f, "{}", paint(HEADING, file))?;
        let mut last = None;
        for row in rows {
            let sql = if last == Some(row.statement) { String::new() } else { cut(row.sql, STATEMENT) };
            last = Some(row.statement);
            let line = format!("  {sql:statements$}  {:tables$}  {}", cut(&row.table, TABLE), what(row));
            writeln!(f, "{}", line.trim_end())?;
        }
    }
    writeln!(f, "{}, measured on PostgreSQL {}", count(files.len(), "file"), survey.server)
}

fn what(row: &Row<'_>) -> String {
    let lock = row.lock.map(|lock| paint(CHANGED, lock)).unwrap_or_default();
    let held = if row.held && row.lock.is_some() { " (held)" } else { "" };
    let effects = if row.effects.is_empty() { String::new() } else { format!(": {}", row.effects.join(", ")) };
    if row.table.is_empty() { paint(QUIET, "nothing that was there before") } else { format!("{lock}{held}{effects}") }
}

/// In one line, at most that long.
fn cut(text: &str, width: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(width) {
        Some(_) => line.chars().take(width - 1).chain(['…']).collect(),
        None => line,
    }
}
