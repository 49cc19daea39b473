//! The tour ends well, and leaves the crate as it was.
#![allow(clippy::unwrap_used, reason = "a helper of tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn checked_in() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["migrations", "schema", "schema/tables", "schema/types"];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_tour_migrates_reverts_and_applies_again_and_writes_nothing_into_the_crate() {
    let before = checked_in();
    let ran = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(text.matches("refused: ").count(), 5, "{text}");
    assert_eq!(text.matches("3 lots and 2 loans").count(), 2, "{text}");
    assert_eq!((text.matches("/1 revert ").count(), text.matches("/2 revert ").count()), (1, 2), "{text}");
    assert_eq!(checked_in(), before);
}
