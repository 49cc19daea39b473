//! Diff, plan and files of a changed schema, and the base read and written, by the number of tables.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use schema_core::diff::{Renames, diff};
use schema_core::ir::Dialect;
use schema_core::model::Intents;
use schema_core::plan::plan;
use schema_core::snapshot::Snapshot;

use crate::generated::schema;
use crate::memory::peak_kilobytes;
use crate::program::{output, own};
use crate::timing::{RUNS, Timing};
use crate::{Outcome, shown};

const SIZES: [usize; 2] = [1_000, 10_000];
const PARTS: [(&str, &str); 3] = [
    ("plan", "diff, plan and files, 1 table in 100 changed"),
    ("write", "the base written"),
    ("read", "the base read"),
];

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    println!("| part | {} tables | peak memory | {} tables | peak memory | ratio |", SIZES[0], SIZES[1]);
    println!("|---|---:|---:|---:|---:|---:|");
    for (part, title) in PARTS {
        let [small, large] = SIZES.map(|size| measured(part, size));
        let ((small, less), (large, more)) = (small?, large?);
        let memory = |kilobytes: Option<u64>| kilobytes.map_or("-".to_owned(), |it| format!("{} MB", it / 1024));
        println!(
            "| {title} | {} | {} | {} | {} | {} |",
            small.shown(),
            memory(less),
            large.shown(),
            memory(more),
            large.ratio(&small)
        );
    }
    Ok(())
}

/// Each run is a process of its own, whose peak memory is nobody else's.
fn measured(part: &str, tables: usize) -> Outcome<(Timing, Option<u64>)> {
    let (mut times, mut peak) = (Vec::new(), None);
    for _ in 0..RUNS {
        let text = output(own("schema-part")?.args([part, &tables.to_string()]))?;
        let mut figures = text.split_whitespace();
        times.push(Duration::from_nanos(figures.next().unwrap_or_default().parse()?));
        peak = peak.max(figures.next().and_then(|figure| figure.parse().ok()));
    }
    Ok((Timing::from(times), peak))
}

/// Does one part, and prints its nanoseconds and the process's peak memory in kilobytes where the system tells.
pub(crate) fn part(part: &str, tables: &str) -> Outcome<()> {
    let (before, after) = (schema(tables.parse()?, false), schema(tables.parse()?, true));
    let folder = tempfile::tempdir()?;
    let snapshot = Snapshot::new(before.clone(), BTreeMap::new(), BTreeSet::new());
    if part == "read" {
        snapshot.write(folder.path())?;
    }
    let start = Instant::now();
    match part {
        "plan" => {
            let changes = diff(&before, &after, &Renames::default());
            let plan = plan(&before, &after, &changes, &Intents::default()).map_err(shown)?;
            assert!(!plan.pairs(Dialect::Postgres).is_empty(), "a change was not planned");
        }
        "write" => snapshot.write(folder.path())?,
        "read" => drop(Snapshot::read(folder.path(), Dialect::Postgres).map_err(shown)?),
        _ => return Err("no such part".into()),
    }
    println!("{} {}", start.elapsed().as_nanos(), peak_kilobytes("self").map_or(String::new(), |it| it.to_string()));
    Ok(())
}
