//! Migration files as results name them: relative to the crate.

use std::path::{Path, PathBuf};

use schema_core::build::Project;
use schema_core::migration::Migration;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) up: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) down: Option<PathBuf>,
}

impl Pair {
    pub(crate) fn new(project: &Project, migration: &Migration) -> Self {
        Self {
            version: migration.version,
            description: migration.description.clone(),
            up: relative(project, &migration.up_path),
            down: migration.down_path.as_deref().map(|path| relative(project, path)),
        }
    }
}

pub(crate) fn relative(project: &Project, path: &Path) -> PathBuf {
    path.strip_prefix(&project.crate_dir).unwrap_or(path).to_owned()
}
