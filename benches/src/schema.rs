//! Diff, plan and files of a changed schema, and the base read and written, by the number of tables.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use schema_core::diff::{Renames, diff};
use schema_core::ir::{
    Column, Dialect, ForeignKey, Index, IndexKey, ObjectName, PrimaryKey, Schema, SqlType, Table, Unique,
};
use schema_core::model::Intents;
use schema_core::plan::plan;
use schema_core::snapshot::Snapshot;

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
        let output =
            Command::new(std::env::current_exe()?).args(["schema-part", part, &tables.to_string()]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let text = String::from_utf8(output.stdout)?;
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
    println!("{} {}", start.elapsed().as_nanos(), peak_kilobytes().map_or(String::new(), |it| it.to_string()));
    Ok(())
}

/// Tables of ten columns, each with a key, an index, a unique constraint and a parent; where it is changed, one in a hundred
/// has a column more.
fn schema(tables: usize, changed: bool) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for number in 0..tables {
        let name = ObjectName::qualified("public", format!("thing_{number}"));
        let mut table = Table::new(name.clone());
        let more = usize::from(changed && number % 100 == 0);
        for column in 0..10 + more {
            let ty = ["bigint", "text", "timestamp with time zone", "boolean"].get(column % 4).unwrap_or(&"integer");
            let column = Column::new(format!("column_{column}"), SqlType::builtin(*ty));
            table.columns.push(Column { nullable: true, ..column });
        }
        let of = |column: &str| vec![column.to_owned()];
        table.primary_key = Some(PrimaryKey::new(format!("thing_{number}_pkey"), of("column_0")));
        table.uniques.push(Unique::new(format!("thing_{number}_key"), of("column_1")));
        let key = IndexKey::column("column_2");
        table.indexes.push(Index::new(format!("thing_{number}_idx"), vec![key]));
        let parent = ObjectName::qualified("public", format!("thing_{}", number.saturating_sub(1)));
        let fkey = format!("thing_{number}_fkey");
        table.foreign_keys.push(ForeignKey::new(fkey, of("column_4"), parent, of("column_0")));
        schema.tables.insert(name, table);
    }
    schema
}

/// The most memory that this process held, as Linux tells it.
fn peak_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
