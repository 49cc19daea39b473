//! Old migrations folded into one: what its opening comment says of those that it replaces.
//!
//! A database that has them all keeps them under the new file's name: the runner compares checksums and runs nothing.

use crate::migration::{Migration, normalized};
use crate::snapshot::hex_checksum;

/// Begins a line of the comment that names a migration which the file stands for.
const REPLACES: &str = "-- Replaces: ";

/// Ends such a line where what it names is a baseline too.
const BASELINE: &str = " (a baseline)";

/// A migration that another file stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its version.
    pub version: i64,
    /// The checksum of its up file: SHA-384 in hexadecimal over the normalized text.
    pub checksum: String,
    /// It is a baseline itself: who has it has all that is older.
    pub is_baseline: bool,
}

/// What a file stands for; nothing where it is no baseline.
///
/// ```
/// use schema_core::squash::replaced;
/// let text = "-- baseline\n-- Replaces: 20260101000000 9f86d0\n\nCREATE TABLE ..";
/// assert_eq!(replaced(text)[0].version, 20260101000000);
/// assert!(replaced("CREATE TABLE ..").is_empty());
/// ```
#[must_use]
pub fn replaced(text: &str) -> Vec<Replaced> {
    let plain = normalized(text);
    let opening = plain.lines().take_while(|line| line.starts_with("--"));
    let read = |line: &str| {
        let named = line.strip_prefix(REPLACES)?;
        let (named, is_baseline) = named.strip_suffix(BASELINE).map_or((named, false), |named| (named, true));
        let (version, checksum) = named.split_once(' ')?;
        Some(Replaced { version: version.parse().ok()?, checksum: checksum.to_owned(), is_baseline })
    };
    opening.filter_map(read).collect()
}

/// The lines that say what a file stands for: a baseline among it, and what that one stands for, since a database may have
/// either.
#[must_use]
pub fn replaces(migrations: &[Migration]) -> String {
    let all = migrations.iter().flat_map(|migration| {
        let mut all = replaced(&migration.up);
        let (version, checksum) = (migration.version, hex_checksum(&migration.up));
        all.push(Replaced { version, checksum, is_baseline: !all.is_empty() });
        all
    });
    let mark = |it: &Replaced| if it.is_baseline { BASELINE } else { "" };
    all.map(|it| format!("{REPLACES}{} {}{}\n", it.version, it.checksum, mark(&it))).collect()
}
