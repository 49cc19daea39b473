//! Old migrations folded into one: what its opening comment says of those that it replaces.
//!
//! A database that has them all keeps them under the new file's name: the runner compares checksums and runs nothing.

use crate::migration::{Migration, normalized};
use crate::snapshot::hex_checksum;

/// Begins a line of the comment that names a migration which the file stands for.
const REPLACES: &str = "-- Replaces: ";

/// A migration that another file stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its version.
    pub version: i64,
    /// The checksum of its up file: SHA-384 in hexadecimal over the normalized text.
    pub checksum: String,
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
        let (version, checksum) = line.strip_prefix(REPLACES)?.split_once(' ')?;
        Some(Replaced { version: version.parse().ok()?, checksum: checksum.to_owned() })
    };
    opening.filter_map(read).collect()
}

/// The lines that say what a file stands for. What a migration itself stands for is named in its place: a database may
/// have those still.
#[must_use]
pub fn replaces(migrations: &[Migration]) -> String {
    let own = |migration: &Migration| Replaced { version: migration.version, checksum: hex_checksum(&migration.up) };
    let all = migrations.iter().flat_map(|migration| {
        let mut all = replaced(&migration.up);
        all.retain(|replaced| replaced.version != migration.version);
        all.push(own(migration));
        all
    });
    all.map(|it| format!("{REPLACES}{} {}\n", it.version, it.checksum)).collect()
}
