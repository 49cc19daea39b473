//! The catalogue of dangerous operations, one row each, numbered as the rows of HAZARDS.md.
//!
//! Migration files name their hazards by code; `cargo schema explain CODE` prints the row, and `docs/hazards.md` is made
//! from all of them. Locks were measured on PostgreSQL 12 to 18 by running each statement and reading `pg_locks`,
//! and on MariaDB 10.11 by the least `ALGORITHM` and `LOCK` that the server takes.

use crate::decl::AllowCode;

mod markdown;
mod rows;

pub use markdown::markdown;
pub use rows::{GROUPS, Group, all};

/// A dangerous operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// `H10`: the row of HAZARDS.md.
    pub code: &'static str,
    /// The operation.
    pub title: &'static str,
    /// When it applies.
    pub condition: &'static str,
    /// What depends on the server's version; empty when nothing does.
    pub versions: &'static str,
    /// What it does on PostgreSQL: lock, work under the lock, what can fail.
    pub postgres: &'static str,
    /// What it does on SQLite.
    pub sqlite: &'static str,
    /// What it does on MariaDB: as `tests/algorithm-results.md` has it, and on MySQL where that
    /// differs, by its documentation.
    pub mariadb: &'static str,
    /// How it is done safely.
    pub recipe: &'static str,
    /// Whether drafts, or the runner, take the recipe by themselves.
    pub automatic: Automatic,
    /// The consents it takes, when rows or protection are lost.
    pub consents: &'static [AllowCode],
}

/// Whether the recipe is taken without being asked for, and in which words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// Wherever the hazard is met.
    Fully(&'static str),
    /// In some cases, or some of it.
    Partly(&'static str),
    /// Not at all.
    No(&'static str),
}

impl Automatic {
    /// `yes`, `partly` or `no`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fully(_) => "yes",
            Self::Partly(_) => "partly",
            Self::No(_) => "no",
        }
    }

    /// What is done instead, where and by what.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Fully(text) | Self::Partly(text) | Self::No(text) => text,
        }
    }
}

impl Hazard {
    /// What there is to say, each under its label; what is empty is left out.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let automatic = format!("{}: {}", self.automatic.word(), self.automatic.text());
        let facts = [
            ("When", self.condition),
            ("Versions", self.versions),
            ("PostgreSQL", self.postgres),
            ("SQLite", self.sqlite),
            ("MariaDB", self.mariadb),
            ("Recipe", self.recipe),
            ("Automatic", &automatic),
        ];
        facts.map(|(label, text)| (label, text.to_owned())).into_iter().filter(|(_, text)| !text.is_empty())
    }

    /// The consents as they are written in the source.
    pub fn written_consents(&self) -> impl Iterator<Item = String> {
        self.consents.iter().map(|code| match code.takes_name() {
            true => format!("allow({}(\"..\", reason = \"..\"))", code.as_str()),
            false => format!("allow({}, reason = \"..\")", code.as_str()),
        })
    }
}

/// The hazard of that code (`H10`, in any case), or the first that takes that consent (`drop_column`).
///
/// ```
/// assert_eq!(schema_core::hazard::find("h12").unwrap().title, "DROP COLUMN");
/// assert_eq!(schema_core::hazard::find("drop_column").unwrap().code, "H12");
/// assert!(schema_core::hazard::find("H999").is_none());
/// ```
#[must_use]
pub fn find(wanted: &str) -> Option<&'static Hazard> {
    all().find(|hazard| {
        hazard.code.eq_ignore_ascii_case(wanted) || hazard.consents.iter().any(|consent| consent.as_str() == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_there_in_its_order() {
        let numbers: Vec<u32> = all().map(|hazard| hazard.code[1..].parse().unwrap()).collect();
        assert_eq!(numbers, (1..=72).collect::<Vec<u32>>());
    }

    /// Advice is no hazard: its rules explain themselves.
    #[test]
    fn every_consent_is_explained_by_a_row() {
        let mut explained: BTreeSet<AllowCode> = all().flat_map(|hazard| hazard.consents.iter().copied()).collect();
        explained.insert(AllowCode::Advice);
        let missing: Vec<&str> =
            AllowCode::ALL.iter().filter(|code| !explained.contains(code)).map(|code| code.as_str()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
