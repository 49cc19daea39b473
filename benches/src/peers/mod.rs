//! The same schema and the same change, drafted by the build step and by each peer's own command.

mod models;
mod tools;

use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::generated::CHANGED;
use crate::program::timed;
use crate::server::Server;
use crate::timing::{RUNS, Timing};
use tools::Tool;

const SIZES: [usize; 2] = [100, 1_000];

/// What takes longer is measured fewer times.
const LONG: Duration = Duration::from_secs(60);
const FEWER_RUNS: usize = 3;

/// Prints the table; the folder holds what the peers were installed into.
pub(crate) fn table(folder: &Path) -> Outcome<()> {
    let server = Server::start()?;
    println!(
        "| tool | tables | from nothing | to ours | 1 table in {CHANGED} has a column more | to ours | measured |"
    );
    println!("|---|---:|---:|---:|---:|---:|---|");
    for tables in SIZES {
        let work = folder.join(format!("work-{tables}"));
        let tools = Tool::all(folder, &work, tables, &server)?;
        let mut ours: Option<[Timing; 2]> = None;
        for tool in &tools {
            let [first, change] = measured(tool)?;
            let [to_first, to_change] = match &ours {
                Some([ours_first, ours_change]) => [first.ratio(ours_first), change.ratio(ours_change)],
                None => ["1".to_owned(), "1".to_owned()],
            };
            let (name, measures) = (tool.name, tool.measures);
            println!(
                "| {name} | {tables} | {} | {to_first} | {} | {to_change} | {measures} |",
                first.shown(),
                change.shown()
            );
            ours.get_or_insert([first, change]);
        }
    }
    Ok(())
}

fn measured(tool: &Tool) -> Outcome<[Timing; 2]> {
    tool.write_models(false)?;
    let first = repeated(|| tool.forget(), || timed(&mut tool.command()?))?;
    let tables = tool.count(tool.creates)?;
    if tables != tool.tables {
        return Err(format!("{} drafted {tables} tables of {}", tool.name, tool.tables).into());
    }
    tool.settle()?;
    tool.save()?;
    let before = tool.count(tool.adds)?;
    tool.write_models(true)?;
    let change = repeated(|| tool.restore(), || timed(&mut tool.command()?))?;
    let columns = tool.count(tool.adds)? - before;
    if columns != tool.tables / CHANGED {
        return Err(format!("{} drafted {columns} columns of {}", tool.name, tool.tables / CHANGED).into());
    }
    Ok([first, change])
}

fn repeated(before: impl Fn() -> Outcome<()>, run: impl Fn() -> Outcome<Duration>) -> Outcome<Timing> {
    let mut times = Vec::new();
    let mut runs = RUNS;
    while times.len() < runs {
        before()?;
        let time = run()?;
        if time > LONG {
            runs = FEWER_RUNS;
        }
        times.push(time);
    }
    Ok(Timing::from(times))
}
