//! What a build script says to cargo.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::mode::{MODE_ENV, OTHER_ENV};
use crate::diag::Finding;
use crate::gate::{self, Gate};
use crate::quick_hash::quick_hash;
use crate::stats::{Stats, Work};
use crate::writes::Writes;

/// The variable by which `schema_runtime::migrate!()` finds the migrations folder.
pub const MIGRATIONS_ENV: &str = "SCHEMA_MIGRATIONS";

const GATE_PREFIX: &str = "schema-gate-";

/// Lines for cargo, printed at once.
#[derive(Debug, Default)]
pub(super) struct Directives {
    lines: Vec<String>,
}

impl Directives {
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Says what was said before, and nothing else.
    pub(super) fn repeat(&mut self, lines: Vec<String>) {
        self.lines = lines;
    }

    pub(super) fn watch_environment(&mut self) {
        for name in [MODE_ENV].into_iter().chain(OTHER_ENV) {
            self.lines.push(format!("cargo::rerun-if-env-changed={name}"));
        }
    }

    pub(super) fn watch<'p>(&mut self, paths: impl Iterator<Item = &'p PathBuf>) {
        self.lines.extend(paths.map(|path| format!("cargo::rerun-if-changed={}", path.display())));
    }

    /// The migrations folder, or those of all databases, as PATH lists folders. One that can't be listed so has to be named
    /// where it is embedded.
    pub(super) fn migrations<'a>(&mut self, folders: impl Iterator<Item = &'a Path>) {
        if let Ok(folders) = std::env::join_paths(folders) {
            self.lines.push(format!("cargo::rustc-env={MIGRATIONS_ENV}={}", folders.to_string_lossy()));
        }
    }

    /// Writes the gate file and names it. The name follows from the content: a changed gate is a changed variable,
    /// so that neither cargo nor a compiler cache takes an old answer for the new one.
    pub(super) fn gate(&mut self, out_dir: &Path, gate: &Gate) -> io::Result<PathBuf> {
        let text = gate.to_text();
        let path = out_dir.canonicalize()?.join(format!("{GATE_PREFIX}{}.txt", quick_hash(&text)));
        let mut writes = Writes::default();
        writes.set(path.clone(), text);
        for entry in fs::read_dir(out_dir)? {
            let other = out_dir.canonicalize()?.join(entry?.file_name());
            let is_gate = other.file_name().is_some_and(|name| name.to_string_lossy().starts_with(GATE_PREFIX));
            if is_gate && other != path {
                writes.remove(other);
            }
        }
        writes.apply(None)?;
        self.lines.push(format!("cargo::rustc-env={}={}", gate::ENV, path.display()));
        Ok(path)
    }

    pub(super) fn warning(&mut self, finding: &Finding) {
        let place = finding.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let help: Vec<String> = finding.help.iter().map(|line| format!(" (help: {line})")).collect();
        self.say(&format!("{place}{}{}", finding.message, help.concat()));
    }

    /// The macros show the errors; this says it for items that are compiled out, whose macros do not run.
    pub(super) fn unfinished(&mut self, findings: &[Finding]) {
        let places = findings.iter().filter(|finding| finding.is_error()).filter_map(|finding| finding.place.as_ref());
        let places: Vec<String> = places.map(ToString::to_string).collect();
        self.say(&format!("no migration was drafted, because of errors at {}", places.join(", ")));
    }

    /// Sizes, where they are known, decide which hazards are worth a warning, and are named with them.
    pub(super) fn draft(&mut self, file: &Path, work: &Work, stats: Option<&Stats>) {
        let hazards = match stats {
            Some(stats) => stats.weighed(work),
            None => work.values().flatten().copied().collect(),
        };
        let notes = stats.map(|stats| stats.heavy(work)).unwrap_or_default();
        let hazards: Vec<&str> = hazards.into_iter().collect();
        let hazards = if hazards.is_empty() { String::new() } else { format!(" (hazards: {})", hazards.join(", ")) };
        let notes: String = notes.iter().map(|note| format!("; {note}")).collect();
        self.say(&format!("{} is a draft{hazards}: review it, then `cargo schema seal`{notes}", file.display()));
    }

    fn say(&mut self, text: &str) {
        self.lines.push(format!("cargo::warning={}", text.replace(['\n', '\r'], " ")));
    }
}

impl fmt::Display for Directives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The newest time of change among what cargo watches, folders included, as cargo sees it.
///
/// Files that the build step writes get this time. It is not after the start of the build script, which is what cargo
/// compares with, so that the next build finds nothing newer; and it is not before any change that another target
/// folder's build has yet to see.
pub(super) fn newest_change<'p>(watched: impl Iterator<Item = &'p PathBuf>) -> Option<SystemTime> {
    watched.filter_map(|path| newest_within(path)).max()
}

fn newest_within(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    let own = metadata.modified().ok();
    if !metadata.is_dir() {
        return own;
    }
    let entries = fs::read_dir(path).ok()?;
    // Not through links to folders: they may lead back.
    let entries = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()));
    entries.filter_map(|entry| newest_within(&entry.path())).max().max(own)
}
