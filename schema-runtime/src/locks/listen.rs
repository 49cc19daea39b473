//! What the server says while a statement runs.
//!
//! sqlx hands notices to `tracing` and to nothing else. A subscriber that holds for one future hears them, whatever
//! subscriber the application has and on whichever thread the future is polled.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

const TARGET: &str = "sqlx::postgres::notice";

/// The future's answer, and the messages of the server meanwhile.
pub(super) async fn heard<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let messages = Arc::new(Mutex::new(Vec::new()));
    let answer = work.with_subscriber(Listener { messages: Arc::clone(&messages) }).await;
    let heard = std::mem::take(&mut *messages.lock().unwrap_or_else(PoisonError::into_inner));
    (answer, heard)
}

struct Listener {
    messages: Arc<Mutex<Vec<String>>>,
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        event.record(&mut Message(&mut messages));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Message<'a>(&'a mut Vec<String>);

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.push(format!("{value:?}"));
        }
    }
}
