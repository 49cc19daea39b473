//! Each release's files are what its structs make: the same input gives the same bytes. With `SCHEMA_UPDATE` set the
//! checked-in files become those, as they must when the planner writes another text.
#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schema_core::build::{Project, draft, seal};
use schema_core::ir::Dialect;
use schema_core::migration::read_dir;

#[test]
fn the_history_replayed_from_nothing_makes_the_checked_in_files() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "pub mod models;\n").unwrap();
    let mut versions = read_dir(&example.join("migrations")).unwrap().into_iter().map(|migration| migration.version);

    for release in history(example) {
        fs::copy(&release, folder.path().join("src/models.rs")).unwrap();
        let project = Project::new(folder.path(), Dialect::Sqlite).unwrap();
        for migration in draft(&project).unwrap() {
            let version = versions.next().expect("the history makes more migrations than are checked in");
            give_version(&project, migration.version, version);
        }
        let (_, slug) = release.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap();
        seal(&project, Some(slug)).unwrap();
    }
    assert_eq!(versions.next(), None, "the history makes fewer migrations than are checked in");

    let made = tree(folder.path());
    if std::env::var_os("SCHEMA_UPDATE").is_some() {
        made.iter().for_each(|(name, text)| fs::write(example.join(name), text).unwrap());
    }
    let checked_in = tree(example);
    assert_eq!(made.keys().collect::<Vec<_>>(), checked_in.keys().collect::<Vec<_>>());
    for (name, text) in made {
        assert_eq!(text, checked_in[&name], "{}", name.display());
    }
}

fn history(example: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(example.join("history")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 6);
    files
}

/// A version is the time of its draft, and all that differs from one replay to the next.
fn give_version(project: &Project, drafted: i64, version: i64) {
    let (drafted, version) = (drafted.to_string(), version.to_string());
    for entry in fs::read_dir(&project.migrations).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if let Some(rest) = name.strip_prefix(&drafted) {
            fs::rename(&path, path.with_file_name(format!("{version}{rest}"))).unwrap();
        }
    }
    let record = project.schema_dir.join("draft.json");
    let text = fs::read_to_string(&record).unwrap().replace(&drafted, &version);
    fs::write(&record, text).unwrap();
}

/// Everything in `schema/` and `migrations/`.
fn tree(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.join("schema"), root.join("migrations")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}
