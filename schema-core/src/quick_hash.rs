//! A hash for what lives no longer than one build: names and keys in OUT_DIR, of the build step and of the macros that the same
//! toolchain built. Nothing that is checked in holds one.
//!
//! Build scripts run without optimisation, where SHA-256 takes ten times as long; the standard library's hasher comes
//! compiled. Its algorithm may change with the toolchain, and with it all that it was used for.

use std::hash::{DefaultHasher, Hasher as _};

/// 32 hexadecimal digits: two hashes of 64 bits, which begin differently.
pub(crate) fn quick_hash(text: &str) -> String {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(text.as_bytes());
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_hash_and_another_text_another() {
        let texts = ["", "a", "b", "ab", "a\0b", "aaaaaaaa", "aaaaaaaaa"];
        let hashes: std::collections::BTreeSet<String> = texts.into_iter().map(quick_hash).collect();
        assert_eq!(hashes.len(), texts.len());
        assert!(hashes.iter().all(|hash| hash.len() == 32), "{hashes:?}");
        assert_eq!(quick_hash("ab"), quick_hash(&String::from("ab")));
    }
}
