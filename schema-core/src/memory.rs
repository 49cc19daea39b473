//! What one build found out about files, for the next one: as long as a file's text is the same, so is what was found.
//!
//! It lies in the build script's OUT_DIR. Texts are kept whole and compared, which in a build without optimisation is far
//! faster than hashing them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

/// What was found out before, and what is to be known next time.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    file: Option<PathBuf>,
    bytes: Vec<u8>,
    before: BTreeMap<String, Entry>,
    now: BTreeMap<String, Finding>,
}

/// Places in the file of a text and of what was found out about it.
#[derive(Clone, Debug)]
struct Entry {
    text: Range<usize>,
    found: Range<usize>,
}

#[derive(Debug)]
enum Finding {
    Old(Entry),
    New { text: String, found: Vec<u8> },
}

impl Memory {
    /// Reads the memory of that name. A missing, corrupt or foreign one knows nothing; without a folder nothing is
    /// remembered.
    pub(crate) fn load(folder: Option<&Path>, name: &str) -> Self {
        let Some(file) = folder.map(|folder| folder.join(name)) else { return Self::default() };
        let bytes = std::fs::read(&file).unwrap_or_default();
        let before = unpack(&bytes).unwrap_or_default();
        Self { file: Some(file), bytes, before, now: BTreeMap::new() }
    }

    /// What was found out about a file that had this text.
    pub(crate) fn recall(&mut self, path: &str, text: &str) -> Option<&[u8]> {
        let entry = self.before.get(path)?;
        if self.bytes.get(entry.text.clone())? != text.as_bytes() {
            return None;
        }
        let found = self.bytes.get(entry.found.clone())?;
        self.now.insert(path.to_owned(), Finding::Old(entry.clone()));
        Some(found)
    }

    /// Remembers what was found out about a file.
    pub(crate) fn remember(&mut self, path: &str, text: &str, found: Vec<u8>) {
        if self.file.is_some() {
            self.now.insert(path.to_owned(), Finding::New { text: text.to_owned(), found });
        }
    }

    /// Keeps what was recalled or remembered, and forgets the rest. A memory that can't be written costs time, nothing
    /// else.
    pub(crate) fn store(self) {
        let is_same =
            self.now.values().all(|finding| matches!(finding, Finding::Old(_))) && self.now.len() == self.before.len();
        if let Some(file) = self.file.as_ref().filter(|_| !is_same) {
            let _ = replace(file, &self.packed());
        }
    }

    /// The stamp, then of each file its path, its text and what was found out, each with its length in eight bytes.
    fn packed(&self) -> Vec<u8> {
        let mut packed = stamp().to_vec();
        let mut add = |part: &[u8]| {
            packed.extend((part.len() as u64).to_le_bytes());
            packed.extend(part);
        };
        for (path, finding) in &self.now {
            let (text, found) = match finding {
                Finding::Old(entry) => (self.part(&entry.text), self.part(&entry.found)),
                Finding::New { text, found } => (text.as_bytes(), found.as_slice()),
            };
            [path.as_bytes(), text, found].into_iter().for_each(&mut add);
        }
        packed
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

fn unpack(bytes: &[u8]) -> Option<BTreeMap<String, Entry>> {
    let stamp = stamp();
    bytes.strip_prefix(&stamp)?;
    let mut at = stamp.len();
    let mut part = || {
        let length = bytes.get(at..at.checked_add(8)?)?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let range = at + 8..at.checked_add(8)?.checked_add(length)?;
        at = range.end;
        bytes.get(range.clone()).map(|_| range)
    };
    let mut entries = BTreeMap::new();
    let mut end = stamp.len();
    while end < bytes.len() {
        let (path, text, found) = (part()?, part()?, part()?);
        end = found.end;
        entries.insert(String::from_utf8(bytes.get(path)?.to_vec()).ok()?, Entry { text, found });
    }
    Some(entries)
}

/// The name of the memory of one kind that is about `what`: several databases of a crate have several.
pub(crate) fn file_name(kind: &str, what: &str) -> String {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(what.as_bytes()).into();
    format!("schema-{kind}-{a:02x}{b:02x}{c:02x}{d:02x}.bin")
}

/// What only this build of this program writes: another one may have found something else, or written it otherwise.
pub(crate) fn stamp() -> [u8; 32] {
    let program = std::env::current_exe().ok().and_then(|path| std::fs::metadata(path).ok());
    let made = program.as_ref().and_then(|it| it.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let size = program.map_or(0, |it| it.len());
    Sha256::digest(format!("{} {size} {}", env!("CARGO_PKG_VERSION"), made.unwrap_or_default().as_nanos())).into()
}

/// Writes beside the file and renames, so that a reader sees the old text or the new one.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::File::create(&beside)?.write_all(bytes)?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "m.bin";

    #[test]
    fn what_was_remembered_is_recalled_while_the_text_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let load = || Memory::load(Some(dir.path()), NAME);
        let mut first = load();
        assert_eq!(first.recall("a", "text"), None);
        first.remember("a", "text", vec![1, 2]);
        first.remember("b", "", Vec::new());
        first.store();
        let mut second = load();
        assert_eq!(second.recall("a", "text"), Some(&[1, 2][..]));
        assert_eq!(second.recall("a", "texts"), None);
        assert_eq!(second.recall("b", ""), Some(&[][..]));
        second.remember("a", "other", vec![3]);
        second.store();
        let mut third = load();
        assert_eq!(third.recall("a", "other"), Some(&[3][..]));
        third.store();
        assert_eq!(load().recall("b", ""), None, "it was not asked for, and is forgotten");
    }

    #[test]
    fn a_corrupt_or_foreign_file_knows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(NAME);
        let mut memory = Memory::load(Some(dir.path()), NAME);
        memory.remember("a", "text", vec![1, 2, 3]);
        memory.store();
        let whole = std::fs::read(&file).unwrap();
        let mut foreign = whole.clone();
        foreign[0] ^= 1;
        let mut endless = whole.clone();
        endless[32..40].fill(255);
        for bytes in [&whole[..whole.len() - 1], &whole[..40], &foreign, &endless, b"{", b""] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(Memory::load(Some(dir.path()), NAME).recall("a", "text"), None);
        }
        std::fs::write(&file, &whole).unwrap();
        assert!(Memory::load(Some(dir.path()), NAME).recall("a", "text").is_some());
        assert_eq!(Memory::load(None, NAME).recall("a", "text"), None);
    }
}
