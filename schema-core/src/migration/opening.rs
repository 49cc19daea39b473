//! What a migration file says of itself: the comment lines that it begins with, as [`crate::plan`] writes them.

use super::{NO_TRANSACTION, normalized};
use crate::hazard::{self, Hazard};

/// Before the words of a contract file's comment that say what must be gone before it runs.
pub const CONTRACT: &str = "-- Contract: ";

/// Before what a file says of its way back.
pub(crate) const REVERSIBLE: &str = "-- Reversible: ";

/// Before the reason why there is no way back; without one the line ends before the colon.
const IRREVERSIBLE: &str = "-- Irreversible";

/// Before what happens to rows.
pub(crate) const DATA: &str = "-- Data: ";

/// What [`DATA`] says where nothing does.
pub(crate) const NO_ROW_CHANGES: &str = "no row changes";

/// Before what else there is to know.
pub(crate) const NOTE: &str = "-- Note: ";

/// Before how large a table is.
pub(crate) const SIZE: &str = "-- Size: ";

/// Before a lock that was measured.
pub(crate) const LOCKS: &str = "-- Locks: ";

/// Lines that say something else than what the file does.
const KEYS: [&str; 8] = [CONTRACT, REVERSIBLE, IRREVERSIBLE, DATA, NOTE, SIZE, LOCKS, NO_TRANSACTION];

/// The opening comment of a file, read.
///
/// ```
/// use schema_core::migration::{Opening, Reversible};
/// let text = "-- drop column users.legacy (SQLite)\n-- Reversible: definitions yes, rows not fully\n\
///             -- Data: values of users.legacy are lost\n-- H12: DROP COLUMN\n\nALTER TABLE ..";
/// let opening = Opening::of(text);
/// assert_eq!(opening.title.as_deref(), Some("drop column users.legacy (SQLite)"));
/// assert_eq!(opening.reversible, Some(Reversible::DefinitionsOnly));
/// assert_eq!(opening.data, ["values of users.legacy are lost"]);
/// assert_eq!(opening.hazards[0].code, "H12");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The first line that is none of the others.
    pub title: Option<String>,
    /// What it says of the way back of an up file.
    pub reversible: Option<Reversible>,
    /// It says that there is no way back, and why; empty without a reason.
    pub irreversible: Option<String>,
    /// What must be gone before it runs.
    pub contracts: Vec<String>,
    /// Whether there is a line about rows at all.
    pub tells_of_rows: bool,
    /// What happens to rows; empty when it says that nothing does.
    pub data: Vec<String>,
    /// The hazards that it names, in its order.
    pub hazards: Vec<&'static Hazard>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// How large the tables were that it works through.
    pub sizes: Vec<String>,
    /// What it locks, as it was measured.
    pub locks: Vec<String>,
}

/// What a file says of the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversible {
    /// Definitions and rows.
    Fully,
    /// The definitions; what rows held is not fully brought back.
    DefinitionsOnly,
}

impl Reversible {
    /// As files say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fully => "yes",
            Self::DefinitionsOnly => "definitions yes, rows not fully",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.trim_end() {
            "yes" => Some(Self::Fully),
            // Also in other words: people write it into files of their own.
            other => other.contains("not fully").then_some(Self::DefinitionsOnly),
        }
    }
}

impl Opening {
    /// Reads the comment lines that a file begins with.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = normalized(text);
        let lines: Vec<&str> = text.lines().take_while(|line| line.starts_with("--")).collect();
        let all = |key: &str| -> Vec<String> {
            lines.iter().filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect()
        };
        let is_title = |line: &&&str| !KEYS.iter().any(|key| line.starts_with(key)) && hazard_of(line).is_none();
        let titles = lines.iter().filter(is_title).map(|line| line.trim_start_matches('-').trim().to_owned());
        let data = all(DATA);
        Self {
            title: titles.into_iter().find(|title| !title.is_empty()),
            reversible: all(REVERSIBLE).iter().find_map(|line| Reversible::read(line)),
            irreversible: all(IRREVERSIBLE).first().map(|why| why.trim_start_matches(':').trim().to_owned()),
            contracts: all(CONTRACT),
            tells_of_rows: !data.is_empty(),
            data: data.into_iter().filter(|line| line != NO_ROW_CHANGES).collect(),
            hazards: lines.iter().filter_map(|line| hazard_of(line)).collect(),
            notes: all(NOTE),
            sizes: all(SIZE),
            locks: all(LOCKS),
        }
    }
}

/// The hazard that a line names: `-- H12: DROP COLUMN (cargo schema explain H12)`.
fn hazard_of(line: &str) -> Option<&'static Hazard> {
    let (code, title) = line.strip_prefix("-- ")?.split_once(": ")?;
    hazard::find(code).filter(|hazard| hazard.code == code && title.starts_with(hazard.title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_comments_says_nothing() {
        assert_eq!(Opening::of("SELECT 1;\n-- Data: too late\n"), Opening::default());
        assert_eq!(Opening::of(""), Opening::default());
    }

    #[test]
    fn every_kind_of_line_is_read_wherever_it_stands() {
        let opening = Opening::of(
            "-- no-transaction\r\n-- Locks: SHARE on public.t\r\n--\r\n-- by hand\r\n-- Data: no row changes\r\n-- Data: x\r\n-- Irreversible: it \
             forgets\r\n-- Size: t holds 3 rows\r\n-- Note: n\r\n-- Contract: releases that know `t`\r\n-- H33: CREATE INDEX\r\nSELECT 1;",
        );
        assert_eq!(opening.title.as_deref(), Some("by hand"));
        assert_eq!((opening.data, opening.tells_of_rows), (vec!["x".to_owned()], true));
        assert_eq!(opening.irreversible.as_deref(), Some("it forgets"));
        assert_eq!((opening.sizes, opening.notes), (vec!["t holds 3 rows".to_owned()], vec!["n".to_owned()]));
        assert_eq!(opening.contracts, ["releases that know `t`"]);
        assert_eq!(opening.locks, ["SHARE on public.t"]);
        assert_eq!(opening.hazards.iter().map(|hazard| hazard.code).collect::<Vec<_>>(), ["H33"]);
        assert_eq!(Opening::of("-- Irreversible\nSELECT 1;").irreversible.as_deref(), Some(""));
    }
}
