//! What a run of migrations tells while it goes on: a bar on a terminal, and whatever holds it up on any.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use schema_runtime::migrate::Event;

/// The bar; where standard error is no terminal it draws nothing.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {msg} {elapsed}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn show(&self, event: &Event) {
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
            Event::Resuming { version } => self.say(&format!("{version}: a run ended in the middle of it; resuming")),
            _ => {}
        }
    }

    fn begin(&self, message: &str, index: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(index.saturating_sub(1) as u64);
        self.0.set_message(message.to_owned());
        self.0.enable_steady_tick(Duration::from_millis(200));
    }

    fn say(&self, line: &str) {
        self.0.suspend(|| anstream::eprintln!("{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// `3 ms`, `12.4 s`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    match duration.as_millis() {
        short @ 0..10_000 => format!("{short} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}
