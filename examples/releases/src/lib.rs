//! A clinic that lends devices; the whole schema is in [`models`].

pub mod models;
