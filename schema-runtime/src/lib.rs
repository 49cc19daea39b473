//! What an application uses.
#![forbid(unsafe_code)]
