use schema_core::build::State;
use schema_runtime::connect::ConnectSettings;
use schema_runtime::migrate::Back;

use crate::args::{DatabaseArgs, Global};
use crate::failure::Failure;
use crate::migrations::{Outlook, Planned, Target};

/// Undo the newest migration, or more
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "target")]
    steps: usize,
    /// Everything after this version, which stays; 0 is everything
    #[arg(long, value_name = "VERSION")]
    target: Option<i64>,
    /// Print what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Outlook, Failure> {
        let url = self.database.required_url()?;
        let state = State::load(&global.project()?)?;
        let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
        let mut target = Target::open(&state, &url, &settings)?;
        let back = self.target.map_or(Back::Steps(self.steps), Back::To);
        let steps = target.run(async |migrator, connection| migrator.plan_revert(connection, back).await)?;
        let planned = Planned::new(&target, "revert", steps);
        if self.dry_run {
            return Ok(Outlook::Planned(planned));
        }
        planned.announce();
        let ran = target
            .run_shown(async |migrator, connection, listener| migrator.revert(connection, back, listener).await)?;
        Ok(Outlook::Ran(ran))
    }
}
