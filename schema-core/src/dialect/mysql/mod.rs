//! MariaDB 10.6 and later, and MySQL 8.0.29 and later.

mod change;
mod ddl;
mod guard;
mod level;
mod lower;
pub mod plan;
mod spelling;
pub mod types;

pub(crate) use change::change_in;
pub(crate) use lower::is_text;
pub use lower::lowered;
pub(crate) use plan::update;
pub(crate) use spelling::{literal, quote, quoted_list};
