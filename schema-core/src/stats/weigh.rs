//! What sizes mean for the steps of a draft.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rates, Stats, TableStats};
use crate::ir::ObjectName;
use crate::locks::Measured;
use crate::migration::SIZE;

/// Up to these a table is worked through in an instant, whatever is done to it.
const TINY_ROWS: u64 = 1_000;
const TINY_BYTES: u64 = 1_000_000;

/// Hazards that are so much worse the larger the table is, by what is done to its rows.
const SCANS: [&str; 6] = ["H10", "H19", "H20", "H24", "H32", "H43"];
const BUILDS: [&str; 8] = ["H8", "H17", "H27", "H28", "H29", "H33", "H36", "H41"];
const REWRITES: [&str; 10] = ["H3", "H6", "H7", "H9", "H14", "H16", "H52", "H53", "H56", "H57"];

/// The tables that a file works on, as steps name them, each with the hazards of its steps.
pub type Work = BTreeMap<String, BTreeSet<&'static str>>;

/// What is done to the rows of a table, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Scan,
    Build,
    Rewrite,
}

impl Deed {
    fn of(code: &str) -> Option<Self> {
        let kinds = [(&SCANS[..], Self::Scan), (&BUILDS[..], Self::Build), (&REWRITES[..], Self::Rewrite)];
        kinds.into_iter().find(|(codes, _)| codes.contains(&code)).map(|(_, deed)| deed)
    }

    fn rate(self, rates: &Rates) -> u64 {
        match self {
            Self::Scan => rates.scan,
            Self::Build => rates.build,
            Self::Rewrite => rates.rewrite,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Scan => "to read it",
            Self::Build => "to index it",
            Self::Rewrite => "to write it anew",
        }
    }
}

impl TableStats {
    /// Whether any work on it is over in an instant: below 1,000 rows and 1 MB.
    #[must_use]
    pub fn is_tiny(&self) -> bool {
        self.rows < TINY_ROWS && self.bytes < TINY_BYTES
    }
}

impl Stats {
    /// The table that a step names: `users` is `public.users` on PostgreSQL.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableStats> {
        self.tables.get(name).or_else(|| self.tables.get(&format!("public.{name}")))
    }

    /// Whether no query read the index since the server counts.
    #[must_use]
    pub fn counts_as_unused(&self, index: &ObjectName) -> bool {
        let schema = index.schema.as_deref().unwrap_or("public");
        self.unused_indexes.contains(&format!("{schema}.{}", index.name))
    }

    /// The hazards of a file that deserve a warning: those of work on tables that are known to be tiny do not.
    #[must_use]
    pub fn weighed(&self, work: &Work) -> BTreeSet<&'static str> {
        let weighs =
            |table: &str, code: &str| Deed::of(code).is_none() || !self.table(table).is_some_and(TableStats::is_tiny);
        let codes = work.iter().flat_map(|(table, codes)| codes.iter().map(move |code| (table, *code)));
        codes.filter(|(table, code)| weighs(table, code)).map(|(_, code)| code).collect()
    }
}

impl Stats {
    /// What a warning says of the tables that a file works through and that are not tiny.
    pub(crate) fn heavy(&self, work: &Work) -> Vec<String> {
        let is_heavy = |name: &String| !self.table(name).is_some_and(TableStats::is_tiny);
        let heavy = work.iter().filter(|(name, _)| is_heavy(name)).map(|(name, codes)| (name.clone(), codes.clone()));
        notes(self, &heavy.collect())
    }
}

/// What is known of the tables whose rows a file works through:
/// `users holds 12,000,000 rows, 4.1 GB; about 1,900 writes an hour; about 7 min to index it, as a scratch server did`.
#[must_use]
pub fn notes(stats: &Stats, work: &Work) -> Vec<String> {
    let deeds =
        work.iter().filter_map(|(name, codes)| Some((name, codes.iter().filter_map(|code| Deed::of(code)).max()?)));
    deeds.filter_map(|(name, deed)| note(stats, name, deed)).collect()
}

/// The same of the tables that statements were seen to work through.
#[must_use]
pub fn measured_notes(stats: &Stats, statements: &[Measured]) -> Vec<String> {
    let mut deeds: BTreeMap<&str, Deed> = BTreeMap::new();
    let mut seen = |table, deed: Deed| {
        let most = deeds.entry(table).or_insert(deed);
        *most = deed.max(*most);
    };
    for statement in statements {
        statement.scans.iter().chain(statement.foreign_keys.keys()).for_each(|table| seen(table, Deed::Scan));
        statement.builds.keys().for_each(|table| seen(table, Deed::Build));
        statement.rewrites.iter().for_each(|table| seen(table, Deed::Rewrite));
    }
    deeds.into_iter().filter_map(|(table, deed)| note(stats, table, deed)).collect()
}

/// Whether the hazard is so much worse the larger the table is.
#[must_use]
pub fn grows_with_rows(code: &str) -> bool {
    Deed::of(code).is_some()
}

fn note(stats: &Stats, name: &str, deed: Deed) -> Option<String> {
    let table = stats.table(name)?;
    let mut parts = vec![format!("{name} holds {} rows, {}", grouped(table.rows), size(table.bytes))];
    let writes = table.writes_per_hour.filter(|writes| *writes > 0);
    parts.extend(writes.map(|writes| format!("about {} writes an hour", grouped(writes))));
    parts.extend(estimate(stats, table, deed));
    Some(parts.join("; "))
}

