//! A constraint that took over an index takes it along when it goes, so the two files go back together.

use schema_core::diag::Finding;
use schema_core::migration::Migration;

use super::check::{Records, named};
use super::source::Source;

/// Which of the files before built the index that this one's constraint takes over.
pub(crate) fn built_by<'a>(before: &'a [Migration], up: &str) -> Option<(usize, &'a Migration)> {
    let (_, behind) = up.split_once(" USING INDEX \"")?;
    let (name, _) = behind.split_once('"')?;
    let building = format!("CREATE UNIQUE INDEX CONCURRENTLY \"{name}\"");
    before.iter().enumerate().rev().find(|(_, file)| file.up.contains(&building))
}

/// Refuses to go back to between the two: the index would be gone, and applied.
pub(super) fn split(source: &Source, records: &Records, versions: &[i64]) -> Vec<Finding> {
    let findings = versions.iter().filter_map(|version| {
        let at = source.migrations.iter().position(|file| file.version == *version)?;
        let (before, own) = (source.migrations.get(..at)?, source.migrations.get(at)?);
        let (_, builder) = built_by(before, &own.up)?;
        if versions.contains(&builder.version) || !records.applied.contains_key(&builder.version) {
            return None;
        }
        let target = records.applied.range(..builder.version).next_back().map_or(0, |(version, _)| *version);
        let message = format!(
            "{} takes the index with it that {} built: the one does not go back without the other",
            named(own.version, &own.description),
            named(builder.version, &builder.description),
        );
        Some(Finding::error(None, message).help(format!("revert both: `cargo schema revert --target {target}`")))
    });
    findings.collect()
}
