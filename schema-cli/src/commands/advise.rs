use std::fmt;

use schema_core::advise::queries::Plan;
use schema_core::advise::{Advice, RULES, Report as Found, advise};
use schema_core::build::State;
use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_core::model::Model;
use schema_runtime::sides::Side;
use serde::Serialize;

use crate::args::Global;
use crate::database::{DIALECTS, parse_dialect};
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, QUIET, REMOVED, Report, count, findings_text, paint};
use crate::sides::{BenchArgs, known_dialect, side, stated};

/// Say what the schema and the queries to it lack: indexes, keys, limits, types that are regretted later
///
/// Sizes weigh where `cargo schema stats` exported them. Queries are looked at with the structs: a scratch database
/// explains them, with the indexes that may help and without. `#[table(allow(advice("json_text", reason = "..")))]` on a
/// struct silences one rule for its table, `// schema: allow(select_star, reason = "..")` above a query for the query.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look at: `models`, `snapshot`, a database URL or a `.sql` file
    #[arg(value_name = "SIDE", default_value = "models")]
    side: String,
    /// What a `.sql` file is written for [default: the crate's]
    #[arg(long, value_name = DIALECTS, value_parser = parse_dialect)]
    dialect: Option<Dialect>,
    /// Look at the texts of queries alone, without a scratch database
    #[arg(long)]
    no_explain: bool,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Advised {
    #[serde(flatten)]
    found: Found,
    tables: usize,
    queries: usize,
    /// What couldn't be read or explained.
    problems: Vec<Finding>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Advised, Failure> {
        if self.side == "models" { self.models(global) } else { self.other(global) }
    }

    fn models(&self, global: &Global) -> Result<Advised, Failure> {
        let state = State::load(&global.project()?)?;
        let (scan, _) = state.compare()?;
        Failure::of_errors(scan.findings)?;
        let (model, stats) = (scan.model, state.stats);
        let (mut asked, mut problems) = schema_runtime::advise::asked(&state.project, &scan.files);
        problems.extend(asked.read(&model.schema, stats.as_ref()));
        if asked.queries.is_empty() {
            asked.is_explained = true;
        } else if !self.no_explain {
            let explained = self.bench.run(model.schema.dialect, async |bench| {
                Ok(schema_runtime::advise::explain(bench, &model.schema, stats.as_ref(), &mut asked).await)
            });
            problems.extend(explained.unwrap_or_else(Failure::into_findings));
        }
        let found = advise(&model, stats.as_ref(), Some(&asked));
        problems.extend(found.unreadable.iter().cloned());
        Ok(Advised { found, tables: model.schema.tables.len(), queries: asked.queries.len(), problems })
    }

    /// Structs know where they are declared; another side is but a schema.
    fn other(&self, global: &Global) -> Result<Advised, Failure> {
        let (side, _) = side(global, &self.side, self.dialect)?;
        let state = global.project().ok().and_then(|project| State::load(&project).ok());
        let dialect = known_dialect(global, stated(&side)?)?;
        let schema = match side {
            Side::Schema(schema, _) => *schema,
            other => self.bench.run(dialect, async |bench| Ok(other.read(bench).await?.schema))?,
        };
        let model = Model { schema, ..Model::empty(dialect) };
        let stats = state.and_then(|state| state.stats);
        let found = advise(&model, stats.as_ref(), None);
        Ok(Advised { found, tables: model.schema.tables.len(), queries: 0, problems: Vec::new() })
    }
}

impl Report for Advised {
    fn outcome(&self) -> Outcome {
        if self.problems.iter().any(Finding::is_error) {
            return Outcome::Failed;
        }
        Outcome::differences_if(!self.found.advice.is_empty() || !self.found.stale.is_empty())
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { advice, allowed, stale, .. } = &self.found;
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
            let text = match &stale.table {
                Some(table) => {
                    format!("table `{table}`: `allow(advice(\"{}\"))` is stale: delete it{place}", stale.rule)
                }
                None => format!("`schema: allow({})` is stale: delete it{place}", stale.rule),
            };
            writeln!(f, "{}", paint(CHANGED, text))?;
        }
        let found = match advice.len() {
            0 => "nothing to advise".to_owned(),
            1 => "1 piece of advice".to_owned(),
            number => format!("{number} pieces of advice"),
        };
        let allowed = if *allowed == 0 { String::new() } else { format!(", {allowed} allowed") };
        let queries = match self.queries {
            0 => String::new(),
            1 => " and 1 query".to_owned(),
            number => format!(" and {number} queries"),
        };
        f.write_str(&findings_text(&self.problems))?;
        writeln!(f, "{found} on {}{queries}{allowed}", count(self.tables, "table"))
    }
}

fn piece(advice: &Advice, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let table = advice.table.as_ref().map(ToString::to_string).unwrap_or_default();
    let part = advice.part.as_ref().map(|part| format!(".{part}")).unwrap_or_default();
    let place = advice.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    writeln!(f, "  {table}{part}{}", paint(QUIET, place))?;
    if let Some(query) = &advice.query {
        writeln!(f, "    {}", paint(QUIET, query))?;
    }
    writeln!(f, "    {}", advice.evidence)?;
    if let Some(plans) = &advice.plans {
        steps(&paint(REMOVED, "before"), &plans.before, f)?;
        steps(&paint(ADDED, "after "), &plans.after, f)?;
    }
    writeln!(f, "    help: {}\n", advice.remedy)
}

/// The beginning of a plan: `--json` has all of it.
fn steps(label: &str, plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const SHOWN: usize = 8;
    for (at, step) in plan.steps.iter().take(SHOWN).enumerate() {
        let label = if at == 0 { label } else { "      " };
        writeln!(f, "    {label}  {step}")?;
    }
    if plan.steps.len() > SHOWN { writeln!(f, "            ..") } else { Ok(()) }
}
