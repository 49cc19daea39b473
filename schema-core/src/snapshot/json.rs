//! Checked-in JSON files: read with a finding for whatever may have happened to them, written for git to merge.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diag::{Finding, Place};

/// The version of the files' format that this code reads and writes.
pub(crate) const FORMAT: u32 = 1;

/// What every way out of a broken file starts with.
pub(crate) fn restore(label: &Path) -> String {
    format!("restore it from version control: `git checkout HEAD -- {}`", label.display())
}

/// The way out of a merge that made a state of no branch's own.
pub(crate) const REDO_MERGE: &str =
    "after a merge, `cargo schema rebase` puts the migrations of both branches in a row and makes the base anew";

#[derive(Deserialize)]
struct Header {
    format: Option<u32>,
}

/// The value of a file that says its format; `None` when there is no file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, label: &Path) -> Result<Option<T>, Finding> {
    let Some(text) = text_of(path, label)? else { return Ok(None) };
    if let Ok(Header { format: Some(format) }) = serde_json::from_str(&text)
        && format > FORMAT
    {
        let message = format!("the file has format {format}, which is newer than this version's format {FORMAT}");
        return Err(
            Finding::error(Some(start(label)), message).help("update schema-core, schema-runtime and cargo-schema")
        );
    }
    parse(&text, label).map(Some)
}

/// The value and the text of a file whose format another one says.
pub(super) fn read_with_text<T: DeserializeOwned>(path: &Path, label: &Path) -> Result<Option<(T, String)>, Finding> {
    text_of(path, label)?.map(|text| parse(&text, label).map(|value| (value, text))).transpose()
}

fn text_of(path: &Path, label: &Path) -> Result<Option<String>, Finding> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Finding::error(Some(start(label)), format!("the file can't be read: {error}")).help(restore(label)))
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str, label: &Path) -> Result<T, Finding> {
    serde_json::from_str(text).map_err(|error| {
        if let Some(line) = conflict(text) {
            let place = Place { file: label.to_path_buf(), line, column: 1 };
            return Finding::error(Some(place), "the file holds a merge conflict of git").help(REDO_MERGE);
        }
        let place = Place { file: label.to_path_buf(), line: error.line().max(1), column: error.column().max(1) };
        let text = error.to_string();
        let cause = text.rsplit_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
        Finding::error(Some(place), format!("the file is corrupt: {cause}")).help(restore(label))
    })
}

/// No JSON holds a conflict of git.
fn conflict(text: &str) -> Option<usize> {
    const MARKERS: [&str; 3] = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
    let marked = |line: &str| MARKERS.iter().any(|marker| line.starts_with(marker));
    text.lines().position(marked).map(|index| index + 1)
}

/// Pretty, one fact a line, with a final line feed.
pub(crate) fn text(value: &impl Serialize) -> String {
    // Maps with string keys and plain structs always serialize.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The first character of a file.
pub(crate) fn start(label: &Path) -> Place {
    Place { file: label.to_path_buf(), line: 1, column: 1 }
}
