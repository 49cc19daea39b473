//! The derives.
#![forbid(unsafe_code)]
