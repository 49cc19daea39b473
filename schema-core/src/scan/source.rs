//! One source file: its text, its syntax tree when asked for, and places in it.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};

use proc_macro2::Span;

use crate::diag::{Finding, Place};

/// A file of the scanned crate. It is parsed at most once, and only when needed.
#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    /// As places name it.
    pub(super) shown: PathBuf,
    /// Whether it declares anything, by its summary.
    pub(super) declares: bool,
    text: String,
    ast: OnceCell<Result<syn::File, Finding>>,
}

impl SourceFile {
    pub(super) fn read(crate_dir: &Path, path: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            shown: shown(crate_dir, path),
            declares: false,
            text,
            ast: OnceCell::new(),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The syntax tree; `None` when it has none ([`Self::problem`]).
    pub(super) fn ast(&self) -> Option<&syn::File> {
        self.ast.get_or_init(|| syn::parse_file(&self.text).map_err(|error| self.unparseable(&error))).as_ref().ok()
    }

    #[cfg(test)]
    pub(super) fn is_parsed(&self) -> bool {
        self.ast.get().is_some()
    }

    /// Why the file could not be parsed, if it was tried.
    pub(super) fn problem(&self) -> Option<&Finding> {
        self.ast.get()?.as_ref().err()
    }

    fn unparseable(&self, error: &syn::Error) -> Finding {
        let message = format!("`{}` can't be parsed: {error}", self.shown.display());
        Finding::error(Some(self.place(error.span())), message)
    }

    /// Where a span of this file starts.
    pub(super) fn place(&self, span: Span) -> Place {
        let start = span.start();
        Place { file: self.shown.clone(), line: start.line, column: start.column + 1 }
    }

    /// Where a span of this file ends.
    pub(super) fn end_place(&self, span: Span) -> Place {
        let end = span.end();
        Place { file: self.shown.clone(), line: end.line, column: end.column + 1 }
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
