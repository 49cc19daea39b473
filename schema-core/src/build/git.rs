//! What git has checked in: asked of the `git` program, since a tree without one simply has nothing checked in.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::migration::normalized;

/// True when git's HEAD holds the file with the text that it has now, line endings aside.
pub(super) fn is_committed(path: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    committed_text(path).is_some_and(|committed| normalized(&committed) == normalized(&text))
}

/// Whether a file is gone that git's HEAD holds. `file` is named from `folder`, which is there.
///
/// ```
/// use std::path::Path;
/// assert!(!schema_core::build::is_lost(Path::new("."), Path::new("no/such/file")));
/// ```
#[must_use]
pub fn is_lost(folder: &Path, file: &Path) -> bool {
    let Some(name) = file.to_str().filter(|_| !folder.join(file).exists()) else { return false };
    output(folder, &["cat-file", "-e", &format!("HEAD:./{}", name.replace('\\', "/"))]).is_some()
}

/// The commit in whose base or draft the text with this checksum was recorded, of those that HEAD comes from. What
/// `folder` holds now is not looked at.
pub(super) fn recorded_in(folder: &Path, checksum: &str) -> Option<String> {
    let pickaxe = format!("-S{checksum}");
    let log = ["log", "-1", "--full-history", "--format=%h", &pickaxe, "--", "snapshot.json", "draft.json"];
    let commit = output(folder, &log)?;
    (!commit.trim().is_empty()).then(|| commit.trim().to_owned())
}

fn committed_text(path: &Path) -> Option<String> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    output(folder, &["cat-file", "blob", &format!("HEAD:./{name}")])
}

fn output(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}
