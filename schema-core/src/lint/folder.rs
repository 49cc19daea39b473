//! A folder of migrations as files to judge.

use std::path::Path;

use super::{File, Way};
use crate::diag::Finding;
use crate::migration::{Folder, Migration};

/// The files of a folder in the order in which they run, named below `label`; `judged` says of which something is said.
/// The findings are what is wrong with the folder, such as a down file that is missing.
#[must_use]
pub fn folder(dir: &Path, label: &Path, judged: impl Fn(&Migration, &Path) -> bool) -> (Vec<File>, Vec<Finding>) {
    let folder = Folder::read(dir, label);
    let mut files = Vec::new();
    for migration in &folder.migrations {
        for (at, (path, text)) in migration.files().enumerate() {
            files.push(File {
                label: label.join(path.file_name().unwrap_or_default()),
                text: text.to_owned(),
                way: if at == 0 { Way::Up } else { Way::Down },
                judged: judged(migration, path),
            });
        }
    }
    let errors = folder.findings.into_iter().filter(Finding::is_error);
    (files, errors.collect())
}
