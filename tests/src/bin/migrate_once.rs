//! One migration run in a process of its own: `migrate_once <url> <folder>`. Settings come from the environment.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Migrator, Report, Source, Target};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: migrate_once <url> <folder>");
        return ExitCode::from(2);
    };
    match run(&url, &folder).await {
        Ok(report) => {
            println!("{}", report.applied.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(url: &str, folder: &str) -> Result<Report, Error> {
    let migrator = Migrator::new(Source::folder(folder)?);
    let mut connection = connect(url, &ConnectSettings::from_env()?).await?;
    migrator.migrate(&mut connection, Target::Latest, &mut |event| eprintln!("{event:?}")).await
}
