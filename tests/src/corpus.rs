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

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    std::env::var_os(ENV).map_or_else(beside, PathBuf::from)
}