/// How long the work takes at the rate that was measured.
fn estimate(stats: &Stats, table: &TableStats, deed: Deed) -> Option<String> {
    let seconds = table.bytes / deed.rate(stats.rates.as_ref()?).max(1);
    (!table.is_tiny()).then(|| format!("about {} {}, as a scratch server did", span(seconds), deed.words()))
}

/// The text with what is known of its tables, in its opening comment.
#[must_use]
pub fn annotated(text: &str, stats: Option<&Stats>, work: &Work) -> String {
    let lines: String = stats
        .into_iter()
        .flat_map(|stats| notes(stats, work))
        .map(|note| format!("{SIZE}{}\n", one_line(&note)))
        .collect();
    let length = text.split_inclusive('\n').take_while(|line| line.starts_with("--")).map(str::len).sum();
    let (opening, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    format!("{opening}{lines}{rest}")
}

/// The text without the lines of [`annotated`].
pub(crate) fn bare(text: &str) -> String {
    let mut is_opening = true;
    let kept = text.split_inclusive('\n').filter(|line| {
        is_opening &= line.starts_with("--");
        !(is_opening && line.starts_with(SIZE))
    });
    kept.collect()
}

/// A name can hold a line break, which would end the comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// How long it takes to write a table anew, at the rate that was measured.
pub(crate) fn rewrite_time(stats: &Stats, table: &TableStats) -> Option<String> {
    estimate(stats, table, Deed::Rewrite)
}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// `4.1 GB`, in powers of a thousand.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes < 10 * unit => format!("{}.{} {name}", bytes / unit, bytes % unit / (unit / 10)),
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

/// `7 min`.
fn span(seconds: u64) -> String {
    match seconds {
        0 => "a second".to_owned(),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats() -> Stats {
        let mut stats = Stats::new("2026-01-02");
        let large =
            TableStats { rows: 12_000_000, bytes: 4_100_000_000, writes_per_hour: Some(1900), ..TableStats::default() };
        stats.tables.insert("public.users".to_owned(), large);
        stats.tables.insert("app.country".to_owned(), TableStats { rows: 200, bytes: 16_000, ..Default::default() });
        stats
    }

    fn work(of: &[(&str, &[&'static str])]) -> Work {
        of.iter().map(|(table, codes)| ((*table).to_owned(), codes.iter().copied().collect())).collect()
    }

    #[test]
    fn hazards_of_tiny_tables_weigh_nothing_but_for_what_size_does_not_matter_to() {
        let weighed = |of: &[(&str, &[&'static str])]| stats().weighed(&work(of)).into_iter().collect::<Vec<_>>();
        assert_eq!(weighed(&[("app.country", &["H33", "H12", "H14"])]), ["H12"]);
        assert_eq!(weighed(&[("users", &["H33"]), ("app.country", &["H24"])]), ["H33"]);
        assert_eq!(weighed(&[("unknown", &["H24"])]), ["H24"]);
        for (rows, bytes, tiny) in [(999, 999_999, true), (1000, 0, false), (0, 1_000_000, false)] {
            assert_eq!(TableStats { rows, bytes, ..TableStats::default() }.is_tiny(), tiny);
        }
    }

    #[test]
    fn a_file_says_how_large_the_tables_are_that_it_works_through() {
        let work = work(&[("users", &["H33", "H24"]), ("app.country", &["H10"]), ("t", &["H14"])]);
        assert_eq!(
            notes(&stats(), &work),
            ["app.country holds 200 rows, 16 kB", "users holds 12,000,000 rows, 4.1 GB; about 1,900 writes an hour",]
        );
        let mut measured = stats();
        measured.rates = Some(Rates { scan: 400_000_000, build: 10_000_000, rewrite: 30_000_000 });
        let notes = notes(&measured, &work);
        assert_eq!(notes[0], "app.country holds 200 rows, 16 kB");
        assert!(notes[1].ends_with("; about 6 min to index it, as a scratch server did"), "{notes:?}");
    }

    #[test]
    fn sizes_of_tables_that_are_only_named_are_left_out() {
        assert_eq!(notes(&stats(), &work(&[("users", &["H12", "H1"])])), [] as [&str; 0]);
    }

    #[test]
    fn the_lines_stand_behind_the_opening_comment_and_come_off_again() {
        let text = "-- add index\n-- Data: none\n\n-- add index\nCREATE INDEX;\n";
        let shown = annotated(text, Some(&stats()), &work(&[("users", &["H33"])]));
        assert!(shown.starts_with("-- add index\n-- Data: none\n-- Size: users holds 12,000,000 rows"), "{shown}");
        assert_eq!((bare(&shown), annotated(text, None, &Work::new())), (text.to_owned(), text.to_owned()));
        assert_eq!(bare("SELECT 1;\n-- Size: of things\n"), "SELECT 1;\n-- Size: of things\n");
    }

    #[test]
    fn sizes_and_spans_are_rounded_to_what_one_says() {
        assert_eq!(
            [size(999), size(1000), size(25_000_000), size(2 * 10_u64.pow(12))],
            ["999 bytes", "1.0 kB", "25 MB", "2.0 TB"]
        );
        assert_eq!([span(0), span(119), span(420), span(8000)], ["a second", "119 s", "7 min", "2 h"]);
    }
}
