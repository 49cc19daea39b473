//! What a run of migrations, or their proof, tells while it goes on: a bar on a terminal, and whatever holds it up on any.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use schema_runtime::migrate::{Event, Progress as Filled};
use schema_runtime::verify::Progress as Verifying;

const FILES: &str = "{bar:20} {pos}/{len} {msg} {elapsed}";
const ROWS: &str = "{bar:20} {percent}% {msg} {elapsed}";

/// Without a terminal, how often it is told how far a backfill is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// The bar; where standard error is no terminal it draws nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
    told: Option<Instant>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()), told: None }
    }

    pub(crate) fn show(&mut self, event: &Event) {
        match event {
            Event::Applying { version, description, index, total } => {
                self.begin(&format!("applying {version} {description}"), *index, *total);
            }
            Event::Reverting { version, description, index, total } => {
                self.begin(&format!("reverting {version} {description}"), *index, *total);
            }
            Event::LockWaiting { holder, waited } => {
                let holder = holder.as_deref().map(|holder| format!(" by {holder}")).unwrap_or_default();
                self.say(&format!("waiting for another run: the lock is held{holder} ({})", milliseconds(*waited)));
            }
            Event::Retrying { version, attempt, tries, pause, cause } => self.say(&format!(
                "{version}: try {attempt} of {tries} failed: {cause}; the next in {}",
                milliseconds(*pause)
            )),
            Event::Filling { version, progress, rows_per_second, left } => {
                self.filling(*version, progress, *rows_per_second, *left);
            }
            Event::Blocked { version, by, waited } => {
                self.say(&format!("{version}: waiting for {}, behind {}", milliseconds(*waited), by.join("; ")));
            }
            Event::Unanalyzed { version, target, cause } => self.say(&format!(
                "{version}: the planner's statistics of {target} could not be renewed: {cause}; `ANALYZE {target}` does it"
            )),
            Event::MakingWay { version, reason, waited } => {
                self.say(&format!("{version}: making way for {}: {reason}", milliseconds(*waited)));
            }
            Event::Resuming { version } => self.say(&format!("{version}: a run ended in the middle of it; resuming")),
            _ => {}
        }
    }

    pub(crate) fn verifying(&mut self, at: &Verifying) {
        self.begin(&format!("verifying {} {}", at.version, at.description), at.index, at.total);
    }

    fn begin(&mut self, message: &str, index: usize, total: usize) {
        self.draw(FILES, index.saturating_sub(1) as u64, total as u64, message.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn filling(&mut self, version: i64, filled: &Filled, rate: Option<u64>, left: Option<Duration>) {
        let rate = rate.map(|rate| format!(", {rate} a second")).unwrap_or_default();
        let left = left.map(|left| format!(", about {} left", milliseconds(left))).unwrap_or_default();
        let second = if filled.pass > 1 { ", looking for rows that came in meanwhile" } else { "" };
        let rows = format!("{} of about {} rows{rate}{left}{second}", filled.rows_seen, filled.rows_estimated);
        if self.bar.is_hidden() && self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            self.told = Some(Instant::now());
            self.say(&format!("{version}: {rows}"));
        }
        self.draw(ROWS, filled.rows_seen, filled.rows_estimated.max(filled.rows_seen), format!("{version} {rows}"));
    }

    fn draw(&self, template: &str, position: u64, length: u64, message: String) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_length(length);
        self.bar.set_position(position);
        self.bar.set_message(message);
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| anstream::eprintln!("{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// `3 ms`, `12.4 s`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    match duration.as_millis() {
        short @ 0..10_000 => format!("{short} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}
