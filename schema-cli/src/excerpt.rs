//! The line of a file that a finding is about, as the compiler shows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use schema_core::diag::{Place, Severity};

/// The folder that places are relative to.
static ROOT: OnceLock<PathBuf> = OnceLock::new();

/// Says which crate the command is about. Without one, places are looked for where the command runs.
pub(crate) fn of_crate(dir: &Path) {
    // A second crate would be a second run of the program.
    let _ = ROOT.set(dir.to_owned());
}

/// The place with its line; none where the whole file is meant, or there is no such line.
pub(crate) fn excerpt(place: &Place, severity: Severity) -> Option<String> {
    if (place.line, place.column) == (1, 1) {
        return None;
    }
    let here = ROOT.get().map(|root| root.join(&place.file)).into_iter().chain([place.file.clone()]);
    let text = here.map(fs::read_to_string).find_map(Result::ok)?;
    let line = text.lines().nth(place.line.checked_sub(1)?)?;
    let start = line.char_indices().nth(place.column.checked_sub(1)?)?.0;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mark = AnnotationKind::Primary.span(start..start + token(line.get(start..)?));
    let path = place.file.to_string_lossy();
    let snippet = Snippet::source(line).line_start(place.line).path(path.as_ref()).annotation(mark);
    Some(Renderer::styled().render(&[Group::with_level(level).element(snippet)]))
}

/// The length of the word that a text begins with, in bytes; of one character where it is no word.
fn token(text: &str) -> usize {
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    word.max(text.chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, line: usize, column: usize) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lib.rs");
        fs::write(&file, text).unwrap();
        let place = Place { file, line, column };
        let text = excerpt(&place, Severity::Error)?;
        let text = anstream::adapter::strip_str(&text).to_string();
        Some(text.lines().skip(1).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn the_word_at_the_place_is_marked() {
        let text = "struct A {\n    größe: Nope,\n}\n";
        assert_eq!(shown(text, 2, 5).unwrap(), "  |\n2 |     größe: Nope,\n  |     ^^^^^");
        assert_eq!(shown(text, 2, 12).unwrap(), "  |\n2 |     größe: Nope,\n  |            ^^^^");
        assert_eq!(shown(text, 3, 1).unwrap(), "  |\n3 | }\n  | ^");
    }

    #[test]
    fn a_place_that_is_a_whole_file_or_not_there_has_no_excerpt() {
        for (line, column) in [(1, 1), (9, 1), (2, 90), (0, 0)] {
            assert_eq!(shown("a\nb\n", line, column), None, "{line}:{column}");
        }
        let place = Place { file: "no/such/file".into(), line: 2, column: 2 };
        assert_eq!(excerpt(&place, Severity::Warning), None);
    }
}
