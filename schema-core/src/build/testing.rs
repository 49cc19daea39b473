//! Crates for tests.

use std::fs;

use tempfile::TempDir;

use super::{Project, draft};
use crate::ir::Dialect;

/// A crate for PostgreSQL that says this, with its draft.
pub(crate) fn app(source: &str) -> (TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
    fs::write(dir.path().join("src/lib.rs"), source).unwrap();
    let project = Project::new(dir.path(), Dialect::Postgres).unwrap();
    draft(&project).unwrap();
    (dir, project)
}
