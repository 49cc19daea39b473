//! MariaDB 10.6 and later, and MySQL 8.0.29 and later.

mod change;
mod spelling;
pub mod types;

pub(crate) use change::change_in;
pub(crate) use spelling::{literal, quote};
