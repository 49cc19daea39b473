//! Which migrations a report is about.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::build::State;
use crate::diag::Finding;
use crate::migration::Migration;

/// What somebody asks for.
///
/// ```
/// use schema_core::report::Wanted;
/// assert_eq!("20260102030405".parse(), Ok(Wanted::One(20260102030405)));
/// assert_eq!("1..3".parse(), Ok(Wanted::Range { after: Some(1), to: Some(3) }));
/// assert_eq!("1..".parse(), Ok(Wanted::Range { after: Some(1), to: None }));
/// assert!("1...3".parse::<Wanted>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What is not sealed; where everything is, the newest migration.
    Newest,
    /// What is not sealed.
    Draft,
    /// One migration.
    One(i64),
    /// Those after one, as in git, up to another.
    Range {
        /// The last one that is not meant; all from the first where there is none.
        after: Option<i64>,
        /// The last one that is; the newest where there is none.
        to: Option<i64>,
    },
    /// Those that a commit does not have.
    Since {
        /// As it was named: `origin/main`.
        commit: String,
        /// The versions that it has.
        known: BTreeSet<i64>,
    },
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let version = |text: &str| {
            text.parse::<i64>().map_err(|_| format!("`{text}` is no version: write VERSION, FROM..TO, FROM.. or ..TO"))
        };
        let end = |text: &str| if text.is_empty() { Ok(None) } else { version(text).map(Some) };
        match text.split_once("..") {
            None => version(text).map(Self::One),
            Some((after, to)) => Ok(Self::Range { after: end(after)?, to: end(to)? }),
        }
    }
}

/// The migrations that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What they are called together.
    pub title: String,
    /// Their versions, in order.
    pub versions: Vec<i64>,
    /// What is not sealed is among them, also where the build could not write it.
    pub holds_draft: bool,
}

impl Chosen {
    /// The migrations.
    pub fn migrations<'a>(&self, state: &'a State) -> impl Iterator<Item = &'a Migration> {
        state.migrations.iter().filter(|migration| self.versions.contains(&migration.version))
    }

    /// True when nothing comes behind them, or there are none.
    #[must_use]
    pub fn reaches_newest(&self, state: &State) -> bool {
        self.holds_draft
            || self.versions.is_empty()
            || self.versions.last() == state.migrations.last().map(|migration| &migration.version)
    }
}

/// Finds the migrations that are asked for. `differs` says whether the structs differ from the base, or are at fault: then
/// there is a draft to speak of though its files may not be there.
///
/// # Errors
/// Versions that don't exist, with the nearest that do; a range that leads backwards or holds nothing; a draft that isn't
/// there.
pub fn choose(state: &State, wanted: &Wanted, differs: bool) -> Result<Chosen, Vec<Finding>> {
    let all: Vec<i64> = state.migrations.iter().map(|migration| migration.version).collect();
    let unsealed: Vec<i64> = all.iter().copied().filter(|version| !state.base.sealed.contains_key(version)).collect();
    let has_draft = differs || !unsealed.is_empty();
    let of = |title: String, versions: Vec<i64>| {
        let holds_draft = differs && versions.last() == all.last() || versions.iter().any(|it| unsealed.contains(it));
        Chosen { title, versions, holds_draft }
    };
    let draft = || Chosen { title: "draft".to_owned(), versions: unsealed.clone(), holds_draft: true };
    match wanted {
        Wanted::Newest if has_draft => Ok(draft()),
        Wanted::Newest => match all.last() {
            Some(newest) => Ok(of(named(state, *newest), vec![*newest])),
            None => Err(error("there are no migrations to report on", &[DRAFTS])),
        },
        Wanted::Draft if has_draft => Ok(draft()),
        Wanted::Draft => {
            let newest = all.last().map(|newest| format!("the newest sealed migration is {newest}"));
            Err(error("there is no draft: the structs say what the base says", &[&newest.unwrap_or(DRAFTS.to_owned())]))
        }
        Wanted::One(version) => {
            known(&all, *version)?;
            Ok(of(named(state, *version), vec![*version]))
        }
        Wanted::Range { after, to } => {
            let ends: Vec<i64> = after.iter().chain(to).copied().collect();
            let missing: Vec<Finding> = ends.iter().filter_map(|end| known(&all, *end).err()).flatten().collect();
            if !missing.is_empty() {
                return Err(missing);
            }
            forwards(*after, *to)?;
            let is_in =
                |version: &i64| after.is_none_or(|after| *version > after) && to.is_none_or(|to| *version <= to);
            let versions: Vec<i64> = all.iter().copied().filter(is_in).collect();
            let shown = |end: &Option<i64>| end.map(|end| end.to_string()).unwrap_or_default();
            let title = format!("migrations {}..{}", shown(after), shown(to));
            if versions.is_empty() && !(to.is_none() && differs) {
                let help =
                    after.map_or(DRAFTS.to_owned(), |after| format!("`{after}` alone reports on {after} itself"));
                return Err(error(&format!("there is nothing in {}..{}", shown(after), shown(to)), &[&help]));
            }
            let chosen = of(title, versions);
            Ok(Chosen { holds_draft: chosen.holds_draft || to.is_none() && differs, ..chosen })
        }
        Wanted::Since { commit, known } => {
            let versions = all.iter().copied().filter(|version| !known.contains(version)).collect();
            let chosen = of(format!("migrations since {commit}"), versions);
            Ok(Chosen { holds_draft: chosen.holds_draft || differs, ..chosen })
        }
    }
}

fn named(state: &State, version: i64) -> String {
    let migration = state.migrations.iter().find(|migration| migration.version == version);
    let description = migration.map(|migration| format!(" ({})", migration.description)).unwrap_or_default();
    format!("migration {version}{description}")
}

const DRAFTS: &str =
    "`cargo build` drafts what the structs change, `cargo schema new NAME` makes a pair to fill in by hand";

fn known(all: &[i64], version: i64) -> Result<(), Vec<Finding>> {
    if all.contains(&version) {
        return Ok(());
    }
    let before = all.iter().rev().find(|known| **known < version);
    let after = all.iter().find(|known| **known > version);
    let nearest: Vec<String> = before.into_iter().chain(after).map(ToString::to_string).collect();
    let help = match nearest.as_slice() {
        [] => DRAFTS.to_owned(),
        [one] => format!("the nearest is {one}"),
        both => format!("the nearest are {}", both.join(" and ")),
    };
    Err(error(&format!("there is no migration {version}"), &[&help, "`cargo schema status` lists what there is"]))
}

fn forwards(after: Option<i64>, to: Option<i64>) -> Result<(), Vec<Finding>> {
    let (Some(after), Some(to)) = (after, to) else { return Ok(()) };
    if after == to {
        let help = format!("`{to}` reports on that migration: as in git, a range leaves out where it starts");
        return Err(error(&format!("there is nothing in {after}..{to}"), &[&help]));
    }
    if after > to {
        let help = format!("write `{to}..{after}`");
        return Err(error(&format!("{after}..{to} leads backwards: {after} comes after {to}"), &[&help]));
    }
    Ok(())
}

fn error(message: &str, help: &[&str]) -> Vec<Finding> {
    vec![help.iter().fold(Finding::error(None, message), |finding, line| finding.help(*line))]
}
