//! Reading a database back into the IR.

/// A stored definition that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{object} cannot be read: {reason}")]
pub struct Unreadable {
    /// Which: "table `users`".
    pub object: String,
    /// Why.
    pub reason: String,
}
