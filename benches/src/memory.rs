//! The most memory that a process held, as Linux tells it.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::Outcome;

/// The file for the most memory that compilers held, where this program stands before them (`RUSTC_WORKSPACE_WRAPPER`).
pub(crate) const OF_RUSTC: &str = "SCHEMA_BENCHES_RUSTC_MEMORY";

/// A compiler is looked at so often: it grows by a few megabytes meanwhile.
const PAUSE: Duration = Duration::from_millis(2);

/// Of a process, by its number or `self`.
pub(crate) fn peak_kilobytes(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Runs the compiler that cargo names, and writes down the most that it held.
pub(crate) fn watch(file: &str, rustc: &[String]) -> Outcome<ExitCode> {
    let [program, arguments @ ..] = rustc else { return Err("cargo names no compiler".into()) };
    let mut child = Command::new(program).args(arguments).spawn()?;
    let process = child.id().to_string();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kilobytes(&process).unwrap_or(0));
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(PAUSE),
        }
    };
    std::fs::write(file, peak.to_string())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
