//! Names made by rule: `{table}_{columns}_{suffix}`, cut to the database's limit with a hash of the whole.
//!
//! PostgreSQL cuts longer names with only a NOTICE (manual, section 4.1.1), so two long names can become one;
//! ours are cut by us, in bytes, at a character boundary, with the suffix kept (BUGS.md B18).

use sha2::{Digest, Sha256};

/// The longest identifier of PostgreSQL, in bytes (NAMEDATALEN - 1). SQLite has no limit and uses the same.
pub const MAX_BYTES: usize = 63;

const HASH_DIGITS: usize = 8;

/// The rule for what a name ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `users_pkey`
    PrimaryKey,
    /// `users_email_key`
    Unique,
    /// `users_age_check`
    Check,
    /// `users_org_id_fkey`
    ForeignKey,
    /// `bookings_room_excl`
    Exclusion,
    /// `users_email_idx`
    Index,
}

impl Kind {
    fn suffix(self) -> &'static str {
        match self {
            Self::PrimaryKey => "pkey",
            Self::Unique => "key",
            Self::Check => "check",
            Self::ForeignKey => "fkey",
            Self::Exclusion => "excl",
            Self::Index => "idx",
        }
    }
}

/// The name of a constraint or index on `table` over `parts` (columns, or `expr` for an expression).
///
/// ```
/// use schema_core::names::{Kind, derived};
/// assert_eq!(derived("users", &["email"], Kind::Unique), "users_email_key");
/// assert_eq!(derived("users", &[] as &[&str], Kind::PrimaryKey), "users_pkey");
/// assert_eq!(derived(&"x".repeat(80), &["email"], Kind::Index).len(), 63);
/// ```
#[must_use]
pub fn derived(table: &str, parts: &[impl AsRef<str>], kind: Kind) -> String {
    let mut stem = table.to_owned();
    for part in parts {
        stem.push('_');
        stem.push_str(part.as_ref());
    }
    shortened(&stem, kind.suffix())
}

/// `{stem}_{suffix}`, with the stem cut and hashed when the whole is longer than [`MAX_BYTES`].
#[must_use]
pub fn shortened(stem: &str, suffix: &str) -> String {
    let whole = format!("{stem}_{suffix}");
    if whole.len() <= MAX_BYTES {
        return whole;
    }
    let hash = short_hash(&whole);
    let room = MAX_BYTES.saturating_sub(suffix.len() + hash.len() + 2);
    format!("{}_{hash}_{suffix}", cut(stem, room))
}

/// The name itself, or its beginning with a hash of the whole when it is longer than [`MAX_BYTES`].
#[must_use]
pub fn fitted(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let hash = short_hash(name);
    format!("{}_{hash}", cut(name, MAX_BYTES.saturating_sub(hash.len() + 1)))
}

fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(HASH_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn cut(text: &str, mut bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    while !text.is_char_boundary(bytes) {
        bytes -= 1;
    }
    &text[..bytes]
}

/// The candidate nearest to `wanted`, when one is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_with_a_common_prefix_stay_apart_and_within_the_limit() {
        let table = "school_fee_account_head_reference_ledgers";
        let first = derived(table, &["a_long_common_prefix_of_columns_one"], Kind::ForeignKey);
        let second = derived(table, &["a_long_common_prefix_of_columns_two"], Kind::ForeignKey);
        assert_ne!(first, second);
        assert_eq!((first.len(), second.len()), (63, 63));
        assert!(first.ends_with("_fkey") && second.ends_with("_fkey"));
    }

    #[test]
    fn names_are_cut_in_bytes_at_a_character_boundary() {
        let name = derived(&"ж".repeat(46), &["имя"], Kind::Index);
        assert!(name.len() <= MAX_BYTES, "{} bytes", name.len());
        assert!(name.starts_with('ж') && name.ends_with("_idx"));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("primry_key", ["primary_key", "unique"]), Some("primary_key"));
        assert_eq!(nearest("zzzzzz", ["primary_key", "unique"]), None);
    }
}
