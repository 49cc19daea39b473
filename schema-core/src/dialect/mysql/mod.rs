//! MariaDB 10.6 and later, and MySQL 8.0.29 and later.

mod change;
mod ddl;
mod guard;
pub(crate) mod level;
mod loss;
pub(crate) mod lower;
pub mod plan;
mod spelling;
pub mod types;
mod words;

pub(crate) use change::change_in;
pub use lower::lowered;
pub(crate) use lower::{is_text, rename_columns};
pub(crate) use plan::{differs, has_order_of_its_text, unmoved, update};
pub(crate) use spelling::{literal, quote, quoted_list};
