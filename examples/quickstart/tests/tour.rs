//! The tour ends well, and leaves the crate as it was.
#![allow(clippy::unwrap_used, reason = "a helper of tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The migrations of the database that the features choose.
fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if cfg!(feature = "postgres") {
        root.join("postgres/migrations")
    } else if cfg!(feature = "mariadb") {
        root.join("mariadb/migrations")
    } else {
        root.join("migrations")
    }
}

/// Every file of the three databases' folders.
fn checked_in() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = ["migrations", "schema", "postgres", "mariadb"].map(|name| root.join(name)).into();
    let mut files = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), std::fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_tour_migrates_reverts_and_applies_again_and_writes_nothing_into_the_crate() {
    let before = checked_in();
    let ran = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(text.matches("refused: ").count(), 5, "{text}");
    assert_eq!(text.matches("3 lots and 2 loans").count(), 2, "{text}");
    let migrations =
        before.keys().filter(|path| path.starts_with(folder()) && path.to_string_lossy().ends_with(".up.sql"));
    let migrations = migrations.count();
    let is_run = |line: &&str, verb: &str| line.split_once('/').is_some_and(|(_, rest)| rest.contains(verb));
    let runs = |verb: &str| text.lines().filter(|line| line.starts_with("   ") && is_run(line, verb)).count();
    assert_eq!((runs(" apply "), runs(" revert ")), (2 * migrations + 1, migrations + 1), "{text}");
    assert_eq!(checked_in(), before);
}
