//! The names of what a drop keeps.
//!
//! `allow(drop_column("legacy", reason = "..", keep))` puts the column aside instead of dropping it: it gets a name that
//! begins with [`PREFIX`], which no model may use, and is no part of any schema from then on. The version that the change
//! starts from is in the name, because sealed files never change: the same column may be dropped, added and dropped again
//! before anything is purged.

use crate::names;

/// How the names of all that is kept begin.
pub const PREFIX: &str = "_kept_";

/// The name under which something is kept; `head` is [`Intents::head`](crate::model::Intents::head).
///
/// ```
/// use schema_core::kept;
/// assert_eq!(kept::name(20260102030405, "legacy"), "_kept_20260102030405_legacy");
/// assert_eq!(kept::name(0, &"x".repeat(80)).len(), 63);
/// ```
#[must_use]
pub fn name(head: i64, what: &str) -> String {
    names::fitted(&format!("{PREFIX}{head}_{what}"))
}

/// Whether it is the name of something that is kept. SQLite does not tell upper from lower case, so neither does this.
///
/// ```
/// use schema_core::kept;
/// assert!(kept::is_kept("_kept_0_legacy") && kept::is_kept("_KEPT_0_legacy"));
/// assert!(!kept::is_kept("kept_0_legacy"));
/// ```
#[must_use]
pub fn is_kept(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// The version that a name was made with, and the rest of it.
///
/// ```
/// use schema_core::kept;
/// assert_eq!(kept::parts("_kept_20260102030405_legacy"), Some((20260102030405, "legacy")));
/// assert_eq!(kept::parts("_kept_legacy"), None);
/// ```
#[must_use]
pub fn parts(name: &str) -> Option<(i64, &str)> {
    let (head, what) = name.get(PREFIX.len()..).filter(|_| is_kept(name))?.split_once('_')?;
    Some((head.parse().ok()?, what))
}
