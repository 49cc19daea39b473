use std::fmt;
use std::time::Duration;

use schema_core::build::State;
use schema_runtime::connect::ConnectSettings;
use schema_runtime::migrate::{Event, Kept, chosen};
use serde::Serialize;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::migrations::Target;
use crate::output::{HEADING, Outcome, QUIET, REMOVED, Report, count, paint};
use crate::progress::Progress;

/// Remove what drops kept, after a report of it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Only what has been kept for that long: `30d`, `2w`, `12h` [default: everything]
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// Also what no migration file names, whose age isn't known
    #[arg(long)]
    all: bool,
    /// Report, and remove nothing, as without --yes
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Remove it
    #[arg(long)]
    yes: bool,
}

fn age(text: &str) -> Result<Duration, String> {
    const HOUR: u64 = 3600;
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "m" | "min" => 60,
        "h" => HOUR,
        "d" => 24 * HOUR,
        "w" => 7 * 24 * HOUR,
        _ => return Err("write a number with `m`, `h`, `d` or `w`, such as `30d`".to_owned()),
    };
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| format!("`{digits}` is no whole number, or too large"))
}

/// What is kept, what of it goes, and whether it has gone.
#[derive(Debug, Serialize)]
pub(crate) struct Purge {
    place: String,
    kept: Vec<Kept>,
    /// What is old enough, in the same order.
    chosen: Vec<Kept>,
    removed: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Purge, Failure> {
        let url = self.database.required_url()?;
        let state = State::load(&global.project()?)?;
        let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
        let mut target = Target::open(&state, &url, &settings)?;
        let kept = target.run(async |migrator, connection| migrator.kept(connection).await)?;
        let chosen = chosen(&kept, self.older_than, self.all);
        let mut purge = Purge { place: target.place().to_owned(), kept, chosen, removed: false };
        if self.yes && !self.dry_run && !purge.chosen.is_empty() {
            let mut progress = Progress::new();
            let mut listener = |event: Event| progress.show(&event);
            let chosen = &purge.chosen;
            purge.chosen =
                target.run(async |migrator, connection| migrator.purge(connection, chosen, &mut listener).await)?;
            purge.removed = true;
        }
        Ok(purge)
    }
}

impl Purge {
    fn amount(&self) -> String {
        let things = |kept: &[Kept]| kept.iter().filter(|kept| kept.is_visible()).count();
        format!("{} of {}", things(&self.chosen), count(things(&self.kept), "thing"))
    }
}

impl Report for Purge {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.removed && !self.chosen.is_empty())
    }
}

impl fmt::Display for Purge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kept.is_empty() {
            return write!(f, "nothing is kept: {}", self.place);
        }
        writeln!(f, "{}", paint(HEADING, format!("kept in {}", self.place)))?;
        for kept in self.kept.iter().filter(|kept| kept.is_visible()) {
            let goes = self.chosen.iter().any(|chosen| chosen.place == kept.place);
            let sign = if goes { paint(REMOVED, "-") } else { " ".to_owned() };
            writeln!(f, "{sign} {} {}", kept.what, paint(QUIET, facts(kept)))?;
        }
        match (self.removed, self.chosen.is_empty()) {
            (true, _) => writeln!(f, "removed {}", self.amount()),
            (false, true) => writeln!(f, "nothing is to be removed"),
            (false, false) => writeln!(f, "nothing is removed yet: --yes removes {}", self.amount()),
        }
    }
}

fn facts(kept: &Kept) -> String {
    let since = match (&kept.since, kept.age) {
        (Some(since), Some(age)) => format!("since {since}, {}", count_days(age)),
        _ => "of no known age (--all)".to_owned(),
    };
    let rows = kept.rows.map(|rows| format!(", {rows} rows")).unwrap_or_default();
    let bytes = kept.bytes.map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
    format!("({}) {since}{rows}{bytes}", kept.place)
}

fn count_days(seconds: u64) -> String {
    count(usize::try_from(seconds / 86_400).unwrap_or(usize::MAX), "day")
}

/// `512 bytes`, `34 kB`, `1.2 MB`.
fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if amount < 1000.0 {
            break;
        }
        (amount, unit) = (amount / 1000.0, next);
    }
    if unit == "bytes" || amount >= 10.0 { format!("{amount:.0} {unit}") } else { format!("{amount:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_unit() {
        assert_eq!(age("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(age("2w"), Ok(Duration::from_secs(14 * 86_400)));
        for wrong in ["30", "d", "-1d", "1y", "99999999999999999999d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [0, 999, 1234, 34_500, 7_000_000_000].map(size),
            ["0 bytes", "999 bytes", "1.2 kB", "34 kB", "7.0 GB"]
        );
    }
}
