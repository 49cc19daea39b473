//! Outlines remembered by the hash of the file they are of, so that a warm scan parses only what changed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::outline::Outline;

const FILE_NAME: &str = "schema-scan.bin";

type Hash = [u8; 32];

/// The remembered outlines, and those to remember next.
#[derive(Debug, Default)]
pub(super) struct Cache {
    file: Option<PathBuf>,
    before: BTreeMap<Hash, Vec<u8>>,
    now: BTreeMap<Hash, Vec<u8>>,
}

impl Cache {
    /// Reads what is remembered of these roots. A missing, corrupt or foreign file is an empty memory.
    pub(super) fn load(dir: Option<&Path>, roots: &[PathBuf]) -> Self {
        let file = dir.map(|dir| dir.join(file_name(roots)));
        let bytes = file.as_ref().and_then(|file| std::fs::read(file).ok());
        let before = bytes.and_then(|bytes| unpack(&bytes)).unwrap_or_default();
        Self { file, before, now: BTreeMap::new() }
    }

    /// The remembered outline of a file's text.
    pub(super) fn recall(&mut self, text: &str) -> Option<Outline> {
        if self.before.is_empty() {
            return None;
        }
        let hash = hash(text);
        let bytes = self.before.get(&hash)?;
        let outline = postcard::from_bytes(bytes).ok()?;
        self.now.insert(hash, bytes.clone());
        Some(outline)
    }

    /// Remembers the outline of a text that was parsed.
    pub(super) fn remember(&mut self, text: &str, outline: &Outline) {
        if self.file.is_none() {
            return;
        }
        if let Ok(bytes) = postcard::to_allocvec(outline) {
            self.now.insert(hash(text), bytes);
        }
    }

    /// Keeps what this scan used and forgets others. A cache that can't be written costs time, nothing else.
    pub(super) fn store(self) {
        if let Some(file) = self.file.filter(|_| !self.before.keys().eq(self.now.keys())) {
            let _ = replace(&file, &pack(&self.now));
        }
    }
}

/// Scans from other roots, of another database, have a file of their own.
fn file_name(roots: &[PathBuf]) -> String {
    let roots: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    let [a, b, c, d, ..] = hash(&roots.join("\n"));
    format!("{a:02x}{b:02x}{c:02x}{d:02x}-{FILE_NAME}")
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// What only this build of this program writes: outlines hold no names of fields, so another's would be misread.
fn stamp() -> Hash {
    let program = std::env::current_exe().ok().and_then(|path| std::fs::metadata(path).ok());
    let made = program.as_ref().and_then(|it| it.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let size = program.map_or(0, |it| it.len());
    hash(&format!("{} {size} {}", env!("CARGO_PKG_VERSION"), made.unwrap_or_default().as_nanos()))
}

/// The stamp, then of each outline its hash, its length in eight bytes, and itself.
fn pack(outlines: &BTreeMap<Hash, Vec<u8>>) -> Vec<u8> {
    let mut bytes = stamp().to_vec();
    for (hash, outline) in outlines {
        bytes.extend(hash);
        bytes.extend((outline.len() as u64).to_le_bytes());
        bytes.extend(outline);
    }
    bytes
}

fn unpack(bytes: &[u8]) -> Option<BTreeMap<Hash, Vec<u8>>> {
    let mut rest = bytes.strip_prefix(&stamp())?;
    let mut outlines = BTreeMap::new();
    while !rest.is_empty() {
        let (hash, after) = rest.split_first_chunk::<32>()?;
        let (length, after) = after.split_first_chunk::<8>()?;
        let (outline, after) = after.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        outlines.insert(*hash, outline.to_vec());
        rest = after;
    }
    Some(outlines)
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
    use crate::scan::outline::outline;

    const TEXT: &str = "#[derive(Table)] struct T { #[column(primary_key)] id: i64 }";

    fn cache(dir: &Path) -> Cache {
        Cache::load(Some(dir), &[PathBuf::from("src/lib.rs")])
    }

    #[test]
    fn a_second_scan_recalls_what_the_first_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let made = outline(&syn::parse_file(TEXT).unwrap());
        let mut first = cache(dir.path());
        assert!(first.recall(TEXT).is_none());
        first.remember(TEXT, &made);
        first.store();
        let mut second = cache(dir.path());
        assert_eq!(format!("{:?}", second.recall(TEXT).unwrap().items.len()), "1");
        assert!(second.recall("other").is_none());
        assert!(Cache::load(Some(dir.path()), &[PathBuf::from("src/main.rs")]).recall(TEXT).is_none());
    }

    #[test]
    fn a_corrupt_or_foreign_file_is_an_empty_memory() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(file_name(&[PathBuf::from("src/lib.rs")]));
        let mut whole = pack(&BTreeMap::from([(hash("a"), vec![1, 2, 3])]));
        std::fs::write(&file, &whole).unwrap();
        assert_eq!(cache(dir.path()).before.len(), 1);
        whole.pop();
        for bytes in [&b""[..], b"{", &whole, &[0; 100]] {
            std::fs::write(&file, bytes).unwrap();
            assert!(cache(dir.path()).before.is_empty());
        }
        let mut wrong = pack(&BTreeMap::from([(hash(TEXT), vec![255; 9])]));
        std::fs::write(&file, &wrong).unwrap();
        assert!(cache(dir.path()).recall(TEXT).is_none());
        wrong[0] ^= 1;
        std::fs::write(&file, &wrong).unwrap();
        assert!(cache(dir.path()).before.is_empty(), "another program's");
    }
}
