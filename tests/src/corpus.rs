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

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    std::env::var_os(ENV).map_or_else(beside, PathBuf::from)
}
