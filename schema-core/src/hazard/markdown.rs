//! The catalogue as text.

use std::fmt::Write as _;

use super::{GROUPS, Hazard};

const HEAD: &str = "\
# Hazards

<!-- Generated from schema-core/src/hazard/rows; `UPDATE_DOCS=1 cargo test -p schema-core hazard` rewrites it. -->

What can go wrong when a schema changes under rows and queries, and what is done about it. Migration files name these
codes; `cargo schema explain CODE` prints one. \"Automatic\" says whether the recipe is taken without being asked for:
`#[table(small)]` and `--plain` choose plain forms instead. Locks were measured on PostgreSQL 12 to 18. What is said of
MariaDB was measured on 10.11 (`tests/algorithm-results.md`) where a definition's algorithm and lock are meant, and is from its
documentation elsewhere, as is what is said of MySQL.
";

/// `docs/hazards.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    for group in GROUPS {
        page += &overview(group.title, group.rows);
    }
    for hazard in super::all() {
        page += &section(hazard);
    }
    page
}

fn overview(title: &str, rows: &[Hazard]) -> String {
    let mut text = format!("\n## {title}\n\n| code | operation | automatic |\n|---|---|---|\n");
    for hazard in rows {
        let (code, anchor) = (hazard.code, hazard.code.to_ascii_lowercase());
        let _ = writeln!(text, "| [{code}](#{anchor}) | {} | {} |", hazard.title, hazard.automatic.word());
    }
    text
}

fn section(hazard: &Hazard) -> String {
    let mut text = format!("\n### {}\n\n{}\n\n", hazard.code, hazard.title);
    for (label, fact) in hazard.facts() {
        let _ = writeln!(text, "- **{label}**: {fact}");
    }
    let consents: Vec<String> = hazard.written_consents().map(|consent| format!("`{consent}`")).collect();
    if !consents.is_empty() {
        let _ = writeln!(text, "- **Consent**: {}", consents.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_page_is_made_from_the_rows() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/hazards.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, markdown()).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, markdown(), "{} is out of date: UPDATE_DOCS=1 rewrites it", path.display());
    }
}
