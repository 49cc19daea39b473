//! sqlx's migration files: names, pairs, checksums.
//!
//! A folder is read as sqlx 0.9 reads it (FACTS.md 3.1), and what sqlx passes over in silence is said aloud: a
//! duplicate version, a missing down, a name that it ignores, a marker that a byte-order mark hides.

mod opening;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha384};

use crate::diag::{Finding, Place};
pub use opening::{CONTRACT, Opening, Reversible};
pub(crate) use opening::{DATA, LOCKS, NO_ROW_CHANGES, NOTE, REVERSIBLE, SIZE};

/// The first bytes of a file that runs outside a transaction.
const NO_TRANSACTION: &str = "-- no-transaction";

const BYTE_ORDER_MARK: char = '\u{feff}';

/// One migration: an up file and, where it is reversible, its down file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The number before the first `_`.
    pub version: i64,
    /// The rest of the name, with spaces for `_`.
    pub description: String,
    /// The up file's whole text.
    pub up: String,
    /// The down file's whole text; `None` for a simple `.sql` file.
    pub down: Option<String>,
    /// The up file.
    pub up_path: PathBuf,
    /// The down file.
    pub down_path: Option<PathBuf>,
}

impl Migration {
    /// Its files with their texts, the up file first.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let down = self.down_path.as_deref().zip(self.down.as_deref());
        [(self.up_path.as_path(), self.up.as_str())].into_iter().chain(down)
    }

    /// The part of the file name between the version and the direction.
    #[must_use]
    pub fn slug(&self) -> String {
        let name = file_name(&self.up_path);
        let rest = name.split_once('_').map_or(name.as_str(), |(_, rest)| rest);
        rest.strip_suffix(Direction::Up.suffix())
            .or_else(|| rest.strip_suffix(Direction::Simple.suffix()))
            .unwrap_or(rest)
            .to_owned()
    }
}

/// What a folder holds, with all that is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// In the order of their versions. Incomplete when a finding is an error.
    pub migrations: Vec<Migration>,
    /// Errors and warnings.
    pub findings: Vec<Finding>,
}

/// The folder's migrations, or its errors. A folder that does not exist holds none.
///
/// # Errors
/// Every finding of [`Folder::read`], when one of them is an error.
pub fn read_dir(dir: &Path) -> Result<Vec<Migration>, Vec<Finding>> {
    let folder = Folder::read(dir, dir);
    if folder.findings.iter().any(Finding::is_error) { Err(folder.findings) } else { Ok(folder.migrations) }
}

/// The version of a new file: the time, or one more than the newest file where that is not behind it, so that clocks
/// and time zones never put a new file before an old one (BUGS.md B34).
///
/// ```
/// use schema_core::migration::next_version;
/// assert_eq!(next_version(20260102030405, Some(20250101000000)), 20260102030405);
/// assert_eq!(next_version(20260102030405, Some(20260102030405)), 20260102030406);
/// assert_eq!(next_version(20260102030405, None), 20260102030405);
/// ```
#[must_use]
pub fn next_version(now: i64, newest: Option<i64>) -> i64 {
    newest.map_or(now, |newest| now.max(newest.saturating_add(1)))
}

/// sqlx's checksum: SHA-384 of the raw text, line endings and byte-order mark included.
#[must_use]
pub fn checksum(text: &str) -> Vec<u8> {
    Sha384::digest(text).to_vec()
}

/// The checksum of the text as we write it: LF, no byte-order mark. A checkout with CRLF agrees (BUGS.md B29).
#[must_use]
pub fn normalized_checksum(text: &str) -> Vec<u8> {
    checksum(&normalized(text))
}

/// The text with LF line endings and without a byte-order mark.
#[must_use]
pub fn normalized(text: &str) -> String {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).replace("\r\n", "\n")
}

/// True when sqlx runs the file outside a transaction: the marker is its very first bytes.
#[must_use]
pub fn no_transaction(text: &str) -> bool {
    text.starts_with(NO_TRANSACTION)
}

