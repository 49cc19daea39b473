//! The cargo that suites compile crates of their own with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The target folder that all suites share, so that what their crates depend on is compiled once; `tmpdir` is a suite's
/// `CARGO_TARGET_TMPDIR`.
#[must_use]
pub fn target(tmpdir: &str) -> PathBuf {
    Path::new(tmpdir).join("nested")
}

/// Cargo without what the test run's own cargo, a CI or the developer has set. What it compiles is as small as can be:
/// nobody debugs it, and every crate has a build script that links all of schema-core.
#[must_use]
pub fn cargo(tmpdir: &str) -> Command {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    without_surroundings(&mut command)
        .env("CARGO_TARGET_DIR", target(tmpdir))
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null());
    command
}

/// Nothing of the test run's own environment may decide.
pub fn without_surroundings(command: &mut Command) -> &mut Command {
    const OWN: [&str; 8] = [
        "CI",
        "DATABASE_URL",
        "DOCS_RS",
        "OUT_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "SCHEMA_GATE",
        "SCHEMA_MODE",
    ];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if OWN.contains(&&*text) || text.starts_with("CARGO") && text != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command
}

/// Where cargo keeps the build scripts of a crate.
pub fn build_scripts(tmpdir: &str, name: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let start = format!("{name}-");
    let entries = fs::read_dir(target(tmpdir).join("debug/build")).into_iter().flatten().flatten();
    entries.filter(move |entry| entry.file_name().to_string_lossy().starts_with(&start)).map(|entry| entry.path())
}
