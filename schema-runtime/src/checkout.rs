//! The files of a commit, and what else git knows of a checkout.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The files of a commit in a temporary folder. Neither the checkout nor git's index is touched.
pub(crate) struct Checkout {
    folder: TempDir,
    top: PathBuf,
}

impl Checkout {
    /// Takes a commit of the repository that the crate is in out of git.
    pub(crate) fn of(crate_dir: &Path, revision: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("{revision} can't be taken out of git: {error}"))?;
        let index = folder.path().join("index");
        let run = |arguments: &[&OsStr]| {
            git(crate_dir, Some(&index), arguments)?.map_err(|said| format!("git knows no `{revision}` here: {said}"))
        };
        let top = run(&["rev-parse".as_ref(), "--show-toplevel".as_ref()])?;
        let commit = run(&["rev-parse".as_ref(), "--verify".as_ref(), format!("{revision}^{{commit}}").as_ref()])?;
        run(&["read-tree".as_ref(), commit.as_ref()])?;
        let mut option = OsString::from("--prefix=");
        option.push(folder.path().join("tree"));
        option.push("/");
        // Of the whole checkout, wherever in it the command runs.
        let all = ["-C".as_ref(), top.as_ref(), "checkout-index".as_ref(), "--all".as_ref(), option.as_ref()];
        run(&all)?;
        let top = fs::canonicalize(&top).map_err(|error| format!("`{top}` can't be read: {error}"))?;
        Ok(Self { folder, top })
    }

    /// The folder that stands for the checkout's top.
    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// What stands for a path of the checkout; none for one outside it.
    pub(crate) fn there(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.top).ok().map(|relative| self.tree().join(relative))
    }
}

/// What a command of git prints; within, what it complains of when it fails.
///
/// # Errors
/// There is no program `git`.
pub(crate) fn git(folder: &Path, index: Option<&Path>, arguments: &[&OsStr]) -> Result<Result<String, String>, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null());
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command.output().map_err(|error| format!("the program `git` can't be run: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}
