use schema_core::build::State;
use schema_runtime::connect::ConnectSettings;
use schema_runtime::migrate::Target as Until;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::migrations::{Outlook, Planned, Target};

/// Apply what is pending, oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Stop after this version [default: the newest]
    #[arg(long, value_name = "VERSION")]
    target: Option<i64>,
    /// Stop before the first file that earlier releases do not survive
    #[arg(long, conflicts_with = "target")]
    before_contract: bool,
    /// Print what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Apply a pending migration although a newer one is applied
    #[arg(long)]
    allow_out_of_order: bool,
    #[command(flatten)]
    mend: Mend,
}

/// What brings a database and its files together again.
#[derive(Debug, clap::Args)]
#[group(multiple = false, conflicts_with_all = ["target", "before_contract", "dry_run"])]
struct Mend {
    /// Undo the applied draft that has changed since, then apply everything
    #[arg(long)]
    redo: bool,
    /// Record everything up to this version as applied, without running it
    #[arg(long, value_name = "VERSION")]
    baseline: Option<i64>,
    /// Record files of which only line endings differ from what was applied
    #[arg(long)]
    repair_line_endings: bool,
    /// Record down files that were corrected after they were applied
    #[arg(long)]
    accept_downs: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Outlook, Failure> {
        let url = self.database.required_url()?;
        let state = State::load(&global.project()?)?;
        let mut settings = ConnectSettings::from_env()?;
        settings.create_if_missing &= !self.dry_run;
        let mut target = Target::open(&state, &url, &settings)?.allow_out_of_order(self.allow_out_of_order);
        match &self.mend {
            Mend { redo: true, .. } => {
                target.run_shown(async |migrator, connection, listener| migrator.redo(connection, listener).await)
            }
            Mend { baseline: Some(version), .. } => {
                target.run_shown(async |migrator, connection, _| migrator.baseline(connection, *version).await)
            }
            Mend { repair_line_endings: true, .. } => {
                target.run_shown(async |migrator, connection, _| migrator.repair_line_endings(connection).await)
            }
            Mend { accept_downs: true, .. } => {
                target.run_shown(async |migrator, connection, _| migrator.accept_downs(connection).await)
            }
            _ => return self.apply(&mut target),
        }
        .map(Outlook::Ran)
    }

    fn apply(&self, target: &mut Target) -> Result<Outlook, Failure> {
        let last = if self.before_contract { Until::BeforeContract } else { Until::Latest };
        let until = self.target.map_or(last, Until::Version);
        let steps = target.run(async |migrator, connection| migrator.plan(connection, until).await)?;
        let planned = Planned::new(target, "apply", steps);
        if self.dry_run {
            return Ok(Outlook::Planned(planned));
        }
        planned.announce();
        let ran = target
            .run_shown(async |migrator, connection, listener| migrator.migrate(connection, until, listener).await)?;
        Ok(Outlook::Ran(ran))
    }
}
