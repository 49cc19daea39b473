//! A choir's recordings; the whole schema is in [`models`].
#![forbid(unsafe_code)]

pub mod models;
