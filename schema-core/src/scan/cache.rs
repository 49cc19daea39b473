//! Summaries remembered by the hash of the file they are of, so that a warm scan parses only what changed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::summary::Summary;

const FILE_NAME: &str = "schema-scan.json";

/// Raised when a summary means something else than before.
const FORMAT: &str = concat!(env!("CARGO_PKG_VERSION"), "/2");

/// The remembered summaries, and those to remember next.
#[derive(Debug, Default)]
pub(super) struct Cache {
    file: Option<PathBuf>,
    before: BTreeMap<String, Summary>,
    now: BTreeMap<String, Summary>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: String,
    files: BTreeMap<String, Summary>,
}

impl Cache {
    /// Reads what is remembered. A missing, corrupt or foreign file is an empty memory.
    pub(super) fn load(dir: Option<&Path>) -> Self {
        let file = dir.map(|dir| dir.join(FILE_NAME));
        let stored = file.as_ref().and_then(|file| std::fs::read(file).ok());
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        let before = stored.filter(|stored| stored.format == FORMAT).map(|stored| stored.files).unwrap_or_default();
        Self { file, before, now: BTreeMap::new() }
    }

    /// The summary of a file's text, remembered or made. A text that `make` can't summarise is not remembered.
    pub(super) fn summary(&mut self, text: &str, make: impl FnOnce() -> Option<Summary>) -> Option<Summary> {
        let key = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let summary = self.before.get(&key).cloned().or_else(make)?;
        self.now.insert(key, summary.clone());
        Some(summary)
    }

    /// Remembers this scan's summaries and forgets others. A cache that can't be written costs time, nothing else.
    pub(super) fn store(self) {
        let Some(file) = self.file.filter(|_| self.before != self.now) else { return };
        let stored = Stored { format: FORMAT.to_owned(), files: self.now };
        if let Ok(bytes) = serde_json::to_vec(&stored) {
            let _ = replace(&file, &bytes);
        }
    }
}

/// Writes beside the file and renames, so that a reader sees the old text or the new one.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::File::create(&beside)?.write_all(bytes)?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaring() -> Option<Summary> {
        Some(Summary { declares: true, children: Vec::new() })
    }

    #[test]
    fn a_second_scan_takes_the_remembered_summary() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = Cache::load(Some(dir.path()));
        assert_eq!(first.summary("a", declaring), declaring());
        first.store();
        let mut second = Cache::load(Some(dir.path()));
        assert_eq!(second.summary("a", || panic!("it is remembered")), declaring());
        assert_eq!(second.summary("b", || None), None);
    }

    #[test]
    fn a_corrupt_or_foreign_file_is_an_empty_memory() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "{", "[1]", r#"{"format":"0/0","files":{}}"#, "\u{0}\u{1}"] {
            std::fs::write(dir.path().join(FILE_NAME), text).unwrap();
            assert!(Cache::load(Some(dir.path())).before.is_empty(), "{text}");
        }
    }
}