/// What must be gone before the file runs, if it ends something that an earlier release still uses.
///
/// ```
/// use schema_core::migration::contract;
/// let text = "-- drop users.name\n-- Contract: releases that know `users.name`\n\nALTER TABLE ..";
/// assert_eq!(contract(text), Some("releases that know `users.name`"));
/// assert_eq!(contract("SELECT 1;\n-- Contract: too late"), None);
/// ```
#[must_use]
pub fn contract(text: &str) -> Option<&str> {
    text.lines().take_while(|line| line.starts_with("--")).find_map(|line| line.strip_prefix(CONTRACT))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Simple,
    Up,
    Down,
}

impl Direction {
    fn of(rest: &str) -> Self {
        [Self::Up, Self::Down].into_iter().find(|way| rest.ends_with(way.suffix())).unwrap_or(Self::Simple)
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Simple => ".sql",
            Self::Up => ".up.sql",
            Self::Down => ".down.sql",
        }
    }
}

struct File {
    version: i64,
    description: String,
    direction: Direction,
    path: PathBuf,
    label: PathBuf,
    text: String,
}

impl Folder {
    /// Reads `dir`; findings name its files below `label`. Not recursive, as sqlx.
    #[must_use]
    pub fn read(dir: &Path, label: &Path) -> Self {
        let mut folder = Self::default();
        let mut by_version: BTreeMap<i64, Vec<File>> = BTreeMap::new();
        for name in folder.names(dir, label) {
            if let Some(file) = folder.file(dir, label, &name) {
                by_version.entry(file.version).or_default().push(file);
            }
        }
        for files in by_version.into_values() {
            folder.pair(files);
        }
        folder.findings.sort();
        folder
    }

