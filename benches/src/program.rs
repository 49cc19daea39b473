//! Programs that are started, this one among them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// This program once more, as another one.
pub(crate) fn own(part: &str) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(part);
    Ok(command)
}

/// What a program prints; its errors where it fails.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    Ok(String::from_utf8(ended(command.stdout(Stdio::piped()))?)?)
}

/// How long a program runs, from its start to its end.
pub(crate) fn timed(command: &mut Command) -> Outcome<Duration> {
    let start = Instant::now();
    ended(command.stdout(Stdio::null()))?;
    Ok(start.elapsed())
}

fn ended(command: &mut Command) -> Outcome<Vec<u8>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
