//! Where asynchronous work runs.

use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// A runtime of one thread: a command does one thing at a time.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(format!("the asynchronous runtime can't be started: {error}")))
}
