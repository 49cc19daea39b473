use std::fmt;

use schema_core::advise::{Advice, RULES, Report as Found, advise};
use schema_core::build::State;
use schema_core::ir::Dialect;
use schema_core::model::Model;
use schema_core::stats::Stats;
use schema_runtime::sides::Side;
use serde::Serialize;

use crate::args::Global;
use crate::database::parse_dialect;
use crate::failure::Failure;
use crate::output::{CHANGED, HEADING, Outcome, QUIET, Report, count, paint};
use crate::sides::{BenchArgs, known_dialect, side};

/// Say what the schema lacks: indexes, keys, types that are regretted later
///
/// Sizes weigh where `cargo schema stats` exported them. `#[table(allow(advice("json_text", reason = "..")))]` on a struct
/// silences one rule for its table.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look at: `models`, `snapshot`, a database URL or a `.sql` file
    #[arg(value_name = "SIDE", default_value = "models")]
    side: String,
    /// What a `.sql` file is written for [default: the crate's]
    #[arg(long, value_name = "sqlite|postgres", value_parser = parse_dialect)]
    dialect: Option<Dialect>,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Advised {
    #[serde(flatten)]
    found: Found,
    tables: usize,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Advised, Failure> {
        let (model, stats) = if self.side == "models" { models(global)? } else { self.other(global)? };
        Ok(Advised { found: advise(&model, stats.as_ref()), tables: model.schema.tables.len() })
    }

    /// Structs know where they are declared; another side is but a schema.
    fn other(&self, global: &Global) -> Result<(Model, Option<Stats>), Failure> {
        let (side, _) = side(global, &self.side, self.dialect)?;
        let state = global.project().ok().and_then(|project| State::load(&project).ok());
        let dialect = known_dialect(global, side.dialect()?)?;
        let schema = match side {
            Side::Schema(schema, _) => *schema,
            other => self.bench.run(dialect, async |bench| Ok(other.read(bench).await?.schema))?,
        };
        let model = Model { schema, ..Model::empty(dialect) };
        Ok((model, state.and_then(|state| state.stats)))
    }
}

fn models(global: &Global) -> Result<(Model, Option<Stats>), Failure> {
    let state = State::load(&global.project()?)?;
    let (scan, _) = state.compare()?;
    Failure::of_errors(scan.findings)?;
    Ok((scan.model, state.stats))
}

impl Report for Advised {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.found.advice.is_empty() || !self.found.stale.is_empty())
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { advice, allowed, stale } = &self.found;
        for rule in &RULES {
            let met: Vec<&Advice> = advice.iter().filter(|advice| advice.rule == rule.code).collect();
            if !met.is_empty() {
                writeln!(f, "{} {}", paint(HEADING, rule.title), paint(QUIET, format!("[{}]", rule.code)))?;
                writeln!(f, "{}\n", paint(QUIET, rule.why))?;
                met.into_iter().try_for_each(|advice| piece(advice, f))?;
            }
        }
        for stale in stale {
            let place = stale.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            let text =
                format!("table `{}`: `allow(advice(\"{}\"))` is stale: delete it{place}", stale.table, stale.rule);
            writeln!(f, "{}", paint(CHANGED, text))?;
        }
        let found = match advice.len() {
            0 => "nothing to advise".to_owned(),
            1 => "1 piece of advice".to_owned(),
            number => format!("{number} pieces of advice"),
        };
        let allowed = if *allowed == 0 { String::new() } else { format!(", {allowed} allowed") };
        writeln!(f, "{found} on {}{allowed}", count(self.tables, "table"))
    }
}

fn piece(advice: &Advice, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let part = advice.part.as_ref().map(|part| format!(".{part}")).unwrap_or_default();
    let place = advice.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    writeln!(f, "  {}{part}{}", advice.table, paint(QUIET, place))?;
    writeln!(f, "    {}", advice.evidence)?;
    writeln!(f, "    help: {}\n", advice.remedy)
}
