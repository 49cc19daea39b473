//! One source file: its text, its outline when asked for, and places in it.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::outline::Outline;
use super::parse::{Parsed, parse};
use crate::decl::Mark;
use crate::diag::{Finding, Place};

/// A file of the scanned crate. It is parsed at most once, and only when needed.
#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    /// As places name it.
    pub(super) shown: PathBuf,
    text: String,
    outline: OnceCell<Result<Rc<Outline>, Finding>>,
    /// The outline as it will be remembered, where this scan made it.
    made: OnceCell<Vec<u8>>,
}

impl SourceFile {
    pub(super) fn read(crate_dir: &Path, path: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            shown: shown(crate_dir, path),
            text,
            outline: OnceCell::new(),
            made: OnceCell::new(),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes an outline that was made before, of the same text; false when it isn't one.
    pub(super) fn recall(&self, remembered: &[u8]) -> bool {
        let outline = postcard::from_bytes(remembered);
        outline.is_ok_and(|outline| self.outline.set(Ok(Rc::new(outline))).is_ok())
    }

    /// Takes what came of parsing the text.
    pub(super) fn take(&self, parsed: Parsed) {
        self.outline.get_or_init(|| self.read_back(parsed));
    }

    /// What the file holds, parsed if need be; `None` when it can't be parsed ([`Self::problem`]).
    pub(super) fn outline(&self) -> Option<&Rc<Outline>> {
        self.outline.get_or_init(|| self.read_back(parse(&self.text))).as_ref().ok()
    }

    /// A new outline and a remembered one take the same way.
    fn read_back(&self, parsed: Parsed) -> Result<Rc<Outline>, Finding> {
        let bytes = parsed.map_err(|unparsed| self.unparseable(&unparsed.message, unparsed.at))?;
        let outline = postcard::from_bytes(&bytes);
        let outline = outline.map_err(|error| self.unparseable(&error.to_string(), (1, 1)))?;
        self.made.get_or_init(|| bytes);
        Ok(Rc::new(outline))
    }

    /// The outline, unless nothing has asked for it yet.
    pub(super) fn known_outline(&self) -> Option<&Rc<Outline>> {
        self.outline.get()?.as_ref().ok()
    }

    /// The outline that was made in this scan, as it is to be remembered.
    pub(super) fn parsed_outline(&self) -> Option<&[u8]> {
        self.made.get().map(Vec::as_slice)
    }

    /// Nothing has asked what the file holds, nor will anything while its text stays plain.
    pub(super) fn is_plain(&self) -> bool {
        self.outline.get().is_none()
    }

    /// Why the file could not be parsed, if it was tried.
    pub(super) fn problem(&self) -> Option<&Finding> {
        self.outline.get()?.as_ref().err()
    }

    fn unparseable(&self, error: &str, (line, column): (usize, usize)) -> Finding {
        let message = format!("`{}` can't be parsed: {error}", self.shown.display());
        Finding::error(Some(Place { file: self.shown.clone(), line, column }), message)
    }

    /// A place of this file.
    pub(super) fn place(&self, mark: Mark) -> Place {
        let (line, column) = mark.start();
        Place { file: self.shown.clone(), line, column }
    }
}

/// A path without `.` and `x/..`.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) => {
                cleaned.pop();
            }
            component => cleaned.push(component),
        }
    }
    cleaned
}

/// A path relative to the crate, with `/` on every system.
#[must_use]
pub fn shown(crate_dir: &Path, path: &Path) -> PathBuf {
    let (base, path) = (clean(crate_dir), clean(path));
    let shared = base.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return path;
    }
    let up = std::iter::repeat_n("..".to_owned(), base.components().count() - shared);
    let down = path.components().skip(shared).map(|component| component.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_files_relative_to_the_crate() {
        assert_eq!(shown(Path::new("/w/app"), Path::new("/w/app/src/./a/../b.rs")), Path::new("src/b.rs"));
        assert_eq!(shown(Path::new("/w/app"), Path::new("/w/shared/src/lib.rs")), Path::new("../shared/src/lib.rs"));
    }
}
