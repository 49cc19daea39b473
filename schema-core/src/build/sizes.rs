//! Sizes of tables within the life of a change.

use super::lifecycle::lock;
use super::project::Project;
use crate::diag::Finding;
use crate::stats::Stats;
use crate::writes::Writes;

/// Keeps what was exported. The next build weighs the draft by it.
///
/// # Errors
/// When the file can't be written.
pub fn record_stats(project: &Project, stats: &Stats) -> Result<(), Vec<Finding>> {
    let _lock = lock(project)?;
    let mut writes = Writes::default();
    writes.set(project.stats_record(), stats.text());
    writes
        .apply(None)
        .map(drop)
        .map_err(|error| vec![project.failed(&project.schema_dir, "the sizes can't be written", &error)])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::build::cargo::Directives;
    use crate::build::testing::app;
    use crate::build::{State, draft, record_locks, seal};
    use crate::ir::Dialect;
    use crate::locks::{Locks, Measured, hashes};
    use crate::stats::{Rates, TableStats};

    const ONE: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n    age: i32,\n}\n";
    const INDEXED: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n    #[column(index)]\n    age: i32,\n}\n";

    fn indexed() -> (tempfile::TempDir, Project) {
        let (dir, project) = app(ONE);
        seal(&project, None).unwrap();
        fs::write(dir.path().join("src/lib.rs"), INDEXED).unwrap();
        draft(&project).unwrap();
        (dir, project)
    }

    fn sized(rows: u64, bytes: u64) -> Stats {
        let mut stats = Stats::new("2026-01-02");
        stats.tables.insert("public.user".to_owned(), TableStats { rows, bytes, ..TableStats::default() });
        stats
    }

    fn up(project: &Project) -> String {
        State::load(project).unwrap().migrations.pop().unwrap().up
    }

    #[test]
    fn a_draft_says_how_large_its_tables_are_and_does_the_same_to_them() {
        let (_dir, project) = indexed();
        let plain = up(&project);
        record_stats(&project, &sized(12_000_000, 4_100_000_000)).unwrap();
        draft(&project).unwrap();
        let shown = up(&project);
        assert!(shown.contains("\n-- Size: user holds 12,000,000 rows, 4.1 GB\n\n"), "{shown}");
        let statements = |text: &str| text.split_once("\n\n").map(|(_, rest)| rest.to_owned());
        assert_eq!(statements(&shown), statements(&plain));
        record_stats(&project, &sized(3, 8192)).unwrap();
        draft(&project).unwrap();
        assert_eq!(statements(&up(&project)), statements(&plain));
        fs::remove_file(project.stats_record()).unwrap();
        draft(&project).unwrap();
        assert_eq!(up(&project), plain);
    }

    #[test]
    fn sizes_and_locks_stand_one_behind_the_other_whichever_came_first() {
        let (_dir, project) = indexed();
        record_stats(&project, &sized(5_000, 2_000_000)).unwrap();
        draft(&project).unwrap();
        let mut locks = Locks::new(15);
        for (path, text) in State::load(&project).unwrap().migrations.iter().flat_map(|migration| migration.files()) {
            let of = |statement| Measured { statement, ..Measured::default() };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            locks.files.insert(name, hashes(text).unwrap().into_iter().map(of).collect());
        }
        record_locks(&project, &locks).unwrap();
        let shown = up(&project);
        assert!(shown.contains("-- Size: user holds 5,000 rows, 2.0 MB\n-- Locks: none"), "{shown}");
        draft(&project).unwrap();
        assert_eq!(up(&project), shown);
    }

    #[test]
    fn a_warning_weighs_hazards_by_the_size_of_their_tables() {
        let (_dir, project) = indexed();
        let said = |stats: Option<&Stats>| {
            let (_, comparison) = State::load(&project).unwrap().compare().unwrap();
            let mut directives = Directives::default();
            let pair = comparison.plan.pairs(Dialect::Postgres).remove(0);
            directives.draft(Path::new("m/1_a.up.sql"), &pair.work, stats);
            directives.to_string()
        };
        let start = "cargo::warning=m/1_a.up.sql is a draft";
        let end = ": review it, then `cargo schema seal`";
        assert_eq!(said(None), format!("{start} (hazards: H33){end}\n"));
        assert_eq!(said(Some(&sized(10, 8192))), format!("{start}{end}\n"));
        let mut large = sized(2_000_000, 200_000_000_000);
        large.rates = Some(Rates { scan: 1, build: 100_000_000, rewrite: 1 });
        let note = "; user holds 2,000,000 rows, 200 GB; about 33 min to index it, as a scratch server did";
        assert_eq!(said(Some(&large)), format!("{start} (hazards: H33){end}{note}\n"));
    }

    #[test]
    fn a_broken_file_stops_the_build_and_says_how_to_go_on() {
        let (_dir, project) = indexed();
        fs::write(project.stats_record(), "{\n  \"format\": \"x\"\n}").unwrap();
        let errors = State::load(&project).unwrap_err();
        assert!(errors[0].to_string().contains("--> schema/stats.json:2"), "{}", errors[0]);
        assert_eq!(errors[0].help, ["delete the file, or export it anew: `cargo schema stats`"]);
    }
}
