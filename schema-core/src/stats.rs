//! How large tables are, and how much they are written to: `schema/stats.json`, which `cargo schema stats` exports from a
//! database, read-only.
//!
//! Only texts and warnings weigh by it. The same structs give the same statements with and without the file; that a table
//! is small enough for plain forms is stated in the source (`#[table(small)]`).

mod weigh;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diag::Finding;
use crate::snapshot::json;

pub use weigh::{Work, annotated, grows_with_rows, measured_notes, notes};
pub(crate) use weigh::{bare, grouped, rewrite_time};

/// Its name within the schema folder.
pub const FILE_NAME: &str = "stats.json";

const ANEW: &str = "delete the file, or export it anew: `cargo schema stats`";

/// How many digits of a number are kept, so that the file changes only when a table does.
const DIGITS: u32 = 2;

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    format: u32,
    /// The day of the export, `2026-01-02`.
    pub taken: String,
    /// By name: `public.users` on PostgreSQL, `users` on SQLite.
    pub tables: BTreeMap<String, TableStats>,
    /// For how many days the server has counted the use of indexes. SQLite counts none, and a server may not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_days: Option<u64>,
    /// Indexes that no query read in these days, keys left out: `public.users_email_idx`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unused_indexes: BTreeSet<String>,
    /// Of each table the columns with few values, and how many these are, where the role may read the column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub few_values: BTreeMap<String, BTreeMap<String, u64>>,
    /// How fast a scratch server worked, if that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
}

/// One table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableStats {
    /// Rows; on PostgreSQL the planner's estimate.
    pub rows: u64,
    /// Bytes of the table, long values included, without its indexes.
    pub bytes: u64,
    /// Bytes of its indexes.
    pub index_bytes: u64,
    /// Rows inserted, updated or deleted in an hour, where the server knows since when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes_per_hour: Option<u64>,
    /// The last number that the primary key's sequence gave, where the role may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbered: Option<u64>,
}

/// Bytes of a table that are worked through in a second, as measured on a scratch server. Another machine is faster or
/// slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Rows read to check them.
    pub scan: u64,
    /// Rows read into a new index.
    pub build: u64,
    /// Rows written anew.
    pub rewrite: u64,
}

impl Stats {
    /// Nothing known yet.
    #[must_use]
    pub fn new(taken: impl Into<String>) -> Self {
        Self {
            format: json::FORMAT,
            taken: taken.into(),
            tables: BTreeMap::new(),
            counted_days: None,
            unused_indexes: BTreeSet::new(),
            few_values: BTreeMap::new(),
            rates: None,
        }
    }

    /// The file's; `None` when there is none.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(path: &Path, label: &Path) -> Result<Option<Self>, Finding> {
        // It can be exported again, so no merge and no version control has to bring it back.
        json::read(path, label).map_err(|error| Finding { help: Vec::new(), ..error }.help(ANEW))
    }

    /// Its text: sorted, one fact a line.
    #[must_use]
    pub fn text(&self) -> String {
        json::text(self)
    }
}

/// The number with its first two digits only.
///
/// ```
/// assert_eq!(schema_core::stats::rounded(12_345_678), 12_000_000);
/// assert_eq!(schema_core::stats::rounded(995), 1000);
/// assert_eq!(schema_core::stats::rounded(7), 7);
/// ```
#[must_use]
pub fn rounded(number: u64) -> u64 {
    let digits = number.checked_ilog10().map_or(1, |log| log + 1);
    let unit = 10_u64.pow(digits.saturating_sub(DIGITS));
    (number / unit).saturating_add(u64::from(number % unit >= unit.div_ceil(2) && unit > 1)).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sorted_and_reads_back() {
        let mut stats = Stats::new("2026-01-02");
        let users = TableStats {
            rows: 12_000_000,
            bytes: 4_100_000_000,
            index_bytes: 900,
            writes_per_hour: Some(7),
            numbered: Some(13_000_000),
        };
        stats.tables.insert("public.users".to_owned(), users);
        stats.tables.insert("app.log".to_owned(), TableStats::default());
        stats.counted_days = Some(43);
        stats.unused_indexes.insert("public.users_email_idx".to_owned());
        insta::assert_snapshot!(stats.text(), @r#"
        {
          "format": 1,
          "taken": "2026-01-02",
          "tables": {
            "app.log": {
              "rows": 0,
              "bytes": 0,
              "index_bytes": 0
            },
            "public.users": {
              "rows": 12000000,
              "bytes": 4100000000,
              "index_bytes": 900,
              "writes_per_hour": 7,
              "numbered": 13000000
            }
          },
          "counted_days": 43,
          "unused_indexes": [
            "public.users_email_idx"
          ]
        }
        "#);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        assert_eq!(Stats::read(&path, &path), Ok(None));
        std::fs::write(&path, stats.text()).unwrap();
        assert_eq!(Stats::read(&path, &path), Ok(Some(stats)));
    }

    #[test]
    fn what_is_wrong_with_the_file_is_said_at_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        for (text, message, line) in [
            ("{\n  \"format\": 1,\n  \"taken\": 3\n}", "the file is corrupt: invalid type", 3),
            ("{\n  \"format\": 9\n}", "the file has format 9, which is newer", 1),
            ("{\n<<<<<<< ours\n}", "the file holds a merge conflict of git", 2),
        ] {
            std::fs::write(&path, text).unwrap();
            let finding = Stats::read(&path, Path::new("schema/stats.json")).unwrap_err();
            assert!(finding.message.starts_with(message), "{finding}");
            assert_eq!(finding.place.as_ref().map(|place| place.line), Some(line));
            assert_eq!(finding.help, [ANEW]);
        }
    }

    #[test]
    fn rounding_keeps_two_digits_and_ends_nowhere() {
        for (number, kept) in [(0, 0), (99, 99), (104, 100), (105, 110), (149_999, 150_000), (u64::MAX, u64::MAX)] {
            assert_eq!(rounded(number), if number == u64::MAX { rounded(u64::MAX) } else { kept });
        }
        assert!(rounded(u64::MAX) >= 18_000_000_000_000_000_000);
    }
}