    fn names(&mut self, dir: &Path, label: &Path) -> Vec<String> {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.error(label, format!("the migrations folder can't be read: {error}"), &[]);
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name().to_string_lossy().into_owned()),
                Err(error) => self.error(label, format!("the migrations folder can't be read: {error}"), &[]),
            }
        }
        names.sort();
        names
    }

    fn file(&mut self, dir: &Path, label: &Path, name: &str) -> Option<File> {
        let (path, label) = (dir.join(name), label.join(name));
        let (number, rest) = match name.split_once('_') {
            Some((number, rest)) if rest.ends_with(".sql") => (number, rest),
            _ => {
                self.ignored(&path, &label, name);
                return None;
            }
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return None,
            Err(error) => {
                self.error(&label, format!("the migration file can't be read: {error}"), &[]);
                return None;
            }
        }
        let version = self.version(&label, number)?;
        let text = self.text(&path, &label)?;
        let direction = Direction::of(rest);
        let description = rest.trim_end_matches(direction.suffix()).replace('_', " ");
        Some(File { version, description, direction, path, label, text })
    }

    fn ignored(&mut self, path: &Path, label: &Path, name: &str) {
        if name.to_ascii_lowercase().ends_with(".sql") && path.is_file() {
            self.warning(
                label,
                "sqlx passes over this file in silence: its name is not `<version>_<description>.up.sql`",
                &["rename it, or move it out of the migrations folder"],
            );
        }
    }

    fn version(&mut self, label: &Path, number: &str) -> Option<i64> {
        match number.parse::<i64>() {
            Ok(i64::MAX) => {
                self.error(label, "the version is the greatest there is: no later file can follow", &[RENAME]);
                None
            }
            Ok(version) => Some(version),
            Err(_) => {
                self.error(label, format!("`{number}` before the first `_` is no version number"), &[RENAME]);
                None
            }
        }
    }

    fn text(&mut self, path: &Path, label: &Path) -> Option<String> {
        match fs::read_to_string(path) {
            Ok(text) => {
                self.look_at(label, &text);
                Some(text)
            }
            Err(error) => {
                self.error(label, format!("the migration file can't be read: {error}"), &["save it as UTF-8 text"]);
                None
            }
        }
    }

    fn look_at(&mut self, label: &Path, text: &str) {
        let plain = normalized(text);
        if text.starts_with(BYTE_ORDER_MARK) {
            let help = &["save the file as UTF-8 without a byte-order mark"];
            if no_transaction(&plain) {
                self.error(label, format!("a byte-order mark before `{NO_TRANSACTION}` hides it from sqlx"), help);
            } else {
                self.warning(label, "the file starts with a byte-order mark, which changes its checksum", help);
            }
        } else if !no_transaction(&plain) && plain.lines().any(|line| line.trim_end() == NO_TRANSACTION) {
            self.warning(
                label,
                format!("`{NO_TRANSACTION}` has no effect here: sqlx looks for it in the file's first bytes only"),
                &["move it to the start of the first line"],
            );
        }
        if text.contains("\r\n") {
            self.warning(
                label,
                "the file has CRLF line endings, so its checksum differs from that of an LF checkout",
                &["add `*.sql text eol=lf` to `.gitattributes` in the migrations folder, and check the files out again"],
            );
        }
    }

    fn pair(&mut self, mut files: Vec<File>) {
        files.sort_by(|a, b| (a.direction, &a.path).cmp(&(b.direction, &b.path)));
        let (downs, ups): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|file| file.direction == Direction::Down);
        let mut ups = ups.into_iter();
        let mut downs = downs.into_iter();
        let (up, down) = (ups.next(), downs.next());
        for file in ups.chain(downs) {
            self.duplicate(&file);
        }
        match (up, down) {
            (Some(up), None) if up.direction == Direction::Simple => {
                self.warning(&up.label, "a simple `.sql` file can't be reverted", &[SPLIT]);
                self.migrations.push(up.with(None));
            }
            (Some(up), Some(down)) if up.direction == Direction::Up => self.migrations.push(up.with(Some(down))),
            (Some(up), Some(down)) => {
                self.duplicate(&down);
                self.migrations.push(up.with(None));
            }
            (Some(up), None) => {
                let wanted = file_name(&up.path).replace(Direction::Up.suffix(), Direction::Down.suffix());
                let help = format!("add `{wanted}` with what undoes it, or restore it from version control");
                self.error(&up.label, "the migration has no down file", &[&help]);
                self.migrations.push(up.with(None));
            }
            (None, Some(down)) => {
                let wanted = file_name(&down.path).replace(Direction::Down.suffix(), Direction::Up.suffix());
                let help = format!("restore `{wanted}` from version control, or delete this file");
                self.error(&down.label, "the down file has no up file", &[&help]);
            }
            (None, None) => {}
        }
    }

    fn duplicate(&mut self, file: &File) {
        let message = format!("version {} belongs to another file too; the database records only one", file.version);
        self.error(
            &file.label,
            message,
            &[
                "of a merge: `cargo schema rebase` puts one behind the other",
                "else give the later one of the two a new version, greater than the newest file's",
            ],
        );
    }

    fn error(&mut self, label: &Path, message: impl Into<String>, help: &[&str]) {
        self.findings.push(with_help(Finding::error(Some(start_of(label)), message), help));
    }

    fn warning(&mut self, label: &Path, message: impl Into<String>, help: &[&str]) {
        self.findings.push(with_help(Finding::warning(Some(start_of(label)), message), help));
    }
}

const RENAME: &str = "name the file `<version>_<description>.up.sql`, with a version as YYYYMMDDHHMMSS";
const SPLIT: &str = "name it `.up.sql` and add a `.down.sql` beside it, unless a database has applied it already";

impl File {
    fn with(self, down: Option<Self>) -> Migration {
        let (down, down_path) = down.map_or((None, None), |down| (Some(down.text), Some(down.path)));
        Migration {
            version: self.version,
            description: self.description,
            up: self.text,
            down,
            up_path: self.path,
            down_path,
        }
    }
}

fn with_help(finding: Finding, help: &[&str]) -> Finding {
    help.iter().fold(finding, |finding, line| finding.help(*line))
}

fn start_of(file: &Path) -> Place {
    Place { file: file.to_path_buf(), line: 1, column: 1 }
}

