//! The corpus of real schemas, which lies beside the project: `<workspace>/../shared/corpus`.

use std::path::{Path, PathBuf};

/// The folder to use instead.
pub const ENV: &str = "SCHEMA_CORPUS";

/// The text of a file of the corpus.
///
/// # Panics
/// When it is absent, with the place where it was looked for: no test skips itself.
#[must_use]
pub fn read(file: &str) -> String {
    let path = folder().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("the corpus file `{}` cannot be read ({error}); {ENV} names another folder", path.display())
    })
}

/// The files of a folder of the corpus whose names end so, as [`read`] takes them, sorted.
///
/// # Panics
/// When the folder is absent or holds none.
#[must_use]
pub fn list(under: &str, ending: &str) -> Vec<String> {
    let path = folder().join(under);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| {
        panic!("the corpus folder `{}` cannot be read ({error}); {ENV} names another folder", path.display())
    });
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(ending)).map(|name| format!("{under}/{name}")).collect();
    files.sort();
    assert!(!files.is_empty(), "`{}` holds no `*{ending}`", path.display());
    files
}

/// Files that lean on what not every server has, with the first version that has it: `gen_random_uuid` is built in.
const NEEDS: [(&str, u32); 2] =
    [("dumps/supabase_auth.sql", 13), ("samples/pgmold_handcrafted_multi_schema_auth.postgres.sql", 13)];

/// Those of the files that this PostgreSQL server can load; the others are printed.
///
/// # Panics
/// When the server can't be asked.
pub async fn loadable(files: Vec<String>) -> Vec<String> {
    let major = crate::version::major().await;
    let needed = |file: &str| NEEDS.iter().find(|(name, version)| *name == file && major < *version);
    let (left, kept): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| needed(file).is_some());
    for file in left {
        needed(&file).inspect(|(_, version)| crate::version::left_out(&file, *version));
    }
    kept
}

/// A script for MariaDB or MySQL without the database that it makes for itself: it goes into the one that is there.
#[must_use]
pub fn without_database(sql: &str) -> String {
    let is_about_database = |line: &str| {
        let line = line.trim().to_uppercase();
        ["DROP DATABASE", "CREATE DATABASE", "USE ", "SOURCE ", "FLUSH "].iter().any(|start| line.starts_with(start))
    };
    sql.lines().filter(|line| !is_about_database(line)).map(|line| format!("{line}\n")).collect()
}

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    std::env::var_os(ENV).map_or_else(beside, PathBuf::from)
}
