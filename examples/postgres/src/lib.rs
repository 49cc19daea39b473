//! A wildlife survey; the whole schema is in [`models`].

pub mod models;
