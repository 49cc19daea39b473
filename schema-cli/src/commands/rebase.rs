use std::collections::BTreeSet;
use std::fmt;

use schema_core::build::{Project, State};
use schema_core::diag::Finding;
use schema_core::merge::Clash;
use schema_runtime::rebase::{Commutation, Rebase, Rebased, applied, lines, prove};
use schema_runtime::verify::Options;
use serde::Serialize;

use crate::args::Global;
use crate::asynchronous::runtime;
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, HEADING, Outcome, QUIET, REMOVED, Report, count, findings_text, paint};
use crate::sides::BenchArgs;

/// Put two branches' migrations in a row, after git has merged or rebased them
///
/// What others have already stays as it is; the rest goes behind it, under later versions where needed, and the base becomes
/// what both lead to. Both orders are run on a scratch database first, with rows in the tables: where the order makes a
/// difference, or both changed the same thing, nothing is written, and what it is is said by object.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The line that stays as it is [default: the one that origin, main or master has]
    #[arg(long, value_name = "REVISION")]
    onto: Option<String>,
    /// Databases that may have applied migrations of the other line: what they have keeps its number
    #[arg(long, value_name = "URL")]
    database_url: Vec<String>,
    /// Take it that the line that stays goes first, where the order makes a difference
    #[arg(long)]
    accept_order: bool,
    /// Remove the other line's own migrations instead: the next build drafts them anew from the structs
    #[arg(long, conflicts_with = "accept_order")]
    redraft: bool,
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How many rows each table gets
    #[arg(long, value_name = "N", default_value_t = Options::default().rows)]
    rows: usize,
    /// Other numbers put other rows in; the same one always the same
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u32,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    /// The line that stays.
    first: String,
    /// The line that goes behind it.
    second: String,
    migrations: Vec<Moved>,
    /// What both changed.
    clashes: Vec<Clash>,
    /// How both orders went; none where they were not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    commutation: Option<Commutation>,
    order_accepted: bool,
    /// What was written; none where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<Rebased>,
    dry_run: bool,
    /// What is to be done about the structs.
    findings: Vec<Finding>,
}

/// A migration of the second line.
#[derive(Debug, Serialize)]
struct Moved {
    from: i64,
    to: i64,
    description: String,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Row, Failure> {
        let project = global.project()?;
        let lines = lines(&project, self.onto.as_deref())?;
        let [first, second] = [lines.first.name.clone(), lines.second.name.clone()];
        let applied = self.applied()?;
        let mut row = Row { first, second, dry_run: self.dry_run, ..Row::default() };
        let Some(rebase) = Rebase::new(&project, lines, &applied)? else { return Ok(row) };
        let moved = rebase.second.iter().map(|moved| Moved {
            from: moved.from,
            to: moved.migration.version,
            description: moved.migration.description.clone(),
        });
        row.migrations = moved.collect();
        row.clashes.clone_from(&rebase.clashes);
        if self.redraft {
            row.written = (!self.dry_run).then(|| rebase.redraft(&applied)).transpose()?;
            return Ok(row);
        }
        rebase.triable()?;
        if row.contradicts() {
            return Ok(row);
        }
        let commutation =
            self.bench.run(project.dialect, async |bench| prove(bench, &rebase, self.rows, self.seed).await)?;
        let keeps = rebase.second.iter().any(|moved| applied.contains(&moved.from));
        row.order_accepted = self.accept_order && commutation.faults.is_empty() && !keeps;
        row.commutation = Some(commutation);
        if row.is_refused() || self.dry_run {
            return Ok(row);
        }
        row.written = Some(rebase.write()?);
        row.findings = what_structs_say(&project)?;
        Ok(row)
    }

    fn applied(&self) -> Result<BTreeSet<i64>, Failure> {
        let runtime = runtime()?;
        let mut all = BTreeSet::new();
        for url in &self.database_url {
            all.extend(runtime.block_on(applied(url))?);
        }
        Ok(all)
    }
}

