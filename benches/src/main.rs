//! Prints how fast this project is, as ratios to something else done in the same run: `benches/run`.
//!
//! Each figure is the median of five, with the least and the most; the ratios are between medians.
#![forbid(unsafe_code)]

mod apply;
mod build_step;
mod derives;
mod generated;
mod memory;
mod peers;
mod program;
mod pull;
mod schema;
mod server;
mod source;
mod timing;

use std::error::Error;
use std::process::ExitCode;

use schema_core::diag::Finding;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn shown(findings: Vec<Finding>) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Ok(file) = std::env::var(memory::OF_RUSTC) {
        return ended(memory::watch(&file, &arguments));
    }
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["build-step"] => build_step::table(),
        ["derives"] => derives::table(),
        ["schema"] => schema::table(),
        ["pull"] => pull::table(),
        ["apply"] => apply::table(),
        ["peers", folder] => peers::table(folder.as_ref()),
        ["schema-part", part, tables] => schema::part(part, tables),
        ["build-script"] => {
            build_step::script();
            Ok(())
        }
        ["pull-once", url, folder] => pull::pull_once(url, folder.as_ref()),
        ["drift-once", url, base] => pull::drift_once(url, base.as_ref()),
        ["migrate-once", url, folder] => apply::migrate_once(url, folder.as_ref()),
        ["sqlx-once", url, folder] => apply::sqlx_once(url, folder.as_ref()),
        ["parse", folder] => build_step::parse(folder.as_ref()),
        _ => Err("say what to measure: `build-step`, `derives`, `schema`, `pull`, `apply`".into()),
    };
    ended(done.map(|()| ExitCode::SUCCESS))
}

fn ended(done: Outcome<ExitCode>) -> ExitCode {
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
