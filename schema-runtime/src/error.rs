//! The one error of the runtime.

/// What went wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused a statement.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A throwaway server could not be started.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Scratch(#[from] crate::scratch::ScratchError),
    /// A database holds a definition that could not be read.
    #[error(transparent)]
    Introspect(#[from] crate::introspect::Unreadable),
}
