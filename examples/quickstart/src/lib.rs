//! A seed library; the whole schema is in [`models`].

pub mod models;