/// Whether the structs are what both lines lead to.
fn what_structs_say(project: &Project) -> Result<Vec<Finding>, Failure> {
    let state = State::load(project)?;
    let Ok((_, comparison)) = state.compare() else {
        return Ok(vec![
            Finding::warning(None, "the structs can't be read yet")
                .help("resolve what git left in the sources, and build"),
        ]);
    };
    if comparison.has_errors() {
        return Ok(comparison.findings.into_iter().filter(Finding::is_error).collect());
    }
    let differs = !comparison.changes.is_empty();
    let said = differs.then(|| {
        let message = "the structs are not what both lines lead to together: the next build drafts the difference";
        Finding::warning(None, message)
            .help("`cargo schema diff` shows it: is anything of the merge lost in the sources?")
    });
    Ok(said.into_iter().collect())
}

impl Row {
    fn contradicts(&self) -> bool {
        self.clashes.iter().any(|clash| !clash.is_same)
    }

    fn is_refused(&self) -> bool {
        let fails = self
            .commutation
            .as_ref()
            .is_some_and(|it| !it.faults.is_empty() || !(it.order.is_empty() || self.order_accepted));
        self.written.is_none() && (self.contradicts() || fails)
    }

    fn plan(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", paint(HEADING, format!("{} stays, {} goes behind it", self.first, self.second)))?;
        self.migrations.iter().try_for_each(|it| match it.from == it.to {
            true => writeln!(f, "  {} {}", it.from, it.description),
            false => writeln!(f, "  {} becomes {} {}", it.from, paint(CHANGED, it.to), it.description),
        })
    }

    fn contradictions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first, &self.second);
        writeln!(f, "{}", paint(REMOVED, "both changed the same, each in another way:"))?;
        for clash in self.clashes.iter().filter(|clash| !clash.is_same) {
            writeln!(f, "  {}: {} in {first}, {} in {second}", clash.subject(), clash.first, clash.second)?;
        }
        self.ways_out(f)
    }

    fn proof(&self, proof: &Commutation, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let red = |text: &String| paint(REMOVED, text);
        proof.faults.iter().try_for_each(|text| writeln!(f, "  {}", red(text)))?;
        proof.order.iter().try_for_each(|text| writeln!(f, "  {}", red(text)))?;
        proof.notes.iter().try_for_each(|text| writeln!(f, "  {}", paint(QUIET, text)))?;
        if proof.holds() {
            let rows = count(proof.compared, "row");
            return writeln!(
                f,
                "{}",
                paint(ADDED, format!("either order leads to the same: catalog, and {rows} compared"))
            );
        }
        for clash in &self.clashes {
            writeln!(f, "  {}: both made the same of it ({})", clash.subject(), clash.first)?;
        }
        match proof.faults.is_empty() {
            false => self.ways_out(f),
            true if self.order_accepted => writeln!(f, "the order is accepted: {} goes first", self.first),
            true => {
                writeln!(f, "the order makes a difference, so nothing is written")?;
                writeln!(
                    f,
                    "  {} `cargo schema rebase --accept-order` where it is right that {} goes first",
                    paint(HEADING, "help:"),
                    self.first
                )?;
                self.ways_out(f)
            }
        }
    }

    fn ways_out(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let help = paint(HEADING, "help:");
        writeln!(
            f,
            "  {help} let the structs say what is meant, and run `cargo schema rebase --redraft`: the migrations of {} are removed, and the next build drafts what is left to do behind those of {}",
            self.second, self.first
        )
    }
}

impl Report for Row {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.is_refused() || (self.dry_run && !self.migrations.is_empty()))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.migrations.is_empty() {
            return write!(
                f,
                "nothing to do: only one of {} and {} has migrations of its own",
                self.first, self.second
            );
        }
        if self.written.as_ref().is_none_or(|written| written.removed.is_empty()) {
            self.plan(f)?;
        }
        match &self.commutation {
            Some(proof) => self.proof(proof, f)?,
            None if self.contradicts() && self.written.is_none() => return self.contradictions(f),
            None => {}
        }
        let Some(written) = &self.written else { return Ok(()) };
        written.removed.iter().try_for_each(|name| writeln!(f, "{} {name}", paint(REMOVED, "removed")))?;
        written.renamed.values().try_for_each(|name| writeln!(f, "{} {name}", paint(ADDED, "wrote")))?;
        f.write_str(&findings_text(&self.findings))?;
        f.write_str("build, and commit migrations/ and schema/ with the merge (`git add` them first)")
    }
}
