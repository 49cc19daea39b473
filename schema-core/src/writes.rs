//! Changes to files: planned first, compared with what is there, then made atomically.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::migration::normalized;

/// Files to write or remove, in the order in which that is safe to be cut short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    steps: Vec<(PathBuf, Option<String>)>,
}

impl Writes {
    /// The file shall hold `text`.
    pub(crate) fn set(&mut self, path: PathBuf, text: impl Into<String>) {
        self.steps.push((path, Some(text.into())));
    }

    /// The file shall be gone.
    pub(crate) fn remove(&mut self, path: PathBuf) {
        self.steps.push((path, None));
    }

    /// What is not yet as it shall be.
    pub(crate) fn pending(&self) -> Vec<&Path> {
        self.steps
            .iter()
            .filter(|(path, text)| differs(path, text.as_deref()))
            .map(|(path, _)| path.as_path())
            .collect()
    }

    /// Makes the changes, each file by a rename from a temporary one beside it. Equal files are left alone. True when
    /// anything was changed.
    ///
    /// With a `stamp`, changed files and their folders get that time of change: cargo compares what a build script
    /// watches with the time the script was started, so that files written by the script itself would make the
    /// next build run it again (BUGS.md B32).
    pub(crate) fn apply(&self, stamp: Option<SystemTime>) -> io::Result<bool> {
        let mut folders = BTreeSet::new();
        for (path, text) in self.steps.iter().filter(|(path, text)| differs(path, text.as_deref())) {
            let folder = path.parent().ok_or_else(|| io::Error::other(format!("`{}` is no file", path.display())))?;
            refuse_links(folder)?;
            match text {
                Some(text) => {
                    create(folder, &mut folders)?;
                    replace(folder, path, text, stamp)?;
                }
                None => fs::remove_file(path)?,
            }
            folders.insert(folder.to_path_buf());
        }
        if let Some(stamp) = stamp {
            for folder in folders.iter().rev() {
                open_folder(folder)?.set_modified(stamp)?;
            }
        }
        Ok(!folders.is_empty())
    }
}

fn differs(path: &Path, text: Option<&str>) -> bool {
    match (fs::read_to_string(path), text) {
        (Ok(found), Some(text)) => found != text && normalized(&found) != text,
        (Err(error), None) => error.kind() != io::ErrorKind::NotFound,
        (Ok(_), None) | (Err(_), Some(_)) => true,
    }
}

/// A symbolic link on the way would lead the write to a place that nobody named. The path is expected to be
/// canonical as far as the crate's root.
fn refuse_links(folder: &Path) -> io::Result<()> {
    let Some(existing) = folder.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok()) else {
        return Ok(());
    };
    let real = existing.canonicalize()?;
    if real == existing {
        return Ok(());
    }
    let (link, real) = (existing.display(), real.display());
    Err(io::Error::other(format!(
        "`{link}` leads to `{real}` by a symbolic link; name the real folder in the build script"
    )))
}

fn create(folder: &Path, created: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    created.extend(folder.ancestors().take_while(|ancestor| !ancestor.exists()).map(Path::to_path_buf));
    fs::create_dir_all(folder)
}

fn replace(folder: &Path, path: &Path, text: &str, stamp: Option<SystemTime>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_new(&temporary, text, stamp).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(path: &Path, text: &str, stamp: Option<SystemTime>) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    stamp.map_or(Ok(()), |stamp| file.set_modified(stamp))
}

#[cfg(not(windows))]
fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(windows)]
fn open_folder(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_WRITE_ATTRIBUTES: u32 = 0x100;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    File::options().access_mode(FILE_WRITE_ATTRIBUTES).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn root() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap();
        (dir, path)
    }

    #[test]
    fn equal_files_are_left_alone_whatever_their_line_endings() {
        let (_dir, root) = root();
        fs::write(root.join("a"), "x\r\ny\r\n").unwrap();
        let mut writes = Writes::default();
        writes.set(root.join("a"), "x\ny\n");
        writes.remove(root.join("none"));
        assert_eq!(writes.pending(), Vec::<&Path>::new());
        writes.apply(None).unwrap();
        assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "x\r\ny\r\n");
    }

    #[test]
    fn changed_files_and_folders_get_the_stamp_and_leave_no_temporary_file() {
        let (_dir, root) = root();
        let stamp = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let mut writes = Writes::default();
        writes.set(root.join("sub/deeper/a"), "x");
        writes.apply(Some(stamp)).unwrap();
        for path in ["sub", "sub/deeper", "sub/deeper/a"] {
            assert_eq!(fs::metadata(root.join(path)).unwrap().modified().unwrap(), stamp, "{path}");
        }
        assert_eq!(fs::read_dir(root.join("sub/deeper")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_leads_no_write_outside() {
        let (_dir, root) = root();
        let (_other, outside) = self::root();
        std::os::unix::fs::symlink(&outside, root.join("migrations")).unwrap();
        let mut writes = Writes::default();
        writes.set(root.join("migrations/a"), "x");
        assert!(writes.apply(None).unwrap_err().to_string().contains("by a symbolic link"));
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_file_is_replaced_and_not_followed() {
        let (_dir, root) = root();
        let (_other, outside) = self::root();
        fs::write(outside.join("victim"), "kept").unwrap();
        std::os::unix::fs::symlink(outside.join("victim"), root.join("a")).unwrap();
        let mut writes = Writes::default();
        writes.set(root.join("a"), "x");
        writes.apply(None).unwrap();
        assert_eq!(fs::read_to_string(outside.join("victim")).unwrap(), "kept");
        assert!(root.join("a").symlink_metadata().unwrap().is_file());
    }
}
