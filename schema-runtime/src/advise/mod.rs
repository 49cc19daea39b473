//! The crate's queries, and what a scratch database of its schema says to them.
//!
//! The database holds made-up rows and the sizes that `cargo schema stats` exported. Nothing is run: plans are asked for,
//! without and with the indexes that may help, and `schema_core::advise::queries` says what they mean.

mod mariadb;
mod postgres;
mod sqlite;
mod texts;

use schema_core::advise::queries::{Candidate, Plan, Sizes, Statement, statements};
use schema_core::advise::{Advice, Asked};
use schema_core::diag::Finding;
use schema_core::ir::{Dialect, Schema};
use schema_core::queries::Query;
use schema_core::stats::Stats;

use crate::Error;
use crate::seed::{Amount, seed};
use crate::sides::{Bench, Side, Work, WorkError};

pub use texts::asked;

/// Made-up rows of each table: enough for every one of a type's values, and few enough to be made one by one.
const ROWS: Amount = Amount { rows: 120, seed: 0 };

/// Asks a scratch database about every query, and adds what it says. Returns what stood in the way: errors for queries that
/// it was not asked about, warnings for those to which it can't say anything.
///
/// ```no_run
/// # async fn f(asked: &mut schema_core::advise::Asked, schema: &schema_core::ir::Schema) -> Result<(), schema_runtime::Error> {
/// use schema_runtime::sides::Bench;
/// let bench = Bench::new(schema.dialect, None);
/// for finding in schema_runtime::advise::explain(&bench, schema, None, asked).await {
///     eprintln!("{finding}");
/// }
/// # Ok(()) }
/// ```
pub async fn explain(bench: &Bench, schema: &Schema, stats: Option<&Stats>, asked: &mut Asked) -> Vec<Finding> {
    let sizes = Sizes(stats);
    let mut work = match prepared(bench, schema, sizes).await {
        Ok(work) => work,
        Err(findings) => return findings,
    };
    let mut findings = Vec::new();
    let mut found = Vec::new();
    let number = asked.queries.len();
    let mut done = 0;
    for query in &asked.queries {
        match one(&mut work, schema, sizes, query).await {
            Ok(Said { advice, passed_over }) => {
                found.push(advice);
                findings.extend(passed_over);
            }
            Err(error) => {
                let message = format!(
                    "the scratch database ended: {error}; {} of {number} queries are not explained, from this one on",
                    number - done
                );
                let finding = Finding::error(Some(query.place.clone()), message);
                findings.push(finding.help("what is said of the others stands; run it again"));
                break;
            }
        }
        done += 1;
    }
    asked.is_explained = done == number;
    found.into_iter().enumerate().for_each(|(at, advice)| asked.found(at, advice));
    bench.put_back(work).await;
    findings
}

/// A database of the schema with rows, whose planner takes it for as large as the export says.
async fn prepared(bench: &Bench, schema: &Schema, sizes: Sizes<'_>) -> Result<Work, Vec<Finding>> {
    let not_explained = |error: &dyn std::fmt::Display| {
        vec![
            Finding::error(None, format!("the queries can't be explained in a scratch database: {error}"))
                .help("`--no-explain` leaves that out"),
        ]
    };
    let side = Side::Schema(Box::new(schema.clone()), "models".to_owned());
    let mut work = side.copy(bench).await.map_err(|error| match error {
        Error::Refused(findings) => findings,
        error => not_explained(&error),
    })?;
    let sized = async {
        seed(&mut work, schema, None, ROWS).await?;
        match schema.dialect {
            Dialect::Postgres => postgres::prepare(&mut work, schema, sizes).await,
            Dialect::Sqlite => sqlite::prepare(&mut work, schema, sizes).await,
            Dialect::MariaDb => mariadb::prepare(&mut work, schema, sizes).await,
            Dialect::MySql => Err(not_asked(schema.dialect)),
        }
    };
    match sized.await {
        Ok(()) => Ok(work),
        Err(error) => Err(not_explained(&error)),
    }
}

fn not_asked(dialect: Dialect) -> WorkError {
    WorkError::of(&format!("{dialect} is not asked for plans yet"))
}

/// What a database says to a query.
#[derive(Default)]
struct Said {
    advice: Vec<Advice>,
    passed_over: Vec<Finding>,
}

async fn one(work: &mut Work, schema: &Schema, sizes: Sizes<'_>, query: &Query) -> Result<Said, WorkError> {
    let mut said = Said::default();
    // What can't be read has been said.
    for statement in statements(schema, query).unwrap_or_default() {
        match plan(work, &statement).await {
            Ok(before) => said.advice.extend(looked_at(work, schema, sizes, &statement, &before).await?),
            Err(error) if error.is_about_the_connection() => return Err(error),
            Err(error) if is_about_types(&error) => {
                let message = format!("not explained, since the types of its parameters are not known: {error}");
                said.passed_over.push(Finding::warning(Some(query.place.clone()), message));
            }
            Err(error) => said.advice.push(statement.refused(&error.to_string())),
        }
    }
    Ok(said)
}

/// What sqlx tells the server by the values that are bound.
fn is_about_types(error: &WorkError) -> bool {
    // Indeterminate datatype, ambiguous function.
    matches!(error.code.as_deref(), Some("42P18" | "42725"))
}

async fn looked_at(
    work: &mut Work,
    schema: &Schema,
    sizes: Sizes<'_>,
    statement: &Statement<'_>,
    before: &Plan,
) -> Result<Vec<Advice>, WorkError> {
    let mut found = Vec::new();
    for (spot, candidates) in statement.worth_trying(before, sizes) {
        let mut tried = Vec::new();
        for candidate in candidates {
            let plan = with_index(work, schema, sizes, statement, &candidate).await;
            match plan {
                Err(error) if error.is_about_the_connection() => return Err(error),
                plan => tried.push((candidate, plan.map_err(|error| error.to_string()))),
            }
        }
        found.extend(statement.judged(spot, before, &tried, sizes));
    }
    // With the index, other rows are expected; and by its text it may have been found already.
    let is_known = |advice: &Advice| advice.rule == "unbounded_read";
    if found.is_empty() && !statement.by_text(sizes).iter().any(is_known) {
        found.extend(statement.expects_many(before, sizes));
    }
    Ok(found)
}

async fn plan(work: &mut Work, statement: &Statement<'_>) -> Result<Plan, WorkError> {
    match work.dialect() {
        Dialect::Postgres => postgres::plan(work, statement.sql).await,
        Dialect::Sqlite => sqlite::plan(work, statement.sql).await,
        Dialect::MariaDb => mariadb::plan(work, statement).await,
        Dialect::MySql => Err(not_asked(Dialect::MySql)),
    }
}

/// The plan where the index is there. It is gone again afterwards.
async fn with_index(
    work: &mut Work,
    schema: &Schema,
    sizes: Sizes<'_>,
    statement: &Statement<'_>,
    candidate: &Candidate,
) -> Result<Plan, WorkError> {
    if schema.dialect.is_mysql() {
        return mariadb::with_index(work, schema, statement, candidate).await;
    }
    work.execute("BEGIN").await?;
    let tried = async {
        work.execute(&candidate.sql(schema.dialect)).await?;
        if schema.dialect == Dialect::Postgres {
            postgres::made(work, schema, sizes, candidate).await?;
        }
        plan(work, statement).await
    };
    let tried = tried.await;
    work.execute("ROLLBACK").await?;
    if schema.dialect == Dialect::Postgres {
        postgres::unmade(work, schema, sizes, candidate).await?;
    }
    tried
}