/// A path's last part, as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let folder = Folder::read(dir.path(), Path::new("migrations"));
        (dir, folder)
    }

    fn errors(folder: &Folder) -> Vec<String> {
        folder.findings.iter().filter(|finding| finding.is_error()).map(ToString::to_string).collect()
    }

    #[test]
    fn pairs_are_read_in_the_order_of_their_versions() {
        let (_dir, folder) = folder(&[
            ("10_b.up.sql", "B"),
            ("10_b.down.sql", "b"),
            ("2_add_a.up.sql", "A"),
            ("2_add_a.down.sql", "a"),
            ("README.md", ""),
        ]);
        assert_eq!(folder.findings, []);
        let read: Vec<_> = folder
            .migrations
            .iter()
            .map(|m| (m.version, m.description.as_str(), m.up.as_str(), m.down.as_deref()))
            .collect();
        assert_eq!(read, [(2, "add a", "A", Some("a")), (10, "b", "B", Some("b"))]);
        assert_eq!(folder.migrations[0].slug(), "add_a");
    }

    #[test]
    fn each_fault_of_a_folder_is_an_error_at_its_file() {
        let (_dir, folder) = folder(&[
            ("1_a.up.sql", ""),
            ("1_b.up.sql", ""),
            ("1_a.down.sql", ""),
            ("2_no_down.up.sql", ""),
            ("3_no_up.down.sql", ""),
            ("x4_bad.up.sql", ""),
            ("9223372036854775807_last.up.sql", ""),
        ]);
        let text = errors(&folder).join("\n");
        assert_eq!(errors(&folder).len(), 5, "{text}");
        for part in [
            "version 1 belongs to another file too; the database records only one\n  --> migrations/1_b.up.sql:1:1",
            "the migration has no down file\n  --> migrations/2_no_down.up.sql:1:1",
            "add `2_no_down.down.sql`",
            "the down file has no up file\n  --> migrations/3_no_up.down.sql:1:1",
            "`x4` before the first `_` is no version number",
            "no later file can follow",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn what_sqlx_passes_over_in_silence_is_a_warning() {
        let (_dir, folder) = folder(&[
            ("20250101-users.up.sql", ""),
            ("1_upper.SQL", ""),
            ("5_simple.sql", ""),
            ("6_late.up.sql", "-- why\n-- no-transaction\n"),
            ("6_late.down.sql", "SELECT 1;\r\n"),
        ]);
        assert_eq!(errors(&folder), Vec::<String>::new());
        let text: Vec<_> = folder.findings.iter().map(ToString::to_string).collect();
        assert_eq!(folder.findings.len(), 5, "{text:#?}");
        let text = text.join("\n");
        for part in [
            "passes over this file in silence: its name is not `<version>_<description>.up.sql`\n  --> migrations/1_upper.SQL",
            "--> migrations/20250101-users.up.sql",
            "can't be reverted",
            "first bytes only",
            "CRLF",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_that_hides_the_marker_is_an_error() {
        let (_dir, folder) =
            folder(&[("1_a.up.sql", "\u{feff}-- no-transaction\n"), ("1_a.down.sql", "\u{feff}SELECT 1;")]);
        assert!(errors(&folder).join("").contains("hides it from sqlx"));
        assert_eq!(folder.findings.len(), 2);
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("1_a.up.sql"), [0xff, 0xfe]).unwrap();
        fs::write(dir.path().join("1_a.down.sql"), "").unwrap();
        assert!(read_dir(dir.path()).unwrap_err().iter().any(|finding| finding.message.contains("can't be read")));
    }

    #[test]
    fn a_missing_folder_holds_no_migrations() {
        assert_eq!(read_dir(Path::new("no/such/folder")).unwrap(), []);
    }

    #[test]
    fn checksums_are_those_of_sqlx_and_the_normalized_one_ignores_line_endings() {
        // sha384sum of an empty file.
        let empty: String = checksum("").iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(empty.starts_with("38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"));
        assert_ne!(checksum("a\r\n"), checksum("a\n"));
        assert_eq!(normalized_checksum("\u{feff}a\r\nb"), checksum("a\nb"));
        assert_ne!(normalized_checksum("a\rb"), normalized_checksum("a\nb"));
    }

    #[test]
    fn the_marker_counts_only_as_the_first_bytes() {
        assert!(no_transaction("-- no-transaction\nCREATE"));
        assert!(!no_transaction(" -- no-transaction"));
        assert!(!no_transaction("\u{feff}-- no-transaction"));
    }
}
