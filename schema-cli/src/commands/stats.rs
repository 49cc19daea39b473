use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use schema_core::build::{State, record_stats};
use schema_core::ir::Dialect;
use schema_core::stats::{FILE_NAME, Rates, Stats, TableStats};
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::stats::{measure, read};
use serde::Serialize;

use crate::args::{DatabaseArgs, Global};
use crate::asynchronous::runtime;
use crate::failure::Failure;
use crate::files::relative;
use crate::output::{HEADING, QUIET, Report, count, paint};
use crate::sides::BenchArgs;

/// Made-up rows that `--measure` works on; some 70 MB.
const ROWS: u32 = 600_000;

/// Export how large tables are to `schema/stats.json`, by which drafts and warnings weigh hazards
///
/// The database is only read, so a replica and a role without privileges on the tables will do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Measure on a scratch server how fast rows are read, indexed and written anew, for estimates of time
    #[arg(long)]
    measure: bool,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    file: PathBuf,
    #[serde(flatten)]
    stats: Stats,
    notes: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Exported, Failure> {
        let project = global.project()?;
        let state = State::load(&project)?;
        let url = self.database.required_url()?;
        let runtime = runtime()?;
        let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
        let mut stats = runtime.block_on(async {
            let mut connection = connect(&url, &settings).await?;
            if connection.dialect() != project.dialect {
                return Err(schema_runtime::Error::WrongDialect {
                    source_dialect: project.dialect,
                    database: connection.dialect(),
                    place: connection.place().to_owned(),
                });
            }
            read(&mut connection).await
        })?;
        stats.rates = self.rates(project.dialect, state.stats.as_ref())?;
        let notes = notes(&state, &stats);
        record_stats(&project, &stats)?;
        let file = relative(&project, &project.stats_record());
        Ok(Exported { file, stats, notes })
    }

    /// Rates that were measured before stay.
    fn rates(&self, dialect: Dialect, former: Option<&Stats>) -> Result<Option<Rates>, Failure> {
        match (self.measure, dialect) {
            (false, _) => Ok(former.and_then(|stats| stats.rates)),
            (true, Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql) => {
                Err(Failure::new("only PostgreSQL is measured"))
            }
            (true, Dialect::Postgres) => self.bench.run(dialect, async |bench| measure(bench, ROWS).await).map(Some),
        }
    }
}

fn notes(state: &State, stats: &Stats) -> Vec<String> {
    let mut notes = vec![format!("commit schema/{FILE_NAME}; the next build weighs the draft by it")];
    let names = |table: &schema_core::ir::ObjectName| match &table.schema {
        Some(schema) => format!("{schema}.{}", table.name),
        None => table.name.clone(),
    };
    let known: BTreeSet<String> = state.base.schema.tables.keys().map(names).collect();
    let missing: Vec<&String> = known.iter().filter(|name| !stats.tables.contains_key(*name)).collect();
    if !missing.is_empty() {
        notes.push(format!("{} of the base not found there", count(missing.len(), "table")));
    }
    match (state.project.dialect, stats.counted_days) {
        (Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql, _) => {
            notes.push(format!(
                "{} counts no use of indexes: `advise` can't tell which are unused",
                state.project.dialect
            ));
        }
        (Dialect::Postgres, None) => {
            notes.push("the server doesn't know since when it counts: `advise` names no unused indexes".to_owned());
        }
        (Dialect::Postgres, Some(days)) => {
            let unused = match stats.unused_indexes.len() {
                1 => "1 index".to_owned(),
                number => format!("{number} indexes"),
            };
            notes.push(format!(
                "{unused} unused, over {} of counting",
                count(usize::try_from(days).unwrap_or(usize::MAX), "day")
            ));
        }
    }
    notes
}

impl Report for Exported {}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", paint(HEADING, format!("{:>16} {:>16} {:>16}  table", "rows", "bytes", "writes an hour")))?;
        let mut tables: Vec<(&String, &TableStats)> = self.stats.tables.iter().collect();
        tables.sort_by_key(|(_, table)| std::cmp::Reverse(table.bytes));
        for (name, table) in tables {
            let writes = table.writes_per_hour.map_or_else(|| "unknown".to_owned(), |writes| writes.to_string());
            writeln!(f, "{:>16} {:>16} {writes:>16}  {name}", table.rows, table.bytes)?;
        }
        if let Some(Rates { scan, build, rewrite }) = self.stats.rates {
            writeln!(f, "scratch server, bytes a second: read {scan}, indexed {build}, written anew {rewrite}")?;
        }
        writeln!(f, "kept in {}", self.file.display())?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{}", paint(QUIET, note)))
    }
}
