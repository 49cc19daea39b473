//! How long clients stand still, and whether they fail, while six releases are deployed: `cargo run -p live [ROWS]`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use live::{Outcome, deploy_all};

#[tokio::main]
async fn main() -> Outcome<ExitCode> {
    let rows = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    println!("{:<24} {:>5} {:>10} {:>14} {:>6}", "release", "files", "statements", "longest stall", "failed");
    let mut failed = Vec::new();
    deploy_all(rows, |deployment| {
        let tally = &deployment.tally;
        println!(
            "{:<24} {:>5} {:>10} {:>11} ms {:>6}",
            deployment.release,
            deployment.files,
            tally.statements,
            tally.longest.as_millis(),
            tally.failed.len()
        );
        failed.extend(tally.failed.first().cloned());
    })
    .await?;
    println!("everything was reverted to the first release; all rows are there, and the dropped values");
    for first in &failed {
        eprintln!("failed: {first}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
