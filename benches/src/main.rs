//! Prints how fast this project is, as ratios to something else done in the same run: `benches/run`.
//!
//! Each figure is the median of five, with the least and the most; the ratios are between medians.
#![forbid(unsafe_code)]

mod build_step;
mod derives;
mod schema;
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
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["build-step"] => build_step::table(),
        ["derives"] => derives::table(),
        ["schema"] => schema::table(),
        ["schema-part", part, tables] => schema::part(part, tables),
        ["build-script"] => {
            build_step::script();
            Ok(())
        }
        ["parse", folder] => build_step::parse(folder.as_ref()),
        _ => Err("say what to measure: `build-step`, `derives`, `schema`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
